"""Read the streets of one OpenStreetMap extract into flat arrays. Decides nothing about pace or topology."""

from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray
from osmium.filter import KeyFilter

from routing.streets.errors import BadExtract
from routing.streets.tags import StreetClass, barrier_class, incline_permille, street_class

Progress = Callable[[str, float], None]
"""Called with (stage, share of that stage that is done, 0 to 1)."""

MOST_CLASSES = 30_000
"""A town has some hundreds; each may be drawn both ways, and all must fit sixteen bits."""

MAX_BYTES = 1_000_000_000
"""Extracts above this are refused: a country does not fit one process, and a city needs 5 to 100 MB."""

SIGNAL_AHEAD, SIGNAL_BEHIND, STRUCTURE = 1, 2, 4
"""Flags of a segment: a signal where it ends, a signal where it begins (for the way back), bridge or tunnel."""

_ON_ROADS = 9
"""Kinds below this index are roads, on which a signalled foot crossing counts only through its own signal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restriction:
    """A turn that is forbidden, or the only one allowed, at one node."""

    via: int
    from_ways: frozenset[int]
    to_ways: frozenset[int]
    only: bool


@dataclass(slots=True, kw_only=True)
class RawStreets:
    """Segments between consecutive way nodes, before anything is contracted.

    `node_xy` (N, 2) int32, 1e-7 degrees; `seg_tail`, `seg_head` index it; the other `seg_` arrays say class,
    name, way (as OpenStreetMap id), incline per mille as tagged and flags. `restrictions` name OpenStreetMap ids.
    """

    node_ids: NDArray[np.int64]
    node_xy: NDArray[np.int32]
    seg_tail: NDArray[np.int32]
    seg_head: NDArray[np.int32]
    seg_class: NDArray[np.uint16]
    seg_name: NDArray[np.int32]
    seg_way: NDArray[np.int64]
    seg_incline: NDArray[np.int16]
    seg_flags: NDArray[np.uint8]
    classes: list[StreetClass]
    names: list[str]
    barriers: dict[int, int]
    restrictions: list[Restriction]
    skipped: dict[str, int]


class _Reader:
    """Collects what one pass over the file gives; arrays grow as plain machine integers."""

    def __init__(self) -> None:
        self.refs, self.xs, self.ys = array("q"), array("q"), array("q")
        self.way_start, self.way_ids = array("q"), array("q")
        self.way_class, self.way_name = array("q"), array("q")
        self.way_incline, self.way_flags = array("q"), array("q")
        self.classes: dict[StreetClass, int] = {}
        self.names: dict[str, int] = {"": 0}
        self.signals: dict[int, str] = {}
        self.barriers: dict[int, int] = {}
        self.restrictions: list[Restriction] = []
        self.skipped = {"missing_nodes": 0, "restrictions": 0, "long_segments": 0}

    def class_id(self, street: StreetClass) -> int:
        return self.classes.setdefault(street, len(self.classes))

    def node(self, node: osmium.osm.Node) -> None:
        tags = dict(node.tags)
        highway = tags.get("highway", "")
        if highway == "traffic_signals":
            self.signals[node.id] = tags.get("traffic_signals:direction", tags.get("direction", "both"))
        elif highway == "crossing" and tags.get("crossing") == "traffic_signals":
            self.signals[node.id] = "crossing"
        barrier = barrier_class(tags)
        if barrier is not None:
            self.barriers[node.id] = self.class_id(barrier)

    def way(self, way: osmium.osm.Way) -> None:
        tags = dict(way.tags)
        street = street_class(tags)
        if street is None:
            return
        class_id = self.class_id(street)
        name = self.names.setdefault(tags.get("name") or tags.get("ref") or "", len(self.names))
        structure = tags.get("bridge", "no") != "no" or tags.get("tunnel", "no") not in ("no", "building_passage")
        incline = incline_permille(tags)
        self._begin(way.id, class_id, name, incline, structure)
        for node in way.nodes:
            if node.location.valid():
                self.refs.append(node.ref)
                self.xs.append(node.x)
                self.ys.append(node.y)
            else:
                # The extract was cut here: begin a new piece rather than jump over the gap.
                self.skipped["missing_nodes"] += 1
                if len(self.refs) > self.way_start[-1]:
                    self._begin(way.id, class_id, name, incline, structure)

    def _begin(self, way_id: int, class_id: int, name: int, incline: int, structure: bool) -> None:
        self.way_start.append(len(self.refs))
        self.way_ids.append(way_id)
        self.way_class.append(class_id)
        self.way_name.append(name)
        self.way_incline.append(incline)
        self.way_flags.append(STRUCTURE if structure else 0)

    def relation(self, relation: osmium.osm.Relation) -> None:
        kind = _restriction_for_bikes(dict(relation.tags))
        if not kind:
            return
        via = [member.ref for member in relation.members if member.role == "via" and member.type == "n"]
        ways = {
            role: frozenset(member.ref for member in relation.members if member.role == role and member.type == "w")
            for role in ("from", "to")
        }
        if len(via) != 1 or not ways["from"] or not ways["to"]:
            self.skipped["restrictions"] += 1
            return
        only = kind.startswith("only_")
        self.restrictions.append(Restriction(via=via[0], from_ways=ways["from"], to_ways=ways["to"], only=only))


def _restriction_for_bikes(tags: Mapping[str, str]) -> str:
    """The restriction a cyclist must obey, or an empty string."""
    if not tags.get("type", "").startswith("restriction"):
        return ""
    if "bicycle" in tags.get("except", "").split(";"):
        return ""
    kind = tags.get("restriction:bicycle") or tags.get("restriction", "")
    return kind if kind.startswith(("no_", "only_")) else ""


def read_streets(path: Path, progress: Progress | None = None) -> RawStreets:
    """Read every street that a cyclist may use, riding or pushing. Raises BadExtract with the reason."""
    _check_file(path)
    reader = _Reader()
    try:
        _pass(path, reader, progress)
    except (RuntimeError, ValueError, OSError) as error:  # ValueError: a tag whose text is no UTF-8
        raise BadExtract(f"{path}: not a readable OpenStreetMap extract ({error})") from error
    if not reader.refs:
        raise BadExtract(f"{path}: holds no street that a bicycle may use")
    if len(reader.classes) > MOST_CLASSES:
        raise BadExtract(f"{path}: tags its streets in more than {MOST_CLASSES:,} different ways: no map of a town")
    return _to_arrays(reader)


def _check_file(path: Path) -> None:
    if not path.is_file():
        raise BadExtract(f"{path}: no such file")
    size = path.stat().st_size
    if size == 0:
        raise BadExtract(f"{path}: the file is empty")
    if size > MAX_BYTES:
        raise BadExtract(f"{path}: {size / 1e6:.0f} MB is more than a city; cut your area out with `osmium extract`")


def _pass(path: Path, reader: _Reader, progress: Progress | None) -> None:
    filter_ = KeyFilter("highway", "barrier", "restriction", "restriction:bicycle")
    for number, item in enumerate(osmium.FileProcessor(str(path)).with_locations().with_filter(filter_)):
        if isinstance(item, osmium.osm.Way):
            reader.way(item)
        elif isinstance(item, osmium.osm.Node):
            reader.node(item)
        elif isinstance(item, osmium.osm.Relation):
            reader.relation(item)
        if progress and number % 20_000 == 0:
            progress("read", 0.0)
    if progress:
        progress("read", 1.0)


def _to_arrays(reader: _Reader) -> RawStreets:
    refs = np.frombuffer(reader.refs, dtype=np.int64)
    xy = np.column_stack([np.frombuffer(axis, dtype=np.int64) for axis in (reader.xs, reader.ys)]).astype(np.int32)
    starts = np.append(np.frombuffer(reader.way_start, dtype=np.int64), len(refs))
    way_of = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    node_ids, first, node_of = np.unique(refs, return_index=True, return_inverse=True)
    # A segment joins two consecutive nodes of one way; repeated nodes make none.
    usable = (way_of[:-1] == way_of[1:]) & (node_of[:-1] != node_of[1:])
    short = _short_enough(xy)
    reader.skipped["long_segments"] = int((usable & ~short).sum())
    index = np.flatnonzero(usable & short)
    ways = way_of[index]
    street = np.frombuffer(reader.way_class, dtype=np.int64)[ways]
    flags = np.frombuffer(reader.way_flags, dtype=np.int64)[ways].astype(np.uint8)
    classes = list(reader.classes)
    on_road = np.array([row.kind for row in classes])[street] < _ON_ROADS
    ahead, behind = _signals(reader, node_ids, on_road, node_of, index)
    return RawStreets(
        node_ids=node_ids,
        node_xy=xy[first],
        seg_tail=node_of[index].astype(np.int32),
        seg_head=node_of[index + 1].astype(np.int32),
        seg_class=street.astype(np.uint16),
        seg_name=np.frombuffer(reader.way_name, dtype=np.int64)[ways].astype(np.int32),
        seg_way=np.frombuffer(reader.way_ids, dtype=np.int64)[ways],
        seg_incline=np.frombuffer(reader.way_incline, dtype=np.int64)[ways].astype(np.int16),
        seg_flags=flags | ahead * np.uint8(SIGNAL_AHEAD) | behind * np.uint8(SIGNAL_BEHIND),
        classes=classes,
        names=list(reader.names),
        barriers=reader.barriers,
        restrictions=reader.restrictions,
        skipped=reader.skipped,
    )


def _short_enough(xy: NDArray[np.int32]) -> NDArray[np.bool_]:
    """False for segments above about 20 km: no street, but a wrong coordinate."""
    step = np.abs(np.diff(xy.astype(np.int64), axis=0))
    return np.asarray((step < 2_000_000).all(axis=1))


def _signals(
    reader: _Reader,
    node_ids: NDArray[np.int64],
    on_road: NDArray[np.bool_],
    node_of: NDArray[np.int64],
    index: NDArray[np.int64],
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Per segment, whether a rider meets a signal (at its head going forward, at its tail going back)."""
    forward, backward, crossing = (np.zeros(len(node_ids), dtype=bool) for _ in range(3))
    ids = np.fromiter(reader.signals, dtype=np.int64, count=len(reader.signals))
    places = np.searchsorted(node_ids, ids)
    for place, osm_id, direction in zip(places, ids, reader.signals.values(), strict=True):
        if place == len(node_ids) or node_ids[place] != osm_id:
            continue
        forward[place] = direction not in ("backward", "crossing")
        backward[place] = direction not in ("forward", "crossing")
        crossing[place] = direction == "crossing"
    tail, head = node_of[index], node_of[index + 1]
    ahead = forward[head] | (crossing[head] & ~on_road)
    behind = backward[tail] | (crossing[tail] & ~on_road)
    return ahead.astype(np.uint8), behind.astype(np.uint8)
