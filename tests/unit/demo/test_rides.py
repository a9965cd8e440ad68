"""What day.json says of speeds and arrivals."""

from dispatch.demo.rehearsal.rides import coverage, recovered
from dispatch.demo.robots.meter import Arrival, Ridden
from dispatch.demo.robots.schedule import DayOptions, write_day


def test_the_learned_speed_is_held_against_what_was_ridden():
    rides = [Ridden("bike", slowness) for slowness in (1.2, 1.25, 1.3)] + [Ridden("cargo", 1.0)]
    found = recovered(rides, [("bike", 0.82, 40), ("ebike", 1.1, 3)], {"bike": 0.85})
    assert found == {"bike": {"hidden": 0.85, "ridden": 0.8, "recovered": 0.82, "legs": 40, "error": 0.025}}


def test_coverage_counts_arrivals_by_the_expected_and_by_the_late_time():
    arrivals = [Arrival(100, 130, arrived_s) for arrived_s in (90, 100, 120, 140)]
    assert coverage(arrivals) == {"arrivals": 4, "by_p50": 0.5, "by_p90": 0.75}


def test_no_arrivals_cover_nothing():
    assert coverage([]) == {"arrivals": 0, "by_p50": None, "by_p90": None}


def test_hidden_speeds_follow_the_seed_and_are_none_on_a_calm_day():
    assert write_day(DayOptions(seed=3)).speeds == write_day(DayOptions(seed=3)).speeds
    assert write_day(DayOptions(seed=3)).speeds != write_day(DayOptions(seed=4)).speeds
    assert set(write_day(DayOptions(noise=0)).speeds.values()) == {1.0}
