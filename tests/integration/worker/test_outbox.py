"""What the outbox promises: sent after commit, sent again until done, done once, whatever becomes of Redis."""
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
import redis
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import Session

from dispatch.core import clock, live, outbox, settings
from dispatch.core.db import RELAY_ROLE, db, engine_options, transaction
from dispatch.core.events import EVENTS, PlanWanted, TaskMoved
from tests.town import Cooperative, Town
from worker.once import once
from worker.relay import Relay
from worker.routes import QUEUES, ROUTES, TASK_MODULES, TOGETHER, WAITS_S


@pytest.fixture
def relay(town: Town) -> Iterator[Relay]:
    """A relay of the test's own, over an empty Redis and nothing left over from other tests."""
    client = redis.Redis.from_url(town.environment["REDIS_URL"])
    client.flushdb()
    made = Relay(settings.load(town.environment))
    while made.round() == 0.0:
        pass
    change_open_tasks(town, done_at=clock.real_now())  # also those that wait for company
    client.flushdb()
    yield made
    client.flushdb()


def queued(town: Town, queue: str) -> int:
    """Messages that wait in a queue."""
    return redis.Redis.from_url(town.environment["REDIS_URL"]).llen(queue)


def open_tasks(coop: Cooperative) -> set[str]:
    """Tasks that are not done yet."""
    with coop.session():
        return set(db.session.scalars(select(outbox.OutboxTask.task).where(
            outbox.OutboxTask.coop_id == coop.id, outbox.OutboxTask.done_at.is_(None))))


def make_due(town: Town, since_s: float = 1) -> None:
    """Let the time pass after which unfinished tasks are sent again."""
    change_open_tasks(town, send_at=clock.real_now() - timedelta(seconds=since_s))


def change_open_tasks(town: Town, **values: datetime) -> None:
    """Change all tasks that are not done, of every co-op."""
    engine = create_engine(settings.load(town.environment).relay_database_url, **engine_options(role=RELAY_ROLE))
    with Session(engine) as session, session.begin():
        session.execute(update(outbox.OutboxTask).where(outbox.OutboxTask.done_at.is_(None)).values(**values))
    engine.dispose()


def test_every_event_has_a_route_and_every_route_a_queue_and_a_task():
    assert set(ROUTES) == set(EVENTS)
    assert set(WAITS_S) <= set(ROUTES)
    assert set(TOGETHER) <= {task for tasks in ROUTES.values() for task, _ in tasks}
    for tasks in ROUTES.values():
        for task, queue in tasks:
            assert queue in QUEUES
            assert f"worker.{task.split('.')[0]}" in TASK_MODULES


def test_an_order_becomes_tasks_and_a_live_event_after_its_commit(coop: Cooperative, relay: Relay):
    order = coop.place_order()
    relay.round()
    assert open_tasks(coop) == {"planning.plan_zone", "webhooks.queue_status"}
    assert queued(coop.town, "planning") == 1
    entries = redis.Redis.from_url(coop.town.environment["REDIS_URL"]).xrange(live.STREAM)
    kinds = [fields[b"kind"] for _, fields in entries]
    assert b"OrderPlaced" in kinds and order["id"].encode() in b"".join(fields[b"payload"] for _, fields in entries)


def test_riders_progress_waits_a_second_and_is_planned_together(coop: Cooperative, relay: Relay, town: Town):
    with coop.session(), transaction():
        ids = {"task_id": coop.id, "order_id": coop.id, "zone_id": coop.id, "rider_id": coop.id}
        for action in ("start", "arrive"):
            outbox.record(coop.id, TaskMoved(**ids, action=action))
    wait_s = relay.round()
    assert queued(town, "planning") == 0
    assert 0 < wait_s <= 1
    about = {"zone_id": str(coop.id)}
    with coop.session():
        assert not outbox.is_open(coop.id, "planning.plan_zone", about=about)
    make_due(town)
    relay.round()
    assert queued(town, "planning") == 1
    with coop.session(), transaction():
        assert outbox.is_open(coop.id, "planning.plan_zone", about=about)
        assert not outbox.is_open(coop.id, "planning.plan_zone", about={"zone_id": str(uuid4())})
        outbox.finish_until(coop.id, "planning.plan_zone", outbox.newest_seq(coop.id), about=about)
        assert not outbox.is_open(coop.id, "planning.plan_zone", about=about)
    assert open_tasks(coop) == set()


def test_nothing_is_sent_for_a_change_that_was_rolled_back(coop: Cooperative, relay: Relay):
    with coop.session(), pytest.raises(RuntimeError), transaction():
        outbox.record(coop.id, PlanWanted(zone_id=coop.id, reason="test"))
        raise RuntimeError
    relay.round()
    assert open_tasks(coop) == set()


def test_unfinished_tasks_are_sent_again_after_redis_was_emptied(coop: Cooperative, relay: Relay):
    coop.place_order()
    relay.round()
    redis.Redis.from_url(coop.town.environment["REDIS_URL"]).flushdb()
    make_due(coop.town)
    relay.round()
    assert queued(coop.town, "planning") >= 1


def test_what_waits_in_line_is_not_sent_again(coop: Cooperative, relay: Relay):
    """A slow worker would else get everything twice, be slower still, and never end."""
    coop.place_order()
    relay.round()
    before = queued(coop.town, "planning"), queued(coop.town, "webhooks")
    make_due(coop.town)
    relay.round()
    assert before == (queued(coop.town, "planning"), queued(coop.town, "webhooks"))
    make_due(coop.town, since_s=outbox.IN_LINE_S + 1)
    relay.round()
    assert queued(coop.town, "planning") > before[0]


def test_a_worker_that_starts_gets_what_a_killed_one_had_in_its_hands(coop: Cooperative, relay: Relay):
    coop.place_order()
    relay.round()
    redis.Redis.from_url(coop.town.environment["REDIS_URL"]).flushdb()
    relay.round()
    assert queued(coop.town, "planning") == queued(coop.town, "webhooks") == 0
    with coop.session(), transaction():
        outbox.send_again(coop.id, ["planning"])
    relay.round()
    assert (queued(coop.town, "planning"), queued(coop.town, "webhooks")) == (1, 0)


def test_a_task_that_is_delivered_twice_acts_once(coop: Cooperative, relay: Relay):
    coop.place_order()
    relay.round()
    acted = []
    with coop.session():
        task = db.session.scalar(select(outbox.OutboxTask).where(
            outbox.OutboxTask.coop_id == coop.id, outbox.OutboxTask.task == "webhooks.queue_status"))
        db.session.rollback()
        for _ in range(2):
            once(str(coop.id), str(task.event_id), task.task, lambda coop_id, event_id: acted.append(event_id))
    assert acted == [task.event_id]


def test_a_task_whose_act_fails_stays_open(coop: Cooperative, relay: Relay):
    coop.place_order()
    relay.round()

    def fail(_coop_id, _event_id):
        raise ConnectionError("away")

    with coop.session():
        task = db.session.scalar(select(outbox.OutboxTask).where(
            outbox.OutboxTask.coop_id == coop.id, outbox.OutboxTask.task == "webhooks.queue_status"))
        db.session.rollback()
        with pytest.raises(ConnectionError):
            once(str(coop.id), str(task.event_id), task.task, fail)
    assert "webhooks.queue_status" in open_tasks(coop)


def test_one_plan_finishes_every_task_that_had_asked_for_it(coop: Cooperative, relay: Relay):
    for number in range(3):
        coop.place_order(number)
    relay.round()
    with coop.session():
        zone = db.session.scalar(select(outbox.OutboxEvent.payload["zone_id"].astext).where(
            outbox.OutboxEvent.coop_id == coop.id, outbox.OutboxEvent.kind == "OrderPlaced").limit(1))
        seq = outbox.newest_seq(coop.id)
        db.session.rollback()
    coop.place_order(3)
    relay.round()
    with coop.session(), transaction():
        outbox.finish_until(coop.id, "planning.plan_zone", seq, about={"zone_id": zone})
    with coop.session():
        left = db.session.scalars(select(outbox.OutboxTask).where(
            outbox.OutboxTask.coop_id == coop.id, outbox.OutboxTask.task == "planning.plan_zone",
            outbox.OutboxTask.done_at.is_(None))).all()
    assert len(left) == 1


def test_live_events_name_the_one_before_so_that_a_gap_is_noticed(coop: Cooperative, relay: Relay):
    for number in range(3):
        coop.place_order(number)
    relay.round()
    entries = redis.Redis.from_url(coop.town.environment["REDIS_URL"]).xrange(live.STREAM)
    ids = [int(entry_id.split(b"-")[0]) for entry_id, _ in entries]
    before = [int(fields[b"before"]) for _, fields in entries]
    assert ids == sorted(ids) and before[1:] == ids[:-1]


def test_events_are_forgotten_after_a_month_unless_a_task_waits(coop: Cooperative, relay: Relay):
    with coop.session(), transaction():
        outbox.forget_old(coop.id)
        wanted = PlanWanted(zone_id=coop.id, reason="test")
        done, waiting, given_up, fresh = (outbox.record(coop.id, wanted) for _ in range(4))
    relay.round()
    with coop.session():
        with transaction():
            for event_id in (done, fresh):
                outbox.finish(coop.id, event_id, "planning.plan_zone")
            failed = update(outbox.OutboxTask).where(outbox.OutboxTask.event_id == given_up)
            db.session.execute(failed.values(failed_at=clock.real_now()))
            old = update(outbox.OutboxEvent).where(outbox.OutboxEvent.id.in_([done, waiting, given_up]))
            db.session.execute(old.values(recorded_at=clock.real_now() - outbox.KEPT - timedelta(minutes=1)))
        with transaction():
            assert outbox.forget_old(coop.id) == 1
        left = set(db.session.scalars(select(outbox.OutboxEvent.id).where(outbox.OutboxEvent.coop_id == coop.id)))
        assert done not in left and {waiting, given_up, fresh} <= left
        assert db.session.scalar(select(outbox.OutboxTask.event_id).where(outbox.OutboxTask.event_id == done)) is None
