"""Two co-ops on one installation: no address shows or touches a row of the other, and none hints that it exists."""
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from dispatch.core import clock
from dispatch.core.db import db
from tests.conftest import TestStack
from tests.factories.application import make_app
from tests.factories.neighbours import Neighbour, ids_of, make_neighbour, rows_of

FOUND_BY_TOKEN = "/track/"
"""A recipient's page is meant for whoever holds its unguessable address, whatever their co-op."""

FEWEST_PAGES = 20
"""So many addresses must open at all, lest the test looks at nothing but refusals."""


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The application on an empty database."""
    clock.use_scale(None)
    yield make_app(database.environment(), tmp_path)


@pytest.fixture
def ours(app: Flask) -> Neighbour:
    """The co-op that asks."""
    return _neighbour(app, "aardvark", "Aardvark")


@pytest.fixture
def theirs(app: Flask) -> Neighbour:
    """The co-op that must stay hidden."""
    return _neighbour(app, "zebra", "Zebra")


def test_no_page_shows_a_row_of_another_coop(
        app: Flask, ours: Neighbour, theirs: Neighbour, database: TestStack) -> None:
    """Every GET address is opened by somebody with every role, with their ids wherever it wants one."""
    with database.superuser() as connection:
        their_ids = {one for ids in ids_of(connection, theirs.coop_id).values() for one in ids}
    shown, opened, wanted = {}, 0, _first_of_each(database, theirs)
    for rule in _routes(app, "GET"):
        for path in _paths(rule, wanted):
            response = _client(app, ours, rule).get(path, headers=_headers(ours, rule))
            opened += response.status_code == 200
            body = response.get_data().decode(errors="replace")
            leaked = {one for one in their_ids if one in body and one not in path} | set(re.findall("(?i)zebra", body))
            if leaked:
                shown[path] = leaked
    assert shown == {}
    assert opened >= FEWEST_PAGES


def test_a_foreign_id_is_answered_like_one_that_never_was(
        app: Flask, ours: Neighbour, theirs: Neighbour, database: TestStack) -> None:
    """404 and never 403: even that an order exists is the other co-op's business."""
    hints, wanted = {}, _first_of_each(database, theirs)
    for rule in _routes(app, "GET"):
        if rule.arguments and not rule.rule.startswith(FOUND_BY_TOKEN):
            for path in _paths(rule, wanted):
                status = _client(app, ours, rule).get(path, headers=_headers(ours, rule)).status_code
                if status != 404:
                    hints[path] = status
    assert hints == {}


@pytest.mark.parametrize("method", ("POST", "PUT", "PATCH", "DELETE"))
def test_nothing_changes_a_row_of_another_coop(
        method: str, app: Flask, ours: Neighbour, theirs: Neighbour, database: TestStack) -> None:
    """Every address that writes is tried with their ids; afterwards their rows are as they were."""
    app.config["WTF_CSRF_ENABLED"] = False
    with database.superuser() as connection:
        before = rows_of(connection, theirs.coop_id)
    broken, wanted = {}, _first_of_each(database, theirs)
    for rule in _routes(app, method):
        for path in _paths(rule, wanted) if rule.arguments else []:
            client = _client(app, ours, rule)
            status = client.open(path, method=method, json={}, headers=_headers(ours, rule)).status_code
            if status == 403 or status >= 500:
                broken[path] = status
    with database.superuser() as connection:
        assert rows_of(connection, theirs.coop_id) == before
    assert broken == {}


def _neighbour(app: Flask, slug: str, word: str) -> Neighbour:
    with app.app_context():
        made = make_neighbour(slug, word)
        db.session.remove()
    return made


def _first_of_each(database: TestStack, who: Neighbour) -> set[str]:
    """One id of each kind of row."""
    with database.superuser() as connection:
        return {ids[0] for ids in ids_of(connection, who.coop_id).values() if ids}


def _routes(app: Flask, method: str) -> list[Rule]:
    """The guarded addresses that answer with a body of known length."""
    return [rule for rule in app.url_map.iter_rules()
            if method in (rule.methods or ()) and getattr(app.view_functions[rule.endpoint], "auth", ()) != ()
            and not rule.rule.endswith("/live") and not rule.rule.startswith("/tiles/")]


def _paths(rule: Rule, ids: set[str]) -> list[str]:
    """The address with each of their ids in all its places; the plain address if it wants none."""
    if not rule.arguments:
        return [rule.rule]
    return sorted({re.sub(r"<[^>]+>", one, rule.rule) for one in ids})


def _client(app: Flask, who: Neighbour, rule: Rule) -> FlaskClient:
    """Signed in as somebody with every role, or bare where a key is asked for."""
    client = app.test_client()
    if "api_key" not in app.view_functions[rule.endpoint].auth:  # type: ignore[attr-defined]
        with client.session_transaction() as session:
            session.update(coop=str(who.coop_id), member=str(who.member.id), version=1)
    return client


def _headers(who: Neighbour, rule: Rule) -> dict[str, str]:
    return {"Authorization": f"Bearer {who.api_key}"} if rule.rule.startswith("/api/v1") else {}
