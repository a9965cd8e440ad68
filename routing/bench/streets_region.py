"""A region made of copies of one extract: does the street engine still fit one process at 600,000 nodes?"""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import osmium
from osmium.osm import mutable

from routing.bench.streets_measures import hazard_at, in_new_process, resident_mb
from routing.streets.build import build_network
from routing.streets.sample import street_points
from routing.streets.store import load, save
from routing.streets.travel import Streets

LINKS = 20
"""Roads from each copy to the next one north of it."""
LONGEST_LINK_DEG = 0.15
"""Taller extracts overlap, because the import takes longer segments for slips of the mouse."""
ID_STEP = 20_000_000_000
"""Above every OpenStreetMap id, so that the copies' ids stay apart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a process does with a region: seconds to load it, milliseconds to answer, megabytes."""

    nodes: int
    load_s: float
    hazard_ms: float
    matrix_300_ms: float
    arrays_mb: float
    rss_mb: float


def measure_region(osm: Path, copies: int) -> tuple[float, Answers]:
    """(seconds to build from that many copies, what a new process then does with the folder)."""
    with tempfile.TemporaryDirectory() as folder:
        tiled, saved = Path(folder) / "region.osm.pbf", Path(folder) / "region"
        tile_extract(osm, tiled, copies)
        start = time.perf_counter()
        save(build_network(tiled), saved)
        return time.perf_counter() - start, in_new_process(_answers, saved)


def _answers(saved: Path) -> Answers:
    start = time.perf_counter()
    streets = Streets(load(saved))
    streets.warm(["bike"])
    loaded = time.perf_counter()
    points = street_points(streets.network, 300, seed=1)
    begun = time.perf_counter()
    streets.matrix(points, "bike")
    answered = time.perf_counter()
    streets.set_hazards([hazard_at(points[0])])
    streets.matrix(points[:2], "bike")
    return Answers(
        nodes=streets.network.node_count,
        load_s=loaded - start,
        matrix_300_ms=(answered - begun) * 1000.0,
        hazard_ms=(time.perf_counter() - answered) * 1000.0,
        arrays_mb=streets.network.size_bytes / 1e6,
        rss_mb=resident_mb(),
    )


def tile_extract(osm: Path, out: Path, copies: int) -> None:
    """Write the streets of `osm` that many times, each copy north of the last and joined to it by LINKS roads."""
    nodes: dict[int, tuple[float, float]] = {}
    ways: list[tuple[list[int], dict[str, str]]] = []
    reader = osmium.FileProcessor(str(osm)).with_locations().with_filter(osmium.filter.KeyFilter("highway"))
    for item in reader:
        if isinstance(item, osmium.osm.Way):
            known = [node for node in item.nodes if node.location.valid()]
            nodes.update((node.ref, (node.lon, node.lat)) for node in known)
            ways.append(([node.ref for node in known], dict(item.tags)))
    latitudes = [lat for _, lat in nodes.values()]
    shift = min(max(latitudes) - min(latitudes) + 0.01, LONGEST_LINK_DEG)
    homes = [refs[0] for refs, tags in ways if refs and tags["highway"] == "residential"]
    ends = np.random.default_rng(0).choice(homes, size=LINKS).tolist()
    writer = osmium.SimpleWriter(str(out), overwrite=True)
    for copy in range(copies):
        for ref, (lon, lat) in nodes.items():
            writer.add_node(mutable.Node(id=ref + copy * ID_STEP, location=(lon, lat + copy * shift)))
    for copy in range(copies):
        for number, (refs, tags) in enumerate(ways):
            shifted = [ref + copy * ID_STEP for ref in refs]
            writer.add_way(mutable.Way(id=copy * ID_STEP + number + 1, nodes=shifted, tags=tags))
        for number, end in enumerate(ends):
            pair = [end + copy * ID_STEP, end + (copy + 1) * ID_STEP]
            tags = {"highway": "unclassified"}
            writer.add_way(mutable.Way(id=copy * ID_STEP + len(ways) + number + 1, nodes=pair, tags=tags))
    writer.close()
