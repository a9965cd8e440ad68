"""Read offers: what waits for whom, what was answered, and which orders are there to be picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import aliased

from dispatch.core.db import db
from dispatch.planning.models import WorkOffer
from riders.models import Rider


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferView:
    """One offer with the names of who is asked and, for a colleague's, who asks."""

    id: UUID
    order_id: UUID
    zone_id: UUID
    rider_id: UUID
    rider_name: str
    run_id: UUID
    from_rider_id: UUID | None
    from_name: str | None
    swap_for_id: UUID | None
    source: str
    state: str
    made_at: datetime
    expires_at: datetime
    seen_at: datetime | None
    answered_at: datetime | None
    rule_version: str
    plan: list[Any]
    record: dict[str, Any]


def list_open(coop_id: UUID, *where: ColumnElement[bool]) -> list[OfferView]:
    """Offers that wait for an answer, the most urgent first."""
    return list_offers(coop_id, WorkOffer.state == "open", *where)


def list_open_in_zone(coop_id: UUID, zone_id: UUID) -> list[OfferView]:
    """A zone's offers that wait."""
    return list_open(coop_id, WorkOffer.zone_id == zone_id)


def list_concerning(coop_id: UUID, rider_id: UUID) -> list[OfferView]:
    """What a rider is asked and what they ask colleagues."""
    return list_open(coop_id, or_(WorkOffer.rider_id == rider_id, WorkOffer.from_rider_id == rider_id))


def list_takers(coop_id: UUID, rider_id: UUID, offer_id: UUID) -> dict[UUID, UUID]:
    """Who takes which order if a rider says yes to a colleague: one order, or one each way."""
    offer = db.session.scalar(
        select(WorkOffer).where(
            WorkOffer.coop_id == coop_id, WorkOffer.id == offer_id, WorkOffer.rider_id == rider_id,
            WorkOffer.source == "colleague",
        )
    )
    if offer is None:
        return {}
    asked = db.session.get(WorkOffer, (coop_id, offer.swap_for_id)) if offer.swap_for_id else None
    return {offer.order_id: rider_id} | ({} if asked is None else {asked.order_id: asked.rider_id})


def list_asked_by(coop_id: UUID, rider_id: UUID) -> list[OfferView]:
    """What a rider asks colleagues."""
    return list_open(coop_id, WorkOffer.from_rider_id == rider_id)


def list_answered_by(coop_id: UUID, swaps: Sequence[OfferView]) -> dict[UUID, OfferView]:
    """The questions that these offers answer with an order in return, by id."""
    asked_ids = {swap.swap_for_id for swap in swaps if swap.swap_for_id is not None}
    if not asked_ids:
        return {}
    return {offer.id: offer for offer in list_offers(coop_id, WorkOffer.id.in_(asked_ids))}


def list_of_order(coop_id: UUID, order_id: UUID) -> list[OfferView]:
    """Everything that was offered of an order, oldest first."""
    found = list_offers(coop_id, WorkOffer.order_id == order_id)
    return sorted(found, key=lambda offer: offer.made_at)


def asked_before(coop_id: UUID, order_id: UUID) -> list[dict[str, str]]:
    """Who was asked for an order and what became of it, for the record; no reason, no count, no judgement."""
    return [
        {"rider_id": str(offer.rider_id), "name": offer.rider_name, "answer": offer.state}
        for offer in list_of_order(coop_id, order_id)
        if offer.state in ("declined", "lapsed", "handed_back")
    ]


def list_offers(coop_id: UUID, *where: ColumnElement[bool]) -> list[OfferView]:
    """Offers that meet the conditions, the most urgent first."""
    giver = aliased(Rider)
    rows = db.session.execute(
        select(WorkOffer, Rider.name, giver.name)
        .join(Rider, and_(Rider.coop_id == WorkOffer.coop_id, Rider.id == WorkOffer.rider_id))
        .outerjoin(giver, and_(giver.coop_id == WorkOffer.coop_id, giver.id == WorkOffer.from_rider_id))
        .where(WorkOffer.coop_id == coop_id, *where)
        .order_by(WorkOffer.expires_at, WorkOffer.id)
        .execution_options(populate_existing=True)
    )
    return [_view(row, name, from_name) for row, name, from_name in rows]


def _view(row: WorkOffer, name: str, from_name: str | None) -> OfferView:
    given: Sequence[str] = [f.name for f in fields(OfferView) if f.name not in ("rider_name", "from_name")]
    return OfferView(rider_name=name, from_name=from_name, **{key: getattr(row, key) for key in given})
