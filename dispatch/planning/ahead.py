"""Give work out when it comes into sight, not before. Pure.

What can be picked up only later than the co-op's rules look ahead (`routing.rolling`) is planned, so that promises
know of it, but no rider is told: the later one commits, the more one knows.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace
from uuid import UUID

from dispatch.orders.views import OrderView

from .changes import PlanChange
from .consent import without
from .modelling import Model

LATER = "later"
"""Why such an order is in nobody's run."""


def far_orders(model: Model) -> frozenset[UUID]:
    """Orders in nobody's run and chosen for nobody, whose pickup opens beyond the look-ahead."""
    return frozenset(order.id for order in model.snapshot.orders if _is_loose(order) and _is_far(model, order))


def keep_back(model: Model, change: PlanChange) -> PlanChange:
    """The change without the orders that are not yet given out, which get the reason."""
    far = far_orders(model) & change.given.keys()
    if not far:
        return change
    later = {order_id: {"code": LATER, "facts": {}} for order_id in far}
    return replace(without(model, change, far), unserved=change.unserved | later)


def has_come_in_sight(model: Model) -> bool:
    """Whether an order that was kept back is to be given out now."""
    far: Set[UUID] = far_orders(model)
    kept = (order for order in model.snapshot.orders if order.unserved and order.unserved.get("code") == LATER)
    return any(order.id not in far for order in kept)


def _is_loose(order: OrderView) -> bool:
    return not any(task.is_open and (task.run_id or task.pinned_rider_id) for task in order.tasks)


def _is_far(model: Model, order: OrderView) -> bool:
    opens_at = max((at for at in (order.pickup.ready_at, order.pickup.window_from) if at is not None), default=None)
    if opens_at is None:
        return False
    return not model.snapshot.rules.policy.is_in_sight((opens_at - model.snapshot.taken_at).total_seconds())
