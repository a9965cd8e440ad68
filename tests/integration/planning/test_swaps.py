"""Two riders swap orders: both change hands in one moment, or neither."""
from uuid import UUID

import pytest
from redis import Redis

from dispatch.coop.services import set_plan_mode
from dispatch.core.db import db, transaction
from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.geo.services import want_plan
from dispatch.orders import decisions, queries
from dispatch.orders import services as order_services
from dispatch.planning import weighing
from dispatch.planning.offers import queries as offer_queries
from dispatch.planning.offers import work
from dispatch.planning.services import Effort
from dispatch.planning.weighing import Taker
from riders.queries import get_rider
from tests.factories.offers import Crew
from tests.factories.town import Town, make_order


class Swap:
    """Near has an order and asks Far to take it; Far, who has one too, gives it in return."""

    def __init__(self, crew: Crew) -> None:
        self.crew, self.coop_id, self.near_order = crew, crew.town.coop_id, crew.order_id
        (offer,) = crew.offers()
        crew.decide(crew.near, "accept", offer.id)
        with transaction():
            set_plan_mode(self.coop_id, "open")
            self.far_order = make_order(crew.town).id
        crew.decide(crew.far, "pick", self.far_order)
        self.asked_id = UUID(crew.decide(crew.near, "ask", self.near_order, colleague_id=crew.far.id)["offer_id"])

    def give_in_return(self) -> UUID:
        """Far's tap; the id of what Near is asked."""
        return UUID(self.crew.decide(self.crew.far, "swap", self.asked_id, order_id=self.far_order)["offer_id"])

    def holders(self) -> tuple[UUID | None, UUID | None]:
        """Who has Near's order and who has Far's."""
        db.session.rollback()
        near, far = (queries.get_order(self.coop_id, order_id) for order_id in (self.near_order, self.far_order))
        return near.rider_id, far.rider_id

    @property
    def as_before(self) -> tuple[UUID, UUID]:
        """Each has their own."""
        return self.crew.near.id, self.crew.far.id


@pytest.fixture
def swap(town: Town, effort: Effort) -> Swap:
    """Two riders with an order each, and a question."""
    crew = Crew(town, effort)
    crew.plan()
    return Swap(crew)


def test_two_riders_swap_orders_and_both_change_hands_at_once(swap: Swap) -> None:
    """Nothing moves until the other says yes; then both do, and each record says from whom."""
    crew = swap.crew
    returned_id = swap.give_in_return()
    assert swap.holders() == swap.as_before
    mine = offer_queries.list_concerning(swap.coop_id, crew.near.id)
    shown = work.work_json(swap.coop_id, get_rider(swap.coop_id, crew.near.id), mine)["offers"]
    assert [entry["in_return"]["order_number"] for entry in shown] == [crew.order().number]
    answer = crew.decide(crew.near, "accept", returned_id)
    assert (answer["state"], answer["order_id"]) == ("accepted", str(swap.far_order))
    assert swap.holders() == (crew.far.id, crew.near.id)
    both = (swap.near_order, swap.far_order)
    newest = {order_id: decisions.list_for_order(swap.coop_id, order_id)[0] for order_id in both}
    assert {decision.mode for decision in newest.values()} == {"swapped"}
    assert newest[swap.near_order].record["from"]["name"] == "Near"
    assert newest[swap.far_order].record["from"]["name"] == "Far"
    assert crew.offers() == []
    crew.plan()
    assert swap.holders() == (crew.far.id, crew.near.id)


def test_a_no_to_the_swap_leaves_the_question_open(swap: Swap) -> None:
    """Far may still take the order for nothing."""
    crew = swap.crew
    crew.decide(crew.near, "decline", swap.give_in_return())
    assert swap.holders() == swap.as_before
    crew.decide(crew.far, "accept", swap.asked_id)
    assert swap.holders() == (crew.far.id, crew.far.id)


@pytest.mark.parametrize("ending", ["accept", "decline", "withdraw"])
def test_a_swap_ends_with_the_question_that_it_answers(swap: Swap, ending: str) -> None:
    """However the question ends, the order in return is asked about no more."""
    crew = swap.crew
    returned_id = swap.give_in_return()
    crew.decide(crew.near if ending == "withdraw" else crew.far, ending, swap.asked_id)
    assert crew.offers() == []
    before = swap.holders()
    with pytest.raises(Conflict, match="taken back"):
        crew.decide(crew.near, "accept", returned_id)
    assert swap.holders() == before and before[1] == crew.far.id


def test_time_ends_both_and_each_keeps_their_own(swap: Swap) -> None:
    """Nobody answered: nothing is lost, and nobody is told twice."""
    swap.give_in_return()
    swap.crew.let_time_pass()
    assert swap.crew.offers() == []
    assert swap.holders() == swap.as_before


def test_a_swap_is_off_when_one_of_the_orders_is_picked_up(swap: Swap) -> None:
    """All or nothing: the other order stays where it is."""
    crew = swap.crew
    returned_id = swap.give_in_return()
    with transaction():
        pickup = order_services.list_tasks(swap.coop_id, swap.near_order)[0]
        pickup.state = "done"
    with pytest.raises(Conflict):
        crew.decide(crew.near, "accept", returned_id)
    assert swap.holders()[1] == crew.far.id


def test_only_own_orders_are_given_in_return_and_only_to_a_colleagues_question(swap: Swap) -> None:
    """An order of somebody else looks absent; a second offer in return is refused; a swap is not swapped again."""
    crew = swap.crew
    with transaction():
        strange = make_order(crew.town).id
    with pytest.raises(NotFound):
        crew.decide(crew.far, "swap", swap.asked_id, order_id=strange)
    with pytest.raises(NotFound):
        crew.decide(crew.near, "swap", swap.asked_id, order_id=swap.near_order)
    with pytest.raises(Invalid, match="in return"):
        crew.decide(crew.far, "swap", swap.asked_id)
    returned_id = swap.give_in_return()
    with pytest.raises(Conflict, match="already"):
        swap.give_in_return()
    with pytest.raises(Conflict, match="only a colleague's question"):
        crew.decide(crew.near, "swap", returned_id, order_id=swap.near_order)
    assert swap.holders() == swap.as_before


def test_records_of_a_swap_hold_what_each_order_would_have_cost_everybody(swap: Swap, redis: Redis) -> None:
    """Riders choose for reasons of their own; that both gain by it, or lose, can be checked."""
    crew, coop_id = swap.crew, swap.coop_id
    with transaction():
        want_plan(coop_id, crew.town.zone_id)
    crew.plan()
    returned_id = swap.give_in_return()
    takers = offer_queries.list_takers(coop_id, crew.near.id, returned_id)
    assert takers == {swap.far_order: crew.near.id, swap.near_order: crew.far.id}
    weighed = {
        order: weighing.of_order(redis, coop_id, order, Taker(rider_id=taker)) for order, taker in takers.items()
    }
    crew.decide(crew.near, "accept", returned_id, weighed=weighed)
    for order_id, taker in takers.items():
        made = decisions.list_for_order(coop_id, order_id)[0]
        offers = {offer["rider_id"]: offer["cost"] for offer in made.record["candidates"]}
        assert made.mode == "swapped" and made.record["winner"]["rider_id"] == str(taker)
        assert set(offers) == {str(crew.near.id), str(crew.far.id)} and None not in offers.values()
