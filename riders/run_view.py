"""The whole run in one body: stops in order, what to do at each, and how to ride there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from dispatch.core import clock
from dispatch.core.units import LonLat, distance_m
from dispatch.geo import hazards, travel, zones
from dispatch.geo.hazard_rules import is_on
from dispatch.geo.hazards import HazardView
from dispatch.orders import need_words
from dispatch.orders import queries as orders
from dispatch.orders.views import RunMark, RunView, TaskOrder, TaskView

from . import legs, own_pace, pay, queries
from .pay_rules import Waiting

ONE_STOP_M = 25.0
DONE_SHOWN = 10
"""So many finished tasks can be corrected on the phone; older ones by the coordinator."""


def run_key(coop_id: UUID, run: RunView | RunMark | None) -> str:
    """Changes whenever the body would say something else; for the ETag."""
    if run is None:
        return "none"
    return f"{run.id}:{run.version}:{run.touched}:{travel.conditions(zones.city_of(coop_id, run.zone_id))}"


def run_json(coop_id: UUID, run: RunView | None) -> dict[str, Any]:
    """The run as the phone keeps it. The recipient's code is never in it, only whether there is one."""
    if run is None:
        return {"run": None, "server_time": clock.now().isoformat(), "stops": [], "done": [], "done_count": 0}
    shift = queries.get_shift(coop_id, run.shift_id)
    places = queries.last_places(coop_id, [run.shift_id])
    here = places[run.shift_id][0] if run.shift_id in places else shift.start_lonlat
    done = orders.list_ended_tasks(coop_id, run.id, DONE_SHOWN)
    held = orders.list_task_orders(coop_id, [*run.tasks, *done])
    city_id = zones.city_of(coop_id, run.zone_id)
    conditions = travel.conditions(city_id)
    known = hazards.list_hazards(coop_id, city_id)
    waiting = pay.waiting_terms(coop_id, {order.pay_version for order in held.values()})
    speed = own_pace.speed_of(coop_id, run.rider_id, shift.profile)

    def body(task: TaskView) -> dict[str, Any]:
        order = held[task.order_id]
        return _task_json(task, order) | _waiting(waiting.get(order.pay_version))

    stops = []
    for tasks in group_stops(run.tasks):
        there = tasks[0].lonlat
        drawn = legs.leg(city_id, here, there, shift.profile, conditions=conditions)
        leg = legs.at_speed(drawn, speed)
        stops.append(
            {
                "id": str(tasks[0].id),
                "tasks": [body(task) for task in tasks],
                "lonlat": there.as_pair(),
                "leg": leg | {"hazards": _on_the_way(leg["coordinates"], known)},
            }
        )
        here = there
    return {
        "run": {"id": str(run.id), "version": run.version, "touched": run.touched},
        "server_time": clock.now().isoformat(),
        "stops": stops,
        "done": [body(task) for task in done],
        "done_count": run.done_count,
    }


def rides_of(run: RunView, here: LonLat) -> list[tuple[LonLat, LonLat]]:
    """The rides from stop to stop that a run still has, beginning where its rider is."""
    places = [here, *(tasks[0].lonlat for tasks in group_stops(run.tasks))]
    return list(zip(places, places[1:], strict=False))


def group_stops(tasks: Sequence[TaskView]) -> list[list[TaskView]]:
    """Neighbouring tasks of one kind at one door are one stop."""
    stops: list[list[TaskView]] = []
    for task in tasks:
        last = stops[-1][-1] if stops else None
        if last is not None and last.kind == task.kind and _is_same_door(last, task):
            stops[-1].append(task)
        else:
            stops.append([task])
    return stops


def _on_the_way(line: list[list[float]], known: list[HazardView]) -> list[dict[str, Any]]:
    return [{"id": str(one.id), "kind": one.kind} for one in known if is_on(line, one.kind, one.at)]


def _is_same_door(a: TaskView, b: TaskView) -> bool:
    return _near(a.lonlat, b.lonlat) and a.address == b.address


def _near(a: LonLat, b: LonLat) -> bool:
    return distance_m(a, b) <= ONE_STOP_M


def _task_json(task: TaskView, order: TaskOrder) -> dict[str, Any]:
    return {
        "id": str(task.id),
        "order_id": str(order.id),
        "order_number": order.number,
        "kind": task.kind,
        "state": task.state,
        "address": task.address,
        "lonlat": task.lonlat.as_pair(),
        "contact_name": task.contact_name,
        "contact_phone": task.contact_phone,
        "floor": need_words.floor(task.floor, has_lift=task.has_lift),
        "note": task.note,
        "order_note": order.note,
        "ready_at": _iso(task.ready_at),
        "window_from": _iso(task.window_from),
        "window_by": _iso(task.window_by or (order.promised_dropoff_at if task.kind == "dropoff" else None)),
        "eta_at": _iso(task.eta_at),
        "eta_late_at": _iso(task.eta_late_at),
        "arrived_at": _iso(task.arrived_at) if task.state == "arrived" else None,
        "ended_at": _iso(task.ended_at),
        "service_s": task.service_s,
        "weight_g": order.weight_g,
        "required_proof": list(task.required_proof),
        "has_code": task.code is not None,
        "merchant_name": order.merchant_name,
        "is_return": order.return_of_id is not None,
        "return_of": str(order.return_of_id) if order.return_of_id else None,
    }


def _waiting(terms: Waiting | None) -> dict[str, Any]:
    """After how many seconds at the door waiting is paid, and up to how many; none if the rules pay none."""
    if terms is None or terms.per_min_cents == 0:
        return {"free_wait_s": None, "paid_wait_until_s": None}
    return {"free_wait_s": terms.free_min * 60, "paid_wait_until_s": (terms.free_min + terms.cap_min) * 60}


def _iso(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None
