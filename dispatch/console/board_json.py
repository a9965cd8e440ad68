"""The board as JSON, for the map and for robots."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dispatch.orders.views import OrderView, TaskView
from dispatch.planning.forecast.words import reason

from .queries import Board, BoardOrder, BoardRider
from .words import why_unserved


def board_json(board: Board) -> dict[str, Any]:
    """The whole board."""
    return {
        "zone": {"id": str(board.zone.id), "name": board.zone.name},
        "zones": [{"id": str(zone.id), "name": zone.name} for zone in board.zones],
        "mode": board.mode,
        "seq": board.seq,
        "taken_at": _time(board.taken_at),
        "riders": [_rider(rider) for rider in board.riders],
        "unassigned": [_order(entry) for entry in board.unassigned],
        "unassigned_left_out": board.left_out,
        "at_risk": [_order(entry) for entry in board.at_risk],
        "running": [_order(entry) for entry in board.running],
        "proposal": _proposal(board),
    }


def _rider(rider: BoardRider) -> dict[str, Any]:
    crew = rider.crew
    return {
        "id": str(crew.rider_id),
        "name": crew.name,
        "profile": crew.profile,
        "colour": rider.colour,
        "lonlat": rider.lonlat.as_pair(),
        "seen_at": _time(rider.seen_at),
        "is_stale": rider.is_stale,
        "nudge": _nudge(rider),
        "capacity_g": crew.capacity_g,
        "capacity_ml": crew.capacity_ml,
        "shift": {
            "id": str(crew.run.shift_id),
            "starts_at": _time(crew.starts_at),
            "ends_at": _time(crew.ends_at),
            "is_signed_on": crew.is_signed_on,
        },
        "run": {
            "id": str(crew.run.id),
            "version": crew.run.version,
            "touched": crew.run.touched,
            "done_count": crew.run.done_count,
            "stops": [_task(stop.task, stop.order) | {"is_late": stop.is_late} for stop in rider.stops],
        },
    }


def _nudge(rider: BoardRider) -> dict[str, Any] | None:
    if rider.nudge is None or rider.stops:
        return None
    return {"place": rider.nudge.place, "reason": reason(rider.nudge)}


def _order(entry: BoardOrder) -> dict[str, Any]:
    order = entry.order
    why = why_unserved(order.unserved) if order.is_waiting else None
    return {
        "id": str(order.id),
        "number": order.number,
        "state": order.state,
        "merchant_name": order.merchant_name,
        "weight_g": order.weight_g,
        "priority": order.priority,
        "note": order.note,
        "placed_at": _time(order.placed_at),
        "due_at": _time(order.due_at),
        "eta_at": _time(entry.eta_at),
        "eta_late_at": _time(entry.eta_late_at),
        "standing": entry.standing,
        "plan_mode": order.plan_mode,
        "offer": {
            "rider_id": str(entry.offer.rider_id),
            "rider_name": entry.offer.rider_name,
            "from_name": entry.offer.from_name,
            "expires_at": _time(entry.offer.expires_at),
        }
        if entry.offer
        else None,
        "rider_id": str(order.rider_id) if order.rider_id else None,
        "is_on_board": order.is_on_board,
        "is_pinned": entry.is_pinned,
        "remedy": _remedy(entry),
        "unserved": {"code": (order.unserved or {}).get("code"), "reason": why.reason, "remedy": why.remedy}
        if why
        else None,
        "tasks": [_task(task, order) for task in order.tasks],
    }


def _remedy(entry: BoardOrder) -> dict[str, Any] | None:
    if entry.remedy is None:
        return None
    return {
        "run_id": str(entry.remedy.run_id),
        "rider_name": entry.remedy_name,
        "eta_at": _time(entry.remedy.at),
        "saves_s": entry.remedy.saves_s,
        "cost_s": entry.remedy.cost_s,
    }


def _task(task: TaskView, order: OrderView | None) -> dict[str, Any]:
    return {
        "id": str(task.id),
        "order_id": str(task.order_id),
        "order_number": order.number if order else None,
        "kind": task.kind,
        "state": task.state,
        "address": task.address,
        "lonlat": task.lonlat.as_pair(),
        "ready_at": _time(task.ready_at),
        "window_from": _time(task.window_from),
        "window_by": _time(task.window_by),
        "eta_at": _time(task.eta_at),
        "eta_late_at": _time(task.eta_late_at),
        "is_sequenced": task.is_sequenced,
    }


def _proposal(board: Board) -> dict[str, Any] | None:
    if board.proposal is None:
        return None
    return {
        "id": str(board.proposal.id),
        "made_at": _time(board.proposal.made_at),
        "runs": [
            {
                "run_id": run.run_id,
                "rider_name": run.rider_name,
                "added": run.added,
                "removed": run.removed,
                "stops": run.stops,
            }
            for run in board.proposal.runs
        ],
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
