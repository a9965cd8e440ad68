"""What geocoding asks of PostGIS: names like a text, numbers of streets, neighbours, what is nearest to a point."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from dispatch.core.db import db, lonlat_from_wkb
from dispatch.core.units import LonLat

from .normalise import fold
from .ranking import Found, NameRow, NumberRow, Wanted

# Similarity below which pg_trgm does not report a name: less for a short one, of which one wrong letter costs half of
# the trigrams. Two letters that changed places cost four of a name's trigrams, one more than it has letters; long
# names share endings (`...strasse`) with half of the town.
_LEAST_LIKE, _MOST_LIKE, _MARGIN = 0.3, 0.5, 0.03
_LAST_LETTER = "~"  # sorts after everything that normalised names are made of
_PER_READING = 40
_PER_PREFIX = 80  # of names that begin alike: first streets that have the number, then the nearest
_SHORTEST_WORD = 3  # letters; with fewer no word's beginning is sought inside names
# Who writes a name and a number that are mapped, or half of that name, has mistyped neither, and what forty names
# begin with is a beginning: nothing like it is sought then.
_FEW_BEGINNINGS = 100
_MOST_BEGINNINGS = 1_000  # of so many names that begin alike the nearest are sought; more, and the text says too little

# Names must be found by their index, not by comparing all names of the version, which is what PostgreSQL chooses
# without statistics (right after an import). One plan serves all texts, kept by the connection (planning would take
# longer than searching), so beginnings are ranges: LIKE needs the text for its plan; `IS TRUE` keeps the version out of
# the choice of their index. Asked for with the version, the settings cost no round trip; after the names others hold.
_BEGIN = text("""
    SELECT (SELECT id FROM city_version WHERE city_id = :city AND is_current),
           set_config('pg_trgm.similarity_threshold', :like, true), set_config('enable_seqscan', 'off', true),
           set_config('plan_cache_mode', 'force_generic_plan', true)
""")
_END = text("""
    SELECT set_config('pg_trgm.similarity_threshold', '0.3', true), set_config('enable_seqscan', 'on', true),
           set_config('plan_cache_mode', 'auto', true)
""")
_BEGINNING = f"""
    FROM geo_name
    WHERE (version_id = :v) IS TRUE AND name ~>=~ asked.name AND name ~<~ (asked.name || '{_LAST_LETTER}')
"""
# One statement however many readings there are, so that each connection plans it once. It begins with SELECT, which
# is how the session knows that nothing is written. What is joined in the end is looked up one by one (LIMIT 1): the
# planner takes ten readings for granted and would rather read all names of the version.
_NAMES = text(f"""
    SELECT n.name, n.street_id, n.place_id, coalesce(s.name, p.name) AS label, coalesce(p.kind, 'street') AS kind,
           coalesce(s.locality, p.locality) AS locality, coalesce(p.address, '') AS address,
           coalesce(s.length_m, 0) AS length_m, ST_X(n.at) AS lon, ST_Y(n.at) AS lat
    FROM (
        WITH asked AS MATERIALIZED (
            SELECT * FROM unnest(CAST(:names AS text[]), CAST(:numbers AS text[])) AS asked (name, number)
        )
        SELECT begun.id FROM asked CROSS JOIN LATERAL (
            SELECT n.id FROM (SELECT id, street_id, at {_BEGINNING} LIMIT {_MOST_BEGINNINGS}) AS n
            ORDER BY EXISTS (
                SELECT FROM geo_address a
                WHERE a.version_id = :v AND a.street_id = n.street_id AND a.number_key = asked.number
            ) DESC, n.at <-> CAST(:near AS geometry) LIMIT {_PER_PREFIX}
        ) AS begun
        UNION
        SELECT inside.id FROM asked CROSS JOIN LATERAL (
            SELECT id FROM geo_name WHERE version_id = :v AND name LIKE ('% ' || asked.name || '%') LIMIT {_PER_READING}
        ) AS inside WHERE length(asked.name) >= {_SHORTEST_WORD}
        UNION
        SELECT alike.id FROM asked CROSS JOIN LATERAL (
            SELECT id FROM geo_name WHERE version_id = :v AND name % asked.name
            ORDER BY similarity(name, asked.name) DESC LIMIT {_PER_READING}
        ) AS alike WHERE NOT (SELECT bool_or(
            EXISTS (
                SELECT FROM (SELECT street_id {_BEGINNING} LIMIT {_FEW_BEGINNINGS}) AS begun
                CROSS JOIN LATERAL (
                    SELECT FROM geo_address a
                    WHERE a.version_id = :v AND a.street_id = begun.street_id AND a.number_key = asked.number LIMIT 1
                ) AS housed
            ) OR EXISTS (SELECT {_BEGINNING} OFFSET {_PER_READING - 1})
        ) FROM asked)
    ) AS hit
    CROSS JOIN LATERAL (SELECT * FROM geo_name WHERE version_id = :v AND id = hit.id LIMIT 1) AS n
    LEFT JOIN geo_street s ON s.version_id = :v AND s.id = n.street_id
    LEFT JOIN geo_place p ON p.version_id = :v AND p.id = n.place_id
""")
_NUMBERS = text("""
    SELECT a.street_id, a.number_key, a.number, a.number_value, a.postcode, a.locality, ST_AsBinary(a.at) AS at
    FROM unnest(CAST(:streets AS int[]), CAST(:keys AS text[])) AS asked (street_id, key)
    JOIN geo_address a ON a.version_id = :v AND a.street_id = asked.street_id AND a.number_key = asked.key
""")
_NEIGHBOURS = text("""
    SELECT asked.value AS asked_value, n.street_id, n.number_key, n.number, n.number_value, n.postcode, n.locality,
           ST_AsBinary(n.at) AS at
    FROM unnest(CAST(:streets AS int[]), CAST(:values AS int[])) AS asked (street_id, value)
    CROSS JOIN LATERAL (
        (SELECT * FROM geo_address a WHERE a.version_id = :v AND a.street_id = asked.street_id
            AND a.number_value <= asked.value AND a.number_value % 2 = asked.value % 2
            ORDER BY a.number_value DESC LIMIT 1)
        UNION ALL
        (SELECT * FROM geo_address a WHERE a.version_id = :v AND a.street_id = asked.street_id
            AND a.number_value > asked.value AND a.number_value % 2 = asked.value % 2
            ORDER BY a.number_value LIMIT 1)
    ) AS n
""")
_SAVED = text("""
    SELECT key AS name, label, ST_AsBinary(at) AS at FROM saved_place
    WHERE coop_id = :coop AND city_id = :city AND (key LIKE ANY (:begins) OR key % ANY (:names))
    ORDER BY times_used DESC LIMIT 20
""")
_SAVED_NEAR = text("""
    SELECT label, ST_AsBinary(at) AS at FROM saved_place
    WHERE coop_id = :coop AND city_id = :city AND ST_DWithin(at::geography, CAST(:at AS geography), 15)
    ORDER BY at <-> CAST(:at AS geometry) LIMIT 1
""")
_NEAREST_ADDRESS = text("""
    SELECT a.number, a.postcode, a.locality, s.name, ST_AsBinary(a.at) AS at
    FROM geo_address a JOIN geo_street s ON s.version_id = a.version_id AND s.id = a.street_id
    WHERE a.version_id = :v ORDER BY a.at <-> CAST(:at AS geometry) LIMIT 1
""")
_NEAREST_STREET = text("""
    SELECT name, locality, ST_AsBinary(ST_ClosestPoint(line, CAST(:at AS geometry))) AS at
    FROM geo_street WHERE version_id = :v AND line IS NOT NULL ORDER BY line <-> CAST(:at AS geometry) LIMIT 1
""")
_LOCALITIES = text("""
    SELECT name FROM geo_place WHERE version_id = :v AND is_locality
    UNION SELECT locality FROM geo_street WHERE version_id = :v AND locality <> ''
    UNION SELECT locality FROM geo_address WHERE version_id = :v AND locality <> ''
""")


_POSTCODES = text("SELECT DISTINCT postcode FROM geo_address WHERE version_id = :v AND postcode <> ''")
_DIGITS = text("SELECT name FROM geo_name WHERE version_id = :v AND name ~ '[0-9]'")


@contextmanager
def search(city_id: UUID, letters: int) -> Iterator[UUID | None]:
    """Set the transaction up for a search for so many letters, and afterwards as it was before.

    Yields the city's current version, if it has one.
    """
    like = min(max((letters - 3) / (letters + 5) - _MARGIN, _LEAST_LIKE), _MOST_LIKE)
    yield db.session.execute(_BEGIN, {"city": city_id, "like": f"{like:.2f}"}).one()[0]
    db.session.execute(_END)


def list_names(version_id: UUID, wanted: Wanted) -> list[NameRow]:
    """Return the names that resemble any that are asked for, begin with it, or have a word that does."""
    numbers = [asked.number for asked in wanted.asked.values()]
    values = {"v": version_id, "near": _ewkt(wanted.near), "names": list(wanted.asked), "numbers": numbers}
    found = db.session.execute(_NAMES, values)
    return [
        NameRow(
            name=name,
            street_id=street_id,
            place_id=place_id,
            label=label,
            kind=kind,
            locality=locality,
            address=address,
            length_m=length_m,
            at=LonLat(lon, lat),
        )
        for name, street_id, place_id, label, kind, locality, address, length_m, lon, lat in found
    ]


def list_numbers(version_id: UUID, asked: Collection[tuple[int, str]]) -> dict[tuple[int, str], list[NumberRow]]:
    """Return the addresses for each (street id, number key) that is mapped."""
    values = {"v": version_id, "streets": [street for street, _ in asked], "keys": [key for _, key in asked]}
    found: dict[tuple[int, str], list[NumberRow]] = defaultdict(list)
    for row in db.session.execute(_NUMBERS, values):
        found[row.street_id, row.number_key].append(_number(row))
    return dict(found)


def list_neighbours(version_id: UUID, asked: Collection[tuple[int, int]]) -> dict[tuple[int, int], list[NumberRow]]:
    """Return the mapped numbers next below and above each (street id, number), on its side of the street."""
    if not asked:
        return {}
    values = {"v": version_id, "streets": [street for street, _ in asked], "values": [n for _, n in asked]}
    found: dict[tuple[int, int], list[NumberRow]] = defaultdict(list)
    for row in db.session.execute(_NEIGHBOURS, values):
        found[row.street_id, row.asked_value].append(_number(row))
    return dict(found)


def list_saved(coop_id: UUID, city_id: UUID, names: Collection[str]) -> list[NameRow]:
    """Return the co-op's corrected pins that begin like one of `names`."""
    begins = [name[:6].replace("_", r"\_") + "%" for name in names]
    rows = db.session.execute(_SAVED, {"coop": coop_id, "city": city_id, "begins": begins, "names": list(names)})
    return [
        NameRow(
            name=row.name.partition(", ")[0],
            street_id=None,
            place_id=None,
            label=row.label,
            kind="saved",
            locality=row.name.partition(", ")[2],
            address="",
            length_m=0,
            at=_lonlat(row),
        )
        for row in rows
    ]


def find_saved_near(coop_id: UUID, city_id: UUID, at: LonLat) -> Found | None:
    """Return the co-op's corrected pin within 15 m of a point."""
    row = db.session.execute(_SAVED_NEAR, {"coop": coop_id, "city": city_id, "at": _ewkt(at)}).first()
    return Found(kind="saved", label=row.label, name=row.label, at=_lonlat(row)) if row else None


def find_nearest_address(version_id: UUID, at: LonLat) -> Found | None:
    """Return the address nearest to a point, however far."""
    row = db.session.execute(_NEAREST_ADDRESS, {"v": version_id, "at": _ewkt(at)}).first()
    if row is None:
        return None
    second = f"{row.postcode} {row.locality}".strip()
    return Found(
        kind="address",
        label=f"{row.name} {row.number}" + (f", {second}" if second else ""),
        name=row.name,
        number=row.number,
        postcode=row.postcode,
        locality=row.locality,
        at=_lonlat(row),
    )


def find_nearest_street(version_id: UUID, at: LonLat) -> Found | None:
    """Return the street nearest to a point, with the nearest point on it."""
    row = db.session.execute(_NEAREST_STREET, {"v": version_id, "at": _ewkt(at)}).first()
    if row is None:
        return None
    label = row.name + (f", {row.locality}" if row.locality else "")
    return Found(kind="street", label=label, name=row.name, locality=row.locality, at=_lonlat(row))


@lru_cache(maxsize=16)
def postcodes(version_id: UUID) -> frozenset[str]:
    """Return the postcodes of a city version: `500` may be one and not a house number."""
    return frozenset(fold(code) for code in db.session.scalars(_POSTCODES, {"v": version_id}))


@lru_cache(maxsize=16)
def words_beside_numbers(version_id: UUID) -> dict[str, frozenset[str]]:
    """Return for each word with digits in a city version's names (`17`, `1945`, `q7`) the words it stands with."""
    beside: dict[str, set[str]] = defaultdict(set)
    for name in db.session.scalars(_DIGITS, {"v": version_id}):
        words = set(name.split())
        for word in words:
            if not word.isalpha():
                beside[word] |= words - {word}
    return {word: frozenset(others) for word, others in beside.items()}


@lru_cache(maxsize=16)
def locality_names(version_id: UUID) -> frozenset[str]:
    """Return the folded names of a city version's towns, villages and quarters; a version never changes."""
    return frozenset(fold(name) for name in db.session.scalars(_LOCALITIES, {"v": version_id})) - {""}


def _number(row: Row[Any]) -> NumberRow:
    return NumberRow(
        street_id=row.street_id,
        key=row.number_key,
        number=row.number,
        value=row.number_value,
        postcode=row.postcode,
        locality=row.locality,
        at=_lonlat(row),
    )


def _lonlat(row: Row[Any]) -> LonLat:
    return lonlat_from_wkb(bytes(row.at))


def _ewkt(at: LonLat) -> str:
    return f"SRID=4326;POINT({at.lon!r} {at.lat!r})"
