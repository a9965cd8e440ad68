"""What a phone shows of work that waits for a yes: offers, colleagues' questions, the open board, what each earns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update

from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import NotFound
from dispatch.core.units import LonLat
from dispatch.geo import travel, zones
from dispatch.orders import need_words
from dispatch.orders import queries as orders
from dispatch.orders.views import OrderView, RunMark
from dispatch.planning.forecast import queries as forecast
from dispatch.planning.forecast import words as forecast_words
from dispatch.planning.models import WorkOffer
from dispatch.planning.rules import mode_of
from dispatch.planning.snapshot import active_rules, list_reserved
from riders import legs, pay, pay_rules
from riders import queries as riders
from riders.queries import OnShift, RiderView

from . import queries
from .queries import OfferView

MOST_ON_BOARD, MOST_LOOKED_AT = 30, 500


def work_json(coop_id: UUID, rider: RiderView, offers: Sequence[OfferView]) -> dict[str, Any]:
    """What of the rider's `offers` (`queries.list_concerning`) waits, and what they may pick; empty outside a shift."""
    run = orders.find_mark_of_rider(coop_id, rider.id)
    empty: dict[str, Any] = {
        "offers": [], "asked": [], "board": [], "colleagues": [], "nudge": None, "server_time": clock.now().isoformat()
    }  # fmt: skip
    if run is None:
        return empty
    crew = riders.list_on_shift(coop_id, run.zone_id)
    offered = [offer for offer in offers if offer.rider_id == rider.id]
    asked = [offer for offer in offers if offer.from_rider_id == rider.id]
    on_board = _open_board(coop_id, run.zone_id)
    answered = queries.list_answered_by(coop_id, offered)
    order_ids = {offer.order_id for offer in [*offered, *asked, *answered.values()]}
    known = {order.id: order for order in orders.list_orders_by_id(coop_id, order_ids)}
    place = _place(coop_id, run, crew) if offered or on_board else None
    return empty | {
        "offers": [
            _order_json(place, known[offer.order_id]) | _offer_json(offer, _in_return(offer, answered, known))
            for offer in offered
            if place and offer.order_id in known
        ],
        "asked": [
            {
                "id": str(offer.id),
                "order_id": str(offer.order_id),
                "order_number": known[offer.order_id].number,
                "to_name": offer.rider_name,
                "swap_for_id": str(offer.swap_for_id) if offer.swap_for_id else None,
                "expires_at": offer.expires_at.isoformat(),
            }
            for offer in asked
            if offer.order_id in known
        ],
        "board": [_order_json(place, order) for order in on_board if place],
        "nudge": _nudge_json(coop_id, rider, run),
        "colleagues": [
            {"id": str(other.rider.id), "name": other.rider.name}
            for other in crew
            if other.rider.id != rider.id
        ],
    }


def note_seen(coop_id: UUID, rider_id: UUID) -> None:
    """The phone has what is offered: nobody has to be told by other ways."""
    db.session.execute(
        update(WorkOffer)
        .where(
            WorkOffer.coop_id == coop_id,
            WorkOffer.rider_id == rider_id,
            WorkOffer.state == "open",
            WorkOffer.seen_at.is_(None),
        )
        .values(seen_at=clock.now())
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where the rider is, on what bike, in which city, and what its streets are like now."""

    coop_id: UUID
    lonlat: LonLat
    profile: str
    city_id: UUID
    conditions: str


def _place(coop_id: UUID, run: RunMark, crew: Sequence[OnShift]) -> _Place:
    me = next((other for other in crew if other.shift.id == run.shift_id), None)
    shift = me.shift if me else riders.get_shift(coop_id, run.shift_id)
    here = me.lonlat if me else shift.start_lonlat
    city_id = zones.city_of(coop_id, run.zone_id)
    conditions = travel.conditions(city_id)
    return _Place(coop_id=coop_id, lonlat=here, profile=shift.profile, city_id=city_id, conditions=conditions)


def _open_board(coop_id: UUID, zone_id: UUID) -> list[OrderView]:
    """Orders of the zone that wait to be picked, the oldest first."""
    free = orders.list_unassigned(coop_id, zone_id, MOST_LOOKED_AT)
    if not free:
        return []
    coop, now = get_coop(coop_id), clock.now()
    board_s = active_rules(coop_id, now).open_board_s
    reserved = list_reserved(coop_id, zone_id)
    found = [
        order
        for order in free
        if order.id not in reserved
        and mode_of(
            order.plan_mode,
            coop.plan_mode,
            placed_at=order.placed_at,
            now=now,
            board_s=board_s,
            is_return=order.return_of_id is not None,
        ) == "open"
    ]
    return found[:MOST_ON_BOARD]


def _order_json(place: _Place, order: OrderView) -> dict[str, Any]:
    """What a rider wants to know before a yes: from where to where, by when, how heavy, what it needs, and the pay."""
    pickup = order.pickup.lonlat
    to_pickup = legs.leg(place.city_id, place.lonlat, pickup, place.profile, conditions=place.conditions)
    return {
        "order_id": str(order.id),
        "order_number": order.number,
        "merchant_name": order.merchant_name,
        "pickup": order.pickup.address,
        "dropoffs": [task.address for task in order.dropoffs],
        "ready_at": _iso(order.pickup.ready_at),
        "window_from": _iso(order.dropoffs[0].window_from),
        "window_by": _iso(order.due_at),
        "weight_g": order.weight_g,
        "needs": need_words.needs_of(order),
        "to_pickup_s": to_pickup["duration_s"],
        "to_pickup_m": to_pickup["length_m"],
        "route_m": order.route_m,
        "earns": _earns(place.coop_id, order),
    }


def _earns(coop_id: UUID, order: OrderView) -> dict[str, Any] | None:
    """What the pay rules it was quoted with give for it, without waiting and tips; None if they are not known."""
    try:
        terms = pay.quoted_rules(coop_id, order.pay_version)
    except NotFound:
        return None
    cents = pay_rules.estimate_cents(terms, order.route_m, len(order.dropoffs))
    return {"amount_cents": cents, "currency": order.currency, "rule_version": order.pay_version}


def _nudge_json(coop_id: UUID, rider: RiderView, run: RunMark) -> dict[str, Any] | None:
    """Where orders are likely, in the words of the rider's language; None to who has work."""
    nudge = forecast.find_nudge(coop_id, run.id)
    if nudge is None or (whole := orders.find_open_run_of_rider(coop_id, rider.id)) is None or whole.tasks:
        return None
    return {
        "id": str(nudge.id),
        "title": forecast_words.headline(nudge.place),
        "reason": forecast_words.reason(nudge),
        "note": forecast_words.as_you_like(),
        "lonlat": nudge.lonlat.as_pair(),
        "ends_at": nudge.ends_at.isoformat(),
    }


def _in_return(
    offer: OfferView, answered: Mapping[UUID, OfferView], known: Mapping[UUID, OrderView]
) -> dict[str, str] | None:
    """What the colleague takes over if this rider says yes; None where nothing is swapped."""
    asked = answered.get(offer.swap_for_id) if offer.swap_for_id else None
    order = known.get(asked.order_id) if asked else None
    return {"order_number": order.number, "dropoff": order.dropoffs[0].address} if order else None


def _offer_json(offer: OfferView, in_return: dict[str, str] | None) -> dict[str, Any]:
    return {
        "id": str(offer.id),
        "source": offer.source,
        "from_name": offer.from_name,
        "in_return": in_return,
        "made_at": offer.made_at.isoformat(),
        "expires_at": offer.expires_at.isoformat(),
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment is not None else None
