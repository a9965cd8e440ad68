"""Where the rider of an order is, for its recipient: only when theirs is the next door, only roughly. Reads only."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from dispatch.core import clock
from dispatch.core.units import LonLat
from dispatch.orders import queries as orders
from dispatch.orders.views import OrderView
from riders import queries as riders

FRESH = timedelta(minutes=3)
DECIMALS = 3
"""About 100 m: enough to see that somebody comes, too little to follow a person."""


def rider_near(coop_id: UUID, order: OrderView) -> LonLat | None:
    """The rounded place of the rider who is on the way to this order's door, if they share it; None otherwise.

    Before the turn it would show the doors of others, after it where the rider goes next. Never for merchants.
    """
    if order.rider_id is None or not order.is_open:
        return None
    run = orders.find_open_run_of_rider(coop_id, order.rider_id)
    if run is None or not run.tasks:
        return None
    task = run.tasks[0]
    if task.order_id != order.id or task.kind != "dropoff" or task.state not in ("started", "arrived"):
        return None
    place = riders.find_position(coop_id, order.rider_id, since=clock.now() - FRESH)
    return LonLat(round(place.lon, DECIMALS), round(place.lat, DECIMALS)) if place else None
