"""Post what riders earn: once per task, tips per order, the floor per shift. Never commits."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.errors import NotFound
from dispatch.governance import queries as governance
from dispatch.ledger import services as ledger
from dispatch.ledger.rules import Line
from dispatch.ledger.services import NewEntry
from dispatch.orders.models import Order, Task

from . import earnings, pay_rules, queries
from .pay_rules import PayLine, PayRules, Work
from .queries import ShiftView


@dataclass(frozen=True, slots=True, kw_only=True)
class Earner:
    """Who is paid for a task, and on which shift."""

    member_id: UUID
    rider_id: UUID
    shift_id: UUID


def post_earning(coop_id: UUID, task: Task, order: Order, earner: Earner, *, drops: int) -> list[PayLine]:
    """Post what an ended task earns and, with an order's last drop, its tip; returns the lines.

    Called in the transaction that ends the task; `drops` is how many dropoffs share the order's planned route.
    """
    rules = quoted_rules(coop_id, order.pay_version)
    lines = pay_rules.earning_lines(rules, _work(task, order, drops))
    if lines:
        sides = _both_sides(lines, "rider_pay", "rider_payable", earner.member_id)
        ledger.post_standing(coop_id, _task_entry(f"task:{task.id}:earning", task, order, earner, sides))
    if order.state == "delivered" and order.tip_cents > 0:
        tip = PayLine(code="tip", amount_cents=order.tip_cents, rule_version=rules.version)
        sides = (
            Line(account="merchant_receivable", owner_id=order.merchant_id, amount_cents=order.tip_cents, code="tip"),
            Line(
                account="tips_payable",
                owner_id=earner.member_id,
                amount_cents=-order.tip_cents,
                code="tip",
                rule_version=rules.version,
            ),
        )
        ledger.post_standing(coop_id, _task_entry(f"order:{order.id}:tip", task, order, earner, sides))
        lines = [*lines, tip]
    return lines


def undo_earning(coop_id: UUID, task: Task, *, reason: str) -> None:
    """Reverse what a task had earned, and its order's tip, because the task is open again."""
    ledger.undo_standing(coop_id, f"task:{task.id}:earning", reason=reason)
    ledger.undo_standing(coop_id, f"order:{task.order_id}:tip", reason=reason)


def settle_shift(coop_id: UUID, shift_id: UUID) -> PayLine | None:
    """Post the top-up that lifts an ended shift to the hourly floor; corrects an earlier one that no longer fits."""
    shift = queries.get_shift(coop_id, shift_id)
    if shift.signed_on_at is None or shift.signed_off_at is None:
        return None
    due = floor_line(coop_id, shift, until=shift.signed_off_at)
    source_key = f"shift:{shift_id}:floor"
    if (due.amount_cents if due else 0) == earnings.floor_posted_cents(coop_id, shift_id):
        return due
    ledger.undo_standing(coop_id, source_key, reason="the pay of the shift changed")
    if due is not None:
        rider = queries.get_rider(coop_id, shift.rider_id)
        entry = NewEntry(
            source_key=source_key,
            kind="floor",
            lines=_both_sides([due], "floor_top_up", "rider_payable", rider.member_id),
            effective_at=shift.signed_off_at,
            currency=get_coop(coop_id).currency,
            facts={"shift_id": str(shift_id), "rider_id": str(rider.id)},
        )
        ledger.post_standing(coop_id, entry)
    return due


def floor_line(coop_id: UUID, shift: ShiftView, *, until: datetime) -> PayLine | None:
    """The top-up a shift is due if it ends at `until`; None if its piece pay is above the floor."""
    rules = rules_at(coop_id, shift.signed_on_at or shift.starts_at)
    piece_cents = earnings.piece_cents(coop_id, shift.id)
    return pay_rules.top_up_line(rules, credited=credited_s(rules, shift, until=until), piece_cents=piece_cents)


def credited_s(rules: PayRules, shift: ShiftView, *, until: datetime) -> int:
    """Seconds of a shift that count to the floor up to `until`."""
    begun_at = shift.signed_on_at or shift.starts_at
    return pay_rules.credited_s(rules.terms, begun_at, until, unpaid_break_s=shift.unpaid_break_s)


def rules_at(coop_id: UUID, at: datetime) -> PayRules:
    """The pay rules in force at a moment."""
    active = governance.active(coop_id, "pay", at)
    return pay_rules.parse(active.version, active.document)


def waiting_terms(coop_id: UUID, versions: Collection[str]) -> dict[str, pay_rules.Waiting]:
    """How waiting is paid, by version of the rules; a version that is not known is left out."""
    found = {}
    for version in versions:
        with suppress(NotFound):
            found[version] = quoted_rules(coop_id, version).terms.waiting
    return found


@lru_cache(maxsize=256)
def quoted_rules(coop_id: UUID, version: str) -> PayRules:
    """The pay rules an order was quoted with; they stay its rules whatever is voted later. A version never changes."""
    return pay_rules.parse(version, governance.get_version(coop_id, version).document)


def _work(task: Task, order: Order, drops: int) -> Work:
    waited_s = 0
    if task.arrived_at is not None and task.ended_at is not None:
        waited_s = max(0, round((task.ended_at - task.arrived_at).total_seconds()))
    route_m = 0
    if task.kind == "dropoff":
        route_m = pay_rules.route_shares_m(order.route_m, drops)[min(task.seq, drops) - 1]
    return Work(
        kind=task.kind,
        succeeded=task.state == "done",
        route_m=route_m,
        waited_s=waited_s,
        is_return=order.return_of_id is not None,
    )


def _task_entry(source_key: str, task: Task, order: Order, earner: Earner, lines: tuple[Line, ...]) -> NewEntry:
    facts = {
        "task_id": str(task.id),
        "task_kind": task.kind,
        "order_id": str(order.id),
        "order_number": order.number,
        "is_return": order.return_of_id is not None,
        "shift_id": str(earner.shift_id),
        "rider_id": str(earner.rider_id),
    }
    return NewEntry(
        source_key=source_key,
        kind=source_key.rpartition(":")[2],
        lines=lines,
        effective_at=task.ended_at or clock.now(),
        currency=order.currency,
        facts=facts,
    )


def _both_sides(lines: list[PayLine], cost: str, payable: str, member_id: UUID) -> tuple[Line, ...]:
    """Each line of pay is a cost of the co-op and owed to the member."""
    sides = []
    for line in lines:
        common: dict[str, Any] = {"code": line.code, "rule_version": line.rule_version, "quantity": line.quantity}
        sides.append(Line(account=cost, amount_cents=line.amount_cents, **common))
        sides.append(Line(account=payable, amount_cents=-line.amount_cents, owner_id=member_id, **common))
    return tuple(sides)
