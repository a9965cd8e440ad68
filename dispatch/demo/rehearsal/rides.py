"""What a rehearsed day says about travel times: speeds recovered, arrivals within their ranges. Pure."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from dispatch.demo.robots.meter import Arrival, Ridden


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


def coverage(arrivals: Sequence[Arrival]) -> dict[str, Any]:
    """Share of arrivals by the expected time (p50) and by the late end of the range (p90), None of none."""
    count = len(arrivals)
    return {
        "arrivals": count,
        "by_p50": round(sum(each.arrived_s <= each.expected_s for each in arrivals) / count, 4) if count else None,
        "by_p90": round(sum(each.arrived_s <= each.late_s for each in arrivals) / count, 4) if count else None,
    }
