"""One ride from point to point as people need it: line, length, time and turn-by-turn steps."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from routing.streets.network import METRES_PER_DEGREE, Lonlat, Network, degrees
from routing.streets.tags import KIND_INDEX, KINDS, PUSH
from routing.streets.trace import Trace
from routing.streets.weights import Metric

LOOK_M = 12.0
"""Directions at a turn are taken this far before and after it, so that a kink in the drawing is no turn."""
TURN_DEG = 40.0
"""From this angle on, a turn deserves a step even if the street keeps its name."""

TURNS = (
    (20.0, "continue", "continue"), (55.0, "slight_left", "slight_right"), (125.0, "left", "right"),
    (165.0, "sharp_left", "sharp_right"), (180.0, "u_turn", "u_turn"),
)  # fmt: skip
"""(up to this many degrees, name to the left, name to the right)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One instruction: turn, then follow the street.

    `turn` is depart, arrive, continue, slight_left, left, sharp_left, slight_right, right, sharp_right or u_turn;
    `name` the street's name or number, empty if it has none; `street` its kind (`tags.KINDS`); `push` whether one
    walks the bike; `index` the coordinate where the step begins.
    """

    name: str
    turn: str
    street: str
    push: bool
    length_m: float
    duration_s: float
    index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A ride on the comfort metric, with the time it really takes. `coordinates` are (lon, lat) in degrees."""

    duration_s: float
    length_m: float
    coordinates: tuple[tuple[float, float], ...]
    steps: tuple[Step, ...]


def draw_leg(network: Network, metric: Metric, trace: Trace, ends: Lonlat, duration_s: float) -> Leg:
    """Put a trace into words and coordinates. `metric` is that of time; `ends` (2, 2) are the two points."""
    slot, share = trace.slot, trace.share
    length = network.slot_length[slot] * share
    reached = degrees(network.point[np.where(trace.backward, slot, slot + 1)])
    line = np.vstack([ends[:1], reached])
    line[-1] = ends[1]
    seconds = _seconds(network, metric, trace)
    moves = np.append(True, np.abs(np.diff(line, axis=0)).max(axis=1) > 1e-9)
    index = np.cumsum(moves) - 1
    line = line[moves]
    if len(line) == 1:
        line = np.vstack([line, line])
    return Leg(
        duration_s=duration_s,
        length_m=float(length.sum()),
        coordinates=tuple(map(tuple, np.round(line, 7).tolist())),
        steps=_steps(network, trace, (length, seconds, index), line, duration_s),
    )


def _seconds(network: Network, metric: Metric, trace: Trace) -> NDArray[np.float64]:
    """Time spent in each slot of the ride; waiting at its end counts only if the slot is ridden to its end."""
    row, column = trace.backward.astype(int), np.arange(len(trace.slot))
    ride = metric.ride_s(network, trace.slot)[row, column]
    stop = metric.stop_s(network, trace.slot)[row, column]
    junction = trace.junction * metric.pace.profile.junction_s
    return np.asarray(ride * trace.share + np.where(trace.share >= 1.0, stop, 0.0) + junction)


def _steps(
    network: Network,
    trace: Trace,
    measures: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]],
    line: Lonlat,
    duration_s: float,
) -> tuple[Step, ...]:
    length, seconds, index = measures
    classes = network.classes[network.slot_class[trace.slot]]
    push = np.where(trace.backward, classes["backward"], classes["forward"]) == PUSH
    name = network.slot_name[trace.slot]
    real = classes["kind"] != KIND_INDEX["barrier"]
    begins = _begins(trace, name, push, real, _angles(line)[index[1:-1]] if len(index) > 2 else np.zeros(0))
    bounds = [*begins, len(length)]
    angles = _angles(line)
    scale = duration_s / max(float(seconds.sum()), 1e-9)
    steps = []
    for first, last in zip(bounds, bounds[1:], strict=False):
        inside = first + int(np.argmax(real[first:last]))
        steps.append(
            Step(
                name=network.names[name[inside]],
                turn="depart" if first == 0 else _turn(float(angles[index[first]])),
                street=KINDS[classes["kind"][inside]],
                push=bool(push[inside]),
                length_m=round(float(length[first:last].sum()), 1),
                duration_s=round(float(seconds[first:last].sum()) * scale, 1),
                index=int(min(index[first], len(line) - 1)),
            )
        )
    end = Step(
        name=steps[-1].name, turn="arrive", street=steps[-1].street, push=False, length_m=0.0, duration_s=0.0,
        index=len(line) - 1,
    )  # fmt: skip
    return (*steps, end)


def _begins(
    trace: Trace,
    name: NDArray[np.int32],
    push: NDArray[np.bool_],
    real: NDArray[np.bool_],
    angles: NDArray[np.float64],
) -> list[int]:
    """Positions in the trace where a new step begins: another street, getting off or on, or a turn at a junction."""
    changes = (name[1:] != name[:-1]) | (push[1:] != push[:-1]) | (trace.junction[:-1] & (np.abs(angles) >= TURN_DEG))
    # A barrier is no street: whatever follows it is compared with what came before, so it begins no step.
    begins = [0]
    for position in (np.flatnonzero(changes) + 1).tolist():
        previous = begins[-1]
        same = name[position] == name[previous] and push[position] == push[previous]
        if not real[position] or (same and not trace.junction[position - 1]):
            continue
        begins.append(position)
    return begins


def _angles(line: Lonlat) -> NDArray[np.float64]:
    """Change of direction at each coordinate in degrees, right turns positive, seen over LOOK_M either side."""
    scale = np.array([np.cos(np.radians(line[0, 1])), 1.0]) * METRES_PER_DEGREE
    flat = (line - line[0]) * scale
    along = np.append(0.0, np.cumsum(np.hypot(*np.diff(flat, axis=0).T)))
    back, ahead = np.maximum(along - LOOK_M, 0.0), np.minimum(along + LOOK_M, along[-1])
    before, after = (np.column_stack([np.interp(at, along, flat[:, axis]) for axis in (0, 1)]) for at in (back, ahead))
    into, out = flat - before, after - flat
    turn = np.arctan2(into[:, 0], into[:, 1]) - np.arctan2(out[:, 0], out[:, 1])
    return np.asarray(-np.degrees((turn + np.pi) % (2 * np.pi) - np.pi))


def _turn(angle: float) -> str:
    for limit, left, right in TURNS:
        if abs(angle) <= limit:
            return left if angle < 0 else right
    return "u_turn"


def at_pace(leg: Leg, speed_factor: float) -> Leg:
    """The same ride by someone `speed_factor` times as fast as the model."""
    if speed_factor == 1.0:
        return leg
    steps = tuple(replace(step, duration_s=step.duration_s / speed_factor) for step in leg.steps)
    return replace(leg, duration_s=leg.duration_s / speed_factor, steps=steps)
