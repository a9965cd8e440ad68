"""Who signs in with what, and what a crowd at the door costs."""
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from queue import Queue

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from dispatch.coop import services
from dispatch.coop.models import Member
from dispatch.core.db import db, transaction
from dispatch.core.errors import Unauthenticated
from tests.factories.coops import PASSWORD, make_coop, make_member


@pytest.fixture
def mina(db_session: Session) -> Member:
    """Somebody who may sign in."""
    with transaction():
        return make_member(make_coop().id)


@pytest.fixture
def crowd(mina: Member, bare_app: Flask) -> Iterator[Callable[[], Future[Member]]]:
    """Each call is one more sign-in, in a thread of its own as in a web process."""

    def one() -> Member:
        with bare_app.app_context():
            try:
                return services.sign_in(mina.email, PASSWORD)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(20) as threads:
        yield lambda: threads.submit(one)


@contextmanager
def all_turns() -> Iterator[Callable[[int], None]]:
    """Nobody's password is looked at inside; the function waits until so many connections were given back."""
    given_back: Queue[object] = Queue()

    def note(*_: object) -> None:
        given_back.put(None)

    def wait_for(count: int) -> None:
        for _ in range(count):
            given_back.get(timeout=20)

    event.listen(db.engine, "checkin", note)
    with ExitStack() as turns:
        for _ in range(services.HASHED_AT_ONCE):
            turns.enter_context(services._turns)
        yield wait_for
    event.remove(db.engine, "checkin", note)


def test_the_right_password_signs_in_whatever_case_the_address_has(mina: Member) -> None:
    """Phones like to begin with a capital."""
    assert services.sign_in(f" {mina.email.title()} ", PASSWORD).id == mina.id


@pytest.mark.parametrize("what", ["another password", "nobody", "a closed account", "no password yet"])
def test_all_who_may_not_are_told_the_same(mina: Member, what: str) -> None:
    """Nobody finds out by trying who is a member."""
    email, password = mina.email, PASSWORD
    with transaction():
        if what == "another password":
            password = "Correct horse battery"
        elif what == "nobody":
            email = "nobody@example.org"
        elif what == "a closed account":
            mina.is_active = False
        else:
            mina.password_hash = None
    with pytest.raises(Unauthenticated, match="do not belong together"):
        services.sign_in(email, password)


def test_a_crowd_at_the_door_keeps_no_connection_while_it_waits(
    mina: Member, crowd: Callable[[], Future[Member]]
) -> None:
    """A hundred riders begin at nine; everybody else's questions are answered meanwhile."""
    db.session.commit()
    with all_turns() as wait_for:
        waiting = [crowd() for _ in range(12)]
        wait_for(12)
        assert isinstance(db.engine.pool, QueuePool) and db.engine.pool.checkedout() == 0
        assert not any(each.done() for each in waiting)
    assert {each.result(timeout=20).id for each in waiting} == {mina.id}


def test_a_password_that_was_changed_meanwhile_signs_nobody_in(
    mina: Member, crowd: Callable[[], Future[Member]]
) -> None:
    """A coordinator locks out who found a phone, who was just about to get in."""
    db.session.commit()
    with all_turns() as wait_for:
        late = crowd()
        wait_for(1)
        with transaction():
            mina.password_hash = services._NOBODY
    with pytest.raises(Unauthenticated):
        late.result(timeout=20)
