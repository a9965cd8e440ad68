"""Read forecasts, and the nudges that are in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.units import LonLat
from dispatch.planning.models import Nudge, ZoneForecast

from . import rules


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgeView:
    """Where a rider may like to wait, and why: orders likely around there in the hour after `made_at`."""

    id: UUID
    rider_id: UUID
    run_id: UUID
    made_at: datetime
    ends_at: datetime
    lonlat: LonLat
    place: str
    expected: float
    weeks: int


def find_forecast(coop_id: UUID, zone_id: UUID) -> rules.Forecast | None:
    """What is foretold of a zone, however old; None if nothing ever was."""
    row = db.session.get(ZoneForecast, (coop_id, zone_id), populate_existing=True)
    return None if row is None else rules.read_document(row.made_at, row.begins_at, row.document)


def list_nudges(coop_id: UUID, zone_id: UUID) -> list[NudgeView]:
    """Nudges in force in a zone, the oldest first."""
    return _in_force(coop_id, Nudge.zone_id == zone_id)


def find_nudge(coop_id: UUID, run_id: UUID) -> NudgeView | None:
    """The nudge in force of a rider's run."""
    return next(iter(_in_force(coop_id, Nudge.run_id == run_id)), None)


def _in_force(coop_id: UUID, which: ColumnElement[bool]) -> list[NudgeView]:
    rows = db.session.scalars(
        select(Nudge).where(Nudge.coop_id == coop_id, Nudge.ends_at > clock.now(), which).order_by(Nudge.made_at)
    )
    return [
        NudgeView(**{name: getattr(row, name) for name in NudgeView.__slots__})  # type: ignore[attr-defined]
        for row in rows
    ]
