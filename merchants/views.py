"""Orders as merchants see them: the JSON of the API and of webhooks, from the same function."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dispatch.core.settings import current
from dispatch.orders.views import OrderView, ProofView, TaskView
from dispatch.planning.slot_rules import Slot


def order_json(order: OrderView) -> dict[str, Any]:
    """An order as `bodies.OrderOut` describes it."""
    return {
        "id": str(order.id),
        "number": order.number,
        "external_id": order.external_id,
        "state": order.state,
        "attempt": order.attempt,
        "status_seq": order.status_seq,
        "test": order.is_test,
        "price": {"amount": order.price_cents, "tax": order.tax_cents, "currency": order.currency},
        "breakdown": order.price_lines,
        "tariff_version": order.tariff_version,
        "quote_id": str(order.quote_id) if order.quote_id else None,
        "placed_at": iso(order.placed_at),
        "ended_at": iso(order.ended_at),
        "promised_pickup_at": iso(order.promised_pickup_at),
        "promised_dropoff_at": iso(order.promised_dropoff_at),
        "pickup": task_json(order.pickup),
        "dropoffs": [task_json(task) for task in order.dropoffs],
        "weight_g": order.weight_g,
        "volume_ml": order.volume_ml,
        "skills": list(order.skills),
        "longest_ride_s": order.longest_ride_s,
        "note": order.note,
        "tip_cents": order.tip_cents,
        "tracking_url": f"{current().public_url}/track/{order.track_token}",
        "unserved": order.unserved,
        "return_order_id": str(order.return_order_id) if order.return_order_id else None,
        "return_of_id": str(order.return_of_id) if order.return_of_id else None,
        "cancel_reason": order.cancel_reason,
        "metadata": order.metadata,
        "simulation": {key: order.simulation[key] for key in ("scenario", "speed")} if order.simulation else None,
    }


def task_json(task: TaskView) -> dict[str, Any]:
    """A task as `bodies.TaskOut` describes it. The code is the merchant's to pass on to the recipient."""
    return {
        "id": str(task.id),
        "kind": task.kind,
        "state": task.state,
        "address": task.address,
        "lonlat": task.lonlat.as_pair(),
        "contact_name": task.contact_name,
        "contact_phone": task.contact_phone,
        "note": task.note,
        "ready_at": iso(task.ready_at),
        "window_from": iso(task.window_from),
        "window_by": iso(task.window_by),
        "strict": task.is_strict,
        "floor": task.floor,
        "has_lift": task.has_lift,
        "eta": iso(task.eta_at) if task.is_open else None,
        "eta_late": iso(task.eta_late_at) if task.is_open else None,
        "arrived_at": iso(task.arrived_at),
        "ended_at": iso(task.ended_at),
        "fail_reason": task.fail_reason,
        "code": task.code,
    }


def proof_json(proof: ProofView, *, url: str | None) -> dict[str, Any]:
    """A proof as `bodies.ProofOut` describes it."""
    return {
        "id": str(proof.id),
        "task_id": str(proof.task_id),
        "kind": proof.kind,
        "text": proof.text,
        "taken_at": iso(proof.taken_at),
        "sha256": proof.sha256,
        "url": url,
    }


def slot_json(slot: Slot) -> dict[str, Any]:
    """A slot as `bodies.SlotOut` describes it: how many riders are at work is the co-op's own business."""
    return {"begins_at": iso(slot.begins_at), "ends_at": iso(slot.ends_at), "left": slot.left}


def iso(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC."""
    return moment.isoformat() if moment else None
