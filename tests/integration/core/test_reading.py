"""Reads end without a trace, and the driver keeps the plans of their statements."""
from sqlalchemy import select, text, update

from dispatch.coop.models import Coop
from dispatch.core.db import db, end_read, transaction, use_coop
from tests.factories.coops import make_coop

PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM coop%'")


def _read_often() -> int:
    for _ in range(7):  # the driver prepares what it has seen five times
        db.session.scalars(select(Coop.name)).all()
        end_read()
    count = db.session.connection().scalar(PREPARED)
    end_read()
    return int(count or 0)


def test_plans_of_reads_are_kept(db_session: object) -> None:
    """At a ROLLBACK the driver forgets them all: making plans anew took longer than running them."""
    with transaction():
        make_coop()

    assert _read_often() == 1


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

    db.session.execute(update(Coop).values(name="by statement"))
    end_read()
    assert db.session.scalar(select(Coop.name)) == was
