"""Everything Paceline keeps about one member, as files that any program can read."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, cast, or_, select
from sqlalchemy.dialects.postgresql import JSONB

from dispatch.coop.models import Member, MemberRole
from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.units import LonLat
from dispatch.geo import travel
from dispatch.geo.models import Hazard, HazardPhoto, HazardVote
from dispatch.ledger import queries as ledger
from dispatch.notify.models import Delivery, PushEndpoint
from dispatch.orders.models import Decision, Proof, Run, Task, TaskEvent

from . import able, earnings, own_pace, queries
from .models import Availability, Device, Position, Question, RiderBreak, Shift, Statement
from .trouble.models import Incident

README = """Everything Paceline keeps about you, as of {now}.

profile.json       who you are here: account, rider, phones, browsers that receive messages
shifts.csv         agreed and worked shifts, with the bike, what you found when you looked at it, and the metres that
                   your positions lead, while they are kept
breaks.csv         your breaks
certificates.csv   what a coordinator noted that you may do, and until when
availability.csv   when you said you can work (0 is Monday; minutes after midnight)
runs.csv           the runs of your shifts
actions.csv        everything you did to a stop, with the phone's time and the server's
proofs.csv         proofs you took: what and when (pictures show others' doors and stay with their orders)
earnings.csv       every line of pay, in minor units (cents), with the version of the rules
statements.csv     your statements
decisions.json     planner's decisions in which you were weighed: your part of each
offers.csv         what was offered to you or asked by you, and the answers (30 days)
choices.csv        your taps on offers and the open board (30 days)
hints.csv          where orders were likely when you had none
rides.csv          how long your rides took beside what the map expected (60 days)
pace.json          your own speed by kind of bike, if you let it be learned, and from how many rides
positions.gpx      positions of the last 30 days (older ones are deleted)
hazards.csv        hazards you reported, confirmed or photographed
incidents.csv      calls for help and incidents you reported
messages.csv       messages sent to you, and whether they arrived
questions.json     what you asked and what was answered

Times are UTC (RFC 3339). Merchants never see positions; recipients only a rounded one, near their turn.
"""


RIDER = ("name", "phone", "profile", "shares_position", "learns_own_pace", "is_deep_box", "longest_day_m")
"""What a rider is told of their own row."""


def member_zip(coop_id: UUID, member_id: UUID, more: Mapping[str, str]) -> bytes:
    """The archive of one member, with what higher packages keep about them in `more` (file name: content)."""
    rider = queries.find_rider_of(coop_id, member_id)
    files = {
        "README.txt": README.format(now=clock.now().isoformat(timespec="seconds")),
        "profile.json": _json(_profile(coop_id, member_id)),
        "earnings.csv": _earnings(coop_id, member_id),
        "statements.csv": _statements(coop_id, member_id),
        "hazards.csv": _hazards(coop_id, member_id),
        "messages.csv": _messages(coop_id, member_id),
        "questions.json": _json(_questions(coop_id, member_id)),
        **(_of_rider(coop_id, rider.id) if rider is not None else {}),
        **more,
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def _of_rider(coop_id: UUID, rider_id: UUID) -> dict[str, str]:
    return {
        "shifts.csv": _shifts(coop_id, rider_id),
        "breaks.csv": _breaks(coop_id, rider_id),
        "certificates.csv": _certificates(coop_id, rider_id),
        "availability.csv": _rows(Availability, coop_id, Availability.rider_id == rider_id),
        "runs.csv": _rows(Run, coop_id, Run.rider_id == rider_id),
        "actions.csv": _actions(coop_id, rider_id),
        "proofs.csv": _proofs(coop_id, rider_id),
        "decisions.json": _json(_decisions(coop_id, rider_id)),
        "pace.json": _json([asdict(pace) for pace in own_pace.list_own(coop_id, rider_id)]),
        "positions.gpx": _positions(coop_id, rider_id),
        "incidents.csv": _rows(Incident, coop_id, Incident.rider_id == rider_id, but=("photo", "taken_by")),
    }


def _rows(model: Any, coop_id: UUID, *where: ColumnElement[bool], but: Sequence[str] = ()) -> str:
    """A table's rows as they are kept, but for these columns and the co-op's own id."""
    names = [column.key for column in model.__table__.columns if column.key not in ("coop_id", *but)]
    rows = db.session.execute(
        select(*(getattr(model, name) for name in names)).where(model.coop_id == coop_id, *where).order_by(model.id)
    )
    return table_csv(names, rows.tuples())


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
        else {name: getattr(rider, name) for name in RIDER},
        "phones": phones,
        "browsers": [{"user_agent": row.user_agent, "since": row.created_at, "gone": row.gone_at} for row in endpoints],
    }


def _shifts(coop_id: UUID, rider_id: UUID) -> str:
    names = (
        "starts_at", "ends_at", "signed_on_at", "signed_off_at", "cancelled_at", "profile", "capacity_g", "capacity_ml",
        "bike_id", "bike_check", "start_lonlat", "planned_break_s", "unpaid_break_s", "handed_back",
    )  # fmt: skip
    rows = db.session.scalars(
        select(Shift).where(Shift.coop_id == coop_id, Shift.rider_id == rider_id).order_by(Shift.starts_at)
    )
    ridden = _ridden_m(coop_id, rider_id)
    table = ([*(getattr(row, name) for name in names), ridden.get(row.id)] for row in rows)
    return table_csv((*names, "ridden_m"), table)


def _ridden_m(coop_id: UUID, rider_id: UUID) -> dict[UUID, int]:
    """How far the positions that are kept lead, per shift."""
    ways: dict[UUID, list[tuple[datetime, LonLat, int | None]]] = defaultdict(list)
    mine = Position.coop_id == coop_id, Position.rider_id == rider_id
    for row in db.session.scalars(select(Position).where(*mine)):
        ways[row.shift_id].append((row.at, row.lonlat, row.accuracy_m))
    return {shift_id: round(travel.track_m(way)) for shift_id, way in ways.items()}


def _breaks(coop_id: UUID, rider_id: UUID) -> str:
    mine = select(Shift.id).where(Shift.coop_id == coop_id, Shift.rider_id == rider_id)
    return _rows(RiderBreak, coop_id, RiderBreak.shift_id.in_(mine))


def _certificates(coop_id: UUID, rider_id: UUID) -> str:
    held = able.list_certificates(coop_id, rider_id)
    return table_csv(("skill", "valid_until"), ((one.skill, one.valid_until) for one in held))


def _actions(coop_id: UUID, rider_id: UUID) -> str:
    names = (
        "happened_at", "received_at", "device_at", "action", "state_before", "state_after", "skew_s", "task_id",
        "lonlat",
    )  # fmt: skip
    rows = db.session.scalars(
        select(TaskEvent)
        .where(TaskEvent.coop_id == coop_id, TaskEvent.rider_id == rider_id)
        .order_by(TaskEvent.happened_at)
    )
    return table_csv(names, ([getattr(row, name) for name in names] for row in rows))


def _earnings(coop_id: UUID, member_id: UUID) -> str:
    names = ("at", "code", "amount_cents", "rule_version", "order_number", "source_key")
    postings = ledger.list_postings(coop_id, accounts=earnings.ACCOUNTS, owner_id=member_id)
    lines = (earnings.line_of(posting) for posting in postings)
    return table_csv(names, ([getattr(line, name) for name in names] for line in lines))


def _positions(coop_id: UUID, rider_id: UUID) -> str:
    rows = db.session.scalars(
        select(Position).where(Position.coop_id == coop_id, Position.rider_id == rider_id).order_by(Position.at)
    )
    point = '<trkpt lat="{0.lonlat.lat}" lon="{0.lonlat.lon}"><time>{0.at:%Y-%m-%dT%H:%M:%SZ}</time></trkpt>'
    points = "".join(point.format(row) for row in rows)
    head = '<?xml version="1.0" encoding="UTF-8"?><gpx version="1.1" creator="Paceline"'
    return f'{head} xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>'


def _proofs(coop_id: UUID, rider_id: UUID) -> str:
    names = ("taken_at", "received_at", "kind", "task_id")
    rows = db.session.execute(
        select(*(getattr(Proof, name) for name in names))
        .join(Task, (Task.coop_id == Proof.coop_id) & (Task.id == Proof.task_id))
        .join(Run, (Run.coop_id == Task.coop_id) & (Run.id == Task.run_id))
        .where(Proof.coop_id == coop_id, Run.rider_id == rider_id)
        .order_by(Proof.received_at)
    )
    return table_csv(names, rows.tuples())


def _statements(coop_id: UUID, member_id: UUID) -> str:
    return _rows(Statement, coop_id, Statement.member_id == member_id)


def _decisions(coop_id: UUID, rider_id: UUID) -> list[dict[str, Any]]:
    """The member's own part of each decision; what was weighed about others is theirs."""
    weighed = cast([{"rider_id": str(rider_id)}], JSONB)
    rows = db.session.scalars(
        select(Decision)
        .where(
            Decision.coop_id == coop_id,
            or_(
                Decision.rider_id == rider_id,
                Decision.record["candidates"].contains(weighed),
                Decision.record["taken_from"]["rider_id"].astext == str(rider_id),
            ),
        )
        .order_by(Decision.decided_at)
    )
    return [
        {
            "decided_at": row.decided_at,
            "order_id": row.order_id,
            "mode": row.mode,
            "rule_version": row.rule_version,
            "given_to_me": row.rider_id == rider_id,
            "data": row.record.get("data", []),
            "weights": row.record.get("weights", {}),
            "my_part": [offer for offer in row.record.get("candidates", []) if offer["rider_id"] == str(rider_id)],
        }
        for row in rows
    ]


def _hazards(coop_id: UUID, member_id: UUID) -> str:
    reported = db.session.execute(
        select(Hazard.reported_at, Hazard.id, Hazard.kind, Hazard.note, Hazard.at).where(
            Hazard.coop_id == coop_id, Hazard.reported_by == member_id
        )
    )
    voted = db.session.execute(
        select(HazardVote.voted_at, HazardVote.hazard_id, HazardVote.is_gone).where(
            HazardVote.coop_id == coop_id, HazardVote.member_id == member_id
        )
    )
    taken = db.session.execute(
        select(HazardPhoto.taken_at, HazardPhoto.hazard_id).where(
            HazardPhoto.coop_id == coop_id, HazardPhoto.taken_by == member_id
        )
    )
    lines = [("reported", *row) for row in reported]
    lines += [("said it is gone" if gone else "said it is there", at, name, "", "", "") for at, name, gone in voted]
    lines += [("photographed", at, name, "", "", "") for at, name in taken]
    return table_csv(("what", "at", "hazard_id", "kind", "note", "lonlat"), lines)


def _messages(coop_id: UUID, member_id: UUID) -> str:
    names = ("created_at", "channel", "attempts", "sent_at", "failed_at")
    browsers = select(PushEndpoint.id).where(PushEndpoint.coop_id == coop_id, PushEndpoint.member_id == member_id)
    mine = {str(endpoint_id) for endpoint_id in db.session.scalars(browsers)} | _addresses(coop_id, member_id)
    rows = db.session.execute(
        select(*(getattr(Delivery, name) for name in names))
        .where(Delivery.coop_id == coop_id, Delivery.recipient.in_(mine))
        .order_by(Delivery.created_at)
    )
    return table_csv(names, rows.tuples())


def _addresses(coop_id: UUID, member_id: UUID) -> set[str]:
    member = db.session.get_one(Member, (coop_id, member_id))
    rider = queries.find_rider_of(coop_id, member_id)
    return {address for address in (member.email, rider.phone if rider else "") if address}


def _questions(coop_id: UUID, member_id: UUID) -> list[dict[str, Any]]:
    names = ("kind", "subject", "words", "asked_at", "answer", "answered_at")
    rows = db.session.scalars(
        select(Question)
        .where(Question.coop_id == coop_id, Question.member_id == member_id)
        .order_by(Question.asked_at)
    )
    return [{name: getattr(row, name) for name in names} for row in rows]


def table_csv(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV with a byte order mark, so that spreadsheets read the letters right."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
    return "\ufeff" + out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, LonLat):
        return f"{value.lon} {value.lat}"
    return json.dumps(value, default=str) if isinstance(value, dict | list) else value


def _json(data: Any) -> str:
    return json.dumps(data, default=_plain, ensure_ascii=False, indent=1)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
