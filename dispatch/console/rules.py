"""Decide what may be said about how fairly work and pay are shared. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from riders.earned_rules import Earned

LEAST_RIDERS = 5
"""With fewer riders a figure would tell what one of them earns: it is hidden."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How pay per credited hour and stops per hour are spread; `gini` 0: all alike, 1: one has everything."""

    riders: int
    hours: float
    pay_p10_cents: int
    pay_p50_cents: int
    pay_p90_cents: int
    gini: float
    stops_p50: float


def shares(work: Mapping[Any, Earned]) -> Shares | None:
    """The spread over all riders who worked; None if too few for nobody to be seen through."""
    worked = [(one, cents) for one in work.values() if (cents := one.hourly_cents) is not None]
    if len(worked) < LEAST_RIDERS:
        return None
    hourly = sorted(cents for _, cents in worked)
    return Shares(
        riders=len(worked),
        hours=round(sum(one.credited_s for one, _ in worked) / 3600, 1),
        pay_p10_cents=round(percentile(hourly, 0.1)),
        pay_p50_cents=round(percentile(hourly, 0.5)),
        pay_p90_cents=round(percentile(hourly, 0.9)),
        gini=round(gini(hourly), 3),
        stops_p50=round(percentile(sorted(one.stops * 3600 / one.credited_s for one, _ in worked), 0.5), 1),
    )


def percentile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share lies, between neighbours in proportion. ValueError if there is none."""
    if not ordered:
        raise ValueError("no values")
    at = share * (len(ordered) - 1)
    below = int(at)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (at - below)


def gini(ordered: Sequence[float]) -> float:
    """Gini coefficient of ascending values, 0 if nobody has anything.

    Source: mean absolute difference over twice the mean, in the form for sorted values.
    """
    total = sum(ordered)
    if total <= 0:
        return 0.0
    count = len(ordered)
    weighted = sum(rank * value for rank, value in enumerate(ordered, start=1))
    return 2 * weighted / (count * total) - (count + 1) / count
