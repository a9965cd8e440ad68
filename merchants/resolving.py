"""Make a merchant's wish exact: places on the map, zone, ridden distance, price and promise. Reads only."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from dispatch.coop.queries import CoopView, get_coop
from dispatch.core import clock
from dispatch.core.errors import Conflict, FieldError, Invalid
from dispatch.core.units import LonLat
from dispatch.geo import geocode, travel, zones
from dispatch.governance import queries as rule_sets
from dispatch.orders import need_rules
from dispatch.orders import services as orders
from dispatch.orders.need_rules import Needs
from dispatch.orders.rules import PICKUP_PROOF
from dispatch.planning import promise
from dispatch.planning.snapshot import active_rules

from . import price_zones, tariff_rules
from .bodies import DropIn, OrderIn, PlaceIn, QuoteIn
from .models import Merchant

PAST_TOLERANCE = timedelta(minutes=2)
FAR_AHEAD = timedelta(days=30)
PROFILE = "bike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A merchant's wish made exact: places on the map, zone, ridden distance, price and promise."""

    pickup: orders.NewTask
    dropoffs: tuple[orders.NewTask, ...]
    needs: Needs
    zone_id: UUID
    route_m: int
    price: tariff_rules.Price
    tariff_version: str
    pay_version: str
    promised: promise.Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """What a quote that holds has found out already: the ridden way and the promise."""

    route_m: int
    promised: promise.Promise


def resolve(coop_id: UUID, merchant: Merchant, wish: QuoteIn, quoted: Quoted | None = None) -> Resolved:
    """Find the places, the zone, the ridden way, the price and the promise of a wish."""
    coop, handling = get_coop(coop_id), _handling(coop_id, merchant)
    _check_times(wish)
    asked = tuple(wish.proof or ()) if isinstance(wish, OrderIn) else ()
    required = asked or tuple(merchant.required_proof)
    at_door = tuple(kind for kind in required if kind not in PICKUP_PROOF)
    pickup = replace(_pickup(coop, merchant, wish, handling), required_proof=tuple(set(required) & set(PICKUP_PROOF)))
    drops = tuple(
        replace(_drop(coop, drop, index, at_door, merchant.store_lonlat), service_s=handling.at(drop))
        for index, drop in enumerate(wish.dropoffs)
    )
    needs = _needs(merchant, wish)
    zone_id = _zone(coop, pickup, drops)
    places = [drop.lonlat for drop in drops]
    route_m = quoted.route_m if quoted else _route_m(coop, [pickup.lonlat, *places])
    tariff = rule_sets.active(coop_id, "tariff", clock.now())
    visits = price_zones.list_visits(coop_id, tariff.document, pickup.lonlat, places)
    return Resolved(
        pickup=pickup,
        dropoffs=drops,
        needs=needs,
        zone_id=zone_id,
        route_m=route_m,
        price=tariff_rules.price(
            tariff.document, route_m=route_m, weight_g=wish.weight_g, drops=len(drops), visits=visits
        ),
        tariff_version=tariff.version,
        pay_version=rule_sets.active(coop_id, "pay", clock.now()).version,
        promised=promise.promise_for(
            coop_id,
            zone_id,
            promise.Wish(
                pickup=pickup, dropoffs=drops, weight_g=wish.weight_g, volume_ml=wish.volume, needs=needs
            ),
            made=quoted.promised if quoted else None,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Handling:
    """How long stops take: at this merchant's counter, at other doors, and per floor of stairs."""

    at_store_s: int
    usual_s: int
    per_floor_s: int

    def at(self, place: PlaceIn) -> int:
        """Seconds at a door."""
        base_s = self.usual_s if place.handling_s is None else place.handling_s
        return need_rules.service_s(base_s, self.per_floor_s, floor=place.floor, has_lift=place.has_lift)


def _handling(coop_id: UUID, merchant: Merchant) -> _Handling:
    rules = active_rules(coop_id, clock.now())
    at_store_s = rules.handling_s if merchant.handling_s is None else merchant.handling_s
    return _Handling(at_store_s, rules.handling_s, rules.per_floor_s)


def _needs(merchant: Merchant, wish: QuoteIn) -> Needs:
    """What was agreed with the merchant, and what this order says beyond; the shorter ride counts."""
    rides = [ride_s for ride_s in (merchant.longest_ride_s, wish.longest_ride_s) if ride_s is not None]
    return Needs(
        priority=merchant.priority,
        skills=need_rules.clean_skills((*merchant.skills, *wish.skills)),
        longest_ride_s=min(rides, default=None),
        is_solidarity=merchant.is_solidarity,
    )


def _check_times(wish: QuoteIn) -> None:
    now = clock.now()
    errors = []
    if wish.pickup and wish.pickup.window_by and wish.pickup.window_by < now - PAST_TOLERANCE:
        said = f"{wish.pickup.window_by.isoformat()} is past: choose a later time"
        errors.append(FieldError("/pickup/window_by", "in_the_past", said))
    if wish.ready_at and wish.ready_at > now + FAR_AHEAD:
        errors.append(FieldError("/ready_at", "too_far_ahead", "more than 30 days ahead: place it later"))
    for index, drop in enumerate(wish.dropoffs):
        pointer = f"/dropoffs/{index}/window_by"
        if drop.window_by and drop.window_by < now - PAST_TOLERANCE:
            errors.append(
                FieldError(pointer, "in_the_past", f"{drop.window_by.isoformat()} is past: choose a later time")
            )
        elif drop.window_by and drop.window_by > now + FAR_AHEAD:
            errors.append(FieldError(pointer, "too_far_ahead", "more than 30 days ahead: place it later"))
        elif drop.window_by and wish.ready_at and drop.window_by <= wish.ready_at:
            errors.append(FieldError(pointer, "before_ready", "the window closes before the goods are ready"))
    if errors:
        raise Invalid(errors[0].message, errors=tuple(errors), code="time")


def _pickup(coop: CoopView, merchant: Merchant, wish: QuoteIn, handling: _Handling) -> orders.NewTask:
    place = wish.pickup
    if place is None:
        return orders.NewTask(
            address=merchant.store_address,
            lonlat=merchant.store_lonlat,
            contact_name=merchant.name,
            contact_phone=merchant.phone,
            note=merchant.store_note,
            ready_at=wish.ready_at,
            service_s=handling.at_store_s,
        )
    address, lonlat = _locate(coop, place, "/pickup", merchant.store_lonlat)
    return orders.NewTask(
        address=address,
        lonlat=lonlat,
        contact_name=place.contact_name,
        contact_phone=place.contact_phone,
        note=place.note,
        ready_at=wish.ready_at,
        window_from=place.window_from,
        window_by=place.window_by,
        is_strict=place.strict,
        floor=place.floor,
        has_lift=place.has_lift,
        service_s=handling.at(place),
    )


def _drop(coop: CoopView, drop: DropIn, index: int, required: tuple[str, ...], near: LonLat) -> orders.NewTask:
    address, lonlat = _locate(coop, drop, f"/dropoffs/{index}", near)
    return orders.NewTask(
        address=address,
        lonlat=lonlat,
        contact_name=drop.contact_name,
        contact_phone=drop.contact_phone,
        note=drop.note,
        window_from=drop.window_from,
        window_by=drop.window_by,
        is_strict=drop.strict,
        floor=drop.floor,
        has_lift=drop.has_lift,
        required_proof=required,
        code=f"{secrets.randbelow(10_000):04d}" if "code" in required else None,
    )


def _locate(coop: CoopView, place: PlaceIn, pointer: str, near: LonLat) -> tuple[str, LonLat]:
    """The address to show and the place on the map."""
    if coop.city_id is None:
        raise Conflict("this co-op has no street map yet: import one with `paceline city import`", code="no_city")
    if place.lonlat is not None:
        lonlat = LonLat(*place.lonlat)
        return place.address or geocode.reverse(coop.id, coop.city_id, lonlat).label, lonlat
    found = geocode.search(coop.id, coop.city_id, place.address, limit=1, near=near)
    if not found or not found[0].is_sure:
        message = f"no door found for {place.address!r}: check the spelling or send its lonlat"
        if found:
            message += f" (is it near {found[0].label!r}?)"
        raise Invalid(
            message, errors=(FieldError(f"{pointer}/address", "not_found", message),), code="address_unknown"
        )
    return place.address, found[0].at


def _zone(coop: CoopView, pickup: orders.NewTask, drops: tuple[orders.NewTask, ...]) -> UUID:
    for pointer, task in (("/pickup", pickup), *((f"/dropoffs/{i}", drop) for i, drop in enumerate(drops))):
        zone = zones.find_zone_at(coop.id, task.lonlat)
        if zone is None:
            message = f"{task.address!r} lies outside the area that {coop.name} serves"
            raise Invalid(message, errors=(FieldError(pointer, "outside_area", message),), code="outside_area")
        if pointer == "/pickup":
            found = zone
    return found.id


def _route_m(coop: CoopView, places: list[LonLat]) -> int:
    """Metres by bike through the places in order."""
    assert coop.city_id is not None
    return round(
        sum(
            travel.leg(coop.city_id, start, end, PROFILE).length_m
            for start, end in zip(places, places[1:], strict=False)
        )
    )
