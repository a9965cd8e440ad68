"""Every address of the application: who may open it, and that nobody sees another co-op's rows."""
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.conftest import TestStack
from tests.factories.application import make_app

PUBLIC = {
    "/", "/static/<path:filename>", "/healthz", "/readyz", "/metrics",
    "/login", "/logout", "/language", "/offline",
}
"""What strangers may open. A longer list needs a reason in the review."""

PUBLIC_PREFIXES = (
    "/track/",          # the recipient's page, found only by its unguessable token
    "/tiles/",          # the map: streets are no secret
    "/open311/",        # hazards that their reporters made public
    "/api/v1/openapi",  # the description of the API
    "/api/v1/docs",
    "/app/sw.js", "/app/manifest",
    "/styleguide",
)


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The application on an empty database."""
    yield make_app(database.environment(), tmp_path)


def test_every_route_says_who_may_open_it(app: Flask) -> None:
    """A view without `require` or `public` is open by oversight."""
    unsaid = {rule.rule for rule in app.url_map.iter_rules()
              if not _is_file(rule) and not hasattr(app.view_functions[rule.endpoint], "auth")}
    assert unsaid == set()


def test_only_listed_routes_are_public(app: Flask) -> None:
    """Opening an address to everybody takes a second look, here."""
    public = {rule.rule for rule in app.url_map.iter_rules() if _auth(app, rule) == ("public",)}
    assert {rule for rule in public - PUBLIC if not rule.startswith(PUBLIC_PREFIXES)} == set()


def test_a_stranger_gets_nothing_from_guarded_routes(app: Flask) -> None:
    """The mark is one thing; here each address is really asked, without a session or key."""
    client = app.test_client()
    open_doors = {}
    for rule in app.url_map.iter_rules():
        if _auth(app, rule) == ("public",) or _is_file(rule):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            response = client.open(_filled(rule), method=method, json={} if method != "GET" else None)
            sent_to_login = "/login" in response.headers.get("Location", "")
            if response.status_code not in (400, 401, 403, 404) and not sent_to_login:
                open_doors[f"{method} {rule.rule}"] = response.status_code
    assert open_doors == {}


def test_every_address_is_below_its_owners_prefix(app: Flask) -> None:
    """Addresses are a promise to those who bookmark and integrate; each package keeps to its own."""
    prefixes = {"riders": ("/app", "/people"), "merchants": ("/api/v1", "/portal", "/track", "/merchants")}
    astray = {rule.rule for rule in app.url_map.iter_rules() for package, allowed in prefixes.items()
              if app.view_functions[rule.endpoint].__module__.startswith(f"{package}.")
              and not rule.rule.startswith(allowed)}
    assert astray == set()


def _is_file(rule: Rule) -> bool:
    """Style sheets, scripts, icons: Flask's own view of a static folder."""
    return rule.endpoint.split(".")[-1] == "static"


def _auth(app: Flask, rule: Rule) -> tuple[str, ...] | None:
    found: tuple[str, ...] | None = getattr(app.view_functions[rule.endpoint], "auth", None)
    return found


def _filled(rule: Rule) -> str:
    """The rule's address with some id wherever it wants one."""
    path = re.sub(r"<uuid:[^>]+>", "00000000-0000-0000-0000-000000000000", rule.rule)
    return re.sub(r"<(int|float):[^>]+>", "1", re.sub(r"<(?!int:|float:)[^>]+>", "x", path))
