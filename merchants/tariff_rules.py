"""Decide what a delivery costs its merchant. Pure; prices are gross minor units, the tax is contained in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dispatch.core import money
from dispatch.core.errors import Invalid

DEFAULT: dict[str, Any] = {
    "base_cents": 450,
    "per_km_cents": 90,
    "extra_drop_cents": 200,
    "weight_bands": [{"over_g": 5_000, "cents": 150}, {"over_g": 15_000, "cents": 400}],
    "tax_percent": 20,
    "rider_share_min_percent": 60,
}
SIZES_ML = {"s": 3_000, "m": 12_000, "l": 40_000, "xl": 120_000}


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceLine:
    """One part of a price: what for, how much of it, and the amount in minor units."""

    code: str
    amount_cents: int
    quantity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A gross price with the tax it contains, its parts, and the least share that goes to the rider."""

    amount_cents: int
    tax_cents: int
    lines: tuple[PriceLine, ...]
    rider_share_min_percent: int


def price(tariff: Mapping[str, Any], *, route_m: int, weight_g: int, drops: int) -> Price:
    """The price of one order: base, planned bike kilometres, the heaviest band reached, drops beyond the first.

    `route_m` in metres, `weight_g` in grams. Invalid if a quantity is negative or there is no drop.
    """
    if route_m < 0 or weight_g < 0 or drops < 1:
        raise Invalid(f"cannot price {route_m} m, {weight_g} g, {drops} drops")
    lines = [
        PriceLine(code="base", amount_cents=int(tariff["base_cents"])),
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
    total = sum(line.amount_cents for line in lines)
    return Price(
        amount_cents=total,
        tax_cents=money.tax_included(total, int(tariff["tax_percent"])),
        lines=tuple(line for line in lines if line.amount_cents),
        rider_share_min_percent=int(tariff.get("rider_share_min_percent", 0)),
    )


def _band(bands: Sequence[Mapping[str, int]], weight_g: int) -> int:
    reached = [band for band in bands if weight_g > band["over_g"]]
    return max(reached, key=lambda band: band["over_g"])["cents"] if reached else 0
