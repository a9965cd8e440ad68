"""Read everything one round of planning looks at, in one short transaction: a zone as it is at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import NotFound
from dispatch.core.units import LonLat
from dispatch.geo.models import Zone
from dispatch.governance.queries import active
from dispatch.orders import arrival_rules, arrivals
from dispatch.orders import queries as orders
from dispatch.orders.views import OrderView
from routing.fairness import biases

from . import apart, fairness, rules
from .crew import CrewMember, list_crew
from .models import WorkOffer

RECENT_PAY = fairness.RecentPay()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A zone at `taken_at` (domain time). `wanted` is the counter that this round will have satisfied.

    `offered`: the run that each order is being offered to by the planner. `favours`: by rider, what giving them an
    order costs for the sake of fair shares. `lateness`: how late stops come against the plan, learned. `apart`: pairs
    of riders who are not sent to the same counter. `depot`: where the co-op's own bikes come back to. `queued`: of a
    flood of orders, those that are not looked at yet.
    """

    coop_id: UUID
    zone_id: UUID
    city_id: UUID
    taken_at: datetime
    wanted: int
    mode: str
    rules: rules.DispatchRules
    crew: tuple[CrewMember, ...]
    orders: tuple[OrderView, ...]
    lateness: arrival_rules.Book = field(default_factory=lambda: arrival_rules.BLANK)
    offered: Mapping[UUID, UUID] = field(default_factory=dict)
    favours: Mapping[UUID, int] = field(default_factory=dict)
    apart: tuple[tuple[UUID, UUID], ...] = ()
    depot: LonLat | None = None
    queued: frozenset[UUID] = frozenset()

    def mode_of(self, order: OrderView) -> str:
        """How this order finds its rider."""
        return rules.mode_of(
            order.plan_mode,
            self.mode,
            placed_at=order.placed_at,
            now=self.taken_at,
            board_s=self.rules.open_board_s,
            is_return=order.return_of_id is not None,
        )


def read(coop_id: UUID, zone_id: UUID) -> Snapshot:
    """The zone now; NotFound if there is no such zone. Test orders never meet real riders and are left out."""
    zone = db.session.get(Zone, (coop_id, zone_id), populate_existing=True)
    if zone is None:
        raise NotFound(f"zone {zone_id} does not exist")
    now = clock.now()
    crew = tuple(list_crew(coop_id, zone_id))
    most = max(rules.MOST_WAITING, rules.MOST_WAITING_EACH * len(crew))
    open_orders, queued = orders.list_urgent_orders(coop_id, zone_id, most)
    visiting = {task.order_id for member in crew for task in member.run.tasks} - {order.id for order in open_orders}
    open_orders += orders.list_orders_by_id(coop_id, visiting)
    dispatch_rules = active_rules(coop_id, now)
    return Snapshot(
        coop_id=coop_id,
        zone_id=zone_id,
        city_id=zone.city_id,
        taken_at=now,
        wanted=zone.plan_wanted,
        mode=get_coop(coop_id).plan_mode,
        rules=dispatch_rules,
        crew=crew,
        orders=tuple(order for order in open_orders if order.is_open),
        lateness=arrivals.book_of(coop_id),
        offered=list_reserved(coop_id, zone_id),
        favours=biases(RECENT_PAY.hourly(coop_id, now), dispatch_rules.weights.fairness_cap),
        apart=tuple(apart.list_apart(coop_id)),
        depot=zone.depot_lonlat,
        queued=queued,
    )


def active_rules(coop_id: UUID, at: datetime) -> rules.DispatchRules:
    """The dispatch rules in force, or Paceline's own until the co-op has adopted some."""
    try:
        found = active(coop_id, "dispatch", at)
    except NotFound:
        return rules.read_document("dispatch@0", rules.DEFAULT)
    return rules.read_document(found.version, found.document)


def list_reserved(coop_id: UUID, zone_id: UUID) -> dict[UUID, UUID]:
    """The run that each order is being offered to by the planner."""
    rows = db.session.execute(
        select(WorkOffer.order_id, WorkOffer.run_id).where(
            WorkOffer.coop_id == coop_id,
            WorkOffer.zone_id == zone_id,
            WorkOffer.state == "open",
            WorkOffer.source == "planner",
        )
    )
    return {order_id: run_id for order_id, run_id in rows}
