"""Learn from finished legs how fast a fleet rides and how sure its arrival times are. Pure.

The pace of a leg is actual over predicted seconds. Its median over many legs says how much slower the riders are than
the model, whatever a few punctures, chats and forgotten buttons do to single legs; its 90th percentile, relative to
the median, is the honest late end of an estimate. Source: median and quantiles of ratios as robust estimators of scale,
Huber and Ronchetti, Robust Statistics, 2009, chapters 1 and 5.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

SHORTEST_LEG_S = 90.0
"""Shorter legs say more about locks and doors than about riding."""
PLAUSIBLE = (0.25, 4.0)
"""Paces outside are no rides: a pause, or a button pressed at the wrong end."""
PRIOR_LEGS = 10.0
"""A fleet without history rides like the model; so many legs weigh as much as that belief."""
LEARNT_RANGE = 40
"""Below so many legs the range is the prior one."""
PRIOR_DETOUR = 1.05
"""Drawn over fastest ride where nobody has ridden yet: 3 % in Heidelberg, 10 % in the mountains (decision 0012)."""
PRIOR_P90 = 1.3
"""Late end of a leg, relative to its median, before anything is known [own, from the rehearsal's first days]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedLeg:
    """One leg that a rider finished: what the model said, without any factor, and what it took, in seconds.

    `predicted_s` is that of the drawn leg, `fastest_s` that of the fastest way, which matrices tell; None if unknown.
    """

    predicted_s: float
    actual_s: float
    fastest_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """How one fleet (or one rider) rides.

    `speed_factor` goes into `Streets(speed_factors=...)`: above 1 is faster than the model. `p90` times an estimate is
    the time that nine of ten legs keep. `sample_size` is the number of legs this rests on, `error` the relative
    standard error of the factor.
    """

    speed_factor: float
    p90: float
    sample_size: int
    error: float


def calibrate(legs: Sequence[FinishedLeg]) -> Calibration:
    """The calibration that these legs support; with none of them, the model as it is."""
    paces = _paces(legs)
    count = len(paces)
    if not count:
        return Calibration(speed_factor=1.0, p90=PRIOR_P90, sample_size=0, error=math.inf)
    logs = np.log(paces)
    median = float(np.median(logs))
    trust = count / (count + PRIOR_LEGS)
    spread = 1.4826 * float(np.median(np.abs(logs - median)))
    late = float(np.quantile(paces, 0.9)) / math.exp(median)
    return Calibration(
        speed_factor=float(np.clip(math.exp(-median * trust), 0.2, 5.0)),
        p90=max(late, 1.0) if count >= LEARNT_RANGE else PRIOR_P90,
        sample_size=count,
        error=1.2533 * spread / math.sqrt(count),
    )


def detour(legs: Sequence[FinishedLeg]) -> float:
    """How much longer the drawn rides take than the fastest ones, in the middle; at least 1.

    Plans add up the seconds of a matrix, riders ride drawn legs: a matrix times this is what rides really take.
    """
    ratios = [
        leg.predicted_s / leg.fastest_s
        for leg in legs
        if leg.fastest_s is not None and leg.fastest_s >= SHORTEST_LEG_S and leg.predicted_s >= leg.fastest_s
    ]
    if not ratios:
        return PRIOR_DETOUR
    trust = len(ratios) / (len(ratios) + PRIOR_LEGS)
    return max(1.0, trust * float(np.median(ratios)) + (1.0 - trust) * PRIOR_DETOUR)


def _paces(legs: Sequence[FinishedLeg]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    usable = [
        leg.actual_s / leg.predicted_s
        for leg in legs
        if leg.predicted_s >= SHORTEST_LEG_S and PLAUSIBLE[0] <= leg.actual_s / leg.predicted_s <= PLAUSIBLE[1]
    ]
    return np.array(usable)
