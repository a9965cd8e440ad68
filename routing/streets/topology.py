"""Turn segments into a graph: put barriers in, contract nodes of degree two, split restricted junctions.

An edge is a chain of segments between two junctions along which passage does not change; it keeps every point.
Arc 2e runs along edge e, arc 2e + 1 against it; arcs from 2E on are the turns inside split junctions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from routing.streets.extract import SIGNAL_AHEAD, SIGNAL_BEHIND, STRUCTURE, RawStreets, Restriction
from routing.streets.tags import KIND_INDEX, StreetClass

STEPS = KIND_INDEX["steps"]
STREETS = frozenset(
    KIND_INDEX[kind]
    for kind in (
        "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "cycleway",
    )
)


@dataclass(slots=True, kw_only=True)
class Topology:
    """Edges as runs of slots. Slot i < last of its edge is the segment from point i to i + 1; the last is empty.

    `edge_start` (E + 1,) int32 into slots; `slot_node` raw node of each point; `slot_seg` raw segment (-1 for the
    empty slot); `slot_flipped` whether the segment is drawn against the edge; `arc_tail`, `arc_head` (A,) int32;
    `node_raw` (N,) raw node of each graph node; `junction` (N,) whether three or more public streets meet there.
    """

    edge_start: NDArray[np.int32]
    slot_node: NDArray[np.int32]
    slot_seg: NDArray[np.int32]
    slot_flipped: NDArray[np.bool_]
    arc_tail: NDArray[np.int32]
    arc_head: NDArray[np.int32]
    node_raw: NDArray[np.int32]
    junction: NDArray[np.bool_]
    restrictions_applied: int


def insert_barriers(raw: RawStreets) -> RawStreets:
    """Give every segment that ends at a barrier an end of its own, joined to the barrier's node by a stub.

    A stub has no length; two stubs are crossed on the way through, so each carries half of the barrier.
    """
    if not raw.barriers:
        return raw
    ids = np.fromiter(raw.barriers, dtype=np.int64, count=len(raw.barriers))
    place = np.searchsorted(raw.node_ids, ids).clip(max=len(raw.node_ids) - 1)
    known = raw.node_ids[place] == ids
    class_at = np.full(len(raw.node_ids), -1, dtype=np.int32)
    class_at[place[known]] = np.fromiter(raw.barriers.values(), dtype=np.int32, count=len(ids))[known]
    tail, head = raw.seg_tail.copy(), raw.seg_head.copy()
    at_tail, at_head = np.flatnonzero(class_at[tail] >= 0), np.flatnonzero(class_at[head] >= 0)
    centre = np.concatenate([tail[at_tail], head[at_head]])
    segment = np.concatenate([at_tail, at_head])
    fresh = np.arange(len(centre), dtype=np.int32) + len(raw.node_ids)
    tail[at_tail], head[at_head] = np.split(fresh, [len(at_tail)])
    return replace(
        raw,
        node_ids=np.concatenate([raw.node_ids, np.full(len(fresh), -1)]),
        node_xy=np.concatenate([raw.node_xy, raw.node_xy[centre]]),
        seg_tail=np.concatenate([tail, fresh]),
        seg_head=np.concatenate([head, centre]),
        seg_class=np.concatenate([raw.seg_class, class_at[centre].astype(np.uint16)]),
        seg_name=np.concatenate([raw.seg_name, raw.seg_name[segment]]),
        seg_way=np.concatenate([raw.seg_way, raw.seg_way[segment]]),
        seg_incline=np.concatenate([raw.seg_incline, np.zeros(len(fresh), np.int16)]),
        seg_flags=np.concatenate([raw.seg_flags, np.zeros(len(fresh), np.uint8)]),
    )


def with_reversed_classes(raw: RawStreets) -> tuple[RawStreets, NDArray[np.uint16]]:
    """Complete the class table by every class drawn the other way; also `flip[class]` = its reverse."""
    classes = {row: index for index, row in enumerate(raw.classes)}
    for row in raw.classes:
        classes.setdefault(row.reversed(), len(classes))
    flip = np.array([classes[row.reversed()] for row in classes], dtype=np.uint16)
    return replace(raw, classes=list(classes)), flip


def build_topology(raw: RawStreets, flip: NDArray[np.uint16]) -> Topology:
    """Contract and split. `raw` must have passed `insert_barriers` and `with_reversed_classes`."""
    chains, key = _chains(raw, flip)
    lengths = np.fromiter((len(chain) for chain in chains), dtype=np.int64, count=len(chains))
    darts = np.fromiter((dart for chain in chains for dart in chain), dtype=np.int64, count=int(lengths.sum()))
    dart_node = np.column_stack([raw.seg_tail, raw.seg_head]).ravel()
    edge_start = np.concatenate([[0], np.cumsum(lengths + 1)])
    last = edge_start[1:] - 1
    inner = np.ones(edge_start[-1], dtype=bool)
    inner[last] = False
    slot_node = np.empty(len(inner), dtype=np.int32)
    slot_seg = np.full(len(inner), -1, dtype=np.int32)
    slot_flipped = np.zeros(len(inner), dtype=bool)
    slot_node[inner], slot_seg[inner], slot_flipped[inner] = dart_node[darts], darts >> 1, darts & 1
    slot_node[last] = dart_node[darts[np.cumsum(lengths) - 1] ^ 1]
    node_raw, ends = np.unique(np.concatenate([slot_node[edge_start[:-1]], slot_node[last]]), return_inverse=True)
    start, end = np.split(ends, 2)
    topology = Topology(
        edge_start=edge_start.astype(np.int32),
        slot_node=slot_node,
        slot_seg=slot_seg,
        slot_flipped=slot_flipped,
        arc_tail=np.column_stack([start, end]).ravel().astype(np.int32),
        arc_head=np.column_stack([end, start]).ravel().astype(np.int32),
        node_raw=node_raw,
        junction=_junctions(raw, chains, ends, len(node_raw)),
        restrictions_applied=0,
    )
    return split_restricted(raw, topology)


def _junctions(raw: RawStreets, chains: list[list[int]], ends: NDArray[np.int64], nodes: int) -> NDArray[np.bool_]:
    """Nodes where three or more public streets meet: past a driveway or a footpath nobody slows down."""
    street = np.array([row.kind in STREETS and not row.private for row in raw.classes])[raw.seg_class]
    outer = [chain[0] >> 1 for chain in chains] + [chain[-1] >> 1 for chain in chains]
    return np.bincount(ends[street[outer]], minlength=nodes) >= 3


def _chains(raw: RawStreets, flip: NDArray[np.uint16]) -> tuple[list[list[int]], NDArray[np.bool_]]:
    """Every edge as its darts in order. Dart 2s leaves segment s's tail, dart 2s + 1 its head."""
    nodes = np.column_stack([raw.seg_tail, raw.seg_head]).ravel()
    key, mate = _key_nodes(raw, flip, nodes)
    node, is_key, partner = nodes.tolist(), key.tolist(), mate.tolist()
    seen = bytearray(len(nodes) // 2)
    chains: list[list[int]] = []
    starts = np.flatnonzero(key[nodes]).tolist()
    # Rings without a junction are met last: each is opened at whatever segment comes first.
    for start in [*starts, *range(0, len(nodes), 2)]:
        if seen[start >> 1]:
            continue
        is_key[node[start]] = True
        chain, dart = [start], start
        seen[start >> 1] = 1
        while not is_key[node[dart ^ 1]]:
            dart = partner[dart ^ 1]
            chain.append(dart)
            seen[dart >> 1] = 1
        if node[start] == node[dart ^ 1] and len(chain) > 1:
            # A loop is cut in two, so that every arc joins two different nodes.
            middle = len(chain) // 2
            chains.extend((chain[:middle], chain[middle:]))
        else:
            chains.append(chain)
    return chains, key


def _key_nodes(
    raw: RawStreets, flip: NDArray[np.uint16], nodes: NDArray[np.int32]
) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Nodes where an edge must end, and for all other nodes the dart on their far side."""
    passage = _passage(raw.classes)
    outward = np.column_stack([raw.seg_class, flip[raw.seg_class]]).ravel()
    count = len(raw.node_ids)
    degree = np.bincount(nodes, minlength=count)
    key = degree != 2
    by_node = np.argsort(nodes, kind="stable")
    pairs = by_node[~key[nodes[by_node]]].reshape(-1, 2)
    first, second = pairs[:, 0], pairs[:, 1]
    changes = passage[outward[second]] != passage[flip[outward[first]]]
    key[nodes[first[changes]]] = True
    vias = np.array([restriction.via for restriction in raw.restrictions], dtype=np.int64)
    key[np.isin(raw.node_ids, vias)] = True
    mate = np.full(len(nodes), -1, dtype=np.int32)
    mate[first], mate[second] = second, first
    return key, mate


def _passage(classes: list[StreetClass]) -> NDArray[np.int32]:
    """Classes that every profile may pass alike share a number; only between those may an edge run on."""
    groups: dict[tuple[int, ...], int] = {}
    keys = [
        (row.forward, row.backward, row.kind == STEPS, row.private, row.width_cm, row.barrier) for row in classes
    ]
    return np.array([groups.setdefault(key, len(groups)) for key in keys], dtype=np.int32)


def split_restricted(raw: RawStreets, topology: Topology) -> Topology:
    """Replace each restricted node by one node per arriving and per leaving arc, joined by the allowed turns."""
    places = {int(raw.node_ids[node]): index for index, node in enumerate(topology.node_raw) if raw.node_ids[node] >= 0}
    by_node: dict[int, list[Restriction]] = {}
    for restriction in raw.restrictions:
        if restriction.via in places:
            by_node.setdefault(places[restriction.via], []).append(restriction)
    if not by_node:
        return topology
    tail, head = topology.arc_tail.copy(), topology.arc_head.copy()
    arriving, leaving = _arcs_at(head, by_node), _arcs_at(tail, by_node)
    way_of = _ArcWays(raw, topology)
    fresh_raw: list[int] = []
    junction: list[bool] = []
    turns: list[tuple[int, int]] = []
    for node, restrictions in by_node.items():
        copies: dict[tuple[str, int], int] = {}
        for side, arcs, ends in (("in", arriving[node], head), ("out", leaving[node], tail)):
            for arc in arcs:
                copies[side, arc] = ends[arc] = len(topology.node_raw) + len(fresh_raw)
                fresh_raw.append(int(topology.node_raw[node]))
                junction.append(side == "in" and bool(topology.junction[node]))
        for arc, onward in _allowed_turns(arriving[node], leaving[node], restrictions, way_of):
            turns.append((copies["in", arc], copies["out", onward]))
    turn_ends = np.array(turns, dtype=np.int32).reshape(-1, 2)
    return replace(
        topology,
        arc_tail=np.concatenate([tail, turn_ends[:, 0]]),
        arc_head=np.concatenate([head, turn_ends[:, 1]]),
        node_raw=np.concatenate([topology.node_raw, np.array(fresh_raw, dtype=np.int32)]),
        junction=np.concatenate([topology.junction, np.array(junction, dtype=bool)]),
        restrictions_applied=sum(map(len, by_node.values())),
    )


class _ArcWays:
    """The OpenStreetMap way by which an arc leaves its tail or reaches its head."""

    def __init__(self, raw: RawStreets, topology: Topology) -> None:
        start, last = topology.edge_start[:-1], topology.edge_start[1:] - 2
        self.first = raw.seg_way[topology.slot_seg[start]]
        self.last = raw.seg_way[topology.slot_seg[last]]

    def leaving(self, arc: int) -> int:
        return int((self.last if arc & 1 else self.first)[arc >> 1])

    def arriving(self, arc: int) -> int:
        return int((self.first if arc & 1 else self.last)[arc >> 1])


def _arcs_at(ends: NDArray[np.int32], wanted: dict[int, list[Restriction]]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {node: [] for node in wanted}
    for arc in np.flatnonzero(np.isin(ends, np.fromiter(wanted, dtype=np.int32, count=len(wanted)))).tolist():
        found[int(ends[arc])].append(arc)
    return found


def _allowed_turns(
    arriving: list[int], leaving: list[int], restrictions: list[Restriction], way_of: _ArcWays
) -> Iterator[tuple[int, int]]:
    """Pairs (arriving arc, leaving arc) that may follow each other; turning back only in a dead end.

    A command whose way does not lead on from here is a mistake in the map and binds nobody.
    """
    for arc in arriving:
        here = [rule for rule in restrictions if way_of.arriving(arc) in rule.from_ways]
        only = frozenset[int]().union(*(rule.to_ways for rule in here if rule.only))
        never = frozenset[int]().union(*(rule.to_ways for rule in here if not rule.only))
        onward = [next_arc for next_arc in leaving if next_arc != arc ^ 1]
        commanded = [next_arc for next_arc in onward if way_of.leaving(next_arc) in only]
        allowed = [next_arc for next_arc in commanded or onward if way_of.leaving(next_arc) not in never]
        for next_arc in allowed or ([] if onward else [arc ^ 1]):
            yield arc, next_arc


def slot_values(raw: RawStreets, topology: Topology, flip: NDArray[np.uint16]) -> dict[str, NDArray[Any]]:
    """Class, name, incline and flags of each slot, as seen along its edge."""
    segment, flipped = topology.slot_seg, topology.slot_flipped
    street = raw.seg_class[segment]
    flags = raw.seg_flags[segment]
    swapped = (
        (flags & STRUCTURE)
        | np.where(flags & SIGNAL_AHEAD, SIGNAL_BEHIND, 0)
        | np.where(flags & SIGNAL_BEHIND, SIGNAL_AHEAD, 0)
    )
    incline = raw.seg_incline[segment]
    values: dict[str, NDArray[Any]] = {
        "class": np.where(flipped, flip[street], street).astype(np.uint16),
        "name": raw.seg_name[segment],
        "incline": np.where(flipped, -incline, incline).astype(np.int16),
        "flags": np.where(flipped, swapped, flags).astype(np.uint8),
        "way": raw.seg_way[segment],
    }
    empty = segment < 0
    for key in ("incline", "flags"):
        values[key][empty] = 0
    return values
