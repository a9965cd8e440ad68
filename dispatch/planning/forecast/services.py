"""Foretell the orders of each zone once an hour, from what was ordered before. Own transactions.

The computing is done by `model` in a process of its own, with no transaction open.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.db import db, transaction
from dispatch.geo.zones import list_zones
from dispatch.planning.models import ZoneForecast

from . import history, queries, rules

AGAIN_AFTER = timedelta(minutes=50)
LONGEST_S = 120
"""Real seconds for all zones of a co-op; a dozen zones take three."""

LEAST_DAYS = 14
"""Days of orders before which nothing is foretold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A zone's orders until the last full hour."""

    zone_id: UUID
    begins_at: datetime
    ends_at: datetime
    counts: list[int]
    places: tuple[rules.Place, ...]


def foretell(coop_id: UUID) -> int:
    """Make the forecasts of a co-op anew whose hour has passed; the number made. A repeat has nothing to do."""
    with transaction():
        timezone = get_coop(coop_id).timezone
        pasts = [past for zone in list_zones(coop_id) if (past := _past(coop_id, zone.id, timezone)) is not None]
    if not pasts:
        return 0
    answers = _ask_model({str(past.zone_id): _question(past, timezone) for past in pasts})
    with transaction():
        for past in pasts:
            _keep(coop_id, past, answers[str(past.zone_id)])
    return len(pasts)


def _past(coop_id: UUID, zone_id: UUID, timezone: str) -> Past | None:
    """What a zone's forecast is made from; None while it is fresh, or while there are too few days."""
    now = clock.now()
    known = queries.find_forecast(coop_id, zone_id)
    if known is not None and now - known.made_at < AGAIN_AFTER:
        return None
    ends_at = now.replace(minute=0, second=0, microsecond=0)
    pickups = history.list_pickups(coop_id, zone_id, ends_at - rules.HISTORY, ends_at)
    first = min((pickup.at for pickup in pickups), default=ends_at)
    begins_at = first.replace(minute=0, second=0, microsecond=0)
    hours = round((ends_at - begins_at) / timedelta(hours=1))
    if hours < LEAST_DAYS * 24:
        return None
    lately = [pickup for pickup in pickups if pickup.at >= ends_at - rules.HISTORY / 2]
    return Past(
        zone_id=zone_id,
        begins_at=begins_at,
        ends_at=ends_at,
        counts=rules.count_by_hour(pickups, begins_at, hours),
        places=rules.places_of(lately, timezone),
    )


def _question(past: Past, timezone: str) -> dict[str, Any]:
    hours = len(past.counts) + rules.AHEAD_HOURS
    return {"counts": past.counts, "hours": rules.local_hours(past.begins_at, hours, timezone)}


def _ask_model(questions: Mapping[str, Any]) -> dict[str, Any]:
    """What the model says of each zone."""
    done = subprocess.run(
        [sys.executable, "-m", "dispatch.planning.forecast.model"],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=True,
    )
    answers: dict[str, Any] = json.loads(done.stdout)
    return answers


def _keep(coop_id: UUID, past: Past, answer: Mapping[str, Any]) -> None:
    forecast = rules.Forecast(
        made_at=clock.now(),
        begins_at=past.ends_at,
        expected=tuple(answer["expected"]),
        places=past.places,
        quality=rules.Quality(**answer["quality"]) if answer["quality"] else None,
        weeks=len(past.counts) // (7 * 24),
    )
    values = {"made_at": forecast.made_at, "begins_at": forecast.begins_at, "document": rules.to_document(forecast)}
    row = insert(ZoneForecast).values(coop_id=coop_id, zone_id=past.zone_id, **values)
    db.session.execute(row.on_conflict_do_update(index_elements=["coop_id", "zone_id"], set_=values))
