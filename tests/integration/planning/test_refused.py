"""A plan that breaks a rule never comes into force; who waits for it is told, once, and it is tried again in time."""
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from dispatch.core.db import db, transaction, use_coop
from dispatch.core.outbox import OutboxEvent
from dispatch.orders import queries
from dispatch.planning import search
from dispatch.planning.modelling import Model
from dispatch.planning.models import PlanRound
from dispatch.planning.services import Effort, plan_zone
from routing.check import check
from routing.engines.insertion import Insertion
from routing.engines.interface import Deadline
from routing.problem import Plan, Problem
from routing.solution import Solution
from tests.factories.town import Town, at, make_order, make_rider, make_run


class Liar:
    """An engine that says it is done, and has forgotten everybody."""

    name = "liar"

    def solve(self, problem: Problem, start: Plan | None, deadline: Deadline, seed: int) -> Solution:
        """A plan without a single stop, nor a word of what is left out."""
        honest = Insertion().solve(problem, start, deadline, seed)
        return replace(honest, routes=(), unserved=(), engine=self.name)


@dataclass
class Lies:
    """Searches by that engine, as often as they are asked; the checker is the real one."""

    asked: int = 0

    def place_new(self, model: Model, _seconds: float, seed: int) -> search.Found:
        """What is new, forgotten."""
        return self._checked(model, seed)

    def improve(self, model: Model, _seconds: float, seed: int, _gives_way: Callable[[], bool]) -> search.Found | None:
        """What was announced, forgotten."""
        return self._checked(model, seed)

    def _checked(self, model: Model, seed: int) -> search.Found:
        self.asked += 1
        lie = Liar().solve(model.problem, model.problem.announced, Deadline(iterations=0), seed)
        violations = check(model.problem, lie)
        assert violations
        raise search.Refused(tuple(violations), lie.engine)


def _plan(town: Town, effort: Effort) -> None:
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)


def _alerts() -> int:
    return len(db.session.scalars(select(OutboxEvent.id).where(OutboxEvent.kind == "PlanRefused")).all())


def _wait(town: Town, **time: float) -> None:
    """Let time pass: rounds were so much longer ago."""
    with transaction():
        for each in db.session.scalars(select(PlanRound)):
            each.started_at -= timedelta(**time)
    use_coop(town.coop_id)


def _reason(town: Town, order_id: UUID) -> str | None:
    return (queries.get_order(town.coop_id, order_id).unserved or {}).get("code")


def test_refused_plan_leaves_a_reason_and_is_placed_by_the_next_search_that_passes(town: Town, effort: Effort) -> None:
    """Nothing else need happen: it does not wait for the next event, and meanwhile the board says why it waits."""
    with transaction():
        run = make_run(town, make_rider(town.coop_id))
        order = make_order(town)
    lies = Lies()
    lying = replace(effort, place_new=lies.place_new, improve=lies.improve)
    _plan(town, lying)
    assert _reason(town, order.id) == "refused"
    assert not any(db.session.scalars(select(PlanRound.checked)))
    assert set(db.session.scalars(select(PlanRound.outcome))) == {"refused"}
    _plan(town, effort)
    assert queries.get_order(town.coop_id, order.id).rider_id is None, "not at once: a search has just failed at it"
    _wait(town, minutes=10)
    _plan(town, effort)
    assert queries.get_order(town.coop_id, order.id).rider_id == run.rider_id
    assert _reason(town, order.id) is None


def test_lasting_refusal_is_one_alert_and_not_tried_at_every_beat(town: Town, effort: Effort) -> None:
    """Coordinators who are told every twenty seconds stop looking; after an hour they are told again."""
    with transaction():
        make_run(town, make_rider(town.coop_id))
        first, second = make_order(town), make_order(town, drops=[at(0, 900)])
    _plan(town, effort)
    lies = Lies()
    lying = replace(effort, place_new=lies.place_new, improve=lies.improve)
    _wait(town, minutes=10)
    for _beat in range(4):
        _plan(town, lying)
    assert lies.asked == 1 and _alerts() == 1
    _wait(town, minutes=10)
    _plan(town, lying)
    assert lies.asked == 2 and _alerts() == 1
    assert None not in {queries.get_order(town.coop_id, order.id).rider_id for order in (first, second)}
    _wait(town, hours=2)
    _plan(town, lying)
    assert lies.asked == 3 and _alerts() == 2
