"""Build a street network from an extract: read, contract, measure, order."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import routingkit_cch
from numpy.typing import NDArray

from routing.streets.elevation import Elevation, Line, grades_permille
from routing.streets.errors import BadExtract
from routing.streets.extract import STRUCTURE, Progress, RawStreets, read_streets
from routing.streets.grid import build_cells
from routing.streets.network import Network, NetworkInfo, degrees, segment_lengths_m
from routing.streets.signals import one_wait_per_junction
from routing.streets.tags import CLASS_DTYPE
from routing.streets.topology import (
    Topology,
    build_topology,
    insert_barriers,
    slot_values,
    with_reversed_classes,
)


def build_network(
    osm_path: Path | str, *, elevation_dir: Path | str | None = None, progress: Progress | None = None
) -> Network:
    """The street network of one OpenStreetMap extract, ready for `Streets` and `save`.

    `elevation_dir` holds SRTM tiles (`.hgt` or `.hgt.zip`); without it, grades come from `incline` tags.
    `progress(stage, share)` is called now and then. Raises BadExtract or BadElevation with the reason.
    """
    path = Path(osm_path)
    elevation = Elevation(Path(elevation_dir)) if elevation_dir is not None else None
    raw, flip = with_reversed_classes(insert_barriers(read_streets(path, progress)))
    topology = build_topology(raw, flip)
    if len(topology.arc_tail) == 0:
        raise BadExtract(f"{path}: no street in it leads from one place to another; choose an extract of a whole town")
    _report(progress, "contract")
    values = slot_values(raw, topology, flip)
    point = raw.node_xy[topology.slot_node]
    length = _lengths(point, topology)
    grade = _grades(point, length, values, topology, elevation)
    _report(progress, "measure")
    along = _along(length, topology)
    slot_edge = np.repeat(
        np.arange(len(topology.edge_start) - 1, dtype=np.int32), np.diff(topology.edge_start)
    )
    cell_key, cell_start, cell_slot = build_cells(point, topology.slot_seg >= 0)
    node_point = raw.node_xy[topology.node_raw]
    order = _order(topology, node_point)
    _report(progress, "order")
    return Network(
        edge_start=topology.edge_start,
        point=point,
        slot_edge=slot_edge,
        slot_class=values["class"].astype(np.uint16),
        slot_name=values["name"].astype(np.int32),
        slot_grade=grade,
        slot_length=length,
        slot_along=along,
        slot_flags=one_wait_per_junction(values["flags"].astype(np.uint8), along, topology.edge_start),
        arc_tail=topology.arc_tail,
        arc_head=topology.arc_head,
        junction=topology.junction,
        node_point=node_point,
        order=order,
        classes=np.array(raw.classes, dtype=CLASS_DTYPE),
        cell_key=cell_key,
        cell_start=cell_start,
        cell_slot=cell_slot,
        names=tuple(raw.names),
        info=_info(path, raw, topology, elevation_dir),
    )


def fingerprint(osm_path: Path | str, elevation_dir: Path | str | None = None) -> str:
    """What a network is made of, in 16 hexadecimal digits: the extract's content, and which tiles were beside it."""
    digest = hashlib.sha256()
    try:
        with Path(osm_path).open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise BadExtract(f"{osm_path}: cannot be read ({error.strerror})") from error
    if elevation_dir is not None:
        for tile in sorted(Path(elevation_dir).glob("*")):
            digest.update(f"{tile.name} {tile.stat().st_size};".encode())
    return digest.hexdigest()[:16]


def _report(progress: Progress | None, stage: str) -> None:
    if progress:
        progress(stage, 1.0)


def _lengths(point: NDArray[np.int32], topology: Topology) -> NDArray[np.float32]:
    lonlat = degrees(point)
    length = np.zeros(len(point), dtype=np.float32)
    length[:-1] = segment_lengths_m(lonlat[:-1], lonlat[1:])
    length[topology.slot_seg < 0] = 0.0
    return length


def _along(length: NDArray[np.float32], topology: Topology) -> NDArray[np.float32]:
    total = np.concatenate([[0.0], np.cumsum(length[:-1], dtype=np.float64)])
    start = np.repeat(total[topology.edge_start[:-1]], np.diff(topology.edge_start))
    return np.asarray(total - start, dtype=np.float32)


def _grades(
    point: NDArray[np.int32],
    length: NDArray[np.float32],
    values: dict[str, NDArray[Any]],
    topology: Topology,
    elevation: Elevation | None,
) -> NDArray[np.int16]:
    """Measured grades where heights are known, tagged ones elsewhere."""
    tagged = values["incline"].astype(np.int16)
    if elevation is None:
        return tagged
    off_ground = ((values["flags"] & STRUCTURE) > 0) & (topology.slot_seg >= 0)
    measured = grades_permille(elevation, Line(degrees(point), length, topology.edge_start, off_ground))
    elevation.check_found()
    return np.where(np.isfinite(measured), np.nan_to_num(measured).round(), tagged).astype(np.int16)


def _order(topology: Topology, node_point: NDArray[np.int32]) -> NDArray[np.int32]:
    """Contraction order by inertial partitioning. Holds the interpreter for seconds on large regions."""
    order = routingkit_cch.compute_order_inertial(
        len(node_point),
        topology.arc_tail.tolist(),
        topology.arc_head.tolist(),
        degrees(node_point)[:, 1].tolist(),
        degrees(node_point)[:, 0].tolist(),
    )
    return np.array(order, dtype=np.int32)


def _info(path: Path, raw: RawStreets, topology: Topology, elevation_dir: Path | str | None) -> NetworkInfo:
    west, south = degrees(raw.node_xy.min(axis=0)).tolist()
    east, north = degrees(raw.node_xy.max(axis=0)).tolist()
    return NetworkInfo(
        source=path.name,
        source_bytes=path.stat().st_size,
        fingerprint=fingerprint(path, elevation_dir),
        elevation=elevation_dir is not None,
        west=west,
        south=south,
        east=east,
        north=north,
        restrictions=topology.restrictions_applied,
        skipped=raw.skipped,
    )
