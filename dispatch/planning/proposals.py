"""Plans that wait for a coordinator's yes: make, accept, reject. At most one is open per zone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from dispatch.core import clock, events, outbox
from dispatch.core.db import db
from dispatch.core.errors import Conflict, NotFound
from dispatch.geo.services import want_plan
from dispatch.orders.runs import stop_from_json

from . import apply
from . import proposal_rules as rules
from .changes import PlanChange, RunChange
from .modelling import Model
from .models import PlanProposal


def propose(model: Model, change: PlanChange, records: Mapping[UUID, dict[str, Any]]) -> None:
    """Put a plan before the coordinators in place of the last one; the same plan again is no news."""
    seen = model.snapshot
    content = _content(model, change, records)
    last = find_open(seen.coop_id, seen.zone_id)
    if last is not None and _essence(last.changes) == _essence(content):
        last.changes = content
        return
    drop_open(seen.coop_id, seen.zone_id)
    row = PlanProposal(
        coop_id=seen.coop_id, id=uuid4(), zone_id=seen.zone_id, state="open", changes=content, made_at=clock.now()
    )
    db.session.add(row)
    outbox.record(seen.coop_id, events.PlanProposed(zone_id=seen.zone_id, proposal_id=row.id))


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
    """Turn a proposal down; the planner makes another when something changes."""
    row = _lock_open(coop_id, proposal_id)
    row.state, row.decided_at, row.decided_by = "rejected", clock.now(), member_id


def _lock_open(coop_id: UUID, proposal_id: UUID) -> PlanProposal:
    row = db.session.get(PlanProposal, (coop_id, proposal_id), with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"proposal {proposal_id} does not exist")
    if row.state != "open":
        raise Conflict(f"this proposal is {row.state} already: look at the newest one", code="proposal_decided")
    return row


def _content(model: Model, change: PlanChange, records: Mapping[UUID, dict[str, Any]]) -> dict[str, Any]:
    return {
        "rule_version": model.snapshot.rules.version,
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
        "records": {str(order_id): dict(record) for order_id, record in records.items()},
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
