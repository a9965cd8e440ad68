"""The model learns a week's shape from counts, says how sure it is, and says nothing from too little."""
import numpy as np
import pytest

from dispatch.planning.forecast import model

WEEK = model.WEEK
HOURS = [(number // 24 % 7, number % 24) for number in range(12 * WEEK)]


def rates() -> np.ndarray:
    """Orders per hour in the mean: dinner, twice as much on Friday and Saturday, hardly any at night."""
    weekday, hour = np.array(HOURS).T
    return (0.1 + 6 * np.exp(-0.5 * ((hour - 19) / 1.5) ** 2)) * np.where((weekday == 4) | (weekday == 5), 2, 1)


def counts(weeks: int, seed: int = 1) -> list[int]:
    """Orders as they fell."""
    return np.random.default_rng(seed).poisson(rates()[: weeks * WEEK]).tolist()


def test_the_shape_of_the_week_is_learned() -> None:
    """Eight weeks of chance give the true rates within a sixth of the mean, where the busy hours are."""
    known = counts(8)
    foretold = model.forecast(known, HOURS[: 9 * WEEK])
    busy = rates()[8 * WEEK : 9 * WEEK] > 3
    off = np.abs(foretold - rates()[8 * WEEK : 9 * WEEK])[busy].mean()
    assert off < rates()[8 * WEEK : 9 * WEEK][busy].mean() / 6


def test_it_beats_saying_as_a_week_ago_and_says_on_how_many_hours() -> None:
    """Two weeks are judged, each foretold from what came before it."""
    found = model.judge(counts(8), HOURS)
    assert found is not None and found["hours"] == 2 * WEEK and found["orders"] > 300
    assert found["error"] < 0.9 * found["naive_error"]


def test_recent_weeks_count_more_than_old_ones() -> None:
    """Business that doubled a month ago is foretold nearer to the double."""
    known = [*counts(8), *(2 * np.array(counts(4, seed=2))).tolist()]
    foretold = model.forecast(known, [*HOURS, *HOURS[:WEEK]])
    assert foretold.sum() > 1.5 * rates()[:WEEK].sum()


@pytest.mark.parametrize("known", [[], [3] * (2 * WEEK - 1), [0] * (4 * WEEK)])
def test_too_little_history_foretells_nothing(known: list[int]) -> None:
    """A founded-yesterday co-op is told so."""
    assert model.answer({"counts": known, "hours": HOURS[: len(known) + 48]}) == {"expected": [], "quality": None}


def test_two_weeks_foretell_but_are_not_judged() -> None:
    """There is nothing left to judge them by."""
    found = model.answer({"counts": counts(2), "hours": HOURS[: 2 * WEEK + 48]})
    assert len(found["expected"]) == 48 and found["quality"] is None
