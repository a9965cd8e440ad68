"""Write the rows of one city version by COPY: the fastest way into PostgreSQL, inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import psycopg
import shapely
from psycopg import sql
from sqlalchemy import text

from dispatch.core.db import db

from .address_index import AddressIndex, Street
from .extract import Coordinate
from .normalise import number_value

Row = Sequence[Any]


def write_index(version_id: UUID, index: AddressIndex) -> None:
    """Store every street, address, place and name of `index` under `version_id`, counted for the query planner."""
    streets = ((s.id, s.names[0], s.locality, s.length_m, _point(s.middle), _lines(s)) for s in index.streets)
    _copy("geo_street", ("id", "name", "locality", "length_m", "middle", "line"), version_id, streets)
    addresses = (
        (i, a.street_id, a.number, a.key, number_value(a.key) or 0, a.postcode, a.locality, _point(a.at))
        for i, a in enumerate(index.addresses)
    )
    of_address = ("id", "street_id", "number", "number_key", "number_value", "postcode", "locality", "at")
    _copy("geo_address", of_address, version_id, addresses)
    places = (
        (i, p.names[0], p.kind, p.is_locality, f"{p.street} {p.number}".strip(), locality, _point(p.at))
        for i, (p, locality) in enumerate(index.places)
    )
    of_place = ("id", "name", "kind", "is_locality", "address", "locality", "at")
    _copy("geo_place", of_place, version_id, places)
    middles = {s.id: _point(s.middle) for s in index.streets}
    spots = {i: _point(p.at) for i, (p, _) in enumerate(index.places)}
    names = (
        (i, name, street_id, place_id, middles[street_id] if street_id is not None else spots[place_id or 0])
        for i, (name, street_id, place_id) in enumerate(index.names)
    )
    _copy("geo_name", ("id", "name", "street_id", "place_id", "at"), version_id, names)
    db.session.execute(text("SELECT count_city_rows()"))  # else searches are slow until PostgreSQL does by itself


def _copy(table: str, columns: Sequence[str], version_id: UUID, rows: Iterable[Row]) -> None:
    command = sql.SQL("COPY {} (version_id, {}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with _connection().cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row((version_id, *row))


def _connection() -> psycopg.Connection[Any]:
    raw = db.session.connection().connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw


def _point(at: Coordinate) -> str:
    return f"SRID=4326;POINT({at[0]!r} {at[1]!r})"


def _lines(street: Street) -> str | None:
    if not street.lines:
        return None
    lines = shapely.set_srid(shapely.MultiLineString(street.lines), 4326)
    return shapely.to_wkb(lines, hex=True, include_srid=True)
