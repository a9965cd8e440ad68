"""Draw a small town as an OpenStreetMap file, for tests that say in metres what lies where."""

import math
from pathlib import Path

import osmium
from osmium.osm import mutable

from routing.streets.build import build_network
from routing.streets.network import METRES_PER_DEGREE, Network

ORIGIN = (8.0, 49.0)


def place(x_m: float, y_m: float) -> tuple[float, float]:
    """(lon, lat) of a spot that many metres east and north of the origin."""
    scale = METRES_PER_DEGREE * math.cos(math.radians(ORIGIN[1]))
    return ORIGIN[0] + x_m / scale, ORIGIN[1] + y_m / METRES_PER_DEGREE


class Drawing:
    """Nodes by name, ways over them and turn restrictions; `network()` takes it through the real import."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "town.osm.pbf"
        self._ids: dict[str, int] = {}
        self._nodes: dict[str, tuple[float, float, dict[str, str]]] = {}
        self._ways: list[tuple[list[str], dict[str, str]]] = []
        self._restrictions: list[tuple[int, str, int, dict[str, str]]] = []

    def node(self, name: str, x_m: float, y_m: float, **tags: str) -> None:
        """Put a node; a second one of the same name moves it."""
        self._nodes[name] = (x_m, y_m, _tags(tags))
        self._ids.setdefault(name, len(self._ids) + 1)

    def way(self, nodes: str, **tags: str) -> int:
        """Draw a way over nodes named by single words; highway=residential unless said. Returns its id."""
        self._ways.append((nodes.split(), {"highway": "residential"} | _tags(tags)))
        return len(self._ways)

    def restriction(self, from_way: int, via: str, to_way: int, **tags: str) -> None:
        """Forbid or command a turn."""
        self._restrictions.append((from_way, via, to_way, _tags(tags)))

    def write(self) -> Path:
        """Write the file and say where it is."""
        writer = osmium.SimpleWriter(str(self.path), overwrite=True)
        for name, (x_m, y_m, tags) in self._nodes.items():
            writer.add_node(mutable.Node(id=self._ids[name], version=1, location=place(x_m, y_m), tags=tags))
        for number, (nodes, tags) in enumerate(self._ways, start=1):
            refs = [self._ids.setdefault(name, len(self._ids) + 1) for name in nodes]
            writer.add_way(mutable.Way(id=number, version=1, nodes=refs, tags=tags))
        for number, (from_way, via, to_way, tags) in enumerate(self._restrictions, start=1):
            members = [("w", from_way, "from"), ("n", self._ids[via], "via"), ("w", to_way, "to")]
            tags = {"type": "restriction"} | tags
            writer.add_relation(mutable.Relation(id=number, version=1, members=members, tags=tags))
        writer.close()
        return self.path

    def network(self, elevation_dir: Path | None = None) -> Network:
        """Import the drawing."""
        return build_network(self.write(), elevation_dir=elevation_dir)


def _tags(tags: dict[str, str]) -> dict[str, str]:
    """Python names to OpenStreetMap keys: oneway__bicycle is oneway:bicycle."""
    return {key.replace("__", ":"): value for key, value in tags.items()}


def square(drawing: Drawing, south: str = "a b", **south_tags: str) -> None:
    """A ring of streets a-b-c-d, 400 m a side, so that whatever a test does to the south one has a way round.

    `south` lists the nodes of that street, which a test may have put itself.
    """
    for name, x_m, y_m in (("a", 0, 0), ("b", 400, 0), ("c", 400, 400), ("d", 0, 400)):
        drawing.node(name, x_m, y_m)
    drawing.way(south, **({"name": "South"} | south_tags))
    for ends, name in (("b c", "East"), ("c d", "North"), ("d a", "West")):
        drawing.way(ends, name=name)


def town(drawing: Drawing) -> None:
    """Eight by eight blocks with everything that makes a network difficult; deterministic."""
    size, block_m = 9, 90.0
    for row in range(size):
        for column in range(size):
            drawing.node(f"n{row}.{column}", column * block_m + 7 * (row % 2), row * block_m)
    drawing.node("n4.4", 4 * block_m, 4 * block_m, highway="traffic_signals")
    drawing.node("n2.6", 6 * block_m + 7, 2 * block_m, barrier="cycle_barrier")
    drawing.node("n6.2", 2 * block_m, 6 * block_m, barrier="gate")
    across, along = [], []
    for line in range(size):
        tags = {0: {"highway": "primary"}, 2: {"oneway": "yes"}, 3: {"oneway": "yes", "oneway__bicycle": "no"}}
        row_nodes = " ".join(f"n{line}.{column}" for column in range(size))
        column_nodes = " ".join(f"n{row}.{line}" for row in range(size))
        across.append(drawing.way(row_nodes, name=f"Row {line}", **tags.get(line, {})))
        kinds = {1: {"highway": "footway"}, 5: {"highway": "cycleway"}, 7: {"highway": "track", "surface": "gravel"}}
        along.append(drawing.way(column_nodes, name=f"Column {line}", **kinds.get(line, {})))
    drawing.restriction(across[4], "n4.3", along[3], restriction="no_left_turn")
    drawing.restriction(along[6], "n6.6", along[6], restriction="only_straight_on")
    drawing.way("n8.0 n7.1", highway="steps")
    drawing.way("n0.8 n1.7", highway="path", maxwidth="0.8")
