"""Everything kept about one member, to take along: the riders' own files, and what planning keeps beside them."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, g
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select

from dispatch.coop.auth import identity, require
from dispatch.core.db import db
from dispatch.orders.models import Run, Task
from riders import export, queries

from .models import Nudge, RiddenLeg, RiderChoice, WorkOffer

bp = Blueprint("own_data", __name__, url_prefix="/app")


@bp.get("/export.zip")
@require("member")
def export_all() -> ResponseReturnValue:
    """Everything about me."""
    response = Response(archive(g.coop_id, identity().member_id), content_type="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="paceline-export.zip"'
    return response


def archive(coop_id: UUID, member_id: UUID) -> bytes:
    """The ZIP of one member."""
    rider = queries.find_rider_of(coop_id, member_id)
    return export.member_zip(coop_id, member_id, _files(coop_id, rider.id) if rider is not None else {})


def _files(coop_id: UUID, rider_id: UUID) -> dict[str, str]:
    return {
        "offers.csv": _offers(coop_id, rider_id),
        "choices.csv": _choices(coop_id, rider_id),
        "rides.csv": _rides(coop_id, rider_id),
        "hints.csv": _hints(coop_id, rider_id),
    }


def _offers(coop_id: UUID, rider_id: UUID) -> str:
    """Offers to the rider and questions by the rider; of a colleague's part only that there was one."""
    rows = db.session.scalars(
        select(WorkOffer)
        .where(WorkOffer.coop_id == coop_id, or_(WorkOffer.rider_id == rider_id, WorkOffer.from_rider_id == rider_id))
        .order_by(WorkOffer.made_at)
    )
    names = ("made_at", "expires_at", "seen_at", "answered_at", "source", "state", "order_id", "rule_version")
    return export.table_csv(
        ("asked_by_me", *names),
        ([row.from_rider_id == rider_id, *(getattr(row, name) for name in names)] for row in rows),
    )


def _choices(coop_id: UUID, rider_id: UUID) -> str:
    names = ("made_at", "device_at", "verb", "subject_id")
    rows = db.session.execute(
        select(*(getattr(RiderChoice, name) for name in names))
        .where(RiderChoice.coop_id == coop_id, RiderChoice.rider_id == rider_id)
        .order_by(RiderChoice.made_at)
    )
    return export.table_csv(names, rows.tuples())


def _rides(coop_id: UUID, rider_id: UUID) -> str:
    names = ("ridden_at", "task_id", "profile", "predicted_s", "actual_s")
    rows = db.session.execute(
        select(*(getattr(RiddenLeg, name) for name in names))
        .join(Task, (Task.coop_id == RiddenLeg.coop_id) & (Task.id == RiddenLeg.task_id))
        .join(Run, (Run.coop_id == Task.coop_id) & (Run.id == Task.run_id))
        .where(RiddenLeg.coop_id == coop_id, Run.rider_id == rider_id)
        .order_by(RiddenLeg.ridden_at)
    )
    return export.table_csv(names, rows.tuples())


def _hints(coop_id: UUID, rider_id: UUID) -> str:
    names = ("made_at", "ends_at", "place", "lonlat", "expected")
    rows = db.session.execute(
        select(*(getattr(Nudge, name) for name in names))
        .where(Nudge.coop_id == coop_id, Nudge.rider_id == rider_id)
        .order_by(Nudge.ends_at)
    )
    return export.table_csv(names, rows.tuples())
