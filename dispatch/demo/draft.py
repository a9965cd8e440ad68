"""Collect nodes, ways and relations of a drawing and write them as an OpenStreetMap file.

Coordinates are metres of the town's plane; points closer than a centimetre are one node. The file is the
same to the byte for the same drawing: no time stamps, ids in the order of drawing.
"""

from pathlib import Path

import osmium
from osmium.osm.mutable import Node, Relation, Way
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.polygon import orient

from dispatch.demo.curves import Point
from dispatch.demo.terrain import lon_lat

Tags = dict[str, str]
Member = tuple[str, int, str]  # "n" | "w" | "r", id, role


class Draft:
    """A drawing in the making."""

    def __init__(self) -> None:
        self.nodes: dict[int, tuple[Point, Tags]] = {}
        self.ways: dict[int, tuple[list[int], Tags]] = {}
        self.relations: dict[int, tuple[list[Member], Tags]] = {}
        self._at: dict[Point, int] = {}

    def node(self, at: Point, tags: Tags | None = None) -> int:
        """Return the id of the node at a point, made if need be; `tags` are added to it."""
        key = (round(at[0], 2), round(at[1], 2))
        node_id = self._at.setdefault(key, len(self._at) + 1)
        known = self.nodes.setdefault(node_id, (key, {}))
        known[1].update(tags or {})
        return node_id

    def way(self, line: LineString, tags: Tags) -> int:
        return self._add_way([self.node(xy[:2]) for xy in line.coords], tags)

    def area(self, shape: Polygon | MultiPolygon, tags: Tags) -> None:
        """Draw each polygon as a closed way, or as a multipolygon relation if it has holes."""
        for polygon in shape.geoms if isinstance(shape, MultiPolygon) else [shape]:
            if polygon.is_empty:
                continue
            rings = [orient(polygon).exterior, *polygon.interiors]
            if len(rings) == 1:
                self._add_ring(rings[0], tags)
                continue
            members = [
                ("w", self._add_ring(ring, {}), "inner" if i else "outer") for i, ring in enumerate(rings)
            ]
            self.relation(members, {"type": "multipolygon"} | tags)

    def relation(self, members: list[Member], tags: Tags) -> int:
        relation_id = len(self.relations) + 1
        self.relations[relation_id] = (members, tags)
        return relation_id

    def _add_ring(self, ring: LineString, tags: Tags) -> int:
        ids = [self.node(xy[:2]) for xy in ring.coords[:-1]]
        return self._add_way([*ids, ids[0]], tags)

    def _add_way(self, node_ids: list[int], tags: Tags) -> int:
        way_id = len(self.ways) + 1
        without_repeats = [node for i, node in enumerate(node_ids) if i == 0 or node != node_ids[i - 1]]
        self.ways[way_id] = (without_repeats, tags)
        return way_id

    def write(self, path: Path) -> None:
        """Write the drawing; an existing file is replaced."""
        with osmium.SimpleWriter(str(path), overwrite=True) as writer:
            for node_id, (at, tags) in self.nodes.items():
                writer.add_node(Node(id=node_id, version=1, location=lon_lat(*at), tags=tags))
            for way_id, (node_ids, tags) in self.ways.items():
                writer.add_way(Way(id=way_id, version=1, nodes=node_ids, tags=tags))
            for relation_id, (members, tags) in self.relations.items():
                writer.add_relation(Relation(id=relation_id, version=1, members=members, tags=tags))
