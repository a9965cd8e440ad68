"""What the rules of planning say, without rows."""
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from dispatch.core.errors import Invalid
from dispatch.planning import rules
from riders.rules import own_speed

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Stop:
    """A stop as the rules see it."""

    state: str = "assigned"
    is_sequenced: bool = False


def test_stop_under_way_pins_only_itself() -> None:
    """What comes after it may still change."""
    assert rules.pinned_count([Stop("started"), Stop(), Stop()]) == 1


def test_stop_placed_by_hand_pins_everything_before_it() -> None:
    """Third place means nothing if the first two may change."""
    assert rules.pinned_count([Stop(), Stop(), Stop(is_sequenced=True), Stop()]) == 3


def test_run_nobody_touched_is_free() -> None:
    """Announced stops are protected by the cost of churn, not by a ban."""
    assert rules.pinned_count([Stop(), Stop()]) == 0


def test_rider_meets_the_stop_they_stand_at_first() -> None:
    """Riders sometimes begin a later stop; the plan follows them."""
    stops = [Stop("assigned"), Stop("started"), Stop("arrived")]
    assert [stop.state for stop in rules.in_riding_order(stops)] == ["arrived", "started", "assigned"]


def test_own_speeds_come_in_steps_and_name_their_matrix() -> None:
    """Each step is one more matrix; nobody is twice as fast as everybody else."""
    assert [own_speed(factor) for factor in (1.0, 1.02, 1.03, 0.88, 3.0)] == [1.0, 1.0, 1.05, 0.9, 1.4]
    assert rules.bike_of("cargo", 1.0) == "cargo"
    assert rules.speed_of(rules.bike_of("cargo", 0.9)) == ("cargo", 0.9)
    assert rules.speed_of("bike") == ("bike", 1.0)


def test_coop_says_how_its_plan_rolls() -> None:
    """The policy is that of `routing.rolling`, with the co-op's figures."""
    document = {"look_ahead_s": 1800, "improve_every_s": 30, "min_gain_percent": 3}
    policy = rules.read_document("dispatch@2", document).policy
    assert (policy.look_ahead_s, policy.every_s, policy.min_gain_percent) == (1800, 30, 3)


def test_coop_says_what_a_better_plan_must_keep_to() -> None:
    """Two cargo bikes are two, however good a plan with three would be."""
    document = {"most_moved": 3, "most_open_each": 5, "scarce_bikes": {"cargo": 2}}
    found = rules.read_document("dispatch@2", document).conditions
    assert (found.most_moved, found.most_each, found.scarce) == (3, 5, {"cargo": 2})


def test_coop_names_riders_who_are_not_to_meet() -> None:
    anna, ben = uuid4(), uuid4()
    assert rules.read_document("dispatch@2", {"kept_apart": [[str(anna), str(ben)]]}).apart == ((anna, ben),)


@pytest.mark.parametrize("pairs", [5, ["ab"], [["anna", "ben"]], [[str(uuid4())]], [[str(UUID(int=1))] * 2], [[1, 2]]])
def test_pairs_that_are_none_are_refused(pairs: object) -> None:
    with pytest.raises(Invalid, match="kept_apart"):
        rules.read_document("dispatch@2", {"kept_apart": pairs})


@pytest.mark.parametrize(
    "facts",
    [{"most_moved": -1}, {"most_moved": "3"}, {"scarce_bikes": {"cargo": -1}}, {"scarce_bikes": 2},
     {"most_open_each": -1}],
)
def test_conditions_that_make_no_sense_are_refused(facts: dict[str, object]) -> None:
    """Said when the rules are read, not in the middle of a round."""
    with pytest.raises(Invalid, match="most_moved"):
        rules.read_document("dispatch@2", facts)


@pytest.mark.parametrize("key", ["look_ahead_s", "improve_every_s", "min_gain_percent"])
def test_policy_that_makes_no_sense_is_refused(key: str) -> None:
    """Said when the rules are read, not in the middle of a round."""
    with pytest.raises(Invalid):
        rules.read_document("dispatch@2", {key: -1})


def test_promise_is_at_risk_before_it_breaks() -> None:
    """One time in ten too late is reason to look."""
    due = NOON + timedelta(minutes=30)
    assert not rules.is_at_risk(NOON + timedelta(minutes=20), NOON + timedelta(minutes=29), due)
    assert rules.is_at_risk(NOON + timedelta(minutes=28), NOON + timedelta(minutes=36), due)
    assert rules.is_at_risk(NOON + timedelta(minutes=31), None, due)
    assert not rules.is_at_risk(None, None, due)


def test_rules_of_a_document_fill_what_it_leaves_out() -> None:
    """A co-op votes on what it cares about; the rest is Paceline's own."""
    read = rules.read_document("dispatch@3", {"lateness_per_s": 15_000, "engine": "ruin_recreate"})
    assert read.weights.lateness_per_s == 15_000 and read.weights.riding_per_s == 1_000
    assert read.engine == "ruin_recreate" and read.version == "dispatch@3"


@pytest.mark.parametrize("wrong", [{"engine": "magic"}, {"lateness_per_s": -1}, {"steep_lateness_per_s": 1}])
def test_impossible_rules_are_refused_by_name(wrong: dict[str, object]) -> None:
    """A typing error in the rules must not become a strange plan."""
    with pytest.raises(Invalid):
        rules.read_document("dispatch@9", wrong)


def test_every_rule_is_explained_with_its_default() -> None:
    """Members vote on these words; a rule nobody explained would be decided by whoever reads code."""
    page = (Path(rules.__file__).parent / "README.md").read_text()
    missing = [f"| `{key}` | {_as_written(value)} |" for key, value in rules.DEFAULT.items()]
    assert [line for line in missing if line not in page] == []


def _as_written(value: object) -> str:
    return f"`{value}`" if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize("changes", [{"nudge_idle": "yes"}, {"nudge_after_s": "soon"}, {"announce_ms": None}])
def test_rules_that_make_no_sense_are_refused_by_name(changes: dict[str, object]) -> None:
    """Before a vote, not in the planner."""
    with pytest.raises(Invalid, match="dispatch@3"):
        rules.read_document("dispatch@3", changes)


def test_nobody_is_nudged_by_default() -> None:
    """The members have to want it."""
    assert rules.read_document("dispatch@0", {}).nudges.is_on is False


def test_search_before_announcing_is_short_and_left_out_in_a_rush() -> None:
    """A round right behind a slow one says that everybody waits; in a large town one slow round says nothing."""
    assert rules.search_s(250, 1.0, None, 0.0) == rules.search_s(250, 1.0, 1.0, 0.1) == 0.25
    assert rules.search_s(250, 0.1, 0.4, 0.1) == 0.1
    assert rules.search_s(250, 1.0, 1.01, 0.9) == 0.0
    assert rules.search_s(250, 1.0, 1.4, 1.0) == 0.25
    assert rules.search_s(250, 1.0, 1.4, -0.2) == 0.0
    assert rules.search_s(250, 1.0, 1.4, -108_000.0) == 0.25
