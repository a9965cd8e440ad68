"""Settings of the web server, read by gunicorn: `--config python:dispatch.web_server`."""

from __future__ import annotations

from dispatch.core import collector  # isort:skip - before what it is to leave alone
import threading
from typing import Any

import structlog
from flask import Flask

from dispatch.core import clock
from dispatch.geo import travel
from dispatch.planning import services as planning

log = structlog.get_logger()


def when_ready(server: Any) -> None:
    """Compile all pages before the workers fork: after a restart everybody comes back at the same moment.

    Without it each of those requests compiled the same pages, on one lock, and the first answers took two seconds.
    """
    pages = server.app.wsgi().jinja_env
    for name in pages.list_templates(extensions=["html"]):
        pages.get_template(name)


def pre_fork(_server: Any, _worker: Any) -> None:
    """Both workers come from one process that has loaded everything."""
    collector.share_what_is_loaded()


def post_worker_init(worker: Any) -> None:
    """Load what questions need beside the first requests: nobody's first question waits, nor does readiness."""
    threading.Thread(target=warm, args=(worker.app.wsgi(),), name="warm", daemon=True).start()


def warm(app: Flask) -> None:
    """Load streets and optimiser (quotes try an order on the plan); whoever asks sooner loads what they need.

    Trouble with one does not keep the other cold, and shows at the question.
    """
    with app.app_context():
        for name, load in (("streets", travel.warm), ("optimiser", planning.warm)):
            began_s = clock.monotonic_s()
            try:
                load()
                log.info(f"{name}.warm", took_s=round(clock.monotonic_s() - began_s, 3))
            except Exception as error:  # a favour that failed; the first question asks again and answers for itself
                log.warning(f"{name}.cold", error=str(error)[:200])
