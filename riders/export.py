"""Everything we keep about one member, as a ZIP that needs no program of ours to be read."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from dispatch.coop.models import Member, MemberRole
from dispatch.core import clock
from dispatch.core.db import db
from dispatch.ledger import queries as ledger
from dispatch.notify.models import PushEndpoint
from dispatch.orders.models import TaskEvent

from . import earnings, queries
from .models import Device, Position, Question, Shift

README = """Everything Paceline keeps about you, as of {now}.

profile.json    who you are here: account, rider, phones, browsers that receive messages
shifts.csv      agreed and worked shifts
actions.csv     everything you did to a stop, with the phone's time and the server's
earnings.csv    every line of pay, in minor units (cents), with the version of the rules
positions.gpx   positions of the last 30 days (older ones are deleted)
questions.json  what you asked and what was answered

Times are UTC (RFC 3339). Merchants never see positions; recipients only a rounded one, near their turn.
"""


def member_zip(coop_id: UUID, member_id: UUID) -> bytes:
    """The archive of one member."""
    out = io.BytesIO()
    rider = queries.find_rider_of(coop_id, member_id)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README.format(now=clock.now().isoformat(timespec="seconds")))
        archive.writestr("profile.json", _json(_profile(coop_id, member_id)))
        archive.writestr("earnings.csv", _earnings(coop_id, member_id))
        archive.writestr("questions.json", _json(_questions(coop_id, member_id)))
        if rider is not None:
            archive.writestr("shifts.csv", _shifts(coop_id, rider.id))
            archive.writestr("actions.csv", _actions(coop_id, rider.id))
            archive.writestr("positions.gpx", _positions(coop_id, rider.id))
    return out.getvalue()


def _profile(coop_id: UUID, member_id: UUID) -> dict[str, Any]:
    member = db.session.get_one(Member, (coop_id, member_id))
    roles = db.session.scalars(
        select(MemberRole.role).where(MemberRole.coop_id == coop_id, MemberRole.member_id == member_id)
    ).all()
    endpoints = db.session.scalars(
        select(PushEndpoint).where(PushEndpoint.coop_id == coop_id, PushEndpoint.member_id == member_id)
    )
    rider = queries.find_rider_of(coop_id, member_id)
    phones = []
    if rider is not None:
        rows = select(Device).where(Device.coop_id == coop_id, Device.rider_id == rider.id)
        phones = [
            {"device_id": row.device_id, "last_seq": row.last_seq, "clock_offset_s": row.clock_offset_s}
            for row in db.session.scalars(rows)
        ]
    return {
        "account": {
            "email": member.email,
            "name": member.name,
            "phone": member.phone,
            "locale": member.locale,
            "roles": list(roles),
            "created_at": member.created_at,
        },
        "rider": None
        if rider is None
        else {name: getattr(rider, name) for name in ("name", "phone", "profile", "shares_position")},
        "phones": phones,
        "browsers": [{"user_agent": row.user_agent, "since": row.created_at, "gone": row.gone_at} for row in endpoints],
    }


def _shifts(coop_id: UUID, rider_id: UUID) -> str:
    names = ("starts_at", "ends_at", "signed_on_at", "signed_off_at", "cancelled_at", "profile", "unpaid_break_s")
    rows = db.session.scalars(
        select(Shift).where(Shift.coop_id == coop_id, Shift.rider_id == rider_id).order_by(Shift.starts_at)
    )
    return _csv(names, ([getattr(row, name) for name in names] for row in rows))


def _actions(coop_id: UUID, rider_id: UUID) -> str:
    names = ("happened_at", "received_at", "device_at", "action", "state_before", "state_after", "skew_s", "task_id")
    rows = db.session.scalars(
        select(TaskEvent)
        .where(TaskEvent.coop_id == coop_id, TaskEvent.rider_id == rider_id)
        .order_by(TaskEvent.happened_at)
    )
    return _csv(names, ([getattr(row, name) for name in names] for row in rows))


def _earnings(coop_id: UUID, member_id: UUID) -> str:
    names = ("at", "code", "amount_cents", "rule_version", "order_number", "source_key")
    postings = ledger.list_postings(coop_id, accounts=earnings.ACCOUNTS, owner_id=member_id)
    lines = (earnings.line_of(posting) for posting in postings)
    return _csv(names, ([getattr(line, name) for name in names] for line in lines))


def _positions(coop_id: UUID, rider_id: UUID) -> str:
    rows = db.session.scalars(
        select(Position).where(Position.coop_id == coop_id, Position.rider_id == rider_id).order_by(Position.at)
    )
    point = '<trkpt lat="{0.lonlat.lat}" lon="{0.lonlat.lon}"><time>{0.at:%Y-%m-%dT%H:%M:%SZ}</time></trkpt>'
    points = "".join(point.format(row) for row in rows)
    head = '<?xml version="1.0" encoding="UTF-8"?><gpx version="1.1" creator="Paceline"'
    return f'{head} xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>'


def _questions(coop_id: UUID, member_id: UUID) -> list[dict[str, Any]]:
    names = ("kind", "subject", "words", "asked_at", "answer", "answered_at")
    rows = db.session.scalars(
        select(Question)
        .where(Question.coop_id == coop_id, Question.member_id == member_id)
        .order_by(Question.asked_at)
    )
    return [{name: getattr(row, name) for name in names} for row in rows]


def _csv(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    for row in rows:
        writer.writerow([cell.isoformat() if isinstance(cell, datetime) else cell for cell in row])
    return "\ufeff" + out.getvalue()


def _json(data: Any) -> str:
    return json.dumps(data, default=_plain, ensure_ascii=False, indent=1)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
