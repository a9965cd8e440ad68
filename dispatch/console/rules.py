"""Decide what may be said about how fairly work and pay are shared. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from riders.earned_rules import Earned

LEAST_RIDERS = 5
"""With fewer riders a figure would tell what one of them earns: it is hidden."""


HEAVY_G = 10_000
"""From so much on, an order is heavy."""

FAR_M = 5_000
"""From so many metres from door to door on, an order is far."""

NIGHT_FROM, NIGHT_UNTIL = 22, 6
"""Hours where the co-op is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """One delivery."""

    weight_g: int
    route_m: int
    is_at_night: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How something is spread over riders: one in ten has less than `p10`, one in ten more than `p90`."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How pay and work are spread; `gini` 0: all alike, 1: one has everything.

    `heavy`, `far`, `night`: of each rider's deliveries, in percent; None where too few riders delivered. `offers`:
    orders given or offered per credited hour, whatever became of them.
    """

    riders: int
    hours: float
    pay_p10_cents: int
    pay_p50_cents: int
    pay_p90_cents: int
    gini: float
    stops_p50: float
    offers: Spread
    heavy: Spread | None
    far: Spread | None
    night: Spread | None


def is_night(hour: int) -> bool:
    """Whether an hour of the day counts as night."""
    return hour >= NIGHT_FROM or hour < NIGHT_UNTIL


def shares(
    work: Mapping[Any, Earned], carried: Mapping[Any, Sequence[Carried]], offered: Mapping[Any, int]
) -> Shares | None:
    """The spread over all riders who worked; None if too few for nobody to be seen through. All by rider."""
    hourly_of = {rider: cents for rider, one in work.items() if (cents := one.hourly_cents) is not None}
    worked = [(work[rider], cents) for rider, cents in hourly_of.items()]
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
        offers=_spread([offered.get(rider, 0) * 3600 / work[rider].credited_s for rider in hourly_of]),
        heavy=_share(carried, hourly_of, lambda one: one.weight_g >= HEAVY_G),
        far=_share(carried, hourly_of, lambda one: one.route_m >= FAR_M),
        night=_share(carried, hourly_of, lambda one: one.is_at_night),
    )


def _share(
    carried: Mapping[Any, Sequence[Carried]], riders: Collection[Any], is_such: Callable[[Carried], bool]
) -> Spread | None:
    """Which part of each rider's deliveries is such, in percent; None where too few riders delivered anything."""
    mine = [carried[rider] for rider in riders if carried.get(rider)]
    if len(mine) < LEAST_RIDERS:
        return None
    return _spread([100 * sum(is_such(one) for one in rows) / len(rows) for rows in mine])


def _spread(values: Sequence[float]) -> Spread:
    ordered = sorted(values)
    p10, p50, p90 = (round(percentile(ordered, share), 1) for share in (0.1, 0.5, 0.9))
    return Spread(p10=p10, p50=p50, p90=p90)


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
