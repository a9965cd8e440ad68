"""What stands on streets and at junctions: signals, crossings, barriers, forbidden turns."""

import math
from collections import defaultdict
from dataclasses import dataclass
from random import Random

from dispatch.demo.curves import Point
from dispatch.demo.draft import Draft
from dispatch.demo.layout import Layout
from dispatch.demo.network import Piece
from dispatch.demo.streets import Signs, Street

MAIN = ("primary", "secondary", "tertiary")
FORBIDDEN_TURNS = 12


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn that a sign forbids (or, for only_straight_on, the one it allows)."""

    kind: str
    came_by: Piece
    at: Point
    leaves_by: Piece
    is_open_to_bicycles: bool


def signal_points(streets: list[Street]) -> list[Point]:
    """Junctions of main roads, inside the town, that have traffic lights."""
    roads: dict[Point, set[int]] = defaultdict(set)
    busy: set[Point] = set()
    for street in streets:
        if street.rank not in MAIN or street.zone == "outside":
            continue
        for piece in street.pieces:
            for xy in piece.ends:
                roads[xy].add(piece.line)
                if street.rank == "primary":
                    busy.add(xy)
    return sorted(
        xy for xy, lines in roads.items() if len(lines) >= 2 or (xy in busy and hash_share(xy) < 0.3)
    )


def hash_share(at: Point) -> float:
    """A number from 0 to 1 that depends on the place only."""
    return (math.sin(at[0] * 12.9898 + at[1] * 78.233) * 43758.5453) % 1.0


def forbidden_turns(streets: list[Street], signs: Signs, signals: list[Point], seed: int) -> list[Turn]:
    """Return turns forbidden at junctions with lights: mostly left turns off main roads."""
    rng = Random(f"{seed}:turns")
    arms: dict[Point, list[tuple[Piece, Street]]] = defaultdict(list)
    for street in streets:
        for piece in street.pieces:
            if street.rank not in ("cycleway", "track"):
                for xy in piece.ends:
                    arms[xy].append((piece, street))
    turns: list[Turn] = []
    for at in rng.sample(signals, min(len(signals), FORBIDDEN_TURNS)):
        lefts = [
            (came, leaves)
            for came, street in arms[at]
            for leaves, _ in arms[at]
            if came is not leaves
            and street.rank in MAIN
            and "oneway" not in signs.of(came) | signs.of(leaves)
            and 50 < _turn_degrees(came, leaves, at) < 130
        ]
        if lefts and len(arms[at]) >= 3:
            came, leaves = rng.choice(lefts)
            turns.append(Turn("no_left_turn", came, at, leaves, rng.random() < 0.4))
    return turns


def _turn_degrees(came: Piece, leaves: Piece, at: Point) -> float:
    """How far one turns to the left (positive) or right (negative)."""
    before, after = _neighbour(came, at), _neighbour(leaves, at)
    inward = math.atan2(at[1] - before[1], at[0] - before[0])
    outward = math.atan2(after[1] - at[1], after[0] - at[0])
    return (math.degrees(outward - inward) + 180) % 360 - 180


def _neighbour(piece: Piece, at: Point) -> Point:
    return piece.geometry.coords[1] if piece.ends[0] == at else piece.geometry.coords[-2]


def draw_furniture(draft: Draft, streets: list[Street], signs: Signs, layout: Layout, seed: int) -> None:
    """Add point features on streets: signals are drawn elsewhere."""
    rng = Random(f"{seed}:furniture")
    rails = {xy for rail in layout.rails for xy in (rail.coords[0], rail.coords[-1])}
    for street in streets:
        for piece in street.pieces:
            is_path = street.rank == "cycleway"
            for xy in rails.intersection(piece.ends):
                draft.node(xy, {"railway": "crossing" if is_path else "level_crossing"})
            if len(piece.geometry.coords) < 4:
                continue
            middle = piece.geometry.coords[len(piece.geometry.coords) // 2]
            if is_path and "bridge" not in signs.of(piece) and rng.random() < 0.7:
                draft.node(middle, {"barrier": "cycle_barrier"})
            elif signs.of(piece).get("highway") == "pedestrian" and rng.random() < 0.4:
                draft.node(middle, {"barrier": "bollard", "bicycle": "yes"})
            elif street.rank in MAIN and street.zone != "outside" and rng.random() < 0.35:
                draft.node(
                    middle,
                    {"highway": "crossing", "crossing": rng.choice(["uncontrolled", "traffic_signals"])},
                )
