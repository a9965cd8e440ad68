"""Decide which found place a text most likely means. Pure: candidates in, an ordered list out.

Every candidate gets a text score of 0 to 100 (how alike the names are) and a few points for what else fits: the
number, the locality and postcode that were named, nearness. The points are small against a letter's difference, so
they order equals and never carry a wrong name past a right one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import exp
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from dispatch.core.units import LonLat, distance_m

from .normalise import fold, number_value

CUT_OFF = 64.0
SURE_SCORE = 0.8
"""Below this likeness (of `Found.feature`) a typed address might send a rider to another door: ask instead."""

_BEST = 117.0  # text 100 + number 12 + nearness 5

NUMBER_FOUND, NUMBER_BETWEEN, NUMBER_UNKNOWN, NUMBER_ABSENT = 12.0, 4.0, 0.0, -6.0
_LOCALITY_NAMED, _OTHER_LOCALITY = 8.0, -10.0
_POSTCODE_NAMED, _OTHER_POSTCODE = 4.0, -6.0
_NEARNESS, _NEAR_M = 5.0, 2_500.0
_SAVED = 12.0
_SAME_PLACE_M = 150.0
_FARTHEST_NEIGHBOUR = 60  # house numbers; beyond it a neighbour says nothing
_NEXT_DOORS = 4  # house numbers past the last one mapped that may well be built since


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
    """A name row, how alike it is (0 to 100), to which reading of the text, and how far off it is."""

    row: NameRow
    text_score: float
    asked: Asked
    away_m: float


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
    is_beyond: bool = False  # the number is far past the last one that is mapped
    score: float = 0.0

    @property
    def sureness(self) -> float:
        """How sure this answer is, 0 to 1."""
        return round(min(1.0, max(0.0, self.score / _BEST)), 3)

    @property
    def is_sure(self) -> bool:
        """Whether a rider may be sent there without asking again; neither a street nor a street's end is a door."""
        return self.kind != "street" and not self.is_beyond and self.sureness >= SURE_SCORE

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
            "score": self.sureness,
        }
        place = {"type": "Point", "coordinates": [round(self.at.lon, 7), round(self.at.lat, 7)]}
        return {"type": "Feature", "geometry": place, "properties": properties}


def likeness(asked: str, name: str) -> float:
    """How alike two normalised names are, 0 to 100."""
    return likenesses(asked, [name])[0]


def likenesses(asked: str, names: Sequence[str]) -> list[float]:
    """How alike each name is to what was asked, 0 to 100; a beginning, swapped words and joined words count as alike.

    All names are compared in a few calls, because hundreds of them are for each reading of each keystroke.
    """
    ways = [
        _ratios(asked, names),
        0.97 * _ratios(_sorted_words(asked), [_sorted_words(name) for name in names]),
        0.98 * _ratios(asked.replace(" ", ""), [name.replace(" ", "") for name in names]),
    ]
    if len(asked) >= 3:
        ways.append(0.93 * _ratios(asked, [name[: len(asked)] for name in names]))
    alike = np.maximum.reduce(ways)
    likest_words = _likest_words(asked, names)
    words = asked.split()
    scores = []
    for name, best, likest_word in zip(names, alike.tolist(), likest_words, strict=True):
        if asked == name:
            scores.append(100.0)
            continue
        part = _as_a_part(asked, words, name)
        scores.append(max(best, part if part is not None else 0.9 * likest_word))
    return scores


def _as_a_part(asked: str, words: Sequence[str], name: str) -> float | None:
    """The likeness of a text that a name begins with or has as a word, or the other way round; None if neither."""
    if name.startswith(asked):
        return 84.0 + 10.0 * len(asked) / max(len(name), 1)
    if f" {asked}" in name:
        return 81.0 + 8.0 * len(asked) / len(name)
    if asked.startswith(f"{name} "):
        return 78.0 + 14.0 * len(name) / len(asked)
    if len(words) > 1 and words[0] in name and all(word in name for word in words):
        names = name.split()
        if all(any(n.startswith(word) for n in names) for word in words):
            return 79.0 + 8.0 * len(asked) / len(name)
    return None


def _likest_words(asked: str, names: Sequence[str]) -> list[float]:
    """For one word asked for, mistyped, its likeness to a word of each name: `meritxel` for `avinguda meritxell`."""
    best = [0.0] * len(names)
    if " " in asked or len(asked) < 4:
        return best
    pairs = [(index, word) for index, name in enumerate(names) if " " in name for word in name.split()]
    for (index, _), ratio in zip(pairs, _ratios(asked, [word for _, word in pairs]).tolist(), strict=True):
        best[index] = max(best[index], ratio)
    return best


def _sorted_words(name: str) -> str:
    return " ".join(sorted(name.split())) if " " in name else name


def _ratios(asked: str, names: Sequence[str]) -> NDArray[np.float64]:
    """`fuzz.ratio` of one text with each of many."""
    if not names:
        return np.zeros(0)
    return process.cdist([asked], names, scorer=fuzz.ratio, dtype=np.float64)[0]


def best_names(rows: Sequence[NameRow], wanted: Wanted) -> list[Scored]:
    """Return each street and place once, under its likest name, the likest first; unlike ones are dropped."""
    by_name = [(name, likenesses(name, [row.name for row in rows])) for name in wanted.asked]
    best: dict[tuple[int | None, int | None], Scored] = {}
    for index, row in enumerate(rows):
        score, name = max((scores[index], name) for name, scores in by_name)
        known = best.get((row.street_id, row.place_id))
        if score >= CUT_OFF - _LOCALITY_NAMED and (known is None or score > known.text_score):
            best[row.street_id, row.place_id] = Scored(row, score, wanted.asked[name], distance_m(row.at, wanted.near))
    return sorted(best.values(), key=lambda one: (-one.text_score, one.away_m))


def places(scored: Iterable[Scored], wanted: Wanted) -> list[Found]:
    """Return the shops, squares and quarters among `scored`."""
    found = []
    for one in scored:
        row = one.row
        if row.place_id is None:
            continue
        asked_number = NUMBER_ABSENT if one.asked.number else 0.0
        found.append(
            Found(
                kind="place",
                label=", ".join(part for part in (row.label, row.address or row.locality) if part),
                name=row.label,
                at=row.at,
                locality=row.locality,
                category=row.kind,
                score=_score(one, one.away_m, row.locality, "", wanted) + asked_number - 1.0,
            )
        )
    return found


def street(one: Scored, wanted: Wanted, number_points: float = 0.0) -> Found:
    """Return a street as such: its middle stands for it."""
    row = one.row
    importance = 0.0 if one.asked.number else min(3.0, row.length_m / 500.0)
    return Found(
        kind="street",
        label=_label(row.label, "", "", row.locality),
        name=row.label,
        at=row.at,
        locality=row.locality,
        is_approximate=True,
        score=_score(one, one.away_m, row.locality, "", wanted) + number_points + importance,
    )


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
    nearest = min(abs(row.value - (value or 0)) for row in neighbours)
    is_between = min(row.value for row in neighbours) <= (value or 0) <= max(row.value for row in neighbours)
    return [replace(found, is_approximate=True, is_beyond=not is_between and nearest > _NEXT_DOORS)]


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
    """Put the co-op's corrected pins in place of what the map says under the same name.

    A pin of number 13 is no answer to a question for number 12, however alike the two are written.
    """
    pins = []
    for row in saved:
        score = max(_saved_score(one, row) for one in wanted.asked.values())
        if score >= CUT_OFF:
            pins.append(Found(kind="saved", label=row.label, name=row.label, at=row.at, score=score + _SAVED))
    labels = {fold(pin_.label) for pin_ in pins}
    return pins + [one for one in found if not labels.intersection(_names_of(one))]


def _saved_score(asked: Asked, row: NameRow) -> float:
    name = f"{asked.name} {asked.number or ''}".strip()
    if asked.number and _with_digits(name) != _with_digits(row.name):
        return 0.0
    elsewhere = asked.locality and row.locality and asked.locality not in row.locality
    return likeness(name, row.name) + (_OTHER_LOCALITY if elsewhere else 0.0)


def _with_digits(name: str) -> frozenset[str]:
    return frozenset(word for word in name.split() if any(map(str.isdigit, word)))


def _names_of(one: Found) -> set[str]:
    """What a corrected pin of this very answer may be called."""
    return {fold(one.label), fold(f"{one.name} {one.number}")} if one.kind == "address" else {fold(one.label)}


def choose(found: Iterable[Found], wanted: Wanted, limit: int) -> list[Found]:
    """Return the best `limit` answers above the cut-off, one of several with the same label at the same place."""
    kept: list[Found] = []
    likely = sorted((one for one in found if one.score >= CUT_OFF), key=lambda one: -one.score)
    for _, equals in groupby(likely, key=lambda one: one.score):
        for one in sorted(equals, key=lambda one: (distance_m(one.at, wanted.near), one.label)):
            if len(kept) == limit:
                return kept
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
    away_m = distance_m(row.at, wanted.near)
    return Found(
        kind="address",
        label=_label(one.row.label, number, row.postcode, row.locality),
        name=one.row.label,
        at=row.at,
        number=number,
        postcode=row.postcode,
        locality=row.locality,
        score=_score(one, away_m, row.locality, row.postcode, wanted) + points,
    )


def _label(name: str, number: str, postcode: str, locality: str) -> str:
    first, second = f"{name} {number}".strip(), f"{postcode} {locality}".strip()
    return f"{first}, {second}" if second else first


def _score(one: Scored, away_m: float, locality: str, postcode: str, wanted: Wanted) -> float:
    score = one.text_score + _NEARNESS * exp(-away_m / _NEAR_M)
    if one.asked.locality:
        score += _LOCALITY_NAMED if fold(locality) == one.asked.locality else _OTHER_LOCALITY
    if wanted.postcodes and postcode:
        score += _POSTCODE_NAMED if postcode.casefold() in wanted.postcodes else _OTHER_POSTCODE
    return score
