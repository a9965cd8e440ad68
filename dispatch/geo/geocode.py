"""Find addresses and places: autocomplete, geocode, reverse. Candidates come from PostGIS, the order from `ranking`.

Streets are sought first, by trigrams and prefixes of their normalised names; then their numbers, among the best
streets only. So the work grows with the streets of a town, not with its addresses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from uuid import UUID

from dispatch.core.errors import FieldError, Invalid
from dispatch.core.units import LonLat, distance_m

from . import geocode_queries as rows
from . import queries, ranking
from .normalise import fold, is_postcode, normalise, number_value, readings
from .ranking import Asked, Found, Wanted

MAX_QUERY = 200
_STREETS_ASKED_FOR_NUMBERS = 250
_STREETS_INTERPOLATED = 12
_STREETS_WITHOUT_NUMBER = 20  # of those that do not have the number asked for, the likest
_WORSE_THAN_EXACT = 8.0  # a street this much less alike than one with the number needs no interpolation
_NEAR_STREET_M = 250.0
_NEAR_ADDRESS_M = 40.0


def search(
    coop_id: UUID | None, city_id: UUID, text: str, *, limit: int = 5, near: LonLat | None = None
) -> list[Found]:
    """Return up to `limit` places that `text` may mean, the likeliest first; [] when nothing is like it.

    Saved places of the co-op come before the map's own; `near` (the depot, the merchant's store) breaks ties.
    """
    if len(text) > MAX_QUERY:
        message = f"an address of {len(text)} characters: write at most {MAX_QUERY}"
        raise Invalid(message, errors=(FieldError("/q", "too_long", message),))
    with rows.search(city_id, letters=sum(map(str.isalpha, fold(text)))) as version_id:
        city = _city(city_id, version_id)
        wanted = _wanted(text, city, near or city.centre)
        if not wanted.asked:
            return []
        scored = ranking.best_names(rows.list_names(city.version_id, wanted), wanted)
        found = ranking.places(scored, wanted) + _streets(city.version_id, scored, wanted)
    saved = rows.list_saved(coop_id, city_id, wanted.asked) if coop_id else []
    return ranking.choose(ranking.with_saved(found, saved, wanted), wanted, limit)


def reverse(coop_id: UUID | None, city_id: UUID, at: LonLat) -> Found:
    """Return what is at a point: an address within 40 m, else the street within 250 m, else just the pin."""
    city = _city(city_id, queries.find_current_version_id(city_id))
    if saved := rows.find_saved_near(coop_id, city_id, at) if coop_id else None:
        return saved
    address = rows.find_nearest_address(city.version_id, at)
    if address and distance_m(address.at, at) <= _NEAR_ADDRESS_M:
        return address
    street = rows.find_nearest_street(city.version_id, at)
    if street and distance_m(street.at, at) <= _NEAR_STREET_M:
        return replace(street, at=at, is_approximate=True)
    return ranking.pin(at)


def _city(city_id: UUID, version_id: UUID | None) -> queries.CityFacts:
    """The current version; what a version says never changes, so only its id is asked for each time."""
    return _version(version_id) if version_id else queries.get_city(city_id)


@lru_cache(maxsize=16)
def _version(version_id: UUID) -> queries.CityFacts:
    return queries.get_version(version_id)


def _wanted(text: str, city: queries.CityFacts, near: LonLat) -> Wanted:
    """Return what is asked for: the ways to read the text, and the localities and postcodes it names."""
    localities = rows.locality_names(city.version_id)
    beside = rows.words_beside_numbers(city.version_id)
    asked: dict[str, Asked] = {}
    for reading in readings(text, rows.postcodes(city.version_id)):
        name = normalise(reading.name, city.languages)
        if asked and reading.number is None and not _is_numbered_name(name, beside):
            continue
        street, locality = _split_locality(name, localities)
        for part, where in ((name, ""), (street, locality)):
            if part and part not in asked:
                asked[part] = Asked(name=part, number=reading.number, locality=where)
    words = text.casefold().replace(",", " ").split()
    return Wanted(asked=asked, postcodes=frozenset(filter(is_postcode, words)), near=near)


def _is_numbered_name(name: str, beside: Mapping[str, frozenset[str]]) -> bool:
    """Whether a number in `name` may belong to it: some name of the city has that number beside one of these words."""
    words = name.split()
    return any(word in beside and (len(words) == 1 or beside[word].intersection(words)) for word in words)


def _split_locality(name: str, localities: frozenset[str]) -> tuple[str, str]:
    """Split `hauptstrasse dossenheim` where the end or the start names a locality of this city."""
    words = name.split()
    for size in range(min(4, len(words) - 1), 0, -1):
        if (last := " ".join(words[-size:])) in localities:
            return " ".join(words[:-size]), last
        if (first := " ".join(words[:size])) in localities:
            return " ".join(words[size:]), first
    return name, ""


def _streets(version_id: UUID, scored: Sequence[ranking.Scored], wanted: Wanted) -> list[Found]:
    """Return the best streets, each with its number where one was asked for."""
    streets = [one for one in scored if one.row.street_id is not None][:_STREETS_ASKED_FOR_NUMBERS]
    asked = [(one.row.street_id or 0, number) for one in streets if (number := one.asked.number)]
    if not asked:
        return [ranking.street(one, wanted) for one in streets]
    exact = rows.list_numbers(version_id, asked)
    likeness = {one.row.street_id: one.text_score for one in streets}
    enough = max((likeness[street] for street, _ in exact), default=0.0) - _WORSE_THAN_EXACT
    missing = [pair for pair in asked if pair not in exact and likeness[pair[0]] > enough][:_STREETS_INTERPOLATED]
    beside = [(s, v) for s, n in missing if (v := number_value(n)) is not None]
    around = rows.list_neighbours(version_id, beside)
    with_number = {street for street, _ in exact}
    without = [one for one in streets if one.row.street_id not in with_number][:_STREETS_WITHOUT_NUMBER]
    likely = [one for one in streets if one.row.street_id in with_number] + without
    return [found for one in likely for found in ranking.addresses(one, wanted, exact, around)]
