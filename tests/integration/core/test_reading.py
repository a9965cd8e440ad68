"""Reads end without a trace, and the driver keeps the plans of their statements."""
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Executable, select, text, update
from sqlalchemy.exc import IntegrityError

from dispatch.coop.models import Coop
from dispatch.core.db import db, end_read, transaction, use_coop
from tests.conftest import TestStack
from tests.factories.application import make_app
from tests.factories.coops import make_coop
from tests.factories.database import context_of

PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE :begins || '%FROM coop'")


def _read_often(statement: Executable, begins: str) -> int:
    db.engine.dispose()  # one connection for all: others of the pool would take turns
    for _ in range(7):  # the driver prepares what it has seen five times
        db.session.execute(statement).all()
        end_read()
    count = db.session.connection().scalar(PREPARED, {"begins": begins})
    end_read()
    return int(count or 0)


@pytest.mark.parametrize(
    ("statement", "begins"),
    [(select(Coop.name), "SELECT coop.name"), (text("SELECT name FROM coop"), "SELECT name")],
    ids=["built", "as text"],
)
def test_plans_of_reads_are_kept(db_session: object, statement: Executable, begins: str) -> None:
    """At a ROLLBACK the driver forgets them all: making plans anew took longer than running them."""
    with transaction():
        make_coop()

    assert _read_often(statement, begins) == 1


def test_what_was_changed_outside_a_transaction_is_dropped(db_session: object) -> None:
    """A view that forgets its transaction must not store half a change because its reads end by COMMIT."""
    with transaction():
        coop = make_coop()
    use_coop(coop.id)
    was = coop.name

    coop.name = "unflushed"
    end_read()
    assert db.session.scalar(select(Coop.name)) == was

    db.session.get_one(Coop, coop.id).name = "flushed"
    db.session.flush()
    end_read()
    assert db.session.scalar(select(Coop.name)) == was

    for statement in (update(Coop).values(name="by statement"), text("UPDATE coop SET name = 'by text'")):
        db.session.execute(statement)
        end_read()
        assert db.session.scalar(select(Coop.name)) == was


def test_a_read_ends_after_a_change_that_the_database_refused(db_session: object) -> None:
    """A session whose change failed can only roll back: the answer that says so must not fail on its way out."""
    with transaction():
        coop = make_coop()
    use_coop(coop.id)
    db.session.get_one(Coop, coop.id).name = None  # type: ignore[assignment]
    with pytest.raises(IntegrityError):
        db.session.flush()

    end_read()

    assert db.session.scalar(select(Coop.id)) == coop.id


def test_a_pooled_connection_that_the_server_has_ended_is_replaced(db_session: object) -> None:
    """A database that was restarted, or an administrator's hand: the next transaction must not notice."""
    db.engine.dispose()
    with db.engine.connect() as kept:
        ended = kept.scalar(text("SELECT pg_backend_pid()"))
    with psycopg.connect(db.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (ended,))
    with db.engine.connect() as fresh:
        assert fresh.scalar(text("SELECT pg_backend_pid()")) != ended


def test_a_connection_that_ends_after_the_answer_was_made_harms_nobody(database: TestStack, tmp_path: Path) -> None:
    """Ending the read is all that is left to do then, and that can fail without anybody's loss."""
    def view() -> str:
        pid = db.session.scalar(text("SELECT pg_backend_pid()"))
        with db.engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        return "answered"

    def again() -> str:
        return str(db.session.scalar(text("SELECT 'again'")))

    with context_of(make_app(database.environment(), tmp_path)) as app:
        app.add_url_rule("/one", view_func=view)
        app.add_url_rule("/two", view_func=again)
        client = app.test_client()
        assert client.get("/one").text == "answered"
        assert client.get("/two").text == "again"
