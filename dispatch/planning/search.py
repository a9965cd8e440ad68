"""Find plans: at once for what just happened, better ones while there is time, and none that the checker refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from routing.assign import Collect, SearchAndAssign, Shape, assign, choosing_s
from routing.check import Violation, check
from routing.engines.grouped import Grouped
from routing.engines.insertion import Insertion
from routing.engines.interface import Deadline, Engine
from routing.engines.ortools import OrTools
from routing.engines.pool import Runs
from routing.engines.ruin_recreate import RuinRecreate
from routing.engines.within import fit
from routing.rolling import better_of
from routing.solution import Solution

from . import stepping_back
from .modelling import Model

NO_TIME = Deadline(iterations=0)

PIECE_S = 0.4
"""A longer search looks so often whether a new order waits for it to end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A plan that passed the checker. `cost_before` is that of the announced runs with new orders put in."""

    solution: Solution
    cost_before: int
    is_changed: bool = False
    refused: tuple[Violation, ...] = ()


class Refused(Exception):
    """Every plan that was tried broke a rule: the last good one stays."""

    def __init__(self, violations: tuple[Violation, ...], engine: str) -> None:
        super().__init__(f"{engine}: {', '.join(sorted({violation.code for violation in violations}))}")
        self.violations = violations
        self.engine = engine


SHAPES: dict[str, Shape] = {
    "ruin_recreate": Grouped,
    "ortools": lambda search: OrTools(first=Grouped(search), first_share=0.5),
}
"""What is built around the search by the engine that rules name; in groups where riders are many."""


def engine_named(name: str) -> Engine:
    """The engine that rules name, whole: the search and the choice at its end."""
    return Insertion() if name == "insertion" else SearchAndAssign(shape=SHAPES[name])


def place_new(model: Model, seconds: float, seed: int) -> Found:
    """Put what is new at its cheapest place and search for a moment; the announced runs stay unless it pays.

    Refused if even the inserted plan breaks a rule.
    """
    before = _insert(model, seed)
    base = fit(model.problem, before)
    if seconds <= 0 or not model.problem.couriers:
        return _accept(model, before, base, base)
    try:
        deadline = Deadline(seconds=seconds)
        found = stepping_back.solve(RuinRecreate(), model.problem, base.plan, deadline, seed)
        return _accept(model, before, base, found)
    except Refused as refusal:
        kept = _accept(model, before, base, base)
        return replace(kept, refused=refusal.violations)


def improve(model: Model, seconds: float, seed: int, gives_way: Callable[[], bool] = lambda: False) -> Found | None:
    """A plan better enough to be worth a change on riders' phones; else the announced one, not `is_changed`.

    None if it gave way to something that cannot wait: then nothing was found worth the wait.
    """
    problem, name = model.problem, model.snapshot.rules.engine
    before = _insert(model, seed)
    base = found = fit(problem, before)
    if name == "insertion":
        return _accept(model, before, base, base)
    kept_s, runs, pieces = choosing_s(problem, seconds), Runs(), max(1, round(seconds / PIECE_S))
    engine = SHAPES[name](Collect(runs) if kept_s else RuinRecreate())
    for piece in range(pieces):
        if gives_way():
            return None
        deadline = Deadline(seconds=(seconds - kept_s) / pieces)
        found = stepping_back.solve(engine, problem, found.plan, deadline, seed + piece)
    searched = found
    if kept_s:
        found = stepping_back.run(lambda: assign(problem, searched, runs, seconds=kept_s))
    else:
        found = fit(problem, searched)
    return _accept(model, before, base, found)


def _insert(model: Model, seed: int) -> Solution:
    """The announced runs with what is new at its cheapest place."""
    return Insertion().solve(model.problem, model.problem.announced, NO_TIME, seed)


def _accept(model: Model, before: Solution, base: Solution, found: Solution) -> Found:
    """The found plan or the base, which is the one before brought within the conditions."""
    violations = check(model.problem, found)
    if violations:
        raise Refused(tuple(violations), found.engine)
    best = better_of(model.problem, base, found, model.snapshot.rules.policy)
    if best is base and found is not base and (violations := check(model.problem, base)):
        raise Refused(tuple(violations), base.engine)
    return Found(solution=best, cost_before=before.cost, is_changed=best is not before)
