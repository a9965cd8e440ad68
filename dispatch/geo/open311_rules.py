"""Hazards as GeoReport v2 (Open311): services, requests and their filters. Pure.

https://wiki.open311.org/GeoReport_v2/ asks for JSON as an array of flat objects and for XML with one element per entry.
Who reported, photos and private reports never appear.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

from dispatch.core.errors import BadRequest

from .hazard_rules import KINDS
from .hazards import HazardView

LONGEST_SPAN = timedelta(days=90)
"""Longest span of one question, and the span of one without dates: as the specification says."""

STATUSES = ("open", "closed")

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which requests are asked for."""

    ids: tuple[UUID, ...]
    kinds: tuple[str, ...]
    statuses: tuple[str, ...]
    since: datetime
    until: datetime


def read_wanted(query: Mapping[str, str], now: datetime) -> Wanted:
    """The filters of a request's query; BadRequest names one that makes no sense."""
    until = _moment(query, "end_date") or now
    since = _moment(query, "start_date") or until - LONGEST_SPAN
    if since > until:
        raise BadRequest("start_date lies after end_date")
    return Wanted(
        ids=tuple(_id(text) for text in _list(query, "service_request_id")),
        kinds=tuple(_one_of(text, "service_code", tuple(KINDS)) for text in _list(query, "service_code")),
        statuses=tuple(_one_of(text, "status", STATUSES) for text in _list(query, "status")),
        since=max(since, until - LONGEST_SPAN),
        until=until,
    )


def is_wanted(hazard: HazardView, wanted: Wanted, now: datetime) -> bool:
    """Whether the filters let a report through; named ones pass whatever else was asked, as the specification says."""
    if wanted.ids:
        return hazard.id in wanted.ids
    return (not wanted.kinds or hazard.kind in wanted.kinds) and (
        not wanted.statuses or _status(hazard, now) in wanted.statuses
    )


def service(kind: str, name: str) -> Entry:
    """One kind of hazard as a service; this endpoint takes no reports, so none has further attributes."""
    return {
        "service_code": kind,
        "service_name": name,
        "description": name,
        "metadata": False,
        "type": "realtime",
        "keywords": "bicycle,road,hazard",
        "group": "street",
    }


def service_request(hazard: HazardView, name: str, coop_name: str, now: datetime) -> Entry:
    """One report with every field of the specification; null where we do not know or do not tell."""
    status = _status(hazard, now)
    ended = hazard.cleared_at or hazard.expires_at
    return {
        "service_request_id": str(hazard.id),
        "status": status,
        "status_notes": None if status == "open" else "cleared" if hazard.cleared_at else "expired",
        "service_name": name,
        "service_code": hazard.kind,
        "description": hazard.note or name,
        "agency_responsible": coop_name,
        "service_notice": None,
        "requested_datetime": _stamp(hazard.reported_at),
        "updated_datetime": _stamp(hazard.changed_at if status == "open" else ended),
        "expected_datetime": _stamp(hazard.expires_at) if status == "open" else None,
        "address": None,
        "address_id": None,
        "zipcode": None,
        "lat": round(hazard.at.lat, 6),
        "long": round(hazard.at.lon, 6),
        "media_url": None,
    }


def to_xml(root: str, item: str, entries: Sequence[Entry]) -> bytes:
    """`<root><item><field>…` as UTF-8; an unknown value is an empty element."""
    tree = ElementTree.Element(root)
    for entry in entries:
        element = ElementTree.SubElement(tree, item)
        for name, value in entry.items():
            child = ElementTree.SubElement(element, name)
            child.text = None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    text: bytes = ElementTree.tostring(tree, encoding="utf-8", xml_declaration=True)
    return text


def _status(hazard: HazardView, now: datetime) -> str:
    return "open" if hazard.is_open(now) else "closed"


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _list(query: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in query.get(name, "").split(",") if part.strip()]


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise BadRequest(f"service_request_id {text[:80]!r} is none of ours") from error


def _one_of(text: str, name: str, known: tuple[str, ...]) -> str:
    if text not in known:
        raise BadRequest(f"{name} {text[:80]!r}: use one of {', '.join(known)}")
    return text


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name, "").strip()
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise BadRequest(f"{name} {text[:80]!r}: give it as 2026-05-01T00:00:00Z") from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
