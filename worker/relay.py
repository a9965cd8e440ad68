"""The relay: turns recorded events into Celery tasks and live events, woken by PostgreSQL, once per installation.

At least once: a task is sent again until its own transaction marks it done. Redis may vanish and come back empty.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterable, Sequence
from types import FrameType

import psycopg
import redis
import structlog
from celery import Celery
from kombu.exceptions import OperationalError as BrokerAway
from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

import dispatch.coop.models  # noqa: F401 - the outbox's foreign keys name its tables
from dispatch.core import clock, live, logs, outbox
from dispatch.core.db import RELAY_ROLE, engine_options
from dispatch.core.settings import Settings, current

from .broker import broker_url
from .routes import QUEUES, ROUTES, TOGETHER, WAITS_S

LOCK = 7_003_302
LONGEST_WAIT_S = 2.0
GATHER_S = 0.03
"""After a wake-up, so that what many do at once takes one round."""

BATCH = 200

log = structlog.get_logger()


class Relay:
    """One loop: route new events, publish them live, send due tasks, wait for the next wake-up."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        options = engine_options(role=RELAY_ROLE, pool_size=1, waits_for_disk=False)
        self._engine = create_engine(settings.relay_database_url, **options)
        self._redis = live.connect(settings.redis_url)
        self._celery = Celery("paceline-relay", broker=broker_url(settings.redis_url))
        self._celery.conf.update(
            task_serializer="json",
            task_ignore_result=True,
            broker_transport_options={"max_retries": 1},
            broker_connection_timeout=2,
        )
        self._last_live = 0
        self._unpublished: list[live.LiveEvent] = []
        self._is_stopping = False

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """Finish the round and leave."""
        self._is_stopping = True

    def run(self) -> None:
        """Work until told to stop; every outage is waited out."""
        while not self._is_stopping:
            try:
                self._lead()
            except (psycopg.OperationalError, DBAPIError) as error:
                log.warning("relay.database_away", error=str(error).splitlines()[0][:200])
                self._last_live = 0
                clock.sleep_s(1.0)

    def _lead(self) -> None:
        """Hold the lock that makes this the only relay, and work while the connection lives."""
        url = self._settings.relay_database_url.replace("postgresql+psycopg://", "postgresql://")
        with psycopg.connect(url, autocommit=True) as ears:
            while not ears.execute("SELECT pg_try_advisory_lock(%s)", (LOCK,)).fetchone()[0]:  # type: ignore[index]
                if self._is_stopping:
                    return
                clock.sleep_s(1.0)
            ears.execute(f"LISTEN {outbox.CHANNEL}")
            log.info("relay.started")
            while not self._is_stopping:
                wait_s = self.round()
                is_woken = bool(list(ears.notifies(timeout=wait_s, stop_after=1)))
                if is_woken:
                    list(ears.notifies(timeout=GATHER_S))

    def round(self) -> float:
        """Route, publish and send everything that is due; real seconds until there may be more."""
        in_line = self._in_line()
        with Session(self._engine) as session, session.begin():
            if self._last_live == 0:
                self._last_live = session.scalar(select(func.max(outbox.OutboxEvent.live_seq))) or 0
            events = outbox.route(session, ROUTES, WAITS_S, limit=BATCH)
            fresh = [self._live(event) for event in events]
            now = clock.real_now()
            due = outbox.take_due(session, now, in_line=in_line, limit=BATCH)
            wait_s = outbox.next_due_in_s(session, now)
        self._unpublished.extend(fresh)
        self._publish()
        self._send(_one_for_all(due))
        if len(events) == BATCH or len(due) == BATCH:
            return 0.0
        return LONGEST_WAIT_S if wait_s is None else min(LONGEST_WAIT_S, wait_s)

    def _in_line(self) -> list[str]:
        """Queues in which messages wait."""
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for queue in QUEUES:
                    pipeline.llen(queue)
                return [queue for queue, length in zip(QUEUES, pipeline.execute(), strict=True) if length]
        except redis.RedisError:
            return []

    def _live(self, event: outbox.OutboxEvent) -> live.LiveEvent:
        before, self._last_live = self._last_live, event.live_seq or 0
        return live.LiveEvent(
            seq=self._last_live, before=before, coop_id=event.coop_id, kind=event.kind, payload=event.payload
        )

    def _publish(self) -> None:
        try:
            while self._unpublished:
                live.publish(self._redis, self._unpublished[0])
                self._unpublished.pop(0)
        except redis.RedisError as error:
            log.warning("relay.redis_away", error=str(error)[:200])
            del self._unpublished[: -live.KEPT]

    def _send(self, due: Iterable[outbox.Due]) -> None:
        for task in due:
            try:
                self._celery.send_task(
                    task.task,
                    kwargs={"coop_id": str(task.coop_id), "event_id": str(task.event_id), "payload": task.payload},
                    queue=task.queue,
                    task_id=f"{task.event_id}:{task.task}",
                    retry=False,
                )
            except (redis.RedisError, BrokerAway, OSError) as error:
                log.warning("relay.broker_away", error=str(error)[:200])
                return


def _one_for_all(due: Sequence[outbox.Due]) -> list[outbox.Due]:
    """The tasks to send: one of those that are done together."""
    about = [str(task.payload[TOGETHER[task.task]]) if task.task in TOGETHER else str(task.event_id) for task in due]
    return list({(task.coop_id, task.task, thing): task for task, thing in zip(due, about, strict=True)}.values())


def main() -> int:
    """Run the relay until SIGTERM or SIGINT."""
    settings = current()
    logs.configure(level=settings.log_level, as_json=settings.log_json)
    clock.use_scale(settings.clock)
    relay = Relay(settings)
    signal.signal(signal.SIGTERM, relay.stop)
    signal.signal(signal.SIGINT, relay.stop)
    relay.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
