"""Money in integer minor units (cents) and fair splitting. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal


def round_half_up(amount: Decimal) -> int:
    """Nearest whole minor unit, halves away from zero, as a till does."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def of_rate(quantity: Decimal | int, rate_cents: Decimal | int) -> int:
    """Minor units for a quantity at a rate in minor units per unit, rounded half up once."""
    return round_half_up(Decimal(quantity) * Decimal(rate_cents))


def split_fairly(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` minor units in proportion to `weights` so that the parts sum to `total` exactly.

    Largest remainder (Hare quota); ties go to the earlier part. ValueError if a weight is negative or all are zero.
    """
    if any(weight < 0 for weight in weights):
        raise ValueError(f"weights must not be negative: {list(weights)}")
    whole = sum(weights)
    if whole == 0:
        raise ValueError("at least one weight must be positive")
    sign = -1 if total < 0 else 1
    magnitude = abs(total)
    parts = [magnitude * weight // whole for weight in weights]
    remainders = [magnitude * weight % whole for weight in weights]
    left = magnitude - sum(parts)
    for index in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:left]:
        parts[index] += 1
    return [sign * part for part in parts]


def tax_included(gross_cents: int, rate_percent: Decimal | int) -> int:
    """The tax contained in a gross amount at a rate in percent, rounded half up."""
    rate = Decimal(rate_percent)
    return round_half_up(Decimal(gross_cents) * rate / (100 + rate))
