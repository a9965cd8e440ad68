"""A rider who went silent is one to call: only beyond what the stop should take, and never for privacy alone."""
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from dispatch.core.errors import Invalid
from dispatch.core.units import LonLat
from dispatch.orders.views import TaskView
from dispatch.planning import rules
from dispatch.planning.remedies import hand_over
from dispatch.planning.silence_rules import USUAL_LEG_S, Limits, Signs, expected_by, is_silent
from routing.problem import Courier, Shipment, Stop, StopRef
from tests.unit.routing.problems import problem, shipment, stop

T = datetime(2026, 3, 10, 12, tzinfo=UTC)
LIMITS = Limits(after_s=600, unshared_after_s=1800)
SIGNS = Signs(acted_at=T, heard_at=T, shares_place=True)


def minutes(count: float) -> datetime:
    """So long after noon."""
    return T + timedelta(minutes=count)


def task(**facts: Any) -> TaskView:
    """A stop ten minutes away that takes two."""
    blank: dict[str, Any] = {field.name: None for field in fields(TaskView)}
    known = {
        "id": uuid4(), "order_id": uuid4(), "kind": "dropoff", "state": "assigned", "lonlat": LonLat(8.7, 49.4),
        "leg_s": 600, "service_s": 120, "announced_at": T,
    }  # fmt: skip
    return TaskView(**{**blank, **known, **facts})


def test_rider_is_silent_only_beyond_what_the_stop_should_take() -> None:
    """Ten minutes of riding, two at the door, ten of patience: a phone in a pocket says nothing meanwhile."""
    assert expected_by(task(), SIGNS) == minutes(12)
    assert not is_silent(task(), SIGNS, LIMITS, minutes(21))
    assert is_silent(task(), SIGNS, LIMITS, minutes(22))


def test_any_sign_of_life_ends_the_silence() -> None:
    """A place or a question of the phone counts like an action, however late the stop is."""
    assert not is_silent(task(), replace(SIGNS, heard_at=minutes(55)), LIMITS, minutes(60))
    assert is_silent(task(), replace(SIGNS, heard_at=minutes(55)), LIMITS, minutes(65))


def test_rider_who_shares_no_places_is_silent_only_when_a_stop_is_long_overdue() -> None:
    """Who turned positions off is not called for that: twice and three times the patience, and no less."""
    private = replace(SIGNS, shares_place=False)
    assert not is_silent(task(), private, LIMITS, minutes(41))
    assert is_silent(task(), private, LIMITS, minutes(42))


@pytest.mark.parametrize(
    ("facts", "due"),
    [
        ({"state": "started", "started_at": minutes(5)}, 17),
        ({"state": "arrived", "arrived_at": minutes(9)}, 11),
        ({"ready_at": minutes(40)}, 42),
        ({"state": "arrived", "arrived_at": minutes(9), "window_from": minutes(30)}, 32),
        ({"announced_at": minutes(30)}, 42),
        ({"leg_s": None}, 2 + USUAL_LEG_S / 60),
    ],
)
def test_what_a_stop_should_take_follows_how_far_the_rider_is_known_to_have_got(
    facts: dict[str, Any], due: float
) -> None:
    """On the way, there, before the counter opens, or told of it later: nobody is late before that."""
    assert expected_by(task(**facts), SIGNS) == minutes(due)


def test_rest_is_no_silence() -> None:
    """A break that runs, and one that is due before the next stop."""
    assert not is_silent(task(), replace(SIGNS, is_resting=True), LIMITS, minutes(120))
    assert expected_by(task(), replace(SIGNS, rest_s=1800)) == minutes(42)


@pytest.mark.parametrize("value", [-1, "soon", True, 90_000])
def test_patience_of_the_rules_is_whole_seconds_within_a_day(value: object) -> None:
    """A typing error in a rule set is named, not obeyed."""
    with pytest.raises(Invalid, match="silent_after_s"):
        rules.read_document("dispatch@2", {"silent_after_s": value})


COURIERS = (Courier(id="quiet", place=0), Courier(id="other", place=8))
PLAN = {"quiet": (StopRef("first", 0), StopRef("first", 1)), "other": ()}


def test_handing_over_names_what_it_costs_the_others() -> None:
    """Four blocks to the counter and four back, in seconds of riding; the quiet rider's own way is nobody's cost."""
    found = hand_over(problem(COURIERS, (shipment("first", 0, 8),)), PLAN, "quiet")
    assert found is not None and found.nobody == 0 and found.cost_s == 8 * 100


def test_handing_over_counts_what_nobody_could_take_and_leaves_goods_on_the_bike() -> None:
    """What is on the bike cannot be taken over by a plan; an order of nobody else's strength finds nobody."""
    aboard = Shipment(id="aboard", pickup=None, dropoffs=(Stop(place=7),), on_board_of="quiet")
    heavy = Shipment(id="heavy", pickup=stop(1), dropoffs=(Stop(place=2, weight_g=900_000),))
    plan = {"quiet": (StopRef("aboard", 1), StopRef("heavy", 0), StopRef("heavy", 1)), "other": ()}
    strong = replace(COURIERS[0], capacity_g=1_000_000)
    found = hand_over(problem((strong, replace(COURIERS[1], capacity_g=15_000)), (aboard, heavy)), plan, "quiet")
    assert found is not None and (found.cost_s, found.nobody) == (0, 1)


def test_price_of_handing_over_is_not_known_for_a_rider_who_is_not_in_the_plan() -> None:
    """Who signed on a second ago."""
    assert hand_over(problem(COURIERS, (shipment("first", 0, 8),)), PLAN, "new") is None
