"""Work that waits for a rider's yes, from the plan to the run, with phones that repeat, race and come late."""
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import select, update

from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.core.errors import Conflict, NotFound
from dispatch.core.outbox import OutboxEvent
from dispatch.orders import decisions, queries, runs
from dispatch.orders import services as order_services
from dispatch.orders.models import Order
from dispatch.planning import manual, weighing
from dispatch.planning.models import PlanProposal
from dispatch.planning.offers import offering, services
from dispatch.planning.offers.queries import list_of_order
from dispatch.planning.services import Effort
from dispatch.planning.weighing import Taker
from riders.queries import get_rider
from tests.factories.offers import Crew
from tests.factories.open_ground import OPEN_GROUND
from tests.factories.town import Town, at, make_order


@pytest.fixture
def crew(town: Town, effort: Effort) -> Crew:
    """An order that was offered to Near."""
    crew = Crew(town, effort)
    crew.plan()
    return crew


def test_the_best_rider_is_asked_and_nothing_is_in_the_run_until_they_say_yes(crew: Crew) -> None:
    """An offer is a question: the run on the phone must not change by itself."""
    (offer,) = crew.offers()
    assert (offer.rider_name, offer.source, offer.order_id) == ("Near", "planner", crew.order_id)
    assert crew.order().rider_id is None
    assert queries.get_run(crew.town.coop_id, crew.near_run.id).version == 1
    crew.plan()
    assert [again.id for again in crew.offers()] == [offer.id]


def test_a_yes_puts_the_order_into_the_run_with_the_times_of_the_plan_and_a_record(crew: Crew) -> None:
    """Accepted work is like planned work, and says how it came about."""
    (offer,) = crew.offers()
    assert crew.decide(crew.near, "accept", offer.id)["state"] == "accepted"
    order = crew.order()
    assert order.rider_id == crew.near.id and order.state == "assigned" and order.eta_at
    (decision,) = decisions.list_for_order(crew.town.coop_id, crew.order_id)
    assert decision.mode == "offered" and decision.record["asked"] == []
    crew.plan()
    assert crew.order().rider_id == crew.near.id


def test_a_no_passes_it_on_and_counts_for_nothing_else(crew: Crew) -> None:
    """The next order is offered to the same rider as if nothing had been."""
    (offer,) = crew.offers()
    crew.decide(crew.near, "decline", offer.id)
    crew.plan()
    (second,) = crew.offers()
    assert second.rider_name == "Far"
    crew.decide(crew.far, "accept", second.id)
    (decision,) = decisions.list_for_order(crew.town.coop_id, crew.order_id)
    assert decision.record["asked"] == [{"rider_id": str(crew.near.id), "name": "Near", "answer": "declined"}]
    with transaction():
        make_order(crew.town, pickup=at(-3000, 0), drops=[at(-4000, 0)])
    crew.plan()
    (third,) = crew.offers()
    assert third.rider_name == "Near"
    assert "asked" not in third.record and "declin" not in str(third.record)


def test_time_passes_it_on_and_when_nobody_is_left_the_board_says_so(crew: Crew) -> None:
    """No answer is an answer; an order never circles for ever."""
    crew.let_time_pass()
    crew.plan()
    assert [offer.rider_name for offer in crew.offers()] == ["Far"]
    crew.let_time_pass()
    crew.plan()
    assert crew.offers() == []
    assert crew.order().unserved["code"] == "nobody_accepted"
    with transaction():
        manual.release(crew.town.coop_id, crew.order_id)
    crew.plan()
    assert [offer.rider_name for offer in crew.offers()] == ["Near"]


def test_a_late_yes_counts_until_somebody_else_is_asked(crew: Crew) -> None:
    """Then it gets an honest answer in words."""
    (offer,) = crew.offers()
    crew.let_time_pass()
    crew.plan()
    with pytest.raises(Conflict, match="went on to somebody else"):
        crew.decide(crew.near, "accept", offer.id)
    crew.let_time_pass()
    crew.plan()
    assert crew.decide(crew.near, "accept", offer.id)["state"] == "accepted"
    assert crew.order().rider_id == crew.near.id


def test_the_same_tap_twice_has_one_effect_and_the_same_answer(crew: Crew) -> None:
    """Phones repeat what they got no answer to."""
    (offer,) = crew.offers()
    tap = uuid4()
    first = crew.decide(crew.near, "accept", offer.id, client_uuid=tap)
    version = queries.get_run(crew.town.coop_id, crew.near_run.id).version
    assert crew.decide(crew.near, "accept", offer.id, client_uuid=tap) == first
    assert queries.get_run(crew.town.coop_id, crew.near_run.id).version == version
    with pytest.raises(Conflict, match="another decision"):
        crew.decide(crew.near, "decline", offer.id, client_uuid=tap)
    with pytest.raises(NotFound):
        crew.decide(crew.far, "accept", offer.id, client_uuid=tap)


def test_an_offer_to_somebody_else_looks_absent(crew: Crew) -> None:
    """Who guesses an id learns nothing."""
    (offer,) = crew.offers()
    with pytest.raises(NotFound):
        crew.decide(crew.far, "accept", offer.id)
    with pytest.raises(NotFound):
        crew.decide(crew.far, "hand-back", crew.order_id)


def test_a_cancelled_order_is_explained_to_who_says_yes(crew: Crew) -> None:
    """The merchant changed their mind in the meantime."""
    (offer,) = crew.offers()
    with transaction():
        order_services.cancel_order(
            crew.town.coop_id, crew.order_id, reason="", actor=order_services.Actor(kind="merchant")
        )
    with pytest.raises(Conflict, match="cancelled"):
        crew.decide(crew.near, "accept", offer.id)
    crew.plan()
    assert crew.offers() == []


def test_a_rider_who_signs_off_is_asked_no_more(crew: Crew) -> None:
    """The offer goes to who is still there."""
    with transaction():
        near_run = queries.get_run(crew.town.coop_id, crew.near_run.id)
        runs.close_run(crew.town.coop_id, near_run.id)
        manual.replan_all(crew.town.coop_id, "test")
    crew.plan()
    assert [offer.rider_name for offer in crew.offers()] == ["Far"]


def test_what_is_handed_back_goes_to_somebody_else(crew: Crew) -> None:
    """Before pickup a rider may give work back; it is not forced upon them again."""
    (offer,) = crew.offers()
    crew.decide(crew.near, "accept", offer.id)
    assert crew.decide(crew.near, "hand-back", crew.order_id)["state"] == "handed_back"
    assert crew.order().rider_id is None
    crew.plan()
    assert [again.rider_name for again in crew.offers()] == ["Far"]
    assert [again.state for again in list_of_order(crew.town.coop_id, crew.order_id)] == ["handed_back", "open"]


def test_work_given_automatically_can_be_handed_back_too(town: Town, effort: Effort) -> None:
    """Whatever the mode: the planner looks for another at once."""
    crew = Crew(town, effort, "automatic")
    crew.plan()
    assert crew.order().rider_id == crew.near.id
    crew.decide(crew.near, "hand-back", crew.order_id)
    crew.plan()
    assert crew.order().rider_id == crew.far.id


def test_orders_on_the_open_board_wait_for_a_rider_to_pick_them(town: Town, effort: Effort) -> None:
    """Two thumbs at once: one has it, the other is told; the planner keeps out of it."""
    crew = Crew(town, effort, "open")
    crew.plan()
    assert crew.order().unserved["code"] == "open_board" and crew.offers() == []
    assert crew.decide(crew.far, "pick", crew.order_id)["state"] == "picked"
    with pytest.raises(Conflict, match="a moment before you"):
        crew.decide(crew.near, "pick", crew.order_id)
    crew.plan()
    assert crew.order().rider_id == crew.far.id
    (decision,) = decisions.list_for_order(town.coop_id, crew.order_id)
    assert decision.mode == "picked"


def test_record_of_a_pick_holds_what_the_order_would_have_cost_everybody(
    town: Town, effort: Effort, redis: Redis
) -> None:
    """It is in no plan; it is tried as a new order is, by the riders' runs of this moment."""
    crew = Crew(town, effort, "open")
    crew.plan()
    taker = Taker(rider_id=crew.far.id)
    weighed = {crew.order_id: weighing.of_order(redis, town.coop_id, crew.order_id, taker, OPEN_GROUND)}
    crew.decide(crew.far, "pick", crew.order_id, weighed=weighed)
    (made,) = decisions.list_for_order(town.coop_id, crew.order_id)
    offers = {offer["name"]: offer["cost"] for offer in made.record["candidates"]}
    assert made.mode == "picked" and made.record["winner"]["name"] == "Far"
    assert offers["Far"] > offers["Near"] > 0 and made.record["plans_choice"]["name"] == "Near"


def test_what_nobody_picks_is_offered_after_a_while(town: Town, effort: Effort) -> None:
    """The merchant's promise does not depend on somebody looking at a list."""
    crew = Crew(town, effort, "open")
    crew.plan()
    with transaction():
        db.session.execute(update(Order).values(placed_at=clock.now() - timedelta(minutes=16)))
        offering.end_due(town.coop_id)
    crew.plan()
    assert [offer.rider_name for offer in crew.offers()] == ["Near"]


def test_a_colleague_takes_an_order_over_when_asked(crew: Crew) -> None:
    """Asked, answered, moved: and each phone is told."""
    (offer,) = crew.offers()
    crew.decide(crew.near, "accept", offer.id)
    asked = crew.decide(crew.near, "ask", crew.order_id, colleague_id=crew.far.id)
    (question,) = crew.offers()
    assert (question.source, question.from_name, question.rider_name) == ("colleague", "Near", "Far")
    with pytest.raises(Conflict, match="already"):
        crew.decide(crew.near, "ask", crew.order_id, colleague_id=crew.far.id)
    crew.decide(crew.far, "accept", UUID(asked["offer_id"]))
    assert crew.order().rider_id == crew.far.id
    newest = decisions.list_for_order(crew.town.coop_id, crew.order_id)[0]
    assert newest.mode == "swapped" and newest.record["from"]["name"] == "Near"
    crew.plan()
    assert crew.order().rider_id == crew.far.id
    answers = select(OutboxEvent.payload).where(OutboxEvent.kind == "OfferAnswered").order_by(OutboxEvent.seq)
    told = db.session.scalars(answers).all()
    assert told[-1]["from_rider_id"] == str(crew.near.id) and told[-1]["state"] == "accepted"


def test_a_colleagues_no_and_a_question_taken_back_leave_everything_as_it_was(crew: Crew) -> None:
    """The order stays where it is; a yes after that is told so."""
    (offer,) = crew.offers()
    crew.decide(crew.near, "accept", offer.id)
    asked = crew.decide(crew.near, "ask", crew.order_id, colleague_id=crew.far.id)
    crew.decide(crew.far, "decline", UUID(asked["offer_id"]))
    asked = crew.decide(crew.near, "ask", crew.order_id, colleague_id=crew.far.id)
    crew.decide(crew.near, "withdraw", UUID(asked["offer_id"]))
    with pytest.raises(Conflict, match="taken back"):
        crew.decide(crew.far, "accept", UUID(asked["offer_id"]))
    assert crew.order().rider_id == crew.near.id and crew.order().barred_riders == ()


def test_one_order_may_be_offered_while_others_are_given(town: Town, effort: Effort) -> None:
    """The mode of an order comes before that of the co-op, both ways."""
    crew = Crew(town, effort, "automatic")
    with transaction():
        asked_id = make_order(town).id
        manual.set_mode(town.coop_id, asked_id, "offer")
    crew.plan()
    assert crew.order().rider_id is not None
    assert [offer.order_id for offer in crew.offers()] == [asked_id]


def test_one_order_may_wait_for_a_coordinator_while_others_go_ahead(town: Town, effort: Effort) -> None:
    """What needs no yes is not held up by what does."""
    crew = Crew(town, effort, "automatic")
    with transaction():
        held_id = make_order(town).id
        manual.set_mode(town.coop_id, held_id, "propose")
    crew.plan()
    assert crew.order().rider_id is not None
    assert queries.get_order(town.coop_id, held_id).rider_id is None
    (proposal,) = db.session.scalars(select(PlanProposal).where(PlanProposal.state == "open")).all()
    assert list(proposal.changes["given"]) == [str(held_id)]


def test_two_riders_who_pick_at_the_same_moment_do_not_both_get_it(town: Town, effort: Effort, app: Flask) -> None:
    """With real connections, at once: one yes, one honest no."""
    crew = Crew(town, effort, "open")
    crew.plan()
    db.session.rollback()

    def pick(rider_id: UUID) -> str:
        with app.app_context():
            use_coop(town.coop_id)
            choice = services.Choice(verb="pick", subject_id=crew.order_id, client_uuid=uuid4())
            try:
                with transaction():
                    return services.decide(town.coop_id, get_rider(town.coop_id, rider_id), choice)["state"]
            except Conflict as refusal:
                return refusal.code
            finally:
                db.session.remove()

    rider_ids = [crew.near.id, crew.far.id]
    db.session.rollback()
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(copy_context().run, pick, rider_id) for rider_id in rider_ids]
        assert sorted(job.result() for job in jobs) == ["picked", "taken"]
