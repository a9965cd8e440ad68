"""The ledger on a real PostgreSQL: once, balanced, chained, closed."""
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from dispatch.core.db import db, transaction
from dispatch.core.errors import Conflict, NotFound
from dispatch.ledger import queries, services
from dispatch.ledger.models import Posting
from dispatch.ledger.rules import Line
from dispatch.ledger.services import NewEntry
from tests.conftest import TestStack

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def earning(source_key: str, owner_id: UUID, cents: int = 386, at: datetime = NOON) -> NewEntry:
    """An entry that owes a rider some cents."""
    lines = (
        Line(account="rider_pay", amount_cents=cents, code="per_delivery", rule_version="pay@1"),
        Line(
            account="rider_payable", amount_cents=-cents, code="per_delivery", owner_id=owner_id, rule_version="pay@1"
        ),
    )
    return NewEntry(source_key=source_key, kind="earning", lines=lines, effective_at=at, currency="EUR")


def test_posting_twice_under_one_source_key_posts_once(coop_id: UUID) -> None:
    """A worker or a phone may repeat anything; money must not double."""
    rider = uuid4()
    with transaction():
        first, was_new = services.post_once(coop_id, earning("task:1:earning", rider))
    with transaction():
        second, again = services.post_once(coop_id, earning("task:1:earning", rider))
    assert (was_new, again, second.id) == (True, False, first.id)
    assert queries.balance_cents(coop_id, "rider_payable", rider) == -386


def test_a_reversal_leaves_every_account_as_before_and_both_entries_visible(coop_id: UUID) -> None:
    """Corrections are new entries; nothing is erased."""
    rider = uuid4()
    with transaction():
        services.post_once(coop_id, earning("task:1:earning", rider))
        services.reverse(coop_id, "task:1:earning", reason="wrongly finished")
        services.reverse(coop_id, "task:1:earning", reason="wrongly finished")
    assert queries.balance_cents(coop_id, "rider_payable", rider) == 0
    postings = queries.list_postings(coop_id, accounts=("rider_payable",), owner_id=rider)
    assert [(item.amount_cents, item.is_reversal) for item in postings] == [(-386, False), (386, True)]


def test_reversing_what_was_never_posted_says_so(coop_id: UUID) -> None:
    """A typing error in a source key must not pass silently."""
    with pytest.raises(NotFound, match="task:9"), transaction():
        services.reverse(coop_id, "task:9:earning", reason="x")


def test_the_database_refuses_to_change_or_delete_what_is_posted(coop_id: UUID, stack: TestStack) -> None:
    """Append-only holds even for somebody with the owner's password."""
    with transaction():
        services.post_once(coop_id, earning("task:1:earning", uuid4()))
    with stack.superuser() as connection:
        for statement in ("UPDATE ledger_posting SET amount_cents = 1", "DELETE FROM ledger_entry"):
            with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
                connection.execute(statement)


def test_the_database_refuses_an_entry_that_does_not_balance(coop_id: UUID) -> None:
    """A second wall behind the rules: checked at commit."""
    with transaction():
        entry, _ = services.post_once(coop_id, earning("task:1:earning", uuid4()))
    account_id = db.session.query(Posting.account_id).filter(Posting.entry_id == entry.id).first()[0]
    with pytest.raises(DBAPIError, match="off by 7"), transaction():
        db.session.add(
            Posting(coop_id=coop_id, entry_id=entry.id, line_no=9, account_id=account_id, amount_cents=7, code="x")
        )


def test_an_entry_for_a_closed_day_takes_effect_on_the_next_open_one(coop_id: UUID) -> None:
    """A phone that was offline when the period closed is paid in the next one, with the true time kept."""
    rider = uuid4()
    with transaction():
        services.close_period(coop_id, date(2026, 11, 16), date(2026, 11, 22), by=None)
    with transaction():
        entry, _ = services.post_once(coop_id, earning("task:late:earning", rider))
    assert entry.effective_at == datetime(2026, 11, 22, 23, tzinfo=UTC), "midnight in Berlin"
    assert entry.facts["happened_at"] == NOON.isoformat()


def test_a_period_closes_once_and_never_overlaps(coop_id: UUID) -> None:
    """Two treasurers pressing the button must not pay twice."""
    with transaction():
        first, was_new = services.close_period(coop_id, date(2026, 11, 16), date(2026, 11, 22), by=None)
        second, again = services.close_period(coop_id, date(2026, 11, 16), date(2026, 11, 22), by=None)
    assert (was_new, again, first.id) == (True, False, second.id)
    with pytest.raises(Conflict, match="overlaps"), transaction():
        services.close_period(coop_id, date(2026, 11, 22), date(2026, 11, 28), by=None)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    plan=st.lists(
        st.tuples(st.integers(0, 9), st.integers(1, 10**6), st.booleans()), min_size=1, max_size=12
    )
)
def test_whatever_is_posted_repeated_and_reversed_the_books_add_up(
    coop_id: UUID, plan: list[tuple[int, int, bool]]
) -> None:
    """Any mixture of first posts, repeats and reversals keeps sums at zero and the chain whole."""
    owners = [uuid4() for _ in range(3)]
    run = uuid4().hex[:8]
    with transaction():
        for key, cents, undo in plan:
            name = f"{run}:{key}"
            services.post_once(coop_id, earning(name, owners[key % 3], cents))
            if undo:
                services.reverse(coop_id, name, reason="test")
    audit = queries.audit(coop_id)
    assert (audit.unbalanced, audit.sum_cents, audit.broken_at) == ((), 0, None)
