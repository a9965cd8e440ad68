"""What a rehearsed day says about travel times: speeds recovered, arrivals within their ranges. Pure."""

from collections.abc import Mapping, Sequence
from math import sqrt
from statistics import median
from typing import Any

from dispatch.demo.robots.meter import Arrival, Ridden

CLAIMS = {"by_p50": (0.5, 0.1), "by_p90": (0.9, 0.05)}
"""What is claimed of the times told, and how far one day may be from it."""

FEWEST_LEGS, MOST_SPEED_ERROR, CHANCE_SPEED_ERROR = 60, 0.04, 0.25
"""A speed is judged from so many legs: off by at most 4 %, and by what chance does to so few of them besides."""

FEWEST_ARRIVALS = 60
"""Of fewer, nothing can be said: arrivals at a door and on one run are late together, so they count for less than they
are. A pickup and a dropoff for each order: some thirty orders are judged, not the short day of `make test`."""


def recovered(
    rides: Sequence[Ridden], learned: Sequence[tuple[str, float, int]], hidden: Mapping[str, float]
) -> dict[str, Any]:
    """Per kind of bike: the hidden speed factor of the script, what its riders rode in the middle (each has a nature of
    their own), what the co-op learned of it from how many legs, and the relative error of that."""
    found = {}
    for profile, speed_factor, sample_size in learned:
        slowness = [ride.slowness for ride in rides if ride.profile == profile]
        if not slowness:
            continue
        ridden = 1 / median(slowness)
        found[profile] = {
            "hidden": round(hidden.get(profile, 1.0), 3),
            "ridden": round(ridden, 3),
            "recovered": round(speed_factor, 3),
            "legs": sample_size,
            "error": round(abs(speed_factor / ridden - 1), 4),
        }
    return found


def unlearned(speeds: Mapping[str, Mapping[str, Any]], slack: float = 1.0) -> list[str]:
    """Which kinds of bike the co-op knows wrongly after enough legs; `slack` widens what is forgiven."""
    return [
        f"speed of {profile}: learned {values['recovered']} of {values['legs']} legs, ridden {values['ridden']}"
        for profile, values in speeds.items()
        if values["legs"] >= FEWEST_LEGS
        and values["error"] > slack * (MOST_SPEED_ERROR + CHANCE_SPEED_ERROR / sqrt(values["legs"]))
    ]


def coverage(arrivals: Sequence[Arrival]) -> dict[str, Any]:
    """Share of arrivals by the expected time (p50) and by the late end of the range (p90), None of none.

    `range_p50_s` is the middle length of the ranges told, expected to late: honest ones may still be uselessly wide.
    """
    count = len(arrivals)
    return {
        "arrivals": count,
        "by_p50": round(sum(each.arrived_s <= each.expected_s for each in arrivals) / count, 4) if count else None,
        "by_p90": round(sum(each.arrived_s <= each.late_s for each in arrivals) / count, 4) if count else None,
        "range_p50_s": round(median(each.late_s - each.expected_s for each in arrivals)) if count else None,
    }


def dishonest(covered: Mapping[str, Mapping[str, Any]], slack: float = 1.0) -> list[str]:
    """Which times told are not what they claim to be: kept one time in two, and nine times in ten.

    The band is what a day may differ from many days, and beside it what chance does to so few arrivals; `slack` widens
    the first.
    """
    return [
        f"eta of {since}: {values[key]} of {values['arrivals']} arrivals {key}, should be {claim} +- {band:.3f}"
        for since, values in covered.items()
        if values["arrivals"] >= FEWEST_ARRIVALS
        for key, (claim, usual) in CLAIMS.items()
        if abs(values[key] - claim) > (band := usual * slack + 1.96 * sqrt(claim * (1 - claim) / values["arrivals"]))
    ]
