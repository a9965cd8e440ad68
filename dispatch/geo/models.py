"""Tables of place.

Public map data (`city`, `city_version`, `geo_*`) belongs to the installation, not to a co-op: it is read by all and
written only by an import. Zones, saved places and hazards are co-op-owned.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.core.db import Base, CoopOwned, Identified, coop_fk
from dispatch.core.units import LonLat


class City(Identified, Base):
    """A town that was imported, under the name its coordinators chose; its data is in its current version."""

    __tablename__ = "city"

    name: Mapped[str] = mapped_column(String(120), unique=True)


class CityVersion(Identified, Base):
    """One import of one extract: a folder of files and the rows of `geo_*` that carry its id."""

    __tablename__ = "city_version"
    __table_args__ = (
        UniqueConstraint("city_id", "number"),
        Index("uq_city_version_current", "city_id", unique=True, postgresql_where=text("is_current")),
    )

    city_id: Mapped[UUID] = mapped_column(ForeignKey("city.id", ondelete="CASCADE"))
    number: Mapped[int]
    is_current: Mapped[bool] = mapped_column(default=False)
    folder: Mapped[str] = mapped_column(doc="relative to the data directory")
    source: Mapped[str] = mapped_column(doc="file name of the extract")
    source_sha256: Mapped[str] = mapped_column(String(64))
    area: Mapped[WKBElement] = mapped_column(Geometry("POLYGON", srid=4326, spatial_index=False))
    centre: Mapped[LonLat]
    languages: Mapped[list[str]] = mapped_column(ARRAY(String(2)))
    counts: Mapped[dict[str, Any]] = mapped_column(doc="streets, addresses, places, nodes, arcs")
    imported_at: Mapped[datetime]


class GeoStreet(Base):
    """One street of one city version: all its pieces together, however they are written."""

    __tablename__ = "geo_street"
    __table_args__ = (Index("ix_geo_street_line", "line", postgresql_using="gist"),)

    version_id: Mapped[UUID] = mapped_column(ForeignKey("city_version.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    locality: Mapped[str]
    length_m: Mapped[int]
    middle: Mapped[LonLat] = mapped_column(doc="a point on the street")
    line: Mapped[WKBElement | None] = mapped_column(Geometry("MULTILINESTRING", srid=4326, spatial_index=False))


class GeoAddress(Base):
    """One way to ask for one address: `12-14` is three rows (12, 14 and 12-14) with one label and place."""

    __tablename__ = "geo_address"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "street_id"], ["geo_street.version_id", "geo_street.id"], ondelete="CASCADE"
        ),
        Index("ix_geo_address_key", "version_id", "street_id", "number_key"),
        Index("ix_geo_address_value", "version_id", "street_id", "number_value"),
        Index("ix_geo_address_at", "at", postgresql_using="gist"),
    )

    version_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    street_id: Mapped[int]
    number: Mapped[str] = mapped_column(doc="as shown")
    number_key: Mapped[str] = mapped_column(doc="as asked for, normalised")
    number_value: Mapped[int] = mapped_column(doc="leading digits, for interpolation")
    postcode: Mapped[str]
    locality: Mapped[str]
    at: Mapped[LonLat]


class GeoPlace(Base):
    """A named shop, school, square, quarter or village of one city version."""

    __tablename__ = "geo_place"

    version_id: Mapped[UUID] = mapped_column(ForeignKey("city_version.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str]
    kind: Mapped[str]
    is_locality: Mapped[bool]
    address: Mapped[str] = mapped_column(doc="street and number as tagged, or empty")
    locality: Mapped[str]
    at: Mapped[LonLat]


class GeoName(Base):
    """One normalised name under which a street or a place is found; a street has one row per language and spelling.

    No index is of `version_id` alone: right after an import, without statistics, PostgreSQL would prefer it to the
    trigrams and compare every name of the town.
    """

    __tablename__ = "geo_name"
    __table_args__ = (
        CheckConstraint("(street_id IS NULL) <> (place_id IS NULL)", name="one_target"),
        Index(
            "ix_geo_name_trigram",
            "version_id",
            "name",
            postgresql_using="gin",
            postgresql_ops={"name": "gin_trgm_ops"},
            postgresql_with={"fastupdate": "off"},
        ),
        Index("ix_geo_name_prefix", "name", postgresql_ops={"name": "text_pattern_ops"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("city_version.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str]
    street_id: Mapped[int | None]
    place_id: Mapped[int | None]
    at: Mapped[LonLat] = mapped_column(doc="the street's middle, or where the place is")


class Zone(CoopOwned, Identified, Base):
    """An area in which a co-op delivers; the unit of planning, with its counters of wanted and finished plans.

    The co-op's own bikes may come back to its depot, if it has one.
    """

    __tablename__ = "zone"
    __table_args__ = (
        UniqueConstraint("coop_id", "name"),
        CheckConstraint("plan_done <= plan_wanted", name="done_after_wanted"),
        Index("ix_zone_area", "area", postgresql_using="gist"),
        Index("ix_zone_unplanned", "coop_id", postgresql_where=text("plan_done < plan_wanted")),
    )

    city_id: Mapped[UUID] = mapped_column(ForeignKey("city.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(80))
    area: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=False))
    depot_address: Mapped[str] = mapped_column(String(200), default="")
    depot_lonlat: Mapped[LonLat | None]
    plan_wanted: Mapped[int] = mapped_column(default=0, server_default="0")
    plan_urgent: Mapped[int] = mapped_column(default=0, server_default="0")
    plan_done: Mapped[int] = mapped_column(default=0, server_default="0")
    plan_version: Mapped[int] = mapped_column(default=0, server_default="0", doc="of the last plan written")


class PriceArea(CoopOwned, Identified, Base):
    """The outline of a price zone. Never changed, so that an old tariff keeps its meaning: a new outline is a new row.

    The tariff says by id what is charged there.
    """

    __tablename__ = "price_area"

    city_id: Mapped[UUID] = mapped_column(ForeignKey("city.id", ondelete="RESTRICT"))
    area: Mapped[WKBElement] = mapped_column(Geometry("MULTIPOLYGON", srid=4326, spatial_index=False))
    drawn_at: Mapped[datetime]


class SavedPlace(CoopOwned, Identified, Base):
    """Where an address of this co-op really is: a pin that somebody moved, found before the map's own answer."""

    __tablename__ = "saved_place"
    __table_args__ = (
        UniqueConstraint("coop_id", "city_id", "key"),
        Index("ix_saved_place_trigram", "key", postgresql_using="gin", postgresql_ops={"key": "gin_trgm_ops"}),
    )

    city_id: Mapped[UUID] = mapped_column(ForeignKey("city.id", ondelete="CASCADE"))
    label: Mapped[str] = mapped_column(String(200))
    key: Mapped[str] = mapped_column(String(200), doc="the label, normalised; after a comma its town")
    at: Mapped[LonLat]
    times_used: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Hazard(CoopOwned, Identified, Base):
    """Something on a street that slows every rider until it expires, is cleared, or is voted gone."""

    __tablename__ = "hazard"
    __table_args__ = (Index("ix_hazard_open", "coop_id", "expires_at", postgresql_where=text("cleared_at IS NULL")),)

    city_id: Mapped[UUID] = mapped_column(ForeignKey("city.id", ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(20))
    at: Mapped[LonLat]
    note: Mapped[str] = mapped_column(String(500), default="")
    is_private: Mapped[bool] = mapped_column(default=False, doc="never leaves the co-op: no export, no track")
    reported_by: Mapped[UUID | None] = mapped_column(doc="member")
    reported_at: Mapped[datetime] = mapped_column(doc="seen; a report may come late from a phone without a network")
    changed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    cleared_at: Mapped[datetime | None]


class HazardVote(CoopOwned, Base):
    """One member's latest word on one hazard: still there, or gone."""

    __tablename__ = "hazard_vote"
    __table_args__ = (coop_fk("hazard_id", "hazard", ondelete="CASCADE"),)

    hazard_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    is_gone: Mapped[bool]
    voted_at: Mapped[datetime]


class HazardPhoto(CoopOwned, Base):
    """What one hazard looks like. Seen inside the co-op only, because people may be on it."""

    __tablename__ = "hazard_photo"
    __table_args__ = (coop_fk("hazard_id", "hazard", ondelete="CASCADE"),)

    hazard_id: Mapped[UUID] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    content_type: Mapped[str]
    taken_by: Mapped[UUID | None] = mapped_column(doc="member")
    taken_at: Mapped[datetime]


class Pace(CoopOwned, Identified, Base):
    """How fast a co-op rides one kind of bike, learned from finished legs.

    `speed_factor` above 1 is faster than the map's model; `p90` times an estimate is what nine of ten legs keep;
    `detour` is how much longer the drawn legs take than the fastest ones.
    """

    __tablename__ = "pace"
    __table_args__ = (UniqueConstraint("coop_id", "profile"),)

    profile: Mapped[str] = mapped_column(String(20))
    speed_factor: Mapped[float]
    p90: Mapped[float]
    detour: Mapped[float]
    sample_size: Mapped[int]
    error: Mapped[float | None] = mapped_column(doc="relative standard error of the factor; NULL while unknown")
    learned_at: Mapped[datetime]
