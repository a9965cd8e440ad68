"""What every page shares: language, filters for money, times and distances, and health answers."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import redis
from babel.numbers import format_currency, format_decimal, get_currency_precision
from flask import Blueprint, Flask, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_babel import format_datetime, get_locale, ngettext
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from . import migrate
from .db import db

LANGUAGES = ("en", "fr")
TIME, DATETIME = "HH:mm", "EEE d MMM, HH:mm"
"""Couriers count to 24 in every language."""

CSP = {
    "default-src": "'self'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' blob:",
    "worker-src": "'self'",
    "connect-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
}

bp = Blueprint("health", __name__)
requests_total = Counter("paceline_http_requests_total", "Requests answered", ["method", "endpoint", "status"])
request_seconds = Histogram(
    "paceline_http_request_seconds",
    "Time to answer",
    ["endpoint"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5),
)
live_streams = Gauge("paceline_live_streams", "Open live streams", multiprocess_mode="livesum")


V = TypeVar("V", bound=Callable[..., ResponseReturnValue])


def content_policy(**more: str) -> Callable[[V], V]:
    """For a view whose page may load more than the site's policy allows: `script_src="'wasm-unsafe-eval'"`."""

    def marked(view: V) -> V:
        policy = CSP | {(name := key.replace("_", "-")): f"{CSP[name]} {value}" for key, value in more.items()}
        view.talisman_view_options = {"content_security_policy": policy}  # type: ignore[attr-defined]
        return view

    return marked


def choose_language() -> str:
    """The signed-in person's language, else the browser's best match."""
    found = getattr(g, "identity", None)
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    if found is not None and found.locale in LANGUAGES:
        return str(found.locale)
    return browsers_language()


def browsers_language() -> str:
    """The best match of those that the browser asks for."""
    return request.accept_languages.best_match(LANGUAGES) or "en"


def choose_timezone() -> str | None:
    """The co-op's time zone where one is known (set by the page as `g.timezone`)."""
    return getattr(g, "timezone", None)


def limits_url(redis_url: str) -> str:
    """The rate limiter's way to write a Redis address."""
    return redis_url.replace("unix://", "redis+unix://", 1) if redis_url.startswith("unix://") else redis_url


def money(amount: int | None, currency: str) -> str:
    """Minor units as a sum in the reader's language."""
    if amount is None:
        return "–"
    return str(format_currency(amount / 10 ** get_currency_precision(currency), currency, locale=get_locale()))


def localtime(moment: datetime | None, form: str = "time") -> str:
    """A moment in the co-op's time zone: `time` (14:05), `datetime` (Mon 23 Nov, 14:05) or a Babel format."""
    if moment is None:
        return "–"
    if form == "time":
        return str(format_datetime(moment, TIME))
    return str(format_datetime(moment, DATETIME if form == "datetime" else form))


def duration(seconds: float | None) -> str:
    """A length of time in whole minutes, or hours and minutes."""
    if seconds is None:
        return "–"
    minutes = max(0, round(seconds / 60))
    if minutes < 60:
        return str(ngettext("%(num)d min", "%(num)d min", minutes))
    return f"{minutes // 60} h {minutes % 60:02d}"


def distance(metres: float | None) -> str:
    """A distance as people say it."""
    if metres is None:
        return "–"
    if metres < 1000:
        return f"{round(metres / 10) * 10} m"
    return f"{format_decimal(round(metres / 1000, 1), locale=get_locale())} km"


def weight(grams: int | None) -> str:
    """A weight in kilograms, or grams below one."""
    if grams is None:
        return "–"
    if grams < 1000:
        return f"{grams} g"
    return f"{format_decimal(round(grams / 1000, 1), locale=get_locale())} kg"


def amount(value: float) -> str:
    """A number with at most one decimal, as people write it."""
    return format_decimal(round(value, 1), locale=get_locale())


def add_filters(app: Flask) -> None:
    """Register the filters and the request metrics."""
    for each in (money, localtime, duration, distance, weight, amount):
        app.add_template_filter(each)
    app.before_request(_start_timer)
    app.after_request(_count)


def to_zone(moment: datetime, zone: str) -> datetime:
    """A moment as the clock on the wall of that zone shows it."""
    return moment.astimezone(ZoneInfo(zone))


def _start_timer() -> None:
    g.started = time.perf_counter()


def _count(response: Response) -> Response:
    endpoint = request.endpoint or "none"
    requests_total.labels(request.method, endpoint, response.status_code).inc()
    if not response.is_streamed:
        request_seconds.labels(endpoint).observe(time.perf_counter() - g.get("started", time.perf_counter()))
    return response


def _is_public(view: Callable[[], ResponseReturnValue]) -> Callable[[], ResponseReturnValue]:
    view.auth = ("public",)  # type: ignore[attr-defined]
    return view


@bp.get("/healthz")
@_is_public
def healthz() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
@_is_public
def readyz() -> ResponseReturnValue:
    """The process can do its work: database reached and migrated. Redis away is a warning, never a failure."""
    found: dict[str, str] = {"database": "ok", "redis": "ok"}
    status = 200
    try:
        version = db.session.scalar(text("SELECT version_num FROM alembic_version"))
        if version != migrate.head():
            found["database"] = f"migration {version}, code needs {migrate.head()}: run `paceline db upgrade`"
            status = 503
    except SQLAlchemyError as error:
        found["database"] = str(error.__cause__ or error).splitlines()[0][:200]
        status = 503
    try:
        current_app.extensions["redis"].ping()
    except redis.RedisError as error:
        found["redis"] = f"away ({str(error)[:100]}): live updates pause, nothing is lost"
    return jsonify(status="ok" if status == 200 else "not ready", **found), status


@bp.get("/metrics")
@_is_public
def metrics() -> ResponseReturnValue:
    """Prometheus text of all web processes; names no person and no place."""
    live_streams.set(current_app.extensions["live"].count())
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)
