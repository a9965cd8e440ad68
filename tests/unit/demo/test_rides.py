"""What day.json says of speeds and arrivals."""

from dispatch.demo.rehearsal.rides import coverage, dishonest, recovered, unlearned
from dispatch.demo.robots.meter import Arrival, Ridden
from dispatch.demo.robots.schedule import DayOptions, write_day


def test_the_learned_speed_is_held_against_what_was_ridden():
    rides = [Ridden("bike", slowness) for slowness in (1.2, 1.25, 1.3)] + [Ridden("cargo", 1.0)]
    found = recovered(rides, [("bike", 0.82, 40), ("ebike", 1.1, 3)], {"bike": 0.85})
    assert found == {"bike": {"hidden": 0.85, "ridden": 0.8, "recovered": 0.82, "legs": 40, "error": 0.025}}


def test_a_speed_that_was_not_learned_is_named():
    """A co-op that always believes its bikes to be as fast as any would be off by what the script hides."""
    known = {"bike": {"recovered": 0.93, "ridden": 0.91, "legs": 400, "error": 0.022}}
    ignorant = {"trailer": {"recovered": 1.0, "ridden": 1.17, "legs": 80, "error": 0.145}}
    few = {"cargo": {"recovered": 1.0, "ridden": 1.17, "legs": 59, "error": 0.145}}
    assert unlearned(known | few) == []
    assert unlearned(known | ignorant) == ["speed of trailer: learned 1.0 of 80 legs, ridden 1.17"]


def test_coverage_counts_arrivals_by_the_expected_and_by_the_late_time():
    arrivals = [Arrival(100, 130, arrived_s) for arrived_s in (90, 100, 120, 140)]
    assert coverage(arrivals) == {"arrivals": 4, "by_p50": 0.5, "by_p90": 0.75, "range_p50_s": 30}


def test_no_arrivals_cover_nothing():
    assert coverage([]) == {"arrivals": 0, "by_p50": None, "by_p90": None, "range_p50_s": None}


def told(count: int, in_time: int, by_late: int) -> list[Arrival]:
    """So many arrivals, of which so many came by the expected and so many by the late time."""
    return [Arrival(100, 130, 90 if i < in_time else 120 if i < by_late else 140) for i in range(count)]


def test_times_that_are_kept_as_often_as_they_claim_are_honest():
    assert dishonest({"announced": coverage(told(200, 104, 178)), "set_off": coverage(told(80, 32, 70))}) == []


def test_times_that_are_too_early_or_needlessly_late_are_named():
    early, late = coverage(told(200, 60, 140)), coverage(told(200, 150, 200))
    assert len(dishonest({"announced": early})) == 2
    assert len(dishonest({"announced": late})) == 2
    assert "by_p90" in dishonest({"announced": early})[1]


def test_few_arrivals_prove_nothing():
    assert dishonest({"announced": coverage(told(59, 0, 0)), "set_off": coverage([])}) == []


def test_hidden_speeds_follow_the_seed_and_are_none_on_a_calm_day():
    assert write_day(DayOptions(seed=3)).speeds == write_day(DayOptions(seed=3)).speeds
    assert write_day(DayOptions(seed=3)).speeds != write_day(DayOptions(seed=4)).speeds
    assert set(write_day(DayOptions(noise=0)).speeds.values()) == {1.0}
