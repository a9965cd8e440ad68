"""Decide what a delivery costs its merchant. Pure; prices are gross minor units, the tax is contained in them.

A tariff may name price zones, the smallest first. At each place of an order one zone counts: the first of those around
it that speaks of such a place (pickup, dropoff, either). It may have a base price of its own, a surcharge, or both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dispatch.core import money
from dispatch.core.errors import FieldError, Invalid

DEFAULT: dict[str, Any] = {
    "base_cents": 450,
    "per_km_cents": 90,
    "extra_drop_cents": 200,
    "weight_bands": [{"over_g": 5_000, "cents": 150}, {"over_g": 15_000, "cents": 400}],
    "tax_percent": 20,
    "rider_share_min_percent": 60,
    "price_zones": [],
}
MOST_ZONES = 50
MOST_CENTS = 50_000
SIDES = ("either", "pickup", "dropoff")
SIZES_ML = {"s": 3_000, "m": 12_000, "l": 40_000, "xl": 120_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceZone:
    """What is charged in an area: a base price of its own, a surcharge, or both; `area` is the id of its outline."""

    area: str
    name: str
    side: Literal["either", "pickup", "dropoff"] = "either"
    base_cents: int | None = None
    surcharge_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One place of an order, and the ids of the outlines around it."""

    is_pickup: bool
    inside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """One part of a price: what for, how much of it, the amount in minor units, and the price zone that made it."""

    code: str
    amount_cents: int
    quantity: str = ""
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A gross price with the tax it contains, its parts, and the least share that goes to the rider."""

    amount_cents: int
    tax_cents: int
    lines: tuple[PriceLine, ...]
    rider_share_min_percent: int


def price(
    tariff: Mapping[str, Any], *, route_m: int, weight_g: int, drops: int, visits: Sequence[Visit] = ()
) -> Price:
    """The price of one order: base, planned bike kilometres, the heaviest band reached, more drops, price zones.

    `route_m` in metres, `weight_g` in grams; `visits` only matter to a tariff with price zones. Invalid if a quantity
    is negative or there is no drop.
    """
    if route_m < 0 or weight_g < 0 or drops < 1:
        raise Invalid(f"cannot price {route_m} m, {weight_g} g, {drops} drops")
    zones = price_zones(tariff)
    counting = [(visit, zone_of(zones, visit)) for visit in visits]
    lines = [
        _base(int(tariff["base_cents"]), counting),
        PriceLine(
            code="distance",
            amount_cents=money.round_half_up(money.Decimal(route_m) * int(tariff["per_km_cents"]) / 1000),
            quantity=f"{route_m} m",
        ),
    ]
    band = _band(tariff.get("weight_bands", ()), weight_g)
    if band:
        lines.append(PriceLine(code="weight", amount_cents=band, quantity=f"{weight_g} g"))
    if drops > 1:
        extra = (drops - 1) * int(tariff["extra_drop_cents"])
        lines.append(PriceLine(code="extra_drops", amount_cents=extra, quantity=str(drops - 1)))
    touched = dict.fromkeys(zone for _, zone in counting if zone is not None)
    lines += [PriceLine(code="zone", amount_cents=zone.surcharge_cents, zone=zone.name) for zone in touched]
    total = sum(line.amount_cents for line in lines)
    return Price(
        amount_cents=total,
        tax_cents=money.tax_included(total, int(tariff["tax_percent"])),
        lines=tuple(line for line in lines if line.amount_cents),
        rider_share_min_percent=int(tariff.get("rider_share_min_percent", 0)),
    )


def price_zones(tariff: Mapping[str, Any]) -> tuple[PriceZone, ...]:
    """The tariff's price zones, the smallest first."""
    return tuple(PriceZone(**zone) for zone in tariff.get("price_zones", ()))


def zone_of(zones: Sequence[PriceZone], visit: Visit) -> PriceZone | None:
    """The one zone that counts at a place: the smallest around it that speaks of such places."""
    sides = ("either", "pickup" if visit.is_pickup else "dropoff")
    return next((zone for zone in zones if zone.area in visit.inside and zone.side in sides), None)


def check_zone(zone: PriceZone) -> PriceZone:
    """The zone, if it says something sensible; Invalid names the field that does not."""
    if zone.side not in SIDES:
        raise _wrong("/side", "unknown", f"side={zone.side[:20]!r}: use one of {', '.join(SIDES)}")
    if not 0 <= zone.surcharge_cents <= MOST_CENTS:
        raise _wrong("/surcharge", "sum_range", f"a surcharge is 0 to {MOST_CENTS} in minor units")
    if zone.base_cents is not None and not 0 <= zone.base_cents <= MOST_CENTS:
        raise _wrong("/base", "sum_range", f"a base price is 0 to {MOST_CENTS} in minor units")
    if zone.base_cents is None and not zone.surcharge_cents:
        raise _wrong("/surcharge", "no_price", "give a surcharge, a base price, or both")
    return zone


def _base(usual_cents: int, counting: Sequence[tuple[Visit, PriceZone | None]]) -> PriceLine:
    """The base price: the dearest own one of the zones touched, the usual where none has its own.

    Drops outside such a zone count at the usual base once another drop is in one: a cheap zone never makes the way
    to a far door cheaper.
    """
    own = [(zone.base_cents, zone.name) for _, zone in counting if zone is not None and zone.base_cents is not None]
    if not own:
        return PriceLine(code="base", amount_cents=usual_cents)
    drops = [zone for visit, zone in counting if not visit.is_pickup]
    has_own = [zone is not None and zone.base_cents is not None for zone in drops]
    dearest_cents, name = max(own)
    if any(has_own) and not all(has_own) and usual_cents > dearest_cents:
        return PriceLine(code="base", amount_cents=usual_cents)
    return PriceLine(code="base", amount_cents=dearest_cents, zone=name)


def _band(bands: Sequence[Mapping[str, int]], weight_g: int) -> int:
    reached = [band for band in bands if weight_g > band["over_g"]]
    return max(reached, key=lambda band: band["over_g"])["cents"] if reached else 0


def _wrong(pointer: str, code: str, message: str) -> Invalid:
    return Invalid(message, errors=(FieldError(pointer, code, message),))
