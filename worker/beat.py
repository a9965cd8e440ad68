"""The clock that sends periodic tasks: only names and a broker, so that it starts at once and stays small."""

from __future__ import annotations

from celery import Celery

from dispatch.core.settings import current

from .broker import broker_url
from .routes import BEAT


def create_beat() -> Celery:
    """A Celery application that knows the table of periodic tasks and none of their code."""
    settings = current()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    celery = Celery("paceline-beat", broker=broker_url(settings.redis_url))
    celery.conf.update(
        task_serializer="json",
        task_ignore_result=True,
        timezone="UTC",
        enable_utc=True,
        beat_schedule=BEAT,
        beat_schedule_filename=str(settings.data_dir / "beat-schedule"),
        worker_redirect_stdouts=False,
        broker_connection_retry_on_startup=True,
    )
    return celery


app = create_beat()
