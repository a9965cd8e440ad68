"""Decide which rider takes which run of a pool: OR-Tools (HiGHS by way of MathOpt) under what local search finds hard.

A search walks past thousands of good runs and keeps only those of its best plan. Choosing among all of them at least
cost, each order in at most one run and each rider with at most one, is a set partitioning problem, and here what holds
for a plan as a whole is said to all riders at once: fair shares, at most so many orders in other hands than announced,
scarce bikes, two riders who are not to meet. A search knows it too, but gets there by single moves alone.

The answer is never dearer than the plan at hand, unless that breaks a condition. Time is bounded, a failing solver
harmless: then the plan at hand stays. One choice is made at the end of a search, whatever groups and pieces it had.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from time import monotonic

from ortools.math_opt.python import mathopt

from routing.check import check
from routing.conditions import ANYTHING
from routing.engines.interface import Deadline, Engine
from routing.engines.pool import Pool, Run, Runs
from routing.engines.reasons import why_unserved
from routing.engines.ruin_recreate import RuinRecreate
from routing.engines.within import fit
from routing.excess import moved, open_orders, shortfall
from routing.objective import route_terms, unserved_cost
from routing.problem import Plan, Problem, StopRef
from routing.solution import Solution, schedule, schedule_run

LARGEST_S = 10**6
"""Price of an order left out, as the solver sees it: more would cost it precision, and nothing else costs as much."""

ASSIGN_SHARE = 0.15
"""Part of a search's time for choosing among what it found."""

LEAST_S_PER_ORDER = 0.0008
"""Less time than this is too short to state a model of so many orders; then the search gets all of it."""

RUNS_PER_S = 5_000
"""Runs that can be stated and chosen among in a second of the time left; the newest, which are the best, are taken."""

SOLVER_SHARE = 0.5
"""Part of the time left for the solver itself."""

UNTIMED_S = 0.6
"""Limit when a deadline counts iterations."""

LONG_S = 1e6
"""A search without a clock has time for everything."""

SOLVER_ERRORS = (RuntimeError, ValueError, AttributeError)
"""Whatever the solver has to complain about, the plan at hand is good. 9.15 stumbles over its own refusals with an
AttributeError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The chosen plan and its whole cost; `is_changed` when it is not the one that was at hand."""

    plan: dict[str, tuple[StopRef, ...]]
    cost: int
    is_changed: bool


def choose(problem: Problem, runs: Sequence[Run], current: Plan, seconds: float) -> Choice:
    """The cheapest way to give runs to riders within the conditions; the current plan where none is cheaper."""
    kept = _priced(problem, current)
    at_hand = Choice(plan={run.courier_id: run.refs for run in kept}, cost=_total(problem, kept), is_changed=False)
    columns = {(run.courier_id, run.refs): run for run in [*runs, *kept] if run.refs}
    try:
        chosen = _solve(problem, list(columns.values()), {(r.courier_id, r.refs) for r in kept}, seconds)
    except SOLVER_ERRORS:
        return at_hand
    if chosen is None:
        return at_hand
    plan = {courier.id: () for courier in problem.couriers} | {run.courier_id: run.refs for run in chosen}
    found = Choice(plan=plan, cost=_total(problem, chosen), is_changed=True)
    owed = [(shortfall(problem, one.plan), one.cost) for one in (at_hand, found)]
    return found if owed[1] < owed[0] else at_hand


def _priced(problem: Problem, plan: Plan) -> list[Run]:
    runs = []
    for courier in problem.couriers:
        refs = plan.get(courier.id, ())
        price = route_terms(problem, schedule_run(problem, courier, refs)).total if refs else 0
        runs.append(Run(courier_id=courier.id, refs=refs, cost=price))
    return runs


def _total(problem: Problem, runs: Iterable[Run]) -> int:
    """Cost of a plan made of these runs, the integer of `routing.objective`."""
    runs = list(runs)
    served = {ref.shipment_id for run in runs for ref in run.refs}
    names = [shipment.id for shipment in problem.shipments] + list(problem.break_by_id)
    return sum(run.cost for run in runs) + sum(unserved_cost(problem, name) for name in names if name not in served)


def _solve(
    problem: Problem, columns: list[Run], hinted: set[tuple[str, tuple[StopRef, ...]]], seconds: float
) -> list[Run] | None:
    """The runs that OR-Tools chooses; None if it finds nothing in time."""
    model = mathopt.Model()
    if problem.conditions != ANYTHING:
        share_of = problem.conditions.share_of
        columns = [run for run in columns if open_orders(problem, run.refs) <= share_of(run.courier_id)]
    takes = [model.add_binary_variable() for _ in columns]
    price = mathopt.LinearSum(run.cost / 1000 * take for run, take in zip(columns, takes, strict=True))
    price += _cover(problem, model, columns, takes)
    model.minimize(price)
    _restrict(problem, model, columns, takes)
    hint = mathopt.SolutionHint(variable_values={
        take: float((run.courier_id, run.refs) in hinted) for run, take in zip(columns, takes, strict=True)
    })
    parameters = mathopt.SolveParameters(
        time_limit=timedelta(seconds=seconds), random_seed=1, relative_gap_tolerance=1e-7,
    )
    result = mathopt.solve(model, mathopt.SolverType.HIGHS, params=parameters,
                           model_params=mathopt.ModelSolveParameters(solution_hints=[hint]))
    if not result.has_primal_feasible_solution():
        return None
    values = result.variable_values(takes)
    return [run for run, value in zip(columns, values, strict=True) if value > 0.5]


def _cover(
    problem: Problem, model: mathopt.Model, columns: list[Run], takes: list[mathopt.Variable]
) -> mathopt.LinearSum:
    """Each rider one run at most, each order in one or left out; returns the price of leaving out."""
    by_courier: dict[str, list[mathopt.Variable]] = {}
    by_order: dict[str, list[mathopt.Variable]] = {}
    for run, take in zip(columns, takes, strict=True):
        by_courier.setdefault(run.courier_id, []).append(take)
        for name in {ref.shipment_id for ref in run.refs}:
            by_order.setdefault(name, []).append(take)
    for own in by_courier.values():
        model.add_linear_constraint(mathopt.LinearSum(own) <= 1)
    left_out = []
    for name, able in by_order.items():
        out = model.add_variable(lb=0.0, ub=1.0)
        model.add_linear_constraint(mathopt.LinearSum(able) + out == 1)
        left_out.append(min(LARGEST_S, unserved_cost(problem, name) / 1000) * out)
    return mathopt.LinearSum(left_out)


def _restrict(
    problem: Problem, model: mathopt.Model, columns: list[Run], takes: list[mathopt.Variable]
) -> None:
    conditions, pairs = problem.conditions, list(zip(columns, takes, strict=True))
    if conditions.most_moved is not None:
        changed = [moved(problem, run.courier_id, run.refs) * take for run, take in pairs]
        model.add_linear_constraint(mathopt.LinearSum(changed) <= conditions.most_moved)
    for kind, most in conditions.scarce.items():
        out = [take for run, take in pairs
               if problem.courier_by_id[run.courier_id].kind == kind and open_orders(problem, run.refs)]
        if out:
            model.add_linear_constraint(mathopt.LinearSum(out) <= most)
    for pair in problem.apart:
        meeting: dict[int, list[mathopt.Variable]] = {}
        for run, take in pairs:
            for place in problem.counters(run.refs) if run.courier_id in pair else ():
                meeting.setdefault(place, []).append(take)
        for there in meeting.values():
            model.add_linear_constraint(mathopt.LinearSum(there) <= 1)


def choosing_s(problem: Problem, seconds: float) -> float:
    """Seconds of a search's time that are kept for the choice at its end; 0: there is none."""
    share_s, least_s = seconds * ASSIGN_SHARE, LEAST_S_PER_ORDER * len(problem.shipments)
    return share_s if len(problem.couriers) > 1 and share_s >= least_s else 0.0


class Collect:
    """Ruin and recreate that hands over the runs it comes across."""

    name = "ruin_recreate"

    def __init__(self, runs: Runs, search: RuinRecreate | None = None) -> None:
        self.runs = runs
        self.search = search or RuinRecreate()

    def solve(self, problem: Problem, start: Plan | None, deadline: Deadline, seed: int) -> Solution:
        """The plan of the search."""
        pool = Pool()
        live, found = self.search.explore(problem, start, deadline, seed, pool.watch)
        pool.exchange(live)
        self.runs.take(pool.runs(live))
        return found


def assign(problem: Problem, found: Solution, runs: Runs, *, seconds: float) -> Solution:
    """The found plan, or a better one out of the runs; what fits, where that alone keeps to the conditions."""
    at_hand = fit(problem, found)
    choice = choose(problem, runs.newest(round(RUNS_PER_S * seconds)), at_hand.plan, seconds * SOLVER_SHARE)
    return _chosen(problem, choice, at_hand) if choice.is_changed else at_hand


def _chosen(problem: Problem, choice: Choice, found: Solution) -> Solution:
    """The chosen plan with its times and reasons; the found one where the checker does not like it."""
    reasons = {entry.shipment_id: entry for entry in found.unserved}
    planned = {ref.shipment_id for refs in choice.plan.values() for ref in refs}
    left_out = [name for name in [*problem.shipment_by_id, *problem.break_by_id] if name not in planned]
    unserved = tuple(reasons.get(name) or why_unserved(problem, name) for name in left_out)
    answer = replace(found, routes=schedule(problem, choice.plan), unserved=unserved, cost=choice.cost)
    return found if check(problem, answer) else answer


Shape = Callable[[Engine], Engine]
"""What is built around a search: groups, another engine that begins with its plan."""


class SearchAndAssign:
    """Ruin and recreate in any shape, then the choice among all runs that it came across."""

    name = "ruin_recreate"

    def __init__(self, search: RuinRecreate | None = None, shape: Shape = lambda search: search) -> None:
        self.search = search or RuinRecreate()
        self.shape = shape

    def solve(self, problem: Problem, start: Plan | None, deadline: Deadline, seed: int) -> Solution:
        """The plan of the search, or a better one out of the runs it met."""
        began, runs = monotonic(), Runs()
        limit_s = deadline.seconds
        kept_s = choosing_s(problem, LONG_S if limit_s is None else limit_s)
        if not kept_s:
            return fit(problem, self.shape(self.search).solve(problem, start, deadline, seed))
        share = Deadline(seconds=None if limit_s is None else limit_s - kept_s, iterations=deadline.iterations)
        found = self.shape(Collect(runs, self.search)).solve(problem, start, share, seed)
        left_s = UNTIMED_S if limit_s is None else limit_s - (monotonic() - began)
        if left_s < LEAST_S_PER_ORDER * len(problem.shipments):
            return fit(problem, found)
        return assign(problem, found, runs, seconds=left_s)
