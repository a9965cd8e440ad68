"""Read addresses, named streets and places from one OpenStreetMap extract.

Knows OSM tags and nothing of the database. Coordinates are (lon, lat) in WGS 84 degrees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import osmium
import shapely

from dispatch.core.errors import PacelineError

from .territory import densest_point, main_area

Coordinate = tuple[float, float]
Progress = Callable[[str, int], None]

MAX_EXTRACT_BYTES = 1 << 30

_NAME_KEYS = ("name", "official_name", "alt_name", "short_name", "old_name", "loc_name")
_NOT_ADDRESSABLE = frozenset(
    {"motorway", "motorway_link", "trunk_link", "proposed", "construction", "platform", "corridor"}
)
_PLACE_KEYS = (
    "amenity",
    "shop",
    "tourism",
    "leisure",
    "office",
    "craft",
    "healthcare",
    "railway",
    "historic",
)
_LOCALITY_KINDS = frozenset(
    {
        "city",
        "town",
        "village",
        "hamlet",
        "suburb",
        "neighbourhood",
        "quarter",
        "locality",
        "isolated_dwelling",
    }
)


class UnusableExtract(PacelineError):
    """The file cannot become a city; the message names the file and the remedy."""

    code = "unusable_extract"
    http_status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressPoint:
    """One tagged house number, as mapped: `number` may still be `12-14` or `12;14`."""

    street: str
    number: str
    postcode: str
    locality: str
    at: Coordinate
    on_building: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StreetPiece:
    """One way of a named street; `names[0]` is what the sign says, the others are known too."""

    names: tuple[str, ...]
    line: tuple[Coordinate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A named shop, school, square... or, when `is_locality`, a town, village or quarter."""

    names: tuple[str, ...]
    kind: str
    at: Coordinate
    is_locality: bool
    street: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """What the address index is built from; `area` is where the town is, `densest` its liveliest point."""

    addresses: list[AddressPoint] = field(repr=False)
    streets: list[StreetPiece] = field(repr=False)
    places: list[Place] = field(repr=False)
    area: shapely.Polygon
    densest: Coordinate


def read_extract(path: Path, progress: Progress | None = None) -> Extract:
    """Read `path` once. Raise UnusableExtract when it is not an extract with streets."""
    check_file(path)
    reader = _Reader(progress or (lambda _step, _count: None))
    with readable(path):
        reader.read(path)
    if not reader.vertices:
        raise UnusableExtract(f"{path}: there is no street in this file. Choose an extract that covers a whole town.")
    things = [address.at for address in reader.addresses] + [place.at for place in reader.places]
    things += [street.line[len(street.line) // 2] for street in reader.streets]
    vertices = np.asarray(reader.vertices, dtype=np.float64)
    return Extract(
        addresses=reader.addresses,
        streets=reader.streets,
        places=reader.places,
        area=main_area(vertices),
        densest=densest_point(np.asarray(things or reader.vertices, dtype=np.float64)),
    )


def check_file(path: Path) -> None:
    """Raise UnusableExtract for what can be told without decoding."""
    if not path.is_file():
        raise UnusableExtract(f"{path}: no such file. Give the path of an .osm.pbf extract.")
    size = path.stat().st_size
    if size == 0:
        raise UnusableExtract(f"{path}: the file is empty. Download the extract again.")
    if size > MAX_EXTRACT_BYTES:
        raise UnusableExtract(
            f"{path}: {size / 1e9:.1f} GB is more than one city. Cut the region you ride in, for example "
            "`osmium extract -b WEST,SOUTH,EAST,NORTH`, to at most 1 GB."
        )


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn osmium's errors about `path` into one sentence with the remedy."""
    try:
        yield
    except (RuntimeError, ValueError, OSError) as error:
        if "format" in str(error):
            remedy = "This is not an OpenStreetMap file. Give an .osm.pbf extract."
        else:
            remedy = "The file is damaged or cut short. Download the extract again."
        raise UnusableExtract(f"{path}: {remedy} ({error})") from error


def middle_of(area: osmium.osm.Area) -> Coordinate | None:
    """Return the middle of an area's first outer ring."""
    return next((middle(ring) for ring in area.outer_rings()), None)


def middle(nodes: Iterable[osmium.osm.NodeRef]) -> Coordinate | None:
    """Return the middle of the box around a ring: inside for any building that is not very bent."""
    places = [(n.lon, n.lat) for n in nodes if n.location.valid()]
    if not places:
        return None
    lons, lats = zip(*places)
    return (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2


class _Reader:
    """Collects what one pass over the file meets."""

    def __init__(self, progress: Progress) -> None:
        self.addresses: list[AddressPoint] = []
        self.streets: list[StreetPiece] = []
        self.places: list[Place] = []
        self.vertices: list[Coordinate] = []
        self._progress = progress

    def read(self, path: Path) -> None:
        keys = osmium.filter.KeyFilter("addr:housenumber", "highway", "place", *_PLACE_KEYS)
        areas = osmium.filter.KeyFilter("addr:housenumber", "place", *_PLACE_KEYS)
        for count, thing in enumerate(osmium.FileProcessor(str(path)).with_areas(areas).with_filter(keys)):
            if count % 10_000 == 0:
                self._progress("addresses", count)
            if isinstance(thing, osmium.osm.Way):
                self._way(thing)
            elif isinstance(thing, osmium.osm.Node):
                if thing.location.valid():
                    self._point(thing.tags, (thing.location.lon, thing.location.lat), on_building=False)
            elif isinstance(thing, osmium.osm.Area):
                if (at := middle_of(thing)) is not None:
                    self._point(thing.tags, at, on_building="building" in thing.tags)

    def _way(self, way: osmium.osm.Way) -> None:
        tags = way.tags
        if "highway" in tags:
            line = tuple((n.lon, n.lat) for n in way.nodes if n.location.valid())
            if len(line) < 2:
                return
            self.vertices.extend(line)
            names = _names(tags)
            if names and tags["highway"] not in _NOT_ADDRESSABLE:
                self.streets.append(StreetPiece(names=names, line=line))
        elif not way.is_closed() and "addr:housenumber" in tags:
            if (at := middle(way.nodes)) is not None:
                self._point(tags, at, on_building=False)

    def _point(self, tags: osmium.osm.TagList, at: Coordinate, *, on_building: bool) -> None:
        number = _text(tags, "addr:housenumber")
        street = _text(tags, "addr:street") or _text(tags, "addr:place")
        if number:
            self.addresses.append(
                AddressPoint(
                    street=street,
                    number=number,
                    postcode=_text(tags, "addr:postcode"),
                    locality=_text(tags, "addr:city") or _text(tags, "addr:suburb"),
                    at=at,
                    on_building=on_building,
                )
            )
        names = _names(tags)
        if not names:
            return
        if tags.get("place") in _LOCALITY_KINDS:
            self.places.append(Place(names=names, kind=tags["place"], at=at, is_locality=True))
        elif kind := next((tags[key] for key in ("place", *_PLACE_KEYS) if key in tags), ""):
            self.places.append(Place(names=names, kind=kind, at=at, is_locality=False, street=street, number=number))


def _text(tags: osmium.osm.TagList, key: str) -> str:
    return (tags.get(key) or "").strip()


def _names(tags: osmium.osm.TagList) -> tuple[str, ...]:
    """Return the names of a thing, the one on the sign first, without repetition; () when it has none."""
    if not (sign := _text(tags, "name")):
        return ()
    names = {sign: None}
    for tag in tags:
        if tag.k.partition(":")[0] in _NAME_KEYS and tag.k.count(":") <= 1 and len(tag.k) <= 16:
            names.update((name.strip(), None) for name in tag.v.split(";") if name.strip())
    return tuple(names)
