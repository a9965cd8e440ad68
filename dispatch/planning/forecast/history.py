"""Read what was ordered, hour by hour: when each pickup opened, and where."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select

from dispatch.core.db import db
from dispatch.orders.models import Order, Task
from dispatch.orders.queries import MERCHANT

from .rules import Pickup


def list_pickups(coop_id: UUID, zone_id: UUID, since: datetime, until: datetime) -> list[Pickup]:
    """Pickups of a zone that opened in `[since, until)`, whatever became of the order: who orders, may order again.

    Returns follow from what went wrong, and test orders are nobody's: both are left out.
    """
    opens_at = func.greatest(Order.placed_at, Task.ready_at, Task.window_from)
    rows = db.session.execute(
        select(opens_at, Task.lonlat, MERCHANT.c.name)
        .join(Order, and_(Order.coop_id == Task.coop_id, Order.id == Task.order_id))
        .outerjoin(MERCHANT, and_(MERCHANT.c.coop_id == Order.coop_id, MERCHANT.c.id == Order.merchant_id))
        .where(
            Task.coop_id == coop_id,
            Task.kind == "pickup",
            Order.zone_id == zone_id,
            Order.is_test.is_(False),
            Order.return_of_id.is_(None),
            Order.placed_at < until,
            opens_at >= since,
            opens_at < until,
        )
    )
    return [Pickup(at=at, lonlat=lonlat, name=name or "") for at, lonlat, name in rows]
