"""Check drawn routes against the extract itself, by other code than that which built the graph.

Reads only oneway tags and turn restrictions, and recognises nodes by their coordinates, so that a mistake in the
network cannot hide itself. It asks less than the network promises: a one-way street is wrong only if no tag opens it.
A command that nobody could follow, because its street does not lead on from there, is a mistake in the map and no rule.
"""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import osmium

from routing.streets.sample import street_points
from routing.streets.travel import Streets

Spot = tuple[int, int]
"""A node by its coordinates in 1e-7 degrees."""


@dataclass(slots=True)
class Broken:
    """What was found: moves looked at, those against the arrow, turns against a restriction."""

    moves: int = 0
    wrong_way: int = 0
    turns: int = 0


@dataclass(slots=True)
class Law:
    """What the extract allows: directed moves between neighbouring nodes by way, and the turns it forbids.

    `beside` gives the nodes next to a node on a way, whichever direction is allowed.
    """

    ways: dict[tuple[Spot, Spot], set[int]]
    beside: dict[tuple[int, Spot], set[Spot]]
    never: dict[tuple[int, Spot], set[int]]
    only: dict[tuple[int, Spot], set[int]]


def broken_rules(osm: Path, streets: Streets, profile: str, routes: int, seed: int) -> Broken:
    """Draw that many legs between random street points and count what they break."""
    law = _read_law(osm)
    points = street_points(streets.network, routes * 2, seed, profile=profile).reshape(routes, 2, 2)
    broken = Broken()
    for start, end in points:
        leg = streets.leg(start.tolist(), end.tolist(), profile)
        line = [(int(x), int(y)) for x, y in np.rint(np.array(leg.coordinates) * 1e7).astype(np.int64)]
        _check(line, law, broken)
    return broken


def _check(line: list[Spot], law: Law, broken: Broken) -> None:
    """The first and the last move begin and end inside a segment, where there is no node to recognise."""
    before: set[int] = set()
    for position, move in enumerate(zip(line, line[1:], strict=False)):
        inner = 0 < position < len(line) - 2
        ways = law.ways.get(move, set())
        broken.moves += inner
        broken.wrong_way += inner and not ways
        if before and ways:
            broken.turns += all(not _may_turn(law, old, move[0], new) for old in before for new in ways)
        before = ways


def _may_turn(law: Law, old: int, via: Spot, new: int) -> bool:
    commanded = law.only.get((old, via), set())
    forbidden = old != new and new in law.never.get((old, via), set())
    return not forbidden and (not commanded or new in commanded)


def _read_law(osm: Path) -> Law:
    law = Law(ways=defaultdict(set), beside=defaultdict(set), never=defaultdict(set), only=defaultdict(set))
    spots: dict[int, Spot] = {}
    reader = osmium.FileProcessor(str(osm)).with_locations()
    for item in reader.with_filter(osmium.filter.KeyFilter("highway", "restriction")):
        if isinstance(item, osmium.osm.Way):
            _read_way(item, law, spots)
        elif isinstance(item, osmium.osm.Relation):
            _read_restriction(item, law, spots)
    return law


def _read_way(way: osmium.osm.Way, law: Law, spots: dict[int, Spot]) -> None:
    tags = dict(way.tags)
    line = []
    for node in way.nodes:
        if node.location.valid():
            spots[node.ref] = (node.x, node.y)
            line.append(spots[node.ref])
    opened = tags.get("oneway:bicycle") == "no" or any(
        value.startswith("opposite") or (key.startswith("cycleway:") and key.endswith(":oneway"))
        for key, value in tags.items()
        if key.startswith("cycleway")
    )
    oneway = tags.get("oneway", "yes" if tags.get("junction") in ("roundabout", "circular") else "no")
    for start, end in zip(line, line[1:], strict=False):
        law.beside[way.id, start].add(end)
        law.beside[way.id, end].add(start)
        if opened or oneway not in ("-1", "reverse"):
            law.ways[start, end].add(way.id)
        if opened or oneway not in ("yes", "true", "1"):
            law.ways[end, start].add(way.id)


def _read_restriction(relation: osmium.osm.Relation, law: Law, spots: dict[int, Spot]) -> None:
    tags = dict(relation.tags)
    kind = tags.get("restriction", "")
    members = defaultdict(list)
    for member in relation.members:
        members[member.role, member.type].append(member.ref)
    via = members["via", "n"]
    if "bicycle" in tags.get("except", "") or len(via) != 1 or via[0] not in spots:
        return
    for old in members["from", "w"]:
        for new in members["to", "w"]:
            if kind.startswith("no_"):
                law.never[old, spots[via[0]]].add(new)
            elif kind == "only_u_turn" or kind.startswith("only_") and _leads_on(law, old, spots[via[0]], new):
                law.only[old, spots[via[0]]].add(new)


def _leads_on(law: Law, old: int, via: Spot, new: int) -> bool:
    """Whether `new` has a node beyond `via` to go to, other than the one from which `old` came."""
    return len(law.beside.get((new, via), ())) > (new == old)
