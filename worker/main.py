"""The Celery application over `create_app`: JSON ids in, no results kept, every task inside an application context."""

from __future__ import annotations

from dispatch.core import collector  # isort:skip - before what it is to leave alone
import os
from contextlib import suppress
from typing import Any

import structlog
from celery import Celery, Task
from celery.app.utils import Settings
from celery.signals import celeryd_init, worker_before_create_process, worker_process_init, worker_ready
from celery.worker.consumer import Consumer
from flask import Flask
from kombu.entity import Queue
from sqlalchemy.exc import SQLAlchemyError

from dispatch.app import create_app
from dispatch.coop.queries import list_coops
from dispatch.core import outbox
from dispatch.core.db import db, end_read, transaction, use_coop
from dispatch.core.settings import current
from dispatch.geo import travel
from dispatch.planning.services import warm

from .broker import broker_url
from .routes import QUEUES, TASK_MODULES

VISIBILITY_TIMEOUT_S = 600

log = structlog.get_logger()

BEHIND_WEB = 10
"""How much nicer a process that does tasks is than the web process: who waits for an answer goes first. The planner is
not: a merchant's order and a rider's next stop wait for it, and its searches step back by themselves."""


class AppTask(Task):  # type: ignore[type-arg]
    """A task that runs inside the Flask application and leaves no session behind."""

    abstract = True
    flask_app: Flask

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with self.flask_app.app_context():
            try:
                return self.run(*args, **kwargs)
            finally:
                db.session.remove()


def create_celery(flask_app: Flask) -> Celery:
    """Celery with our queues and task class."""
    settings = flask_app.extensions["settings"]
    AppTask.flask_app = flask_app
    celery = Celery("paceline", task_cls=AppTask, include=list(TASK_MODULES))
    celery.conf.update(
        broker_url=broker_url(settings.redis_url),
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options={"visibility_timeout": VISIBILITY_TIMEOUT_S, "health_check_interval": 10},
        result_backend=None,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_queues=[Queue(name, routing_key=name) for name in QUEUES],
        task_default_queue="accounts",
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        timezone="UTC",
        enable_utc=True,
    )
    return celery


@celeryd_init.connect
def _choose_niceness(sender: str, conf: Settings, **_: object) -> None:
    conf.niceness = 0 if _is_planner(sender) else BEHIND_WEB


@celeryd_init.connect
def _warm_planner(sender: str, **_: object) -> None:
    """Compile the optimiser and load the streets once before the planner forks, never inside a plan."""
    if _is_planner(sender):
        warm()
        with flask_app.app_context(), suppress(SQLAlchemyError):
            travel.warm()


def _is_planner(name: str) -> bool:
    return name.startswith("planner@")


@worker_before_create_process.connect
def _share_what_is_loaded(**_: object) -> None:
    collector.share_what_is_loaded()


@worker_process_init.connect
def _become_worker(**_: object) -> None:
    """A forked worker steps back behind the web and must not share its parent's database connections.

    Its parent does not step back: a worker that was killed is missed until it has started again.
    """
    os.nice(app.conf.niceness)
    with flask_app.app_context():
        db.engine.dispose(close=False)


@worker_ready.connect
def _ask_for_what_was_left(sender: Consumer, **_: object) -> None:
    """A worker that starts may follow one that was killed with tasks in its hands: they need not wait any longer."""
    queues = list(sender.app.amqp.queues.consume_from)
    log.info("worker.ready", queues=",".join(queues))
    with flask_app.app_context():
        coop_ids = [coop.id for coop in list_coops()]
        end_read()
        for coop_id in coop_ids:
            use_coop(coop_id)
            with transaction():
                outbox.send_again(coop_id, queues)
        db.session.remove()


flask_app = create_app(current(), waits_for_disk=False)
app = create_celery(flask_app)
