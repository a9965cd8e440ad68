"""A rider's day in a town: orders put into the run by hand, and the rider's actions as a phone sends them."""
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from dispatch.core import clock
from dispatch.core.db import transaction, use_coop
from dispatch.core.errors import PacelineError
from dispatch.governance import services as governance
from dispatch.orders import runs
from dispatch.orders.models import Order, Run, Task
from dispatch.orders.runs import PlannedStop
from dispatch.orders.services import Stamp
from riders import actions, pay_rules, queries
from riders.actions import Action, Given, Outcome
from riders.queries import RiderView
from tests.factories.coops import make_coop
from tests.factories.town import PAST, Town, make_order, make_rider, make_run, make_town, tasks_of


@dataclass(frozen=True, kw_only=True)
class Day:
    """A town and a rider at work in it."""

    town: Town
    rider: RiderView
    run: Run

    @property
    def coop_id(self) -> UUID:
        """The co-op."""
        return self.town.coop_id

    def give(self, *orders: Order, run: Run | None = None) -> None:
        """Put all open tasks of these orders behind the run's stops."""
        run = run or self.run
        runs.lock_run(self.coop_id, run.id)
        ours = runs.open_tasks(self.coop_id, run.id)
        fresh = [task for order in orders for task in tasks_of(order) if task.state in ("todo", "assigned")]
        stops = [PlannedStop(task_id=task.id) for task in [*ours, *fresh]]
        runs.set_stops(self.coop_id, run.id, stops, actor="planner")
        runs.bump_run(self.coop_id, run.id)

    def order(self, *, tip_cents: int = 0, route_m: int = 1000, code: str | None = None) -> tuple[Task, Task]:
        """An order in the run: its pickup and its dropoff."""
        with transaction():
            order = make_order(self.town)
            order.tip_cents, order.route_m = tip_cents, route_m
            pickup, dropoff = tasks_of(order)
            dropoff.code = code
            self.give(order)
        return pickup, dropoff

    def act(self, task: Task, verb: str, *, after_s: float = 0, **more: object) -> Outcome:
        """The rider does something; `after_s` is how long the phone kept it, `client_uuid` repeats, `seq` counts.

        As the phone's API does it: what a refused action proves is kept by a transaction of its own.
        """
        device_at = clock.now() - timedelta(seconds=after_s)
        client_uuid = more.pop("client_uuid", None) or uuid4()
        seq = int(more.pop("seq", 1))  # type: ignore[call-overload]
        stamp = Stamp(client_uuid=client_uuid, device_id="phone", device_seq=seq, device_at=device_at, queued_s=after_s)
        rider = more.pop("rider", None) or self.rider
        action = Action(task_id=task.id, verb=verb, client_uuid=client_uuid, stamp=stamp, **more)
        try:
            with transaction():
                return actions.act(self.coop_id, rider, action)
        except PacelineError:
            with transaction():
                actions.keep_texts(self.coop_id, rider, action)
            raise


def replan(day: Day, bos_run: Run, order: Order, to_bo: bool) -> None:
    """The planner gives what nobody has begun to one of two riders."""
    tasks = [task for task in tasks_of(order) if task.state in ("todo", "assigned")]
    if len(tasks) < 2 or len(tasks) < len(tasks_of(order)):
        return
    target = bos_run if to_bo else day.run
    for run_id in sorted([bos_run.id, day.run.id]):
        runs.lock_run(day.coop_id, run_id)
    ours = [task for task in runs.open_tasks(day.coop_id, target.id) if task.order_id != order.id]
    stops = [PlannedStop(task_id=task.id) for task in [*ours, *tasks]]
    runs.set_stops(day.coop_id, target.id, stops, actor="planner")


def make_day(slug: str = "wheels") -> Day:
    """A co-op with the default pay rules and Ada on shift; the session is confined to it."""
    with transaction():
        coop = make_coop(slug)
        town = make_town(coop.id, coop.key)
        governance.adopt(coop.id, "pay", pay_rules.DEFAULT, active_from=PAST)
        row = make_rider(coop.id)
        run = make_run(town, row)
    use_coop(coop.id)
    return Day(town=town, rider=queries.get_rider(coop.id, row.id), run=run)


def code_proof(text: str) -> Given:
    """A code as the rider typed it."""
    return Given(client_uuid=uuid4(), kind="code", text=text)
