"""Tell honest times: how late stops are reached against the plan, learned from those that were reached. Pure.

A plan says when a rider will be at a stop if nothing happens any more. But orders come and are put in before it, doors
stay shut, kitchens are late. How much that adds depends on how far ahead the stop is, and on whether it is the `next`
one or comes `later`; so does the range that holds one half, and nine of ten, of the real arrivals.

The method: delays as a share of the time ahead, their weighted quantiles around a few times ahead, together with as
many made-up arrivals as a co-op without history is given. Quantiles bear punctures and forgotten buttons: Huber and
Ronchetti, Robust Statistics, 2009, chapter 1; weights by nearness: Stone, Consistent nonparametric regression, 1977.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

KINDS = ("pickup", "dropoff")
OCCASIONS = ("next", "later")

AHEAD_S = (120.0, 360.0, 720.0, 1200.0, 1800.0, 2700.0, 4200.0)
"""Times ahead at which delays are learned; in between they are interpolated."""

SOFT_S = 120.0
"""Added to the time ahead before a delay is taken as a share of it: lights and locks do not shrink with the way."""

WIDTH = 0.7
"""Arrivals that were further ahead or nearer by this factor (exp) do not count for a time ahead."""

PRIOR_ARRIVALS = 12.0
"""A co-op without history is given so many arrivals per time ahead; half as many once it has as many of its own."""

PRIOR = {"next": (0.0, 0.14), "later": (0.04, 0.3)}
"""What is believed without history: delay in the middle, and kept nine times in ten, as a share of the time ahead.

Estimates of ours, not measured: set so that the shares of arrivals kept on rehearsed days would come near what is
claimed. A co-op's own arrivals take their place."""

LONGEST_S = 3 * 3600.0
"""Plans further ahead, and delays beyond, say nothing of riding: shifts end, days end, buttons are forgotten."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One stop reached: how far ahead it was when it was planned so, and how late it came against that; seconds."""

    ahead_s: float
    delay_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """What to add to a planned time, by how far ahead it is.

    `points` are (ahead, in the middle, nine times in ten) in seconds, by `ahead`; `sample_size` the arrivals behind.
    """

    points: tuple[tuple[float, float, float], ...]
    sample_size: int

    def middle_s(self, ahead_s: float) -> float:
        """What half of the arrivals keep."""
        return self._at(ahead_s, 1)

    def late_s(self, ahead_s: float) -> float:
        """What nine of ten arrivals keep."""
        return self._at(ahead_s, 2)

    def _at(self, ahead_s: float, column: int) -> float:
        """Interpolated as a share, so that beyond the first and the last point it shrinks and grows with the time."""
        ahead = [point[0] for point in self.points]
        shares = [point[column] / (point[0] + SOFT_S) for point in self.points]
        return float(np.interp(max(ahead_s, 0.0), ahead, shares)) * (max(ahead_s, 0.0) + SOFT_S)


Book = Mapping[tuple[str, str], Lateness]
"""By kind of stop and occasion."""


def learn(arrivals: Iterable[Arrival], occasion: str) -> Lateness:
    """What these arrivals support, on top of what is believed without any."""
    usable = [one for one in arrivals if 0 < one.ahead_s <= LONGEST_S and abs(one.delay_s) <= LONGEST_S]
    ahead = np.array([one.ahead_s for one in usable])
    shares = np.array([one.delay_s for one in usable]) / (ahead + SOFT_S)
    prior = _prior_shares(PRIOR[occasion])
    points, kept_s = [], 0.0
    for at in AHEAD_S:
        near = np.maximum(1.0 - np.abs(np.log((ahead + SOFT_S) / (at + SOFT_S))) / WIDTH, 0.0)
        believed = PRIOR_ARRIVALS**2 / (PRIOR_ARRIVALS + near.sum())
        weights = np.append(near, np.full(len(prior), believed / len(prior)))
        middle, late = _quantiles(np.append(shares, prior), weights, (0.5, 0.9)) * (at + SOFT_S)
        # a stop planned for later is never told to be kept earlier
        kept_s = max(kept_s, at + max(middle, late))
        points.append((at, float(middle), kept_s - at))
    return Lateness(points=tuple(points), sample_size=len(usable))


def _prior_shares(belief: tuple[float, float]) -> Floats:
    """Twenty delays whose middle and ninth tenth are those: a bell, narrower towards the early side."""
    middle, late = belief
    steps = np.array([NormalDist().inv_cdf((number + 0.5) / 20) for number in range(20)])
    return np.asarray(middle + np.where(steps > 0, 1.0, 0.6) * steps * (late - middle) / 1.2816)


def _quantiles(values: Floats, weights: Floats, shares: tuple[float, ...]) -> Floats:
    """Quantiles of weighted values: where the middle of each value's weight falls, interpolated."""
    order = np.argsort(values)
    values, weights = values[order], weights[order]
    places = (np.cumsum(weights) - weights / 2) / weights.sum()
    return np.interp(shares, places, values)


BLANK: Book = {(kind, occasion): learn((), occasion) for kind in KINDS for occasion in OCCASIONS}
"""A co-op without history."""


def occasion_of(stops_before: int) -> str:
    """The next stop is another matter than those behind it: nothing is put in before it."""
    return "later" if stops_before else "next"


def told(
    book: Book, kind: str, stops_before: int, *, planned_at: datetime, now: datetime
) -> tuple[datetime, datetime]:
    """When to expect a rider at a stop, and at the latest nine times in ten."""
    lateness = book[kind, occasion_of(stops_before)]
    ahead_s = (planned_at - now).total_seconds()
    expected_at = planned_at + timedelta(seconds=round(lateness.middle_s(ahead_s)))
    return expected_at, planned_at + timedelta(seconds=round(lateness.late_s(ahead_s)))


@dataclass(frozen=True, slots=True, kw_only=True)
class StopAhead:
    """What is left to do at one stop: the ride to it, when it opens, how long it takes."""

    leg_s: int
    opens_at: datetime | None
    service_s: int


def schedule(stops: Sequence[StopAhead], begins_at: datetime) -> list[datetime]:
    """When a rider who sets off now begins at each stop, one after the other."""

    def begin(free_at: datetime, stop: StopAhead) -> datetime:
        arrives_at = free_at + timedelta(seconds=stop.leg_s)
        return max(arrives_at, stop.opens_at) if stop.opens_at else arrives_at

    free = accumulate(
        stops, lambda at, stop: begin(at, stop) + timedelta(seconds=stop.service_s), initial=begins_at
    )
    return [begin(free_at, stop) for free_at, stop in zip(free, stops, strict=False)]
