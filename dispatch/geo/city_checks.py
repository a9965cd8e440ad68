"""Decide whether a freshly built city may replace the one in use: networks and counts in, an error or nothing.

A wrong file is worse than an old one: riders would be sent by streets that are not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from dispatch.core.errors import Conflict
from routing.streets.errors import BadNetworkFolder, OffStreet
from routing.streets.network import Network
from routing.streets.store import load
from routing.streets.travel import Streets

from .address_index import metres_between
from .extract import Coordinate, Extract, UnusableExtract

LEAST_EDGES = 10
SAMPLES = 30
LEAST_SHARE_OF_RIDES = 0.5
LEAST_SHARE_OF_OLD = 0.5


class MuchSmaller(Conflict):
    """The new extract has less than half of the streets or addresses of the city in use."""

    code = "much_smaller"


class HillsLost(Conflict):
    """The city in use has measured hills, and the import has no elevation tiles."""

    code = "hills_lost"


class Elsewhere(Conflict):
    """The new extract shows another part of the world than the city in use."""

    code = "elsewhere"


def check_rideable(path: Path, network: Network, extract: Extract) -> None:
    """Refuse a graph that nobody could ride on: too few streets, or no way between named streets of the centre."""
    if network.edge_count < LEAST_EDGES:
        raise UnusableExtract(
            f"{path}: only {network.edge_count} rideable street sections. Choose an extract of a whole town."
        )
    share = _share_of_rides(Streets(network), _samples(extract))
    if share < LEAST_SHARE_OF_RIDES:
        raise UnusableExtract(
            f"{path}: only {share:.0%} of the rides between streets of the centre are possible; the extract seems to "
            "be in pieces. Cut it with complete ways (`osmium extract -s complete_ways`)."
        )


def _samples(extract: Extract) -> list[Coordinate]:
    """Middles of the named street pieces nearest to the centre, some of them, evenly."""
    middles = [piece.line[len(piece.line) // 2] for piece in extract.streets]
    middles.sort(key=lambda at: metres_between(at, extract.densest))
    near = middles[: max(SAMPLES, len(middles) // 4)]
    return near[:: max(1, len(near) // SAMPLES)][:SAMPLES]


def _share_of_rides(streets: Streets, points: list[Coordinate]) -> float:
    """Share of the pairs of points with a way from one to the other; points off all streets reach nothing."""
    if not points:
        return 1.0
    kept = points
    try:
        streets.snap(points, "bike")
    except OffStreet as error:
        kept = [point for index, point in enumerate(points) if index not in error.indices]
    reached = int(np.isfinite(streets.matrix(kept, "bike")).sum()) if kept else 0
    return reached / len(points) ** 2


def check_size(name: str, new: Mapping[str, Any], old: Mapping[str, Any]) -> None:
    """Refuse to replace a city by one of less than half its streets or addresses, most likely the wrong file."""
    for what in ("streets", "addresses", "nodes"):
        if new[what] < LEAST_SHARE_OF_OLD * old.get(what, 0):
            raise MuchSmaller(
                f"{name}: the new extract has {new[what]:,} {what}, the city in use {old[what]:,}. If that is right, "
                "import it again with --allow-smaller; the city in use is unchanged."
            )


def check_hills(name: str, graph: Path) -> None:
    """Refuse to replace a city with measured hills (its network is in the folder `graph`) by a flat one unasked."""
    try:
        has_hills = load(graph).info.elevation
    except BadNetworkFolder:
        return
    if has_hills:
        raise HillsLost(
            f"{name}: the city in use has hills. Give the folder of elevation tiles with --elevation again, or say "
            "--flat to do without; the city in use is unchanged."
        )


def check_place(name: str, new: shapely.Polygon, old: shapely.Polygon) -> None:
    """Refuse to replace a city by an extract of another place: zones and saved places would lie nowhere."""
    if not new.intersects(old):
        there, here = new.centroid, old.centroid
        raise Elsewhere(
            f"{name}: the new extract lies around {there.y:.3f}, {there.x:.3f}, the city in use around {here.y:.3f}, "
            f"{here.x:.3f} (latitude, longitude). Import it under another name with --name; the city in use is "
            "unchanged."
        )
