"""Hazards in force, for the map, the phone and the open data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import NotFound
from dispatch.core.units import LonLat

from .models import Hazard, HazardPhoto, HazardVote


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardView:
    """One hazard; `seen` and `gone` count the members who said so, `word` is what the asking member said last."""

    id: UUID
    city_id: UUID
    kind: str
    at: LonLat
    note: str
    is_private: bool
    reported_by: UUID | None
    reported_at: datetime
    changed_at: datetime
    expires_at: datetime
    cleared_at: datetime | None
    has_photo: bool = False
    seen: int = 0
    gone: int = 0
    word: str | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether it slows riders."""
        return self.cleared_at is None and self.expires_at > now

    def feature(self) -> dict[str, Any]:
        """GeoJSON Feature."""
        return {
            "type": "Feature",
            "id": str(self.id),
            "geometry": {"type": "Point", "coordinates": self.at.as_pair()},
            "properties": {
                "kind": self.kind,
                "note": self.note,
                "private": self.is_private,
                "photo": f"/geo/hazards/{self.id}/photo" if self.has_photo else None,
                "seen": self.seen,
                "gone": self.gone,
                "word": self.word,
                "reported_at": self.reported_at.isoformat(),
                "expires_at": self.expires_at.isoformat(),
            },
        }


def list_hazards(coop_id: UUID, city_id: UUID, *, asking: UUID | None = None) -> list[HazardView]:
    """The hazards of a co-op that are neither cleared nor expired, the newest first, as a member sees them."""
    rows = db.session.execute(
        _hazards(coop_id)
        .where(Hazard.city_id == city_id, Hazard.cleared_at.is_(None), Hazard.expires_at > clock.now())
        .order_by(Hazard.reported_at.desc(), Hazard.id)
    ).all()
    return _with_votes(coop_id, [_view(*row) for row in rows], asking)


def get_hazard(coop_id: UUID, hazard_id: UUID, *, asking: UUID | None = None) -> HazardView:
    """One hazard, open or not; NotFound if the co-op has none such."""
    row = db.session.execute(_hazards(coop_id).where(Hazard.id == hazard_id)).one_or_none()
    if row is None:
        raise NotFound(f"hazard {hazard_id} does not exist")
    return _with_votes(coop_id, [_view(*row)], asking)[0]


def list_public(coop_id: UUID, *, since: datetime, until: datetime, ids: Iterable[UUID] = ()) -> list[HazardView]:
    """Reports that may leave the co-op, made in a span of time or named, the newest first; at most 1,000."""
    named = list(ids)
    chosen = (
        _hazards(coop_id).where(Hazard.id.in_(named))
        if named
        else _hazards(coop_id).where(Hazard.reported_at >= since, Hazard.reported_at <= until)
    )
    newest = chosen.where(Hazard.is_private.is_(False)).order_by(Hazard.reported_at.desc(), Hazard.id).limit(1_000)
    return [_view(*row) for row in db.session.execute(newest)]


def get_photo(coop_id: UUID, hazard_id: UUID) -> tuple[bytes, str]:
    """A hazard's picture and its content type; NotFound if there is none."""
    found = db.session.execute(
        select(HazardPhoto.content, HazardPhoto.content_type).where(
            HazardPhoto.coop_id == coop_id, HazardPhoto.hazard_id == hazard_id
        )
    ).one_or_none()
    if found is None:
        raise NotFound(f"hazard {hazard_id} has no photo")
    return found.content, found.content_type


def _hazards(coop_id: UUID) -> Select[Any]:
    photo = select(HazardPhoto.hazard_id).where(
        HazardPhoto.coop_id == Hazard.coop_id, HazardPhoto.hazard_id == Hazard.id
    )
    fresh = {"populate_existing": True}
    return select(Hazard, photo.exists()).where(Hazard.coop_id == coop_id).execution_options(**fresh)


def _view(row: Hazard, has_photo: bool) -> HazardView:
    return HazardView(
        id=row.id,
        city_id=row.city_id,
        kind=row.kind,
        at=row.at,
        note=row.note,
        is_private=row.is_private,
        reported_by=row.reported_by,
        reported_at=row.reported_at,
        changed_at=row.changed_at,
        expires_at=row.expires_at,
        cleared_at=row.cleared_at,
        has_photo=has_photo,
    )


def _with_votes(coop_id: UUID, views: list[HazardView], asking: UUID | None) -> list[HazardView]:
    if not views:
        return []
    mine = func.bool_or(HazardVote.is_gone).filter(HazardVote.member_id == asking)
    seen, gone = (func.count().filter(HazardVote.is_gone.is_(said)) for said in (False, True))
    rows = db.session.execute(
        select(HazardVote.hazard_id, seen, gone, mine)
        .where(HazardVote.coop_id == coop_id, HazardVote.hazard_id.in_([view.id for view in views]))
        .group_by(HazardVote.hazard_id)
    ).all()
    votes = {hazard_id: counted for hazard_id, *counted in rows}
    words = {None: None, True: "gone", False: "seen"}
    return [
        replace(view, seen=votes[view.id][0], gone=votes[view.id][1], word=words[votes[view.id][2]])
        if view.id in votes
        else view
        for view in views
    ]
