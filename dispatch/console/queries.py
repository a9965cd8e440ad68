"""Read the board: one zone with its riders, runs and orders. A fixed number of statements however many orders."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import redis
from sqlalchemy import func, select

from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import NotFound
from dispatch.core.outbox import OutboxEvent
from dispatch.core.units import LonLat
from dispatch.geo.models import Zone
from dispatch.orders import queries as orders
from dispatch.orders.views import OrderView, TaskView
from dispatch.planning import proposals, published
from dispatch.planning.crew import CrewMember, list_crew
from dispatch.planning.forecast.queries import NudgeView, list_nudges
from dispatch.planning.offers.queries import OfferView, list_open_in_zone
from dispatch.planning.published import Remedy
from dispatch.planning.rules import in_riding_order, is_at_risk

COLOURS = 10
MOST_WAITING = 200
"""Orders without a rider that the board lists, the most urgent first; nobody reads on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneName:
    """A zone to choose."""

    id: UUID
    name: str
    city_id: UUID


@dataclass(frozen=True, kw_only=True)
class BoardOrder:
    """An order as the board lists it. `is_tried`: the planner looked for a remedy among the other riders."""

    order: OrderView
    rider_name: str | None
    colour: int | None
    eta_at: datetime | None
    eta_late_at: datetime | None
    standing: str
    remedy: Remedy | None
    remedy_name: str | None
    offer: OfferView | None = None
    is_tried: bool = False

    @property
    def is_pinned(self) -> bool:
        """Whether a coordinator decided something about it by hand."""
        return bool(self.order.barred_riders) or any(task.pinned_rider_id for task in self.order.tasks if task.is_open)


@dataclass(frozen=True, kw_only=True)
class BoardStop:
    """A stop of a run with the number of the order it belongs to."""

    task: TaskView
    order: OrderView | None
    is_late: bool


@dataclass(frozen=True, kw_only=True)
class BoardRider:
    """A rider at work with the run. `is_stale`: nothing was heard of the rider for a while."""

    crew: CrewMember
    colour: int
    lonlat: LonLat
    seen_at: datetime | None
    is_stale: bool
    stops: tuple[BoardStop, ...]
    is_reordered: bool
    nudge: NudgeView | None = None


@dataclass(frozen=True, kw_only=True)
class ProposedRun:
    """What a waiting proposal changes for one rider."""

    run_id: str
    rider_name: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    stops: int


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """The plan that waits for a yes."""

    id: UUID
    made_at: datetime
    runs: tuple[ProposedRun, ...]
    content: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Board:
    """A zone at one moment. `seq` is the last live event it includes, `left_out` how many more have no rider."""

    zone: ZoneName
    zones: tuple[ZoneName, ...]
    mode: str
    seq: int
    taken_at: datetime
    riders: tuple[BoardRider, ...]
    unassigned: tuple[BoardOrder, ...]
    left_out: int
    at_risk: tuple[BoardOrder, ...]
    running: tuple[BoardOrder, ...]
    proposal: Proposal | None


def list_zones(coop_id: UUID) -> list[ZoneName]:
    """A co-op's zones by name."""
    columns = select(Zone.id, Zone.name, Zone.city_id).where(Zone.coop_id == coop_id)
    return [ZoneName(**row._mapping) for row in db.session.execute(columns.order_by(Zone.name))]


def get_board(coop_id: UUID, zone_id: UUID | None = None, client: redis.Redis | None = None) -> Board:
    """The board of a zone, the first one unless said otherwise; NotFound if there is none.

    With a Redis client, promises in danger come with the remedy that the planner found last.
    """
    zones = tuple(list_zones(coop_id))
    zone = next((zone for zone in zones if zone_id in (None, zone.id)), None)
    if zone is None:
        raise NotFound("there is no such zone: import a city and make one first (paceline init)")
    seq = last_seq(coop_id)
    crew = list_crew(coop_id, zone.id)
    open_orders, left_out = orders.list_urgent_orders(coop_id, zone.id, MOST_WAITING)
    by_id = {order.id: order for order in open_orders}
    colour_of = {member.rider_id: number % COLOURS + 1 for number, member in enumerate(sorted(crew, key=_by_name))}
    name_of = {member.rider_id: member.name for member in crew}
    nudged = {nudge.run_id: nudge for nudge in list_nudges(coop_id, zone.id)}
    known = published.find_remedies(client, coop_id, zone.id) if client is not None else {}
    name_of_run = {member.run.id: member.name for member in crew}
    asked = {offer.order_id: offer for offer in list_open_in_zone(coop_id, zone.id)}
    listed = [
        replace(
            _order(order, name_of, colour_of, _remedy(order, known.get(order.id), name_of_run)),
            is_tried=order.id in known,
            offer=asked.get(order.id),
        )
        for order in open_orders
    ]
    return Board(
        zone=zone,
        zones=zones,
        mode=get_coop(coop_id).plan_mode,
        seq=seq,
        taken_at=clock.now(),
        riders=tuple(
            replace(_rider(member, colour_of[member.rider_id], by_id), nudge=nudged.get(member.run.id))
            for member in sorted(crew, key=_by_name)
        ),
        unassigned=tuple(entry for entry in listed if entry.order.is_waiting and entry.order.is_open),
        left_out=len(left_out),
        at_risk=tuple(
            sorted(
                (entry for entry in listed if not entry.order.is_waiting and entry.standing != "on_time"),
                key=lambda entry: (entry.standing != "late", entry.order.due_at or entry.order.placed_at),
            )
        ),
        running=tuple(
            sorted(
                (entry for entry in listed if not entry.order.is_waiting and entry.standing == "on_time"),
                key=lambda entry: entry.eta_at or entry.order.placed_at,
            )
        ),
        proposal=_proposal(coop_id, zone.id, by_id),
    )


def last_seq(coop_id: UUID) -> int:
    """The last live event of a co-op that was sent out."""
    return db.session.scalar(select(func.max(OutboxEvent.live_seq)).where(OutboxEvent.coop_id == coop_id)) or 0


def _by_name(member: CrewMember) -> tuple[str, str]:
    return member.name, str(member.rider_id)


def _remedy(
    order: OrderView, remedy: Remedy | None, name_of_run: dict[UUID, str]
) -> tuple[Remedy | None, str | None]:
    """A remedy as long as it is one: the rider is still at work and the order still with another."""
    holders = {task.run_id for task in order.tasks if task.is_open}
    if remedy is None or remedy.run_id not in name_of_run or remedy.run_id in holders or order.is_on_board:
        return None, None
    return remedy, name_of_run[remedy.run_id]


def _order(
    order: OrderView,
    name_of: dict[UUID, str],
    colour_of: dict[UUID, int],
    remedy: tuple[Remedy | None, str | None],
) -> BoardOrder:
    open_drops = [task for task in order.dropoffs if task.is_open]
    late_at = max((task.eta_late_at for task in open_drops if task.eta_late_at), default=None)
    standing = "on_time"
    if is_at_risk(order.eta_at, late_at, order.due_at):
        standing = "late" if order.eta_at and order.due_at and order.eta_at > order.due_at else "at_risk"
    return BoardOrder(
        order=order,
        rider_name=name_of.get(order.rider_id) if order.rider_id else None,
        colour=colour_of.get(order.rider_id) if order.rider_id else None,
        eta_at=order.eta_at,
        eta_late_at=late_at,
        standing=standing,
        remedy=remedy[0] if standing != "on_time" else None,
        remedy_name=remedy[1],
    )


def _rider(member: CrewMember, colour: int, by_id: dict[UUID, OrderView]) -> BoardRider:
    last = member.run.last_done
    places = [(member.seen_at, member.lonlat), (last.ended_at if last else None, last.lonlat if last else None)]
    places += [(task.arrived_at, task.lonlat) for task in member.run.tasks if task.arrived_at]
    known = max(((at, place) for at, place in places if at and place), key=lambda entry: entry[0], default=None)
    seen_at = known[0] if known else None
    stops = [_stop(task, by_id.get(task.order_id)) for task in in_riding_order(member.run.tasks)]
    return BoardRider(
        crew=member,
        colour=colour,
        lonlat=known[1] if known else member.start_lonlat,
        seen_at=seen_at,
        is_stale=seen_at is not None and (clock.now() - seen_at).total_seconds() > 900,
        stops=tuple(stops),
        is_reordered=any(task.is_sequenced for task in member.run.tasks),
    )


def _stop(task: TaskView, order: OrderView | None) -> BoardStop:
    due_at = task.window_by or (order.due_at if order and task.kind == "dropoff" else None)
    return BoardStop(task=task, order=order, is_late=bool(due_at and task.eta_at and task.eta_at > due_at))


def _proposal(coop_id: UUID, zone_id: UUID, by_id: dict[UUID, OrderView]) -> Proposal | None:
    row = proposals.find_open(coop_id, zone_id)
    if row is None:
        return None
    order_of = {str(task.id): order for order in by_id.values() for task in order.tasks}
    runs = []
    for run in row.changes["runs"]:
        after = [stop["task_id"] for stop in run["stops"]]
        runs.append(
            ProposedRun(
                run_id=run["run_id"],
                rider_name=run["rider_name"],
                added=_numbers(order_of, [task_id for task_id in after if task_id not in run["before"]]),
                removed=_numbers(order_of, [task_id for task_id in run["before"] if task_id not in after]),
                stops=len(after),
            )
        )
    return Proposal(id=row.id, made_at=row.made_at, runs=tuple(runs), content=row.changes)


def _numbers(order_of: dict[str, OrderView], task_ids: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(order_of[task_id].number for task_id in task_ids if task_id in order_of))
