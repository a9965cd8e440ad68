"""One ride from point to point as people need it: line, length, time and turn-by-turn steps."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from routing.streets.network import METRES_PER_DEGREE, Lonlat, Network, degrees
from routing.streets.tags import KIND_INDEX, KINDS, PUSH
from routing.streets.trace import Trace
from routing.streets.weights import Metric

Floats = NDArray[np.float64]

LOOK_M = 12.0
"""Directions at a turn are taken this far before and after it, so that a kink in the drawing is no turn."""
SHORT_M = 10.0
TURN_DEG = 40.0
"""From this angle on, a turn deserves a step even if the street keeps its name."""

TURNS = (
    (20.0, "continue", "continue"), (55.0, "slight_left", "slight_right"), (125.0, "left", "right"),
    (165.0, "sharp_left", "sharp_right"), (180.0, "u_turn", "u_turn"),
)
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


@dataclass(frozen=True, slots=True, eq=False)
class _Ridden:
    """Per slot of a ride: metres, seconds, and the coordinate at which it begins (one more than slots)."""

    length_m: Floats
    seconds: Floats
    index: NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class _Streets:
    """Per slot of a ride: which street it belongs to."""

    name: NDArray[np.int32]
    push: NDArray[np.bool_]
    kind: NDArray[np.int16]


def draw_leg(network: Network, metric: Metric, trace: Trace, ends: Lonlat, duration_s: float) -> Leg:
    """Put a trace into words and coordinates. `metric` is that of time; `ends` (2, 2) are the two points."""
    slot, share = trace.slot, trace.share
    length = (network.slot_length[slot] * share).astype(np.float64)
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
        steps=_steps(network, trace, _Ridden(length, seconds, index), line, duration_s),
    )


def _seconds(network: Network, metric: Metric, trace: Trace) -> NDArray[np.float64]:
    """Time spent in each slot of the ride; waiting at its end counts only if the slot is ridden to its end."""
    row, column = trace.backward.astype(int), np.arange(len(trace.slot))
    ride = metric.ride_s(network, trace.slot)[row, column]
    stop = metric.stop_s(network, trace.slot)[row, column]
    junction = trace.junction * metric.pace.profile.junction_s
    return np.asarray(ride * trace.share + np.where(trace.share >= 1.0, stop, 0.0) + junction)


def _steps(network: Network, trace: Trace, ridden: _Ridden, line: Lonlat, duration_s: float) -> tuple[Step, ...]:
    classes = network.classes[network.slot_class[trace.slot]]
    kind, name = classes["kind"], network.slot_name[trace.slot]
    push = np.where(trace.backward, classes["backward"], classes["forward"]) == PUSH
    angles = _angles(line)
    begins = np.array(_begins(trace, _Streets(name, push, kind), ridden.length_m, angles[ridden.index[:-1]]))
    scale = duration_s / max(float(ridden.seconds.sum()), 1e-9)
    longest = _longest(ridden.length_m, begins)
    index = np.minimum(ridden.index[begins], len(line) - 1)
    # All columns at once: a ride through a town has a hundred steps.
    columns = zip(
        name[longest].tolist(),
        kind[longest].tolist(),
        push[longest].tolist(),
        angles[index].tolist(),
        np.add.reduceat(ridden.length_m, begins).tolist(),
        (np.add.reduceat(ridden.seconds, begins) * scale).tolist(),
        index.tolist(),
        strict=True,
    )
    steps = [
        Step(
            name=network.names[street],
            turn=_turn(angle) if number else "depart",
            street=KINDS[sort],
            push=pushed,
            length_m=round(length_m, 1),
            duration_s=round(seconds, 1),
            index=place,
        )
        for number, (street, sort, pushed, angle, length_m, seconds, place) in enumerate(columns)
    ]
    return (*steps, replace(steps[-1], turn="arrive", push=False, length_m=0.0, duration_s=0.0, index=len(line) - 1))


def _longest(length_m: Floats, begins: NDArray[np.int64]) -> NDArray[np.int64]:
    """The longest slot of each step, whose street gives it its name; the first of equals."""
    owner = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, len(length_m))))
    return np.asarray(np.lexsort((-length_m, owner))[begins])


def _begins(trace: Trace, street: _Streets, length_m: Floats, angles: Floats) -> list[int]:
    """Positions in the trace where a step begins: another street, getting off or on, or a turn at a junction.

    A barrier is no street, and a bit shorter than SHORT_M between two streets is part of the turn.
    """
    travelled = np.append(0.0, np.cumsum(length_m))
    real = street.kind != KIND_INDEX["barrier"]
    turns = trace.fork[:-1] & (np.abs(angles[1:]) >= TURN_DEG)
    changes = (street.name[1:] != street.name[:-1]) | (street.push[1:] != street.push[:-1]) | ~real[:-1]
    places = np.append(0, 1 + np.flatnonzero((changes | turns) & real[1:]))
    # Compared as plain numbers, which is several times as fast as element by element in arrays.
    kinds = list(zip(street.name[places].tolist(), street.push[places].tolist(), strict=True))
    metres, is_turn = travelled[places].tolist(), np.append(False, turns)[places].tolist()
    begins, begun_m = [0], 0.0
    for number, position in enumerate(places.tolist()[1:], start=1):
        if kinds[number] == kinds[number - 1] and not is_turn[number]:
            continue
        if metres[number] - begun_m >= SHORT_M:
            begins.append(position)
        elif len(begins) > 1:
            begins[-1] = position
        else:
            continue
        begun_m = metres[number]
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
