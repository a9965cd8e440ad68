"""Sweeps that make sure nothing waits for ever. Each one is harmless to run twice."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from flask import current_app

from dispatch.console import alerts
from dispatch.coop.queries import list_coops
from dispatch.core import http, outbox
from dispatch.core.db import end_read, transaction, use_coop
from dispatch.geo.services import is_plan_wanted
from dispatch.geo.zones import list_zones
from dispatch.notify import services as notify
from dispatch.orders import arrivals
from dispatch.orders.queries import has_open_run
from dispatch.planning import pace
from dispatch.planning import services as planning
from dispatch.planning.apply import forget_old
from dispatch.planning.forecast import nudges
from dispatch.planning.forecast import services as forecasting
from dispatch.planning.offers import offering, reaching
from merchants import simulation, webhooks
from riders import services as riders
from riders.trouble import services as trouble

from .main import app


def each_coop(act: Callable[[UUID], object]) -> None:
    """Call `act` for every co-op, the session confined to it."""
    coop_ids = [coop.id for coop in list_coops()]
    end_read()
    for coop_id in coop_ids:
        use_coop(coop_id)
        act(coop_id)


def each_zone(matters: Callable[[UUID, UUID], bool]) -> None:
    """Plan every zone of every co-op that matters; a zone whose plan is up to date is only looked at."""

    def plan_zones(coop_id: UUID) -> None:
        zone_ids = [zone.id for zone in list_zones(coop_id) if matters(coop_id, zone.id)]
        end_read()
        for zone_id in zone_ids:
            planning.plan_zone(coop_id, zone_id)

    each_coop(plan_zones)


@app.task(name="periodic.sweep_plans")
def sweep_plans() -> None:
    """Plan zones whose plan is behind, whatever became of the event that asked for it."""
    each_zone(is_plan_wanted)


@app.task(name="periodic.replan")
def replan() -> None:
    """Look for a better plan where riders are on shift."""
    each_zone(has_open_run)


@app.task(name="periodic.send_webhooks")
def send_webhooks() -> None:
    """Send webhook messages whose time has come."""
    each_coop(webhooks.send_due)


@app.task(name="periodic.ride_test_orders")
def ride_test_orders() -> None:
    """Let the robot courier of test orders take its next steps."""
    each_coop(simulation.ride_test_orders)


@app.task(name="periodic.end_shifts")
def end_shifts() -> None:
    """Sign off riders whose shift ended long ago and who carry nothing."""
    each_coop(_in_transaction(riders.end_overdue_shifts))


@app.task(name="periodic.end_offers")
def end_offers() -> None:
    """End offers that nobody answered in time."""
    each_coop(_in_transaction(offering.end_due))


@app.task(name="periodic.reach_riders")
def reach_riders() -> None:
    """Tell riders by other ways what their phone has not fetched for a while."""
    each_coop(reaching.reach_riders)


@app.task(name="periodic.tell_silences")
def tell_silences() -> None:
    """Tell coordinators, who may be looking at no board, of riders who went silent in the middle of work."""
    client = current_app.extensions["redis"]
    each_coop(lambda coop_id: alerts.alert_silences(client, coop_id))


@app.task(name="periodic.learn_paces")
def learn_paces() -> None:
    """Learn from what ended in the last minute how fast everybody rides, and how late stops come against the plan."""
    each_coop(pace.learn)
    each_coop(_in_transaction(arrivals.learn))


@app.task(name="periodic.foretell")
def foretell() -> None:
    """Foretell the orders of the next hours where the last forecast is an hour old."""
    each_coop(forecasting.foretell)


@app.task(name="periodic.nudge_riders")
def nudge_riders() -> None:
    """Tell riders without work where orders are likely, in co-ops whose rules want it; nobody twice in half an hour."""
    each_coop(nudges.nudge)


@app.task(name="periodic.forget")
def forget() -> None:
    """Delete what has passed its time: keys, events, messages, answers, positions, decision records, rounds."""
    each_coop(_in_transaction(http.forget_old_keys))
    each_coop(_in_transaction(webhooks.forget_old))
    each_coop(_in_transaction(riders.forget_positions))
    each_coop(_in_transaction(trouble.forget_places))
    each_coop(_in_transaction(notify.forget_old))
    each_coop(_in_transaction(forget_old))
    each_coop(_in_transaction(nudges.forget_old))
    each_coop(_in_transaction(outbox.forget_old))


def _in_transaction(act: Callable[[UUID], object]) -> Callable[[UUID], None]:
    def wrapped(coop_id: UUID) -> None:
        with transaction():
            act(coop_id)

    return wrapped
