"""The composition root: one Flask application made from its parts. Nothing below imports it."""

from __future__ import annotations

import mimetypes
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import structlog
from flask import Flask, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import Babel, get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFError, CSRFProtect
from psycopg.errors import DiskFull
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.middleware.proxy_fix import ProxyFix

import dispatch.console.able
import dispatch.console.api
import dispatch.console.forecast
import dispatch.console.help
import dispatch.console.pages
import dispatch.console.shifts
import dispatch.console.streets
import dispatch.console.zones
import dispatch.coop.pages
import dispatch.geo.api
import dispatch.geo.hazard_api
import dispatch.geo.open311
import dispatch.geo.pages
import dispatch.planning.offers.api
import dispatch.planning.own_data
import merchants.api
import merchants.pages
import merchants.price_pages
import merchants.terms_pages
import merchants.tracking
import merchants.webhook_api
import riders.api
import riders.pages
import riders.shifts.api
import riders.shifts.pages
import riders.trouble.api
from dispatch.coop import auth
from dispatch.coop.queries import get_coop
from dispatch.core import assets, clock, http, live, logs, refusals, styleguide, web
from dispatch.core.assets import Assets
from dispatch.core.bundles import BUNDLED
from dispatch.core.db import db, end_read, engine_options, use_coop
from dispatch.core.errors import PacelineError, TooLarge, TooMany, TransientError
from dispatch.core.limits import limiter, seconds_until_reset
from dispatch.core.settings import Settings
from dispatch.core.settings import current as current_settings

BODY_LIMIT = 1024 * 1024
HERE = Path(__file__).resolve().parent
FOLDERS = {"/static": HERE / "static", "/app/static": HERE.parent / "riders" / "static" / "app"}
BLUEPRINTS = (
    dispatch.coop.pages.bp,
    dispatch.geo.pages.bp,
    dispatch.geo.api.bp,
    dispatch.geo.hazard_api.bp,
    dispatch.geo.open311.bp,
    dispatch.console.pages.bp,
    dispatch.console.able.bp,
    dispatch.console.shifts.bp,
    dispatch.console.api.bp,
    dispatch.console.help.bp,
    dispatch.console.streets.bp,
    dispatch.console.forecast.bp,
    dispatch.console.zones.bp,
    merchants.api.bp,
    merchants.webhook_api.bp,
    merchants.pages.bp,
    merchants.price_pages.bp,
    merchants.terms_pages.bp,
    merchants.tracking.bp,
    riders.api.bp,
    dispatch.planning.offers.api.bp,
    dispatch.planning.own_data.bp,
    riders.pages.bp,
    riders.trouble.api.bp,
    riders.shifts.api.bp,
    riders.shifts.pages.bp,
    styleguide.bp,
    web.bp,
)
SHEETS = ("vendor/modern-normalize", "css/tokens", "css/elements", "css/forms", "css/components", "css/lists",
          "css/layouts", "css/map")
JOINED = {
    "/static/css/site.css": tuple(f"/static/{name}.css" for name in SHEETS),
    "/app/static/map_worker.mjs": ("/static/vendor/maplibre-gl-worker.mjs",),
}
"""Sheets that every page loads, as one file: on a slow network each one costs a round trip. And the map's worker at an
address where the phone's service worker reaches it."""

log = structlog.get_logger()
csrf = CSRFProtect()
babel = Babel()


def create_app(settings: Settings | None = None, *, waits_for_disk: bool = True) -> Flask:
    """An application with its database, limits, pages and error answers; see `engine_options` for `waits_for_disk`."""
    settings = settings or current_settings()
    logs.configure(level=settings.log_level, as_json=settings.log_json)
    clock.use_scale(settings.clock)
    mimetypes.add_type("text/javascript", ".mjs")
    app = Flask("dispatch", static_folder=None)
    app.config.from_mapping(_config(settings), SQLALCHEMY_ENGINE_OPTIONS=engine_options(waits_for_disk=waits_for_disk))
    app.json = http.QuickJson(app)
    app.extensions["settings"] = settings
    app.extensions["live"] = live.Hub(settings.redis_url)
    app.extensions["redis"] = live.connect(settings.redis_url)
    db.init_app(app)
    app.before_request(_confine)
    app.before_request(auth.load_identity)
    limiter.init_app(app)
    csrf.init_app(app)
    csrf.exempt(merchants.api.bp)
    csrf.exempt(merchants.webhook_api.bp)
    babel.init_app(app, locale_selector=web.choose_language, timezone_selector=web.choose_timezone)
    _protect(app, settings)
    web.add_filters(app)
    assets.install(app, site_assets())
    app.context_processor(_shell)
    app.teardown_request(_release)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    _answer_errors(app)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    return app


def site_assets() -> Assets:
    """The files of all packages, and where they lie packed."""
    static = HERE / "static"
    return Assets(FOLDERS, static / assets.PACKED, joined=JOINED, bundled=static / BUNDLED)


def _config(settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "MAX_CONTENT_LENGTH": BODY_LIMIT,
        "SESSION_COOKIE_NAME": "paceline",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.is_https,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=14),
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,
        "RATELIMIT_ENABLED": settings.rate_limits,
        "RATELIMIT_STORAGE_URI": web.limits_url(settings.redis_url),
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_TRANSLATION_DIRECTORIES": "translations",
        "JSON_SORT_KEYS": False,
    }


def _protect(app: Flask, settings: Settings) -> None:
    Talisman(
        app,
        force_https=False,
        session_cookie_secure=settings.is_https,
        strict_transport_security=settings.is_https,
        content_security_policy=web.CSP,
        content_security_policy_nonce_in=[],
        frame_options="DENY",
        referrer_policy="same-origin",
        permissions_policy={"geolocation": "(self)", "camera": "(self)", "microphone": "()"},
    )


def _confine() -> None:
    """No request sees any co-op's rows until it is known whose they are."""
    use_coop(None)
    g.coop_id = None


def _shell() -> dict[str, object]:
    """What base.html shows around every page: language, co-op, person and the places they may go."""
    who = getattr(g, "identity", None)
    shell: dict[str, object] = {"lang": str(get_locale()), "theme": request.cookies.get("theme", "")}
    if who is not None:
        coop = get_coop(who.coop_id)
        g.timezone = coop.timezone
        shell |= {
            "coop_name": coop.name,
            "member_name": who.name,
            "sign_out_url": url_for("coop.sign_out"),
            "account": [{"url": url_for("coop.account"), "icon": "user", "label": _("My account")}],
            "nav": [
                {"url": url, "icon": icon, "label": label, "current": request.path.startswith(url)}
                for roles, url, icon, label in _places()
                if who.has(*roles)
            ],
            "tiles_url": dispatch.geo.pages.tiles_url(coop.city_id),
        }
    return {"shell": shell}


def _places() -> tuple[tuple[tuple[str, ...], str, str, str], ...]:
    return (
        (("coordinator",), "/board", "map", _("Board")),
        (("coordinator", "treasurer"), "/people", "users", _("People")),
        (("merchant",), "/portal", "parcel", _("Deliveries")),
        (("member",), "/app", "bike", _("My run")),
    )


def _release(error: BaseException | None) -> None:
    if error is None:
        with suppress(DBAPIError):  # the answer is made: a connection that ends now is the pool's affair
            end_read()
    db.session.remove()


def _answer_errors(app: Flask) -> None:
    app.register_error_handler(PacelineError, _known)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(InterfaceError, _database_away)
    app.register_error_handler(Exception, _bug)


_TITLES = {
    401: lazy_gettext("Sign in first"),
    403: lazy_gettext("Not for this account"),
    404: lazy_gettext("There is nothing here"),
    405: lazy_gettext("That does not work here"),
    409: lazy_gettext("That is not possible now"),
    412: lazy_gettext("Somebody was faster"),
    422: lazy_gettext("Something is not right yet"),
    429: lazy_gettext("Too many tries"),
    503: lazy_gettext("Back in a moment"),
}


def _answer(error: PacelineError) -> ResponseReturnValue:
    if request.path.startswith("/api/"):
        return http.problem(error)
    words = refusals.said(error)
    if http.wants_json():
        return http.problem(error, words, refusals.field_said)
    title = _TITLES.get(error.http_status, lazy_gettext("Something went wrong"))
    page = render_template("error.html", title=title, message=words, status=error.http_status)
    return page, error.http_status, http.retry_after(error)


def _known(error: PacelineError) -> ResponseReturnValue:
    return _answer(error)


def _csrf(error: CSRFError) -> ResponseReturnValue:
    return _answer(PacelineError(f"the form has expired, load the page again ({error.description})", code="csrf"))


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None and error.code is not None and error.code < 400:
        return error.response
    if error.code == 413:
        return _answer(TooLarge(f"the body is larger than {BODY_LIMIT // 1024} kB"))
    if error.code == 429:
        return _answer(TooMany(f"too many requests: {error.description}", retry_after_s=seconds_until_reset()))
    known = PacelineError(error.description or error.name, code=error.name.lower().replace(" ", "_"))
    known.http_status = error.code or 500
    answer = make_response(_answer(known))
    if isinstance(error, MethodNotAllowed):
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return answer


def _database_away(error: Exception) -> ResponseReturnValue:
    if isinstance(getattr(error, "orig", None), DiskFull):
        log.error("database.full")
        return _answer(TransientError("the server's disk is full, nothing was changed: tell whoever runs it, who has to"
                                      " make room (`paceline doctor` says where), then try again",
                                      code="database_full", retry_after_s=60))
    log.error("database.away", error=str(error).splitlines()[0][:200])
    return _answer(TransientError("the database cannot be reached just now: try again in a moment", retry_after_s=5))


def _bug(error: Exception) -> ResponseReturnValue:
    log.exception("request.failed", path=request.url_rule.rule if request.url_rule else None, method=request.method)
    known = PacelineError("something went wrong on our side; it was logged", code="internal")
    known.http_status = 500
    return _answer(known)
