"""The rolling policy: when to commit, what is frozen, how far to look."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.problem import ProblemError
from routing.rolling import Policy, frozen_count, may_commit_load

POLICY = Policy(look_ahead_s=900, leave_early_s=120, every_s=60, min_gain_percent=2)


@pytest.mark.parametrize(("opens_in_s", "is_near"), [(-3600, True), (900, True), (901, False)])
def test_only_what_opens_soon_is_given_out(opens_in_s: int, is_near: bool) -> None:
    assert POLICY.is_in_sight(opens_in_s) is is_near


@pytest.mark.parametrize(("waiting_s", "leaves"), [(-60, True), (120, True), (121, False)])
def test_rider_leaves_when_hardly_any_waiting_would_be_left(waiting_s: int, leaves: bool) -> None:
    assert POLICY.sets_out(waiting_s) is leaves


@pytest.mark.parametrize(("since_s", "is_due"), [
    (None, True), (0.0, False), (59.9, False), (60.0, True), (-108_000.0, True)
])
def test_search_comes_round(since_s: float | None, is_due: bool) -> None:
    assert POLICY.is_due(since_s) is is_due


@pytest.mark.parametrize(
    ("before", "after", "unserved", "is_worth"),
    [(1000, 1000, 0, False), (1000, 981, 0, False), (1000, 980, 0, True), (1_001_000, 1_000_980, 1_000_000, True),
     (1000, 1001, 0, False)],
)
def test_better_plan_is_adopted_only_if_it_gains_enough(
    before: int, after: int, unserved: int, is_worth: bool
) -> None:
    assert POLICY.is_worth_adopting(before, after, unserved) is is_worth


@given(st.lists(st.booleans()))
def test_everything_up_to_the_last_fixed_stop_is_frozen(flags: list[bool]) -> None:
    count = frozen_count(flags)
    assert not any(flags[count:])
    assert count == 0 or flags[count - 1]


def test_load_is_fixed_when_it_can_leave_the_counter() -> None:
    assert may_commit_load(600, 600) and not may_commit_load(601, 600)


@pytest.mark.parametrize("facts", [{"look_ahead_s": -1}, {"look_ahead_s": 60, "every_s": 0},
                                   {"look_ahead_s": 60, "min_gain_percent": -1}])
def test_policy_that_makes_no_sense_is_refused(facts: dict[str, int]) -> None:
    with pytest.raises(ProblemError):
        Policy(**facts)
