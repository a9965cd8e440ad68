"""The table of calls for help and incidents."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.core.db import Base, CoopOwned, Identified, coop_fk
from dispatch.core.units import LonLat

KINDS = ("sos", "crash", "threat", "bike", "parcel", "other")


class Incident(CoopOwned, Identified, Base):
    """Something bad that a rider told: seen by coordinators alone. The place and the photo go after 30 days."""

    __tablename__ = "incident"
    __table_args__ = (
        coop_fk("rider_id", "rider"),
        coop_fk("taken_by", "member"),
        UniqueConstraint("coop_id", "client_uuid"),
        CheckConstraint("kind IN ('sos', 'crash', 'threat', 'bike', 'parcel', 'other')", name="kind"),
        Index("ix_incident_open", "coop_id", "happened_at", postgresql_where=text("taken_at IS NULL")),
    )

    rider_id: Mapped[UUID]
    client_uuid: Mapped[UUID]
    kind: Mapped[str]
    words: Mapped[str] = mapped_column(default="")
    lonlat: Mapped[LonLat | None]
    happened_at: Mapped[datetime]
    received_at: Mapped[datetime]
    taken_by: Mapped[UUID | None]
    taken_at: Mapped[datetime | None]
    photo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    photo_sha256: Mapped[str | None]
