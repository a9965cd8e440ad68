"""Promise a merchant times that will hold: try the order on the planner's last published view of the zone.

A trial insertion, never a search: it runs in the web process. Without a fresh view, the ride itself plus handling.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
import redis
from flask import current_app
from numpy.typing import NDArray

from dispatch.core import clock
from dispatch.core.units import LonLat
from dispatch.geo import travel
from dispatch.geo.zones import get_zone
from dispatch.orders import arrival_rules, arrivals
from dispatch.orders.need_rules import PLAIN, Needs
from dispatch.orders.services import NewTask
from routing.engines.live_plan import LivePlan
from routing.problem import HORIZON_S, UNREACHABLE_S, Problem, Shipment, Stop, TimeWindow, TravelMatrix
from routing.solution import Reason, schedule_run

from . import crew, journeys, published, rules, slots

HANDLING_S = 600
"""Until a rider is free and at the door, when nothing is known of the riders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Streets:
    """Who knows how long rides take: between all places, and from some to others (seconds, NaN: no way)."""

    table: Callable[[UUID, Sequence[LonLat], Sequence[LonLat], str], NDArray[np.float32]] = travel.table
    matrix: journeys.RideTimes = travel.matrix


REAL_STREETS = Streets()
TRIAL = "trial"
PLACING_S = 120
"""Between a quote and the plan that keeps it, somebody makes up their mind."""
MOST_LATE_SHARE, MOST_LATE_S = 0.5, 900
"""A promise is at most so much later than the plan: beyond, a co-op is overloaded, and promising ever later would only
give its plans room to be later still."""
MOST_RIDERS = 20
"""Riders tried for a promise, the cheapest first."""
SLOT_FULL = "slot_full"
"""The hours that are wished for have all the orders that the riders who are to work then can carry."""
REFUSALS = (
    *map(str, (Reason.UNREACHABLE, Reason.SKILLS, Reason.TOO_HEAVY, Reason.TOO_BULKY, Reason.RIDE_TOO_LONG)),
    str(Reason.WINDOW_CLOSED),
    SLOT_FULL,
)
"""Why no promise is made. A bigger bike, or somebody with the certificate, may still come on shift: whether there is
one at all decides, not who works now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """When goods will be fetched and brought at the latest, nine times in ten; or why they will not."""

    pickup_at: datetime | None
    dropoff_at: datetime | None
    serviceable: bool
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be moved, from when on, and what it needs."""

    pickup: NewTask
    dropoffs: tuple[NewTask, ...]
    weight_g: int
    volume_ml: int
    needs: Needs = PLAIN

    @property
    def begins_at(self) -> datetime | None:
        """Before when nothing of it can be delivered; None if at once."""
        times = (self.pickup.ready_at, self.pickup.window_from, *(drop.window_from for drop in self.dropoffs))
        return max((at for at in times if at is not None), default=None)

    @property
    def due_at(self) -> datetime | None:
        """By when all of it is to be there, if that was said."""
        return max((drop.window_by for drop in self.dropoffs if drop.window_by), default=None)


def promise_for(
    coop_id: UUID, zone_id: UUID, wish: Wish, *, made: Promise | None = None, streets: Streets = REAL_STREETS
) -> Promise:
    """When an order placed now would be fetched and brought.

    `made` is what a quote that still holds has promised for it: it is kept, as long as there is a bike and an hour.
    """
    if refused := _too_much(coop_id, wish):
        return _no(refused)
    if slots.are_full(coop_id, zone_id, begins_at=wish.begins_at, due_at=wish.due_at):
        return _no(SLOT_FULL)
    if made is not None:
        return made
    client: redis.Redis | None = current_app.extensions.get("redis")
    view = published.find(client, coop_id, zone_id) if client is not None else None
    now, book = clock.now(), arrivals.book_of(coop_id)
    if view is None or not view.problem.couriers or now - view.taken_at > published.FRESH:
        city_id = view.city_id if view else get_zone(coop_id, zone_id).city_id
        return _by_the_ride(city_id, wish, Told(now, book), streets)
    try:
        return _by_trial(view, wish, Told(now, book), streets)
    except travel.OffStreet:
        return _no(Reason.UNREACHABLE)


def _no(reason: str) -> Promise:
    return Promise(pickup_at=None, dropoff_at=None, serviceable=False, reason=str(reason))


def _too_much(coop_id: UUID, wish: Wish) -> Reason | None:
    """Why no bike of the co-op carries the goods, or none of its riders may."""
    bikes = crew.biggest_bikes(coop_id)
    if bikes is not None and wish.weight_g > bikes.capacity_g:
        return Reason.TOO_HEAVY
    if bikes is not None and wish.volume_ml > bikes.capacity_ml:
        return Reason.TOO_BULKY
    skills = set(wish.needs.skills)
    return Reason.SKILLS if skills and not skills <= crew.skills_anywhere(coop_id) else None


@dataclass(frozen=True, slots=True)
class Told:
    """How planned times become promises at this moment: by how late stops come in this co-op, nine times in ten."""

    now: datetime
    book: arrival_rules.Book

    def promised_at(self, kind: str, stops_before: int, planned_at: datetime) -> datetime:
        """By when a stop will be reached."""
        ahead_s = max(0.0, (planned_at - self.now).total_seconds())
        late_s = self.book[kind, arrival_rules.occasion_of(stops_before)].late_s(ahead_s)
        late_s = min(late_s, MOST_LATE_SHARE * ahead_s + MOST_LATE_S)
        return _rounded(planned_at + timedelta(seconds=late_s + PLACING_S))


def _by_trial(view: published.Published, wish: Wish, told: Told, streets: Streets) -> Promise:
    """What the rider who could bring it first would keep; the planner then has to, because lateness costs most."""
    problem = with_trial(view, wish, told.now, streets)
    live = LivePlan(problem, view.plan)
    offers = live.candidates(TRIAL)
    if all(offer.cost is None for offer in offers):  # who has a full share now will have brought something by then
        offers = live.candidates(TRIAL, is_forced=True)
    able = [offer.courier_id for offer in offers if offer.cost is not None][:MOST_RIDERS]
    trials = [times for courier_id in able if (times := _times(view, live, courier_id, told))]
    if not trials:
        is_cut_off = {offer.failed for offer in offers} == {Reason.UNREACHABLE}
        return _no(Reason.UNREACHABLE) if is_cut_off else _by_the_ride(view.city_id, wish, told, streets)
    pickup_at, dropoff_at = min(trials, key=lambda times: times[1])
    return Promise(pickup_at=pickup_at, dropoff_at=_before_closing(wish, dropoff_at), serviceable=True)


def _before_closing(wish: Wish, dropoff_at: datetime) -> datetime:
    """A door that closes for good is reached before it does, or not at all: that much is promised."""
    last = wish.dropoffs[-1]
    return min(dropoff_at, last.window_by) if last.is_strict and last.window_by else dropoff_at


def _times(
    view: published.Published, live: LivePlan, courier_id: str, told: Told
) -> tuple[datetime, datetime] | None:
    """When this rider would fetch and bring it at the latest, nine times in ten."""
    run = live.run_with(TRIAL, courier_id)
    if run is None:
        return None
    visits = schedule_run(live.problem, live.problem.courier_by_id[courier_id], run).visits
    times = [
        told.promised_at(
            "dropoff" if visit.ref.stop_index else "pickup", before, view.taken_at + timedelta(seconds=visit.start_s)
        )
        for before, visit in enumerate(visits)
        if visit.shipment_id == TRIAL
    ]
    return times[0], times[-1]


def with_trial(view: published.Published, wish: Wish, now: datetime, streets: Streets) -> Problem:
    """The published problem with one more shipment, `TRIAL`, and its places. OffStreet if one is on no street."""
    new = [wish.pickup.lonlat, *(drop.lonlat for drop in wish.dropoffs)]
    since_s = round((now - view.taken_at).total_seconds())
    known = view.problem
    first = len(view.points)
    count = len(wish.dropoffs)

    def stop(task: NewTask, number: int, weight_g: int, volume_ml: int) -> Stop:
        opens = max((at for at in (task.ready_at, task.window_from) if at is not None), default=now)
        due_s = None if task.window_by is None else round((task.window_by - view.taken_at).total_seconds())
        return Stop(
            place=first + number,
            service_s=task.service_s,
            ready_s=max(since_s, round((opens - view.taken_at).total_seconds())),
            due_s=due_s,
            window=TimeWindow(opens_s=-HORIZON_S, closes_s=due_s) if task.is_strict and due_s is not None else None,
            weight_g=weight_g,
            volume_ml=volume_ml,
        )

    shipment = Shipment(
        id=TRIAL,
        pickup=stop(wish.pickup, 0, 0, 0),
        dropoffs=tuple(
            stop(drop, number, wish.weight_g // count, wish.volume_ml // count)
            for number, drop in enumerate(wish.dropoffs, start=1)
        ),
        priority=wish.needs.priority,
        skills=frozenset(wish.needs.skills),
        longest_ride_s=wish.needs.longest_ride_s,
        solidarity=wish.needs.is_solidarity,
    )
    # nobody who is free can have left before now
    couriers = tuple(
        replace(courier, ready_s=max(courier.ready_s, since_s)) if not view.plan.get(courier.id) else courier
        for courier in known.couriers
    )
    kinds = {rules.speed_of(bike)[0] for bike in known.matrices}
    grown = {kind: _grown(view, new, kind, streets) for kind in sorted(kinds)}
    return replace(
        known,
        couriers=couriers,
        shipments=(*known.shipments, shipment),
        matrices=journeys.at_own_speeds(grown, known.matrices),
    )


def _grown(view: published.Published, new: list[LonLat], profile: str, streets: Streets) -> TravelMatrix:
    """A travel matrix with more places: only the rides to and from them are asked for.

    The old places are always asked for as the same set: where they lie on the streets is then known already.
    """
    old = len(view.points)
    size = old + len(new)
    seconds: NDArray[np.int32] = np.full((size, size), UNREACHABLE_S, dtype=np.int32)
    seconds[:old, :old] = view.problem.matrices[profile].seconds
    seconds[old:, :old] = journeys.whole_seconds(streets.table(view.city_id, new, view.points, profile))
    seconds[old:, old:] = journeys.whole_seconds(streets.table(view.city_id, new, new, profile))
    seconds[:old, old:] = journeys.whole_seconds(streets.table(view.city_id, view.points, new, profile))
    np.fill_diagonal(seconds, 0)
    matrix = TravelMatrix(seconds=seconds)
    gauge = view.gauges.get(profile)
    return matrix if gauge is None else journeys.with_metres(matrix, gauge)


def _by_the_ride(city_id: UUID, wish: Wish, told: Told, streets: Streets) -> Promise:
    """Handling, then from door to door one after the other."""
    places = [wish.pickup.lonlat, *(drop.lonlat for drop in wish.dropoffs)]
    try:
        seconds = streets.matrix(city_id, places, "bike")
    except travel.OffStreet:
        return _no(Reason.UNREACHABLE)
    legs = [float(seconds[number, number + 1]) for number in range(len(places) - 1)]
    if any(np.isnan(leg) for leg in legs):
        return _no(Reason.UNREACHABLE)
    opens = max((at for at in (wish.pickup.ready_at, wish.pickup.window_from, told.now) if at is not None))
    pickup_at = max(opens, told.now + timedelta(seconds=HANDLING_S))
    under_way_s = sum(legs) + sum(drop.service_s for drop in wish.dropoffs[:-1])
    longest_s = wish.needs.longest_ride_s
    if longest_s is not None and under_way_s > longest_s:
        return _no(Reason.RIDE_TOO_LONG)
    if _is_shut(wish, max(opens, told.now), legs):
        return _no(Reason.WINDOW_CLOSED)
    service_s = wish.pickup.service_s + sum(drop.service_s for drop in wish.dropoffs[:-1])
    dropoff_at = told.promised_at("dropoff", len(legs), pickup_at + timedelta(seconds=sum(legs) + service_s))
    latest = max((drop.window_from for drop in wish.dropoffs if drop.window_from), default=dropoff_at)
    return Promise(
        pickup_at=told.promised_at("pickup", 1, pickup_at),
        dropoff_at=_before_closing(wish, _rounded(max(dropoff_at, latest))),
        serviceable=True,
    )


def _is_shut(wish: Wish, begins_at: datetime, legs: Sequence[float]) -> bool:
    """Whether a place closes for good before a rider who stands at the counter could be there."""
    at = begins_at
    for task, leg_s in zip((wish.pickup, *wish.dropoffs), (0.0, *legs), strict=True):
        at = max(at + timedelta(seconds=leg_s), task.window_from or at)
        if task.is_strict and task.window_by is not None and at > task.window_by:
            return True
        at += timedelta(seconds=task.service_s)
    return False


def _rounded(at: datetime) -> datetime:
    """Up to the next full minute: nobody promises seconds."""
    return at + timedelta(seconds=-at.timestamp() % 60)
