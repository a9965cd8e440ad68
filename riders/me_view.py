"""Who the rider is, the shift, and what the phone needs to keep time with us."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.http import etag
from dispatch.orders import queries as orders

from . import queries, run_view
from .models import Shift
from .queries import RiderView


def me_json(coop_id: UUID, rider: RiderView) -> dict[str, Any]:
    """Me, my shift and the next ones, my co-op, and the time."""
    coop = get_coop(coop_id)
    shift = queries.find_open_shift(coop_id, rider.id)
    run = orders.find_open_run_of_rider(coop_id, rider.id)
    upcoming = queries.list_upcoming_shifts(coop_id, rider.id, clock.now())
    return {
        "rider": {
            "id": str(rider.id),
            "name": rider.name,
            "profile": rider.profile,
            "shares_position": rider.shares_position,
        },
        "coop": {"name": coop.name, "currency": coop.currency, "timezone": coop.timezone, "phone": coop.phone},
        "shift": shift_json(shift, run.id if run else None) if shift else None,
        "shifts": [shift_json(item, None) for item in upcoming],
        "server_time": clock.now().isoformat(),
        "clock_speed": clock.speed(),
        "live_url": "/app/api/live",
    }


def first_look(coop_id: UUID, rider: RiderView) -> dict[str, Any]:
    """What a phone that has kept nothing yet shows before it asked for anything, as `/me` and `/run` would answer."""
    run = orders.find_open_run_of_rider(coop_id, rider.id)
    tag = etag(Response(), run_view.run_key(coop_id, run)).headers["ETag"]
    return {"me": me_json(coop_id, rider), "run": run_view.run_json(coop_id, run) | {"tag": tag}}


def shift_json(shift: Shift | queries.ShiftView, run_id: UUID | None) -> dict[str, Any]:
    """A shift as the phone keeps it."""
    return {
        "id": str(shift.id),
        "starts_at": shift.starts_at.isoformat(),
        "ends_at": shift.ends_at.isoformat(),
        "signed_on_at": shift.signed_on_at.isoformat() if shift.signed_on_at else None,
        "signed_off_at": shift.signed_off_at.isoformat() if shift.signed_off_at else None,
        "profile": shift.profile,
        "break_began_at": shift.break_began_at.isoformat() if shift.break_began_at else None,
        "break_from": shift.break_from.isoformat() if shift.break_from else None,
        "planned_break_s": shift.planned_break_s,
        "start": shift.start_lonlat.as_pair(),
        "run_id": str(run_id) if run_id else None,
    }
