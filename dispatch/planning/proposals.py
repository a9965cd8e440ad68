"""Plans that wait for a coordinator's yes: make, accept, reject. At most one is open per zone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from dispatch.core import clock, events, outbox
from dispatch.core.db import db
from dispatch.core.errors import Conflict, NotFound
from dispatch.geo.services import want_plan
from dispatch.orders.models import Order, Task
from dispatch.orders.rules import OPEN_TASK_STATES
from dispatch.orders.runs import stop_from_json
from dispatch.orders.views import OrderView

from . import apply
from . import proposal_rules as rules
from .changes import PlanChange, RunChange
from .consent import without
from .modelling import Model
from .models import PlanProposal

NO_COUNTS_FOR = timedelta(hours=12)
MOST_TURNED_DOWN = 50
TURNED_DOWN = "turned_down"
"""Why an order is in nobody's run: a coordinator said no to the plan that gave it away."""


def propose(model: Model, change: PlanChange, records: Mapping[UUID, dict[str, Any]]) -> bool:
    """Put a plan before the coordinators in place of the last one; the same plan again is no news.

    What they have turned down they are not asked again until something it was made of changes; False if that is all.
    """
    seen, facts = model.snapshot, circumstances(model)
    no = [row.changes for row in _turned_down(seen.coop_id, seen.zone_id)]
    change = _without_turned_down(model, change, no, facts)
    content = _content(model, change, records)
    last = find_open(seen.coop_id, seen.zone_id)
    if last is not None and _essence(last.changes) == _essence(content):
        last.changes = content
        return True
    drop_open(seen.coop_id, seen.zone_id)
    if not change.changed_runs or any(rules.repeats(content, rejected, facts) for rejected in no):
        return False
    row = PlanProposal(
        coop_id=seen.coop_id, id=uuid4(), zone_id=seen.zone_id, state="open", changes=content, made_at=clock.now()
    )
    db.session.add(row)
    _note(seen.coop_id, change.given, None)
    outbox.record(seen.coop_id, events.PlanProposed(zone_id=seen.zone_id, proposal_id=row.id))
    return True


def _without_turned_down(
    model: Model, change: PlanChange, no: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]
) -> PlanChange:
    """The change without waiting orders that a coordinator did not want to go there."""
    given = {str(order_id): str(run_id) for order_id, run_id in change.given.items() if model.is_waiting(order_id)}
    left_out = {UUID(order_id) for rejected in no for order_id in rules.turned_down(given, rejected, facts)}
    return without(model, change, left_out)


def circumstances(model: Model) -> dict[str, Any]:
    """What a plan is made of, beside time and how far riders have come: by `rules`, `crew`, run and order."""
    seen = model.snapshot
    return {
        "rules": seen.rules.version,
        "crew": sorted(str(member.run.id) for member in seen.crew if member.is_signed_on),
        **{f"run:{member.run.id}": member.run.version for member in seen.crew},
        **{f"order:{order.id}": _facts_of(order) for order in seen.orders},
    }


def _facts_of(order: OrderView) -> list[Any]:
    """What was said and decided about an order."""
    times = [at for task in order.tasks for at in (task.ready_at, task.window_from, task.window_by)]
    return [
        order.plan_mode,
        sorted(map(str, order.barred_riders)),
        [str(task.pinned_rider_id) if task.pinned_rider_id else None for task in order.tasks],
        [order.priority, list(order.skills), order.longest_ride_s, order.is_solidarity],
        [at.isoformat() if at else None for at in times],
    ]


def _turned_down(coop_id: UUID, zone_id: UUID) -> Sequence[PlanProposal]:
    """What coordinators lately said no to."""
    return db.session.scalars(
        select(PlanProposal)
        .where(
            PlanProposal.coop_id == coop_id,
            PlanProposal.zone_id == zone_id,
            PlanProposal.state == "rejected",
            PlanProposal.decided_at > clock.now() - NO_COUNTS_FOR,
        )
        .order_by(PlanProposal.decided_at.desc())
        .limit(MOST_TURNED_DOWN)
    ).all()


def _note(coop_id: UUID, order_ids: Collection[UUID], unserved: dict[str, Any] | None) -> None:
    """Say of orders in nobody's run that their plan was turned down, or that it no longer is."""
    waiting = select(Task.order_id).where(
        Task.coop_id == coop_id, Task.order_id.in_(order_ids), Task.run_id.is_(None), Task.state.in_(OPEN_TASK_STATES)
    )
    change = update(Order).where(Order.coop_id == coop_id, Order.id.in_(waiting), Order.ended_at.is_(None))
    if unserved is None:
        change = change.where(Order.unserved["code"].astext == TURNED_DOWN)
    db.session.execute(change.values(unserved=unserved))


def find_open(coop_id: UUID, zone_id: UUID) -> PlanProposal | None:
    """The proposal that waits in a zone."""
    return db.session.scalar(
        select(PlanProposal)
        .where(PlanProposal.coop_id == coop_id, PlanProposal.zone_id == zone_id, PlanProposal.state == "open")
        .order_by(PlanProposal.made_at.desc())
        .limit(1)
    )


def drop_open(coop_id: UUID, zone_id: UUID) -> None:
    """What waited is out of date."""
    db.session.execute(
        update(PlanProposal)
        .where(PlanProposal.coop_id == coop_id, PlanProposal.zone_id == zone_id, PlanProposal.state == "open")
        .values(state="stale", decided_at=clock.now())
    )


def accept(coop_id: UUID, proposal_id: UUID, *, member_id: UUID, run_id: UUID | None = None) -> None:
    """Put a proposal into force, or the part of it that `run_id` needs; the rest goes on waiting.

    Conflict if it was decided, StaleVersion if a run changed since it was made.
    """
    row = _lock_open(coop_id, proposal_id)
    part, rest = rules.split(row.changes, str(run_id)) if run_id else (row.changes, {"runs": []})
    change, records = _read(part)
    author = apply.Author(actor="coordinator", mode="proposed", member_id=member_id)
    apply.write_plan(coop_id, change, records, author, part["rule_version"])
    if rest["runs"]:
        row.changes = rest
    else:
        row.state, row.decided_at, row.decided_by = "accepted", clock.now(), member_id
    want_plan(coop_id, row.zone_id)


def reject(coop_id: UUID, proposal_id: UUID, *, member_id: UUID) -> None:
    """Turn a proposal down; the planner makes another when something that this one was made of changes."""
    row = _lock_open(coop_id, proposal_id)
    row.state, row.decided_at, row.decided_by = "rejected", clock.now(), member_id
    facts: dict[str, Any] = {"code": TURNED_DOWN, "facts": {}, "since": clock.now().isoformat()}
    _note(coop_id, [UUID(order_id) for order_id in row.changes["given"]], facts)


def _lock_open(coop_id: UUID, proposal_id: UUID) -> PlanProposal:
    row = db.session.get(PlanProposal, (coop_id, proposal_id), with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"proposal {proposal_id} does not exist")
    if row.state != "open":
        raise Conflict(f"this proposal is {row.state} already: look at the newest one", code="proposal_decided")
    return row


def _content(model: Model, change: PlanChange, records: Mapping[UUID, dict[str, Any]]) -> dict[str, Any]:
    changed = {str(run.run_id) for run in change.changed_runs}
    return {
        "rule_version": model.snapshot.rules.version,
        "basis": rules.basis(circumstances(model), changed, {str(order_id) for order_id in change.given}),
        "runs": [
            {
                "run_id": str(run.run_id),
                "rider_id": str(run.rider_id),
                "rider_name": model.member_of[str(run.run_id)].name,
                "version": run.version,
                "before": [str(task_id) for task_id in run.before],
                "stops": [stop.as_json() for stop in run.stops],
            }
            for run in change.changed_runs
        ],
        "given": {str(order_id): str(run_id) for order_id, run_id in change.given.items()},
        "unserved": {str(order_id): reason for order_id, reason in change.unserved.items()},
        "records": {str(order_id): dict(record) for order_id, record in records.items() if order_id in change.given},
    }


def _essence(content: Mapping[str, Any]) -> list[Any]:
    """What makes two proposals different: who does what in which order, on which versions."""
    return [
        (run["run_id"], run["version"], tuple(stop["task_id"] for stop in run["stops"])) for run in content["runs"]
    ]


def _read(content: Mapping[str, Any]) -> tuple[PlanChange, dict[UUID, dict[str, Any]]]:
    runs = tuple(
        RunChange(
            run_id=UUID(run["run_id"]),
            rider_id=UUID(run["rider_id"]),
            version=run["version"],
            before=tuple(UUID(task_id) for task_id in run["before"]),
            stops=tuple(stop_from_json(stop) for stop in run["stops"]),
        )
        for run in content["runs"]
    )
    given = {UUID(order_id): UUID(run_id) for order_id, run_id in content["given"].items()}
    unserved = {UUID(order_id): reason for order_id, reason in content["unserved"].items()}
    records = {UUID(order_id): record for order_id, record in content["records"].items()}
    return PlanChange(runs=runs, given=given, unserved=unserved), records
