"""A day of a zone, read from its rows: as a file that `paceline replay` lives again under other rules.

Reads only. No names, addresses or coordinates leave the database: places become numbers, people their shift's id.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from dispatch.core.db import db
from dispatch.core.errors import NotFound
from dispatch.geo import travel
from dispatch.geo.zones import ZoneView
from dispatch.governance.queries import active
from dispatch.orders import queries as orders
from dispatch.orders.models import Run
from dispatch.orders.views import OrderView, TaskView
from riders import able
from riders.queries import ShiftView, list_worked_shifts
from routing.day import Day, DayOrder, Served
from routing.problem import HORIZON_S, Courier, Shipment, Stop, TimeWindow

from . import rules
from .journeys import RideTimes, matrices
from .modelling import Places, shares


def read_day(
    coop_id: UUID, zone: ZoneView, between: tuple[datetime, datetime], ride_times: RideTimes = travel.matrix
) -> Day:
    """What was ordered and who rode in `[from, until)`; NotFound where nobody rode or nothing was ordered.

    Returns follow from what went wrong that day, so they are left out; so are test orders, which nobody rides.
    """
    shifts = [shift for shift in list_worked_shifts(coop_id, between) if shift.zone_id == zone.id]
    wanted = [order for order in orders.list_placed_orders(coop_id, zone.id, between) if order.return_of_id is None]
    if not shifts or not wanted:
        raise NotFound(f"zone {zone.name}: nobody rode, or nothing was ordered, from {between[0]} to {between[1]}")
    places, epoch = Places(), between[0]
    skills = able.skills_on(coop_id, between[0].date())
    riders = tuple(_rider(shift, places, epoch, skills.get(shift.rider_id, frozenset())) for shift in shifts)
    day_orders = tuple(_order(order, places, epoch) for order in wanted)
    profiles = {shift.profile for shift in shifts}
    return Day(
        riders=riders,
        orders=day_orders,
        matrices=matrices(zone.city_id, places.points, profiles, ride_times),
        rules=_rules(coop_id, between[0], shifts),
        served=tuple(_served(coop_id, wanted, {rider.id for rider in riders}, epoch)),
    )


def _rules(coop_id: UUID, since: datetime, shifts: list[ShiftView]) -> dict[str, object]:
    """The dispatch rules in force when the first rider began."""
    began_at = min((shift.signed_on_at for shift in shifts if shift.signed_on_at), default=since)
    try:
        return rules.DEFAULT | active(coop_id, "dispatch", began_at).document
    except NotFound:
        return dict(rules.DEFAULT)


def _rider(shift: ShiftView, places: Places, epoch: datetime, certificates: frozenset[str]) -> Courier:
    began_at = shift.signed_on_at or shift.starts_at
    ended_at = min(shift.ends_at, shift.signed_off_at or shift.ends_at)
    return Courier(
        id=str(shift.id),
        place=places[shift.start_lonlat],
        ready_s=_seconds(began_at, epoch),
        shift_end_s=_seconds(max(began_at, ended_at), epoch),
        profile=shift.profile,
        capacity_g=shift.capacity_g,
        capacity_ml=shift.capacity_ml,
        skills=certificates.union(shift.equipment),
        is_deep_box=shift.is_deep_box,
    )


def _order(order: OrderView, places: Places, epoch: datetime) -> DayOrder:
    pickup = _stop(order.pickup, places, epoch, None, (0, 0))
    drops = tuple(
        _stop(task, places, epoch, order.due_at, goods)
        for goods, task in zip(shares(order), order.dropoffs, strict=True)
    )
    cancelled_at = order.ended_at if order.state == "cancelled" else None
    return DayOrder(
        shipment=Shipment(
            id=str(order.id),
            pickup=pickup,
            dropoffs=drops,
            priority=order.priority,
            skills=frozenset(order.skills),
            longest_ride_s=order.longest_ride_s,
            solidarity=order.is_solidarity,
        ),
        placed_s=_seconds(order.placed_at, epoch),
        cancelled_s=None if cancelled_at is None else _seconds(cancelled_at, epoch),
    )


def _stop(
    task: TaskView, places: Places, epoch: datetime, promised_at: datetime | None, goods: tuple[int, int]
) -> Stop:
    opens_at = max((at for at in (task.ready_at, task.window_from) if at is not None), default=None)
    due_at = task.window_by or promised_at
    return Stop(
        place=places[task.lonlat],
        service_s=task.service_s,
        ready_s=-HORIZON_S if opens_at is None else _seconds(opens_at, epoch),
        due_s=None if due_at is None else _seconds(due_at, epoch),
        window=_window(task, epoch),
        weight_g=goods[0],
        volume_ml=goods[1],
    )


def _window(task: TaskView, epoch: datetime) -> TimeWindow | None:
    if not task.is_strict or task.window_by is None:
        return None
    return TimeWindow(opens_s=-HORIZON_S, closes_s=_seconds(task.window_by, epoch))


def _served(coop_id: UUID, wanted: list[OrderView], riders: set[str], epoch: datetime) -> list[Served]:
    """Delivered orders with the shift that brought them and when the rider was at the counter and at the last door."""
    shift_of = {
        run_id: str(shift_id)
        for run_id, shift_id in db.session.execute(select(Run.id, Run.shift_id).where(Run.coop_id == coop_id))
    }
    served = []
    for order in wanted:
        door = max(order.dropoffs, key=lambda task: task.ended_at or order.placed_at)
        picked_at, dropped_at = _began(order.pickup), _began(door)
        shift_id = shift_of.get(door.run_id) if door.run_id else None
        if order.state == "delivered" and picked_at and dropped_at and shift_id in riders:
            served.append(
                Served(
                    order_id=str(order.id),
                    courier_id=shift_id,
                    picked_s=_seconds(picked_at, epoch),
                    dropped_s=_seconds(dropped_at, epoch),
                )
            )
    return served


def _began(task: TaskView) -> datetime | None:
    """When service began there: on arrival, but not before the goods were ready; from the end where nobody said."""
    if task.arrived_at is None or task.ended_at is None:
        return task.ended_at
    opens_at = task.ready_at or task.arrived_at
    return min(task.ended_at, max(task.arrived_at, opens_at))


def _seconds(at: datetime, epoch: datetime) -> int:
    return round((at - epoch).total_seconds())
