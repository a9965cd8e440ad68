"""Turn what an extract says into the rows that searches read: whole streets, single addresses, places. Pure.

Real extracts write one street as many ways with other capitals, tag one address on five shops, and know numbers
whose street has no way. Here pieces become streets, repeated addresses become one, and every number has a street.
Coordinates are (lon, lat) degrees; distances are metres.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import cos, hypot, radians

import numpy as np
import shapely
from rapidfuzz import fuzz
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from . import normalise
from .extract import AddressPoint, Coordinate, Extract, Place, StreetPiece

METRES_PER_DEGREE = 111_195.0
MERGE_WITHIN_M = 50.0
_SAME_STREET_GAP_M = 350.0
_NUMBER_TO_STREET_M = 80.0
_NUMBER_ALONG_STREET_M = 1_500.0
_AROUND_DEG = 0.003
_ALMOST_THE_SAME = 86.0  # rapidfuzz ratio: one or two letters off in a name of usual length

# Places whose name a street takes for its locality, and how many times farther than a hamlet's it reaches.
_REACH = {"city": 4.0, "town": 3.0, "village": 1.5, "suburb": 1.2, "quarter": 1.0, "hamlet": 1.0}


@dataclass(slots=True, kw_only=True)
class Street:
    """A whole street: `names[0]` is shown, all are searched; `lines` is empty when only its numbers are mapped."""

    id: int
    names: tuple[str, ...]
    lines: list[tuple[Coordinate, ...]]
    locality: str = ""
    middle: Coordinate = (0.0, 0.0)
    length_m: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """One way to ask for one address of one street."""

    street_id: int
    number: str
    key: str
    postcode: str
    locality: str
    at: Coordinate


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressIndex:
    """All rows of one city version; the id of an address or a place is its position in its list."""

    streets: list[Street] = field(repr=False)
    addresses: list[Address] = field(repr=False)
    places: list[tuple[Place, str]] = field(repr=False)
    names: list[tuple[str, int | None, int | None]] = field(repr=False)
    languages: tuple[str, ...]


def build_index(extract: Extract) -> AddressIndex:
    """Return the rows for `extract`; names are (normalised name, street id, place id)."""
    languages = normalise.detect_languages({name for piece in extract.streets for name in piece.names})
    localities = [place for place in extract.places if place.kind in _REACH]
    builder = _Streets(languages)
    builder.add_pieces(extract.streets)
    pairs = builder.attach(extract.addresses)
    for street in builder.streets:
        _measure(street, pairs.get(street.id, ()))
        street.locality = _locality(street, pairs.get(street.id, ()), localities)
    addresses = [one for street in builder.streets for one in _merged(street, pairs.get(street.id, ()))]
    places = _distinct_places(extract.places)
    named = [(place, _nearest_locality(place.at, localities) if not place.is_locality else "") for place in places]
    names: dict[tuple[str, int | None, int | None], None]
    names = {(n, s.id, None): None for s in builder.streets for n in _searched(s.names, languages)}
    names |= {(n, None, i): None for i, (p, _) in enumerate(named) for n in _searched(p.names, languages)}
    return AddressIndex(
        streets=builder.streets, addresses=addresses, places=named, names=list(names), languages=languages
    )


class _Streets:
    """Gathers pieces into streets and finds the street an address belongs to."""

    def __init__(self, languages: Sequence[str]) -> None:
        self.streets: list[Street] = []
        self._languages = languages
        self._by_name: dict[str, list[Street]] = defaultdict(list)

    def add_pieces(self, pieces: Iterable[StreetPiece]) -> None:
        groups: dict[str, list[StreetPiece]] = defaultdict(list)
        for piece in pieces:
            groups[normalise.normalise(piece.names[0], self._languages)].append(piece)
        for group in groups.values():
            lines = [shapely.LineString(piece.line) for piece in group]
            for members in _clusters(lines, _SAME_STREET_GAP_M):
                self._add([group[i].names for i in members], [group[i].line for i in members])

    def _add(self, spellings: list[tuple[str, ...]], lines: list[tuple[Coordinate, ...]]) -> Street:
        shown = Counter(names[0] for names in spellings).most_common(1)[0][0]
        names = dict.fromkeys([shown, *(name for names in spellings for name in names)])
        street = Street(id=len(self.streets), names=tuple(names), lines=lines)
        self.streets.append(street)
        for name in names:
            self._by_name[normalise.normalise(name, self._languages)].append(street)
        return street

    def attach(self, points: Iterable[AddressPoint]) -> dict[int, list[AddressPoint]]:
        """Return the address points of each street id; makes streets for numbers whose street has no way."""
        attached: dict[int, list[AddressPoint]] = defaultdict(list)
        orphans: dict[str, list[AddressPoint]] = defaultdict(list)
        finder = _NearestStreet(self.streets)
        for point in points:
            name = normalise.normalise(point.street, self._languages)
            street = self._find(finder, name, point)
            if street is not None:
                attached[street.id].append(point)
            elif name:
                orphans[name].append(point)
        for group in orphans.values():
            spots = [shapely.Point(point.at) for point in group]
            for members in _clusters(spots, _NUMBER_ALONG_STREET_M):
                street = self._add([(group[i].street,) for i in members], [])
                attached[street.id].extend(group[i] for i in members)
        return attached

    def _find(self, finder: _NearestStreet, name: str, point: AddressPoint) -> Street | None:
        """The street meant by a tagged name: so called, or near and almost so called, or (no name) the nearest."""
        if not name:
            return finder.nearest(point.at)
        if name in self._by_name and (street := finder.among(self._by_name[name], point.at)):
            return street
        around = finder.around(point.at)
        for part in reversed(point.street.split(",")):
            part = normalise.normalise(part, self._languages).rstrip("0123456789 ")
            for street in around if part else ():
                known = normalise.normalise(street.names[0], self._languages)
                if fuzz.ratio(part, known) >= _ALMOST_THE_SAME:
                    if part == name and point.street not in street.names:
                        street.names += (point.street,)  # so it is found under the tagged spelling too
                    return street
        return None


class _NearestStreet:
    """Answers which street is nearest to a point."""

    def __init__(self, streets: list[Street]) -> None:
        self._streets = [street for street in streets for _ in street.lines]
        self._lines = {street.id: shapely.MultiLineString(street.lines) for street in streets if street.lines}
        self._tree = shapely.STRtree([shapely.LineString(line) for street in streets for line in street.lines])

    def nearest(self, at: Coordinate) -> Street | None:
        """The nearest street of all, if it is within 80 m."""
        spot = shapely.Point(at)
        index = self._tree.nearest(spot)
        if index is None:
            return None
        street = self._streets[index]
        return street if _distance_m(self._lines[street.id], at) <= _NUMBER_TO_STREET_M else None

    def around(self, at: Coordinate) -> list[Street]:
        """The streets within about 300 m, one entry per street."""
        found = self._tree.query(shapely.Point(at).buffer(_AROUND_DEG))
        return list({self._streets[index].id: self._streets[index] for index in found}.values())

    def among(self, streets: list[Street], at: Coordinate) -> Street | None:
        """The nearest of the streets of one name, if it is within 1.5 km: else the number's street has no way."""
        known = [(self._lines[street.id], street) for street in streets if street.id in self._lines]
        if not known:
            return None
        distance_m, _, street = min((_distance_m(line, at), street.id, street) for line, street in known)
        return street if distance_m <= _NUMBER_ALONG_STREET_M else None


def _clusters(shapes: Sequence[shapely.Geometry], gap_m: float) -> list[list[int]]:
    """Return the groups of shapes that hang together by gaps of at most `gap_m`."""
    if len(shapes) == 1:
        return [[0]]
    gap_deg = gap_m / METRES_PER_DEGREE
    flat = shapely.transform(np.asarray(shapes), _to_square_degrees(shapes[0]))
    left, right = shapely.STRtree(flat).query(flat, predicate="dwithin", distance=gap_deg)
    links = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(len(shapes), len(shapes)))
    count, labels = connected_components(links, directed=False)
    groups: list[list[int]] = [[] for _ in range(count)]
    for index, label in enumerate(labels):
        groups[label].append(index)
    return groups


def _to_square_degrees(shape: shapely.Geometry):
    """Return the map that shrinks longitudes so that degrees are equally long both ways near `shape`."""
    shrink = np.array((cos(radians(shape.bounds[1])), 1.0))
    return lambda coordinates: coordinates * shrink


def _distance_m(shape: shapely.Geometry, at: Coordinate) -> float:
    nearest = shapely.shortest_line(shape, shapely.Point(at)).coords[0]
    return metres_between((nearest[0], nearest[1]), at)


def metres_between(a: Coordinate, b: Coordinate) -> float:
    """Return the distance on a flat Earth, good to 0.1 % within a town."""
    return METRES_PER_DEGREE * hypot((a[0] - b[0]) * cos(radians(a[1])), a[1] - b[1])


def _measure(street: Street, points: Sequence[AddressPoint]) -> None:
    if not street.lines:
        street.middle = points[len(points) // 2].at
        return
    lengths = [sum(map(metres_between, line, line[1:])) for line in street.lines]
    street.length_m = round(sum(lengths))
    longest = shapely.LineString(street.lines[int(np.argmax(lengths))])
    middle = longest.interpolate(0.5, normalized=True)
    street.middle = (middle.x, middle.y)


def _locality(street: Street, points: Sequence[AddressPoint], localities: Sequence[Place]) -> str:
    tagged = Counter(point.locality for point in points if point.locality)
    return tagged.most_common(1)[0][0] if tagged else _nearest_locality(street.middle, localities)


def _nearest_locality(at: Coordinate, localities: Sequence[Place]) -> str:
    nearest = min(
        localities,
        key=lambda place: metres_between(place.at, at) / _REACH[place.kind],
        default=None,
    )
    return nearest.names[0] if nearest and metres_between(nearest.at, at) < 8_000 else ""


def _merged(street: Street, points: Iterable[AddressPoint]) -> Iterable[Address]:
    """Yield one row per key and place; points of one number within 50 m of each other are one address.

    Where one number is in two places, the one that more points stand for comes first.
    """
    by_key: dict[str, list[tuple[str, AddressPoint]]] = defaultdict(list)
    for point in points:
        for label, key in normalise.number_keys(point.number):
            by_key[key].append((label, point))
    for key, found in by_key.items():
        exact = [pair for pair in found if normalise.number_key(pair[0]) == key]
        found = exact or found  # a number of its own is truer than one inside a range
        groups = _clusters([shapely.Point(point.at) for _, point in found], MERGE_WITHIN_M)
        for members in sorted(groups, key=len, reverse=True):
            label, best = _representative([found[i] for i in members])
            postcodes = Counter(found[i][1].postcode for i in members if found[i][1].postcode)
            yield Address(
                street_id=street.id,
                number=label,
                key=key,
                postcode=postcodes.most_common(1)[0][0] if postcodes else "",
                locality=best.locality or street.locality,
                at=best.at,
            )


def _representative(found: list[tuple[str, AddressPoint]]) -> tuple[str, AddressPoint]:
    """Return the point nearest to the middle of them all, so that no shop at the edge stands for the house."""
    lon = sum(point.at[0] for _, point in found) / len(found)
    lat = sum(point.at[1] for _, point in found) / len(found)
    return min(found, key=lambda pair: metres_between(pair[1].at, (lon, lat)))


def _distinct_places(places: Iterable[Place]) -> list[Place]:
    """Drop a place that repeats another of the same name and kind within 50 m (a shop as node and as area)."""
    kept: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for place in places:
        twins = kept[normalise.fold(place.names[0]), place.kind]
        if all(metres_between(place.at, twin.at) > MERGE_WITHIN_M for twin in twins):
            twins.append(place)
    return [place for twins in kept.values() for place in twins]


def _searched(names: Iterable[str], languages: Sequence[str]) -> list[str]:
    """Return the normalised names to search by, at most eight and none longer than a line."""
    known = dict.fromkeys(normalise.normalise(name, languages)[:120] for name in names)
    return [name for name in known if name][:8]
