"""Decide which found place a text most likely means. Pure: candidates in, an ordered list out.

Every candidate gets a text score of 0 to 100 (how alike the names are) and a few points for what else fits: the
number, the locality and postcode that were named, nearness. The points are small against a letter's difference, so
they order equals and never carry a wrong name past a right one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import Any

from rapidfuzz import fuzz

from dispatch.core.units import LonLat, distance_m

from .normalise import fold, number_value

CUT_OFF = 64.0
_BEST = 117.0  # text 100 + number 12 + nearness 5

NUMBER_FOUND, NUMBER_BETWEEN, NUMBER_UNKNOWN, NUMBER_ABSENT = 12.0, 4.0, 0.0, -6.0
_LOCALITY_NAMED, _OTHER_LOCALITY = 8.0, -10.0
_POSTCODE_NAMED, _OTHER_POSTCODE = 4.0, -6.0
_NEARNESS, _NEAR_M = 5.0, 2_500.0
_SAVED = 12.0
_SAME_PLACE_M = 150.0
_FARTHEST_NEIGHBOUR = 60  # house numbers; beyond it a neighbour says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One way to read a text: a normalised name, a house number or None, a locality of this city or nothing."""

    name: str
    number: str | None = None
    locality: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What was asked for: its readings by name, the postcodes in it, and where the asker is."""

    asked: Mapping[str, Asked]
    postcodes: frozenset[str]
    near: LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRow:
    """A name in the index and what carries it: a street (its middle and length) or a place."""

    name: str
    street_id: int | None
    place_id: int | None
    label: str
    kind: str
    locality: str
    address: str
    length_m: int
    at: LonLat


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberRow:
    """One address of a street."""

    street_id: int
    key: str
    number: str
    value: int
    postcode: str
    locality: str
    at: LonLat


@dataclass(frozen=True, slots=True)
class Scored:
    """A name row, how alike it is (0 to 100), and to which reading of the text."""

    row: NameRow
    text_score: float
    asked: Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One answer. `kind` is saved, address, street, place or pin; approximate means near it, not at its door."""

    kind: str
    label: str
    name: str
    at: LonLat
    number: str = ""
    postcode: str = ""
    locality: str = ""
    category: str = ""
    is_approximate: bool = False
    score: float = 0.0

    def feature(self) -> dict[str, Any]:
        """GeoJSON Feature; `score` is 0 to 1."""
        properties = {
            "kind": self.kind,
            "label": self.label,
            "name": self.name,
            "number": self.number,
            "postcode": self.postcode,
            "locality": self.locality,
            "category": self.category,
            "approximate": self.is_approximate,
            "score": round(min(1.0, max(0.0, self.score / _BEST)), 3),
        }
        place = {"type": "Point", "coordinates": [round(self.at.lon, 7), round(self.at.lat, 7)]}
        return {"type": "Feature", "geometry": place, "properties": properties}


def likeness(asked: str, name: str) -> float:
    """How alike two normalised names are, 0 to 100; a beginning, swapped words and joined words count as alike."""
    if asked == name:
        return 100.0
    best = max(
        fuzz.ratio(asked, name),
        0.97 * fuzz.token_sort_ratio(asked, name),
        0.98 * fuzz.ratio(asked.replace(" ", ""), name.replace(" ", "")),
        0.93 * fuzz.ratio(asked, name[: len(asked)]) if len(asked) >= 3 else 0.0,
    )
    covered = len(asked) / max(len(name), 1)
    if name.startswith(asked):
        return max(best, 84.0 + 10.0 * covered)
    if f" {asked}" in name:
        return max(best, 81.0 + 8.0 * covered)
    if asked.startswith(f"{name} "):
        return max(best, 78.0 + 14.0 / covered)
    words, names = asked.split(), name.split()
    if len(words) > 1 and all(any(n.startswith(word) for n in names) for word in words):
        return max(best, 79.0 + 8.0 * covered)
    return max(best, 0.9 * _likest_word(asked, names))


def _likest_word(asked: str, names: Sequence[str]) -> float:
    """One word asked for, mistyped, of a name of several: `meritxel` for `avinguda meritxell`."""
    if " " in asked or len(asked) < 4 or len(names) < 2:
        return 0.0
    return max(fuzz.ratio(asked, name) for name in names)


def best_names(rows: Iterable[NameRow], wanted: Wanted) -> list[Scored]:
    """Return each street and place once, under its likest name, the likest first; unlike ones are dropped."""
    best: dict[tuple[int | None, int | None], Scored] = {}
    for row in rows:
        score, name = max((likeness(name, row.name), name) for name in wanted.asked)
        known = best.get((row.street_id, row.place_id))
        if score >= CUT_OFF - _LOCALITY_NAMED and (known is None or score > known.text_score):
            best[row.street_id, row.place_id] = Scored(row, score, wanted.asked[name])
    return sorted(best.values(), key=lambda one: (-one.text_score, distance_m(one.row.at, wanted.near)))


def places(scored: Iterable[Scored], wanted: Wanted) -> list[Found]:
    """Return the shops, squares and quarters among `scored`."""
    found = []
    for one in scored:
        row = one.row
        if row.place_id is None:
            continue
        label = ", ".join(part for part in (row.label, row.address or row.locality) if part)
        place = Found(kind="place", label=label, name=row.label, at=row.at, locality=row.locality, category=row.kind)
        asked_number = NUMBER_ABSENT if one.asked.number else 0.0
        found.append(replace(place, score=_score(one, place, wanted) + asked_number - 1.0))
    return found


def street(one: Scored, wanted: Wanted, number_points: float = 0.0) -> Found:
    """Return a street as such: its middle stands for it."""
    row = one.row
    found = Found(
        kind="street",
        label=_label(row.label, "", "", row.locality),
        name=row.label,
        at=row.at,
        locality=row.locality,
        is_approximate=True,
    )
    importance = 0.0 if one.asked.number else min(3.0, row.length_m / 500.0)
    return replace(found, score=_score(one, found, wanted) + number_points + importance)


def addresses(
    one: Scored,
    wanted: Wanted,
    exact: Mapping[tuple[int, str], Sequence[NumberRow]],
    around: Mapping[tuple[int, int], Sequence[NumberRow]],
) -> list[Found]:
    """Return the street with the number asked for: as mapped, else between its neighbours, else the street alone."""
    number = one.asked.number
    if not number or one.row.street_id is None:
        return [street(one, wanted)]
    if known := exact.get((one.row.street_id, number)):
        return [_address(one, row, row.number, wanted, NUMBER_FOUND - twin) for twin, row in enumerate(known)]
    value = number_value(number)
    neighbours = around.get((one.row.street_id, value), ()) if value is not None else ()
    if not neighbours:
        return [street(one, wanted, NUMBER_UNKNOWN)]
    between = interpolate(value or 0, neighbours)
    if between is None:
        return [street(one, wanted, NUMBER_ABSENT)]
    found = _address(one, replace(neighbours[0], at=between), number, wanted, NUMBER_BETWEEN)
    return [replace(found, is_approximate=True)]


def interpolate(value: int, neighbours: Sequence[NumberRow]) -> LonLat | None:
    """Return where house `value` should stand between its mapped neighbours; None when they are too far off."""
    below = max((row for row in neighbours if row.value <= value), key=lambda row: row.value, default=None)
    above = min((row for row in neighbours if row.value >= value), key=lambda row: row.value, default=None)
    near = [row for row in (below, above) if row and abs(row.value - value) <= _FARTHEST_NEIGHBOUR]
    if not near:
        return None
    if len(near) == 1 or near[0].value == near[1].value:
        return near[0].at
    low, high = near
    share = (value - low.value) / (high.value - low.value)
    lon = low.at.lon + share * (high.at.lon - low.at.lon)
    return LonLat(lon, low.at.lat + share * (high.at.lat - low.at.lat))


def with_saved(found: Sequence[Found], saved: Sequence[NameRow], wanted: Wanted) -> list[Found]:
    """Put the co-op's corrected pins in place of what the map says under the same name."""
    asked = {f"{one.name} {one.number or ''}".strip() for one in wanted.asked.values()}
    pins = []
    for row in saved:
        score = max(likeness(name, row.name) for name in asked)
        if score >= CUT_OFF:
            pin_ = Found(kind="saved", label=row.label, name=row.label, at=row.at, score=score + _SAVED)
            pins.append(pin_)
    labels = {fold(pin_.label) for pin_ in pins}
    names = {fold(f"{one.name} {one.number}"): one for one in found}
    return pins + [one for one in found if fold(one.label) not in labels and not _is_saved(one, labels, names)]


def _is_saved(one: Found, labels: set[str], names: Mapping[str, Found]) -> bool:
    return one.kind == "address" and fold(f"{one.name} {one.number}") in labels and bool(names)


def choose(found: Iterable[Found], wanted: Wanted, limit: int) -> list[Found]:
    """Return the best `limit` answers above the cut-off, one of several with the same label at the same place."""
    kept: list[Found] = []
    for one in sorted(found, key=lambda one: (-one.score, distance_m(one.at, wanted.near), one.label)):
        if one.score < CUT_OFF or len(kept) == limit:
            break
        if not any(_same(one, other) for other in kept):
            kept.append(one)
    return kept


def pin(at: LonLat) -> Found:
    """The answer that is always possible: just this point."""
    label = f"{at.lat:.5f}, {at.lon:.5f}"
    return Found(kind="pin", label=label, name=label, at=at, score=_BEST)


def _same(one: Found, other: Found) -> bool:
    return fold(one.label) == fold(other.label) and distance_m(one.at, other.at) <= _SAME_PLACE_M


def _address(one: Scored, row: NumberRow, number: str, wanted: Wanted, points: float) -> Found:
    found = Found(
        kind="address",
        label=_label(one.row.label, number, row.postcode, row.locality),
        name=one.row.label,
        at=row.at,
        number=number,
        postcode=row.postcode,
        locality=row.locality,
    )
    return replace(found, score=_score(one, found, wanted) + points)


def _label(name: str, number: str, postcode: str, locality: str) -> str:
    first, second = f"{name} {number}".strip(), f"{postcode} {locality}".strip()
    return f"{first}, {second}" if second else first


def _score(one: Scored, found: Found, wanted: Wanted) -> float:
    score = one.text_score + _NEARNESS * exp(-distance_m(found.at, wanted.near) / _NEAR_M)
    if one.asked.locality:
        score += _LOCALITY_NAMED if fold(found.locality) == one.asked.locality else _OTHER_LOCALITY
    if wanted.postcodes and found.postcode:
        score += _POSTCODE_NAMED if found.postcode.casefold() in wanted.postcodes else _OTHER_POSTCODE
    return score
