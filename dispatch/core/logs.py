"""Structured logs: one line per event, no secrets and no addresses of people."""

from __future__ import annotations

import logging
import sys

import structlog

HIDDEN = frozenset({"password", "secret", "token", "authorization", "cookie", "api_key", "address", "phone", "email"})


def _hide(_logger: object, _method: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    for key in line:
        if key.lower() in HIDDEN:
            line[key] = "[hidden]"
    return line


def configure(*, level: str, as_json: bool) -> None:
    """Send structlog and the standard library's loggers to stderr, as JSON or for people."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _hide,
    ]
    end: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"], bool_as_flag=False)
    )
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, end],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        level=level.upper(), stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    for noisy in ("httpx", "fontTools", "weasyprint", "celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
