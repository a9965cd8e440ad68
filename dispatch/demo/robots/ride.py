"""Where a robot is on its way: positions along a leg's line, and what comes next in a run. Pure."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

METRES_PER_DEGREE = 111_195.0
CROW_DETOUR, CROW_SPEED_M_PER_S = 1.35, 4.3  # where the server gave no leg: a detour factor and a calm speed


@dataclass(frozen=True, slots=True)
class Way:
    """A leg to ride: how long the map's model takes for it (domain seconds) and the points it passes."""

    duration_s: float
    points: tuple[tuple[float, float], ...]

    def position(self, share: float) -> tuple[float, float]:
        """The point after a share (0 to 1) of the way, by length."""
        lengths = [distance_m(a, b) for a, b in zip(self.points, self.points[1:], strict=False)]
        left_m = sum(lengths) * min(1.0, max(0.0, share))
        for (a, b), length_m in zip(zip(self.points, self.points[1:], strict=False), lengths, strict=True):
            if left_m <= length_m and length_m > 0:
                part = left_m / length_m
                return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part
            left_m -= length_m
        return self.points[-1]


def distance_m(a: Sequence[float], b: Sequence[float]) -> float:
    """Distance of two (lon, lat) points of one town in metres; flat, good to a percent."""
    east = (b[0] - a[0]) * math.cos(math.radians((a[1] + b[1]) / 2))
    return METRES_PER_DEGREE * math.hypot(east, b[1] - a[1])


def way_to(stop: dict[str, Any], here: tuple[float, float] | None, is_next: bool) -> Way:
    """The way to a stop: the server's leg if the stop is next in the run, else as the crow flies with a detour."""
    there = (stop["lonlat"][0], stop["lonlat"][1])
    leg = stop.get("leg")
    if is_next and leg and leg.get("duration_s") is not None:
        points = tuple((lon, lat) for lon, lat, *_ in leg.get("coordinates") or [])
        return Way(float(leg.get("model_s", leg["duration_s"])), points or (there,))
    start = here or there
    return Way(distance_m(start, there) * CROW_DETOUR / CROW_SPEED_M_PER_S, (start, there))


def open_stops(run: dict[str, Any], finished: set[str]) -> list[dict[str, Any]]:
    """The run's stops with their tasks that are not finished here yet, in order."""
    stops = []
    for stop in run.get("stops", []):
        tasks = [task for task in stop["tasks"] if task["id"] not in finished]
        if tasks:
            stops.append(stop | {"tasks": tasks})
    return stops


def choose_stop(stops: list[dict[str, Any]], is_leaving: bool) -> tuple[dict[str, Any], bool] | None:
    """The stop to ride to and whether the server's leg leads there; None if there is nothing to do.

    A rider who wants to go home only brings out what is on board: dropoffs without a pickup before them.
    """
    if not stops:
        return None
    if not is_leaving:
        return stops[0], True
    waiting = {task["order_id"] for stop in stops for task in stop["tasks"] if task["kind"] == "pickup"}
    for i, stop in enumerate(stops):
        on_board = [task for task in stop["tasks"] if task["kind"] == "dropoff" and task["order_id"] not in waiting]
        if on_board:
            return stop | {"tasks": on_board}, i == 0
    return None
