"""Plan a zone. The one service that opens its own transactions: read, compute with none open, write.

Only one process plans a zone at a time: it holds an advisory lock on a connection of its own, which dies with it.
Bursts coalesce: one round satisfies everything that was wanted when it read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, text

from dispatch.core import clock
from dispatch.core.db import db, tenant, transaction
from dispatch.core.errors import StaleVersion
from dispatch.core.settings import current as current_settings
from dispatch.geo import travel
from dispatch.geo.services import finish_plan, is_plan_urgent, is_plan_wanted, want_plan
from dispatch.orders.queries import has_order_since
from routing.engines import warm as kernels

from . import ahead, apply, changes, consent, explain, journeys, modelling, proposals, rounds, search, snapshot, telling
from .models import PlanRound
from .offers import offering
from .rules import search_s

ATTEMPTS = 3
"""Rounds until a plan fits: two with a search, the last by insertion alone, because that is quickest."""

LONGEST_S = 45.0
"""Real seconds after which the lease goes back although more is wanted; the next call goes on."""

ALERT_AGAIN_AFTER = timedelta(hours=1)
"""A refusal that lasts is told again so much later, not at every search."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How long to search for better plans (real seconds), who knows how long rides take and how far they are, and who
    searches."""

    plan_seconds: float
    ride_times: journeys.RideTimes = travel.kept_matrix
    metres_per_s: journeys.Gauge = travel.metres_per_s
    place_new: Callable[[modelling.Model, float, int], search.Found] = search.place_new
    improve: Callable[[modelling.Model, float, int, Callable[[], bool]], search.Found | None] = search.improve


def warm() -> None:
    """Compile or load the search before anybody waits for it; a process that plans or promises calls it at start."""
    kernels.warm()


def plan_zone(
    coop_id: UUID, zone_id: UUID, effort: Effort | None = None, *, planned: Callable[[], None] = lambda: None
) -> None:
    """Bring a zone's plan up to date, then look for a better one if it is time.

    `planned` is called after every round that is in force: what asked for it need not wait for a burst to end or for
    the longer search. Returns at once when another process plans the zone: that one looks again for what is urgent
    after it has let go.
    """
    effort = effort or Effort(plan_seconds=current_settings().plan_seconds)
    ends_at = clock.monotonic_s() + LONGEST_S
    with tenant(coop_id):
        is_first = True
        while is_first or (clock.monotonic_s() < ends_at and _asks(is_plan_urgent, coop_id, zone_id)):
            with lease(zone_id) as is_mine:
                if not is_mine:
                    return
                if not _plan_while_wanted(coop_id, zone_id, effort, ends_at, planned):
                    return
                if is_first:
                    _improve_if_due(coop_id, zone_id, effort)
            is_first = False


@contextmanager
def lease(zone_id: UUID) -> Iterator[bool]:
    """Whether this process may plan the zone until the block ends. Held by a connection, not by a transaction."""
    key = int.from_bytes(zone_id.bytes[:8], signed=True)
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_mine = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}))
        try:
            yield is_mine
        finally:
            if is_mine:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})


def _asks(question: Callable[[UUID, UUID], bool], coop_id: UUID, zone_id: UUID) -> bool:
    with transaction():
        return question(coop_id, zone_id)


def _plan_while_wanted(
    coop_id: UUID, zone_id: UUID, effort: Effort, ends_at: float, planned: Callable[[], None]
) -> bool:
    """Plan what is wanted, and what is urgent until nothing is; False if the rows change faster than we can plan.

    Riders get on all the time: a round for every step of each would leave no time for orders.
    """
    question = is_plan_wanted
    while _asks(question, coop_id, zone_id):
        if clock.monotonic_s() > ends_at or not _plan_once(coop_id, zone_id, effort):
            return False
        planned()
        question = is_plan_urgent
    return True


def _plan_once(coop_id: UUID, zone_id: UUID, effort: Effort) -> bool:
    """One round of the event layer; False if it came too late three times."""
    with transaction():
        took_s, since_s = rounds.last(coop_id, zone_id)
    for attempt in range(ATTEMPTS):
        began = clock.monotonic_s()
        model = _read(coop_id, zone_id, effort)
        is_quick = attempt == ATTEMPTS - 1 or not _has_new(model)
        announce_ms = model.snapshot.rules.announce_ms
        seconds = 0.0 if is_quick else search_s(announce_ms, effort.plan_seconds, took_s, since_s)
        try:
            found = effort.place_new(model, seconds, model.snapshot.wanted)
        except search.Refused as refusal:
            _refused(model, refusal, began, is_of_new=True)
            return True
        if _write(model, found, began, "planned"):
            return True
        log.info("plan.stale", zone=str(zone_id), attempt=attempt)
    return False


def _improve_if_due(coop_id: UUID, zone_id: UUID, effort: Effort) -> None:
    with transaction():
        is_due = _is_improvement_due(coop_id, zone_id)
    if not is_due or effort.plan_seconds <= 0:
        return
    began = clock.monotonic_s()
    model = _read(coop_id, zone_id, effort)
    if ahead.has_come_in_sight(model) or rounds.is_one_refused(model.snapshot.orders):
        _plan_once(coop_id, zone_id, effort)
        return
    if len(model.problem.shipments) < 2 or not model.problem.couriers:
        return
    try:
        found = effort.improve(model, effort.plan_seconds, model.snapshot.wanted, lambda: _has_order_since(model))
    except search.Refused as refusal:
        _refused(model, refusal, began)
        return
    if found is None:
        log.info("plan.gave_way", zone=str(zone_id))
        return
    if found.is_changed:
        _write(model, found, began, "improved")
        return
    with transaction():
        _record(model, began, "kept", engine=model.snapshot.rules.engine, cost_before=found.cost_before)
    _refresh(model, ahead.keep_back(model, changes.compare(model, found.solution)), found)


def _has_order_since(model: modelling.Model) -> bool:
    """Whether an order was placed while a better plan for the others was searched for: it comes first."""
    with transaction():
        return has_order_since(model.snapshot.coop_id, model.snapshot.zone_id, model.snapshot.taken_at)


def _read(coop_id: UUID, zone_id: UUID, effort: Effort) -> modelling.Model:
    with transaction():
        seen = snapshot.read(coop_id, zone_id)
    places = modelling.places_of(seen)
    matrices = journeys.matrices(seen.city_id, places.points, modelling.profiles_of(seen), effort.ride_times)
    known = journeys.distances(seen, effort.ride_times, effort.metres_per_s)
    matrices |= {bike: journeys.with_metres(matrices[bike], gauge) for bike, gauge in known.gauges.items()}
    return modelling.build(seen, places, journeys.at_own_speeds(matrices, modelling.bikes_of(seen)), known)


def _has_new(model: modelling.Model) -> bool:
    """Whether an order waits that somebody is to be told of now."""
    far = {str(order_id) for order_id in ahead.far_orders(model)}
    return any(s.id not in model.problem.announced_to and s.id not in far for s in model.problem.shipments)


def _write(model: modelling.Model, found: search.Found, began: float, outcome: str) -> bool:
    """Put a plan into force, or before a coordinator; False if the rows have changed since they were read."""
    seen = model.snapshot
    change = ahead.keep_back(model, changes.compare(model, found.solution))
    records = explain.records(model, change, found.solution)
    parts = consent.split(model, change)
    try:
        with transaction():
            apply.write_plan(seen.coop_id, parts.now, records, apply.Author(), seen.rules.version)
            is_asked = parts.held is not None and proposals.propose(model, parts.held, records)
            if parts.held is None:
                proposals.drop_open(seen.coop_id, seen.zone_id)
            if offering.settle(model, parts.now.offered, records) or parts.is_more_to_come:
                want_plan(seen.coop_id, seen.zone_id)
            cause = ", ".join(sorted({violation.code for violation in found.refused}))
            if found.refused:
                _alert_once(model, cause)
            changed = "proposed" if is_asked else outcome if parts.now.changed_runs else "unchanged"
            _record(
                model,
                began,
                changed,
                engine=found.solution.engine,
                cost_before=found.cost_before,
                cost_after=found.solution.cost,
                detail={
                    "runs": len(change.changed_runs),
                    "given": len(change.given),
                    "offered": len(parts.now.offered),
                    "unserved": len(change.unserved),
                    **({rounds.CAUSE: cause} if cause else {}),
                },
            )
            finish_plan(seen.coop_id, seen.zone_id, seen.wanted)
    except StaleVersion:
        return False
    _refresh(model, change if parts.held else parts.now, found)
    return True


def _refresh(model: modelling.Model, change: changes.PlanChange, found: search.Found) -> None:
    """Bring times up to date for everybody who looks at them: phones, board, recipients, and quotes."""
    with transaction():
        moved = apply.refresh_times(model.snapshot.coop_id, change)
    telling.tell(model, found.solution, moved)


def _refused(model: modelling.Model, refusal: search.Refused, began: float, *, is_of_new: bool = False) -> None:
    """Keep the last good plan, raise the alert once, and try again when a search is due or something changes.

    `is_of_new`: what waits was not placed; it says so, and is placed as soon as a plan passes.
    """
    seen = model.snapshot
    log.error("plan.refused", zone=str(seen.zone_id), engine=refusal.engine, violations=str(refusal.violations)[:2000])
    with transaction():
        _alert_once(model, str(refusal))
        if is_of_new:
            loose = [order.id for order in seen.orders if _is_to_place(model, order.id)]
            apply.note_unserved(seen.coop_id, {order_id: {"code": rounds.REFUSED, "facts": {}} for order_id in loose})
        detail = {
            rounds.CAUSE: str(refusal),
            "violations": [str(violation) for violation in refusal.violations[:20]],
        }
        _record(model, began, rounds.REFUSED, engine=refusal.engine, detail=detail)
        finish_plan(seen.coop_id, seen.zone_id, seen.wanted)


def _is_to_place(model: modelling.Model, order_id: UUID) -> bool:
    seen = model.snapshot
    return order_id not in model.set_aside and order_id not in seen.offered and model.is_waiting(order_id)


def _alert_once(model: modelling.Model, cause: str) -> None:
    """Tell the coordinators that the checker refused a plan, unless they heard of the same not long ago."""
    seen = model.snapshot
    if not rounds.was_refused_for(seen.coop_id, seen.zone_id, cause, seen.taken_at - ALERT_AGAIN_AFTER):
        apply.refuse(seen.coop_id, seen.zone_id, cause)


def _record(model: modelling.Model, began: float, outcome: str, **facts: Any) -> None:
    seen = model.snapshot
    took_s = round(clock.monotonic_s() - began, 4)
    log.info("plan.round", zone=str(seen.zone_id), outcome=outcome, took_s=took_s, orders=len(seen.orders),
             riders=len(seen.crew))
    apply.record_round(
        seen.coop_id,
        seen.zone_id,
        started_at=seen.taken_at,
        took_s=took_s,
        seed=seen.wanted,
        orders=len(seen.orders),
        riders=len(seen.crew),
        outcome=outcome,
        checked=outcome != rounds.REFUSED,
        **facts,
    )


def _is_improvement_due(coop_id: UUID, zone_id: UUID) -> bool:
    now = clock.now()  # of a clock that was put back, what is to come does not count
    last = db.session.scalar(
        select(PlanRound.started_at)
        .where(
            PlanRound.coop_id == coop_id,
            PlanRound.zone_id == zone_id,
            PlanRound.outcome.in_(rounds.SEARCHES),
            PlanRound.started_at <= now,
        )
        .order_by(PlanRound.started_at.desc())
        .limit(1)
    )
    since_s = None if last is None else (now - last).total_seconds() / clock.speed()
    return snapshot.active_rules(coop_id, now).policy.is_due(since_s)
