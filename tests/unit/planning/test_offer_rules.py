"""What may be answered to an offer, and when, whatever happened meanwhile."""
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.errors import Conflict
from dispatch.planning.offers import rules
from dispatch.planning.rules import mode_of

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ACTIONS = ("accept", "decline", "lapse", "withdraw", "hand_back")
RUNS = st.sampled_from([UUID(int=1), UUID(int=2), UUID(int=3)])


def _order(**facts: object) -> rules.OrderFacts:
    return rules.OrderFacts(**{"is_open": True, "is_picked_up": False, "holder": None, "offered_to": None} | facts)


@given(st.lists(st.sampled_from(ACTIONS), max_size=12))
def test_an_offer_is_answered_once_however_the_answers_arrive(actions: list[str]) -> None:
    """Phones repeat, race and come late: an offer is never accepted after a no, and never twice."""
    state, seen = "open", ["open"]
    for action in actions:
        try:
            state = rules.next_state(state, action)
        except Conflict as refusal:
            assert refusal.message and refusal.extra["state"] == state
            continue
        seen.append(state)
    assert seen.count("accepted") <= 1
    assert len(seen) == len(set(seen))
    if "declined" in seen or "withdrawn" in seen:
        assert "accepted" not in seen[seen.index(next(s for s in seen if s in ("declined", "withdrawn"))):]


@given(
    state=st.sampled_from(rules.STATES),
    is_open=st.booleans(),
    is_picked_up=st.booleans(),
    holder=st.none() | RUNS,
    offered_to=st.none() | RUNS,
    giver=st.none() | RUNS,
)
def test_a_yes_never_takes_work_from_somebody_who_has_or_considers_it(
    state: str, is_open: bool, is_picked_up: bool, holder: UUID | None, offered_to: UUID | None, giver: UUID | None
) -> None:
    """Accepting changes hands only if the order is where the offer left it."""
    order = _order(is_open=is_open, is_picked_up=is_picked_up, holder=holder, offered_to=offered_to)
    try:
        assert rules.check_accept(state, order, giver=giver) == "accepted"
    except Conflict:
        return
    assert is_open and not is_picked_up and holder == giver
    assert state == "open" or (state == "lapsed" and giver is None and offered_to is None)


def test_a_late_yes_counts_while_nobody_else_wants_the_work() -> None:
    """A dead zone is no reason to send a willing rider away."""
    assert rules.check_accept("lapsed", _order(), giver=None) == "accepted"
    with pytest.raises(Conflict, match="went on to somebody else"):
        rules.check_accept("lapsed", _order(offered_to=uuid4()), giver=None)


def test_what_is_picked_up_cannot_be_given_away() -> None:
    """Who holds the parcel brings it."""
    mine = uuid4()
    rules.check_give_away(_order(holder=mine), mine=mine)
    with pytest.raises(Conflict, match="picked it up"):
        rules.check_give_away(_order(holder=mine, is_picked_up=True), mine=mine)
    with pytest.raises(Conflict, match="not in your run"):
        rules.check_give_away(_order(holder=uuid4()), mine=mine)


def test_only_what_is_on_the_open_board_can_be_picked() -> None:
    """Orders that the planner gives out are not there to be grabbed."""
    me = uuid4()
    rules.check_pick("open", _order(), me=me)
    taken, asked = _order(holder=uuid4()), _order(offered_to=uuid4())
    for mode, order in [("automatic", _order()), ("open", taken), ("open", asked)]:
        with pytest.raises(Conflict):
            rules.check_pick(mode, order, me=me)


def test_a_bike_carries_no_more_than_it_can() -> None:
    """Goodwill does not make a bike larger."""
    rules.check_fits(_order(weight_g=5000), capacity_g=5000, capacity_ml=0)
    with pytest.raises(Conflict, match="weighs 6 kg, your bike carries 5 kg"):
        rules.check_fits(_order(weight_g=6000), capacity_g=5000, capacity_ml=0)


def test_an_orders_own_mode_comes_before_the_coops_and_nothing_waits_for_ever() -> None:
    """A promise to a merchant holds even if nobody picks the order."""
    def mode(chosen: str | None, coop: str, waited_s: int, **more: bool) -> str:
        now = NOON + timedelta(seconds=waited_s)
        return mode_of(chosen, coop, placed_at=NOON, now=now, board_s=900, **more)

    assert mode("offer", "automatic", 0) == "offer"
    assert mode(None, "open", 899) == "open"
    assert mode(None, "open", 900) == "offer"
    assert mode("open", "automatic", 0, is_return=True) == "automatic"


@given(
    current=st.lists(st.uuids(), max_size=6, unique=True),
    new=st.lists(st.uuids(), min_size=1, max_size=3, unique=True),
    others=st.lists(st.uuids(), max_size=3),
    data=st.data(),
)
def test_new_stops_come_in_whole_and_the_others_keep_their_order(
    current: list[UUID], new: list[UUID], others: list[UUID], data: st.DataObject
) -> None:
    """Whatever became of the run since the offer, no stop is lost, doubled or moved by a yes."""
    current = [task for task in current if task not in new]
    planned = data.draw(st.permutations([*current, *new, *others]))
    merged = rules.merged(planned, current, new)
    assert [task for task in merged if task not in new] == current
    assert sorted(task for task in merged if task in new) == sorted(new)
