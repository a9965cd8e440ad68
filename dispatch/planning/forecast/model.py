"""Foretell orders per hour from the hours before: a Poisson regression on hour and weekday, shrunk and fading with age.

Runs as a process of its own (`python -m dispatch.planning.forecast.model`, JSON in, JSON out), because scikit-learn
needs more memory than the rest of a worker and is wanted for a second an hour; nothing imports this module. Pure.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import PoissonRegressor
from threadpoolctl import threadpool_limits

DAY, WEEK = 24, 168

HALF_LIFE_DAYS = 28
"""An hour so long ago counts half."""

SHRINKAGE = 0.001
"""Strength of the pull of every effect towards the mean: few orders, bold forecasts never."""

ANY_DAY, OWN_DAY = 3.0, 0.2
"""Scales of the effects of an hour on any day and on its own weekday, beside the weekday's: less is pulled harder."""

LEAST_TRAINING = 2 * WEEK
"""Hours of history without which nothing is foretold."""

JUDGED_WEEKS = 2
"""Last weeks that are foretold from what came before them, to see how good a forecast is."""

LOCAL_HOUR = tuple[int, int]
"""Weekday (0 Monday) and hour where the co-op is."""


def forecast(counts: Sequence[int], hours: Sequence[LOCAL_HOUR]) -> NDArray[np.float64]:
    """Expected orders in the hours after `counts`: `hours` names those of the history first, then those to foretell."""
    known = len(counts)
    features = _features(hours)
    age_days = np.arange(known, 0, -1) / DAY
    model = PoissonRegressor(alpha=SHRINKAGE, max_iter=500)
    with threadpool_limits(1):  # the matrices are small: more threads only wait for one another
        model.fit(features[:known], np.asarray(counts), sample_weight=0.5 ** (age_days / HALF_LIFE_DAYS))
    return np.asarray(model.predict(features[known:]))


def judge(counts: Sequence[int], hours: Sequence[LOCAL_HOUR]) -> dict[str, Any] | None:
    """How far forecasts of the last weeks were off, each made from what came before; None with too little history.

    `error` and `naive_error` are mean absolute errors in orders per hour; naive says: as a week ago.
    """
    weeks = min(JUDGED_WEEKS, (len(counts) - LEAST_TRAINING) // WEEK)
    if weeks < 1:
        return None
    real = np.asarray(counts, dtype=float)
    ours, naive, truth = [], [], []
    for week in range(weeks, 0, -1):
        begins = len(counts) - week * WEEK
        ours.append(forecast(counts[:begins], hours[: begins + WEEK]))
        naive.append(real[begins - WEEK : begins])
        truth.append(real[begins : begins + WEEK])
    off, off_naive = (np.abs(np.concatenate(some) - np.concatenate(truth)).mean() for some in (ours, naive))
    return {
        "hours": weeks * WEEK,
        "orders": int(np.concatenate(truth).sum()),
        "error": round(float(off), 3),
        "naive_error": round(float(off_naive), 3),
    }


def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
    """`expected` orders per hour and how good such forecasts were (`quality`) of one zone."""
    counts, hours = asked["counts"], [(int(weekday), int(hour)) for weekday, hour in asked["hours"]]
    if len(counts) < LEAST_TRAINING or not any(counts):
        return {"expected": [], "quality": None}
    expected = forecast(counts, hours)
    return {"expected": [round(float(orders), 3) for orders in expected], "quality": judge(counts, hours)}


def _features(hours: Sequence[LOCAL_HOUR]) -> NDArray[np.float64]:
    """(n, 24 + 7 + 168): which hour, which weekday, which hour of which weekday."""
    weekday, hour = np.asarray(hours).T
    any_day, own_day = np.eye(DAY)[hour], np.eye(WEEK)[weekday * DAY + hour]
    return np.hstack([ANY_DAY * any_day, np.eye(7)[weekday], OWN_DAY * own_day])


if __name__ == "__main__":
    json.dump({zone: answer(asked) for zone, asked in json.load(sys.stdin).items()}, sys.stdout)
