"""What riders and bikes can do beyond riding: certificates, equipment, and each rider's own limits.

Coordinators note certificates they have seen; the box and the longest day are the rider's own to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import Invalid
from dispatch.orders.need_rules import clean_skills

from . import queries, rules
from .models import Bike, Certificate, Rider


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateView:
    """One thing that a rider may do, until a day (included) if it ends."""

    rider_id: UUID
    skill: str
    valid_until: date | None

    def holds_on(self, day: date) -> bool:
        """Whether it is valid on that day."""
        return self.valid_until is None or day <= self.valid_until


def note_certificate(coop_id: UUID, rider_id: UUID, skill: str, *, valid_until: date | None, by: UUID) -> None:
    """Keep that a rider has a certificate; noted again, the newer day counts. Invalid without a name."""
    names = clean_skills([skill])
    if not names:
        raise Invalid("name the certificate", code="no_skill")
    queries.get_rider(coop_id, rider_id)
    values = {"valid_until": valid_until, "noted_by": by, "noted_at": clock.now()}
    row = insert(Certificate).values(coop_id=coop_id, rider_id=rider_id, skill=names[0], **values)
    key = [Certificate.coop_id, Certificate.rider_id, Certificate.skill]
    db.session.execute(row.on_conflict_do_update(index_elements=key, set_=values))


def drop_certificate(coop_id: UUID, rider_id: UUID, skill: str) -> None:
    """A rider has a certificate no longer; a repeat is harmless."""
    db.session.execute(
        delete(Certificate).where(
            Certificate.coop_id == coop_id, Certificate.rider_id == rider_id, Certificate.skill == skill
        )
    )


def list_certificates(coop_id: UUID, rider_id: UUID | None = None) -> list[CertificateView]:
    """All certificates (of one rider), by name."""
    where = [] if rider_id is None else [Certificate.rider_id == rider_id]
    rows = db.session.scalars(
        select(Certificate)
        .where(Certificate.coop_id == coop_id, *where)
        .order_by(Certificate.skill, Certificate.rider_id)
        .execution_options(populate_existing=True)
    )
    return [CertificateView(rider_id=row.rider_id, skill=row.skill, valid_until=row.valid_until) for row in rows]


def skills_on(coop_id: UUID, day: date) -> dict[UUID, frozenset[str]]:
    """What each rider may do on a day, by certificate; riders without any are left out."""
    held: dict[UUID, frozenset[str]] = {}
    for one in list_certificates(coop_id):
        if one.holds_on(day):
            held[one.rider_id] = held.get(one.rider_id, frozenset()) | {one.skill}
    return held


def skills_anywhere(coop_id: UUID, day: date) -> frozenset[str]:
    """What any active rider may do on a day, or any bike has on it, at work or not."""
    active = {rider.id for rider in queries.list_riders(coop_id)}
    held = [skills for rider_id, skills in skills_on(coop_id, day).items() if rider_id in active]
    equipment = db.session.scalars(select(Bike.equipment).where(Bike.coop_id == coop_id, Bike.retired_at.is_(None)))
    return frozenset().union(*held, *equipment)


def set_own_ride(coop_id: UUID, rider_id: UUID, *, is_deep_box: bool, longest_day_m: int | None) -> None:
    """What a rider says of their own bike, and how far they ride in one shift at most; from the next sign-on on the
    first, at once the second. Invalid for a distance that is none."""
    rider = db.session.get_one(Rider, (coop_id, rider_id), with_for_update=True, populate_existing=True)
    rider.is_deep_box = is_deep_box
    rider.longest_day_m = rules.check_longest_day(longest_day_m)
    db.session.flush()
