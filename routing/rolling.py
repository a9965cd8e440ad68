"""Decide when a rolling plan commits, what is frozen in it, and how far ahead it looks. Pure.

A plan is made again and again while riders ride. Three questions come up each time: which work is near enough to be
given out, which leading stops of a run may no longer change, and whether a better plan is worth a change. Production
(`dispatch.planning`), a day lived again (`routing.replay`) and the benchmark (`routing.bench.mdrp`) ask them here;
which of them has a use for which is in decision 0100. Riders move first and the load is fixed at pickup: the later one
commits, the more one knows.
Source: rolling horizons with partial commitment, Reyes et al., The Meal Delivery Routing Problem, 2018.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from routing.excess import shortfall
from routing.objective import cost
from routing.problem import Problem, require_whole
from routing.solution import Solution


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a plan rolls, in seconds.

    Work that opens more than `look_ahead_s` from now is left for later. A rider sets out for a stop as soon as
    at most `leave_early_s` of waiting would be left there; until then nothing is lost by keeping the choice.
    The plan is searched anew every `every_s`, and a better one is adopted if it gains `min_gain_percent`.
    """

    look_ahead_s: int
    leave_early_s: int = 0
    every_s: int = 60
    min_gain_percent: int = 2

    def __post_init__(self) -> None:
        for name in ("look_ahead_s", "leave_early_s", "min_gain_percent"):
            require_whole(name, getattr(self, name), 0, 10**9)
        require_whole("every_s", self.every_s, 1, 10**9)

    def is_in_sight(self, opens_in_s: float) -> bool:
        """Whether work that opens in so many seconds is planned and given out now."""
        return opens_in_s <= self.look_ahead_s

    def is_due(self, since_last_s: float | None) -> bool:
        """Whether it is time for another search, so long after the last (None: there was none).

        A last one that is still to come is none: a clock was put back.
        """
        return since_last_s is None or not 0 <= since_last_s < self.every_s

    def sets_out(self, waiting_s: int) -> bool:
        """Whether a free rider leaves for the next stop, if setting out now means waiting so long there."""
        return waiting_s <= self.leave_early_s

    def is_worth_adopting(self, cost_before: int, cost_after: int, unserved_cost: int) -> bool:
        """Whether a found plan is better enough than the announced one; churn is part of both costs.

        The share counts against what riding and lateness cost: the price of unserved orders, the same in both,
        would drown it.
        """
        gain = cost_before - cost_after
        if gain <= 0:
            return False
        return gain * 100 >= self.min_gain_percent * max(1, cost_before - unserved_cost)


def better_of(problem: Problem, kept: Solution, found: Solution, policy: Policy) -> Solution:
    """The found plan if it is worth a change on riders' phones; else the kept one, which is the announced runs.

    One that is nearer to the conditions for a plan as a whole is worth it at any price.
    """
    owed_kept, owed_found = (shortfall(problem, one.plan) for one in (kept, found))
    if owed_kept != owed_found:
        return min((owed_kept, kept), (owed_found, found), key=lambda pair: pair[0])[1]
    unserved = cost(problem, kept.plan).terms.unserved
    return found if policy.is_worth_adopting(kept.cost, found.cost, unserved) else kept


def frozen_count(is_fixed: Sequence[bool]) -> int:
    """How many leading stops of a run stay exactly where they are: up to the last fixed one.

    A stop that a rider rides to or stands at is fixed, and so is one whose place a coordinator chose; a place
    means nothing without what comes before it.
    """
    fixed = [index for index, flag in enumerate(is_fixed) if flag]
    return fixed[-1] + 1 if fixed else 0


def may_commit_load(pickup_s: int, now_s: int) -> bool:
    """Whether what a waiting rider takes along is fixed now: not before it can leave the counter."""
    return pickup_s <= now_s
