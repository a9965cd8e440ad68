"""Read the books after the day: ledger, statements, webhooks and plans of every co-op. Never writes."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import psycopg

from dispatch.demo.rehearsal.report import Books

ENTRIES = """
SELECT count(*), count(*) FILTER (WHERE total <> 0), coalesce(sum(total), 0)
FROM (SELECT sum(amount_cents) AS total FROM ledger_entry e
      LEFT JOIN ledger_posting p ON p.coop_id = e.coop_id AND p.entry_id = e.id
      GROUP BY e.coop_id, e.id) AS each_entry
"""
EARNINGS = """
SELECT coalesce(-sum(p.amount_cents), 0) FROM ledger_posting p
JOIN ledger_account a ON a.coop_id = p.coop_id AND a.id = p.account_id
WHERE a.kind IN ('rider_payable', 'tips_payable')
"""
STATEMENTS = "SELECT coalesce(sum(total_cents), 0) FROM pay_statement"
WEBHOOKS_SENT = "SELECT count(*) FROM webhook_message WHERE sent_at IS NOT NULL"
PACES = "SELECT profile, speed_factor, sample_size FROM pace ORDER BY profile"
PLANS = "SELECT took_s, checked, outcome FROM plan_round"
OFFERS = """
SELECT CASE WHEN swap_for_id IS NULL THEN source ELSE 'in_return' END AS came_from, state, count(*)
FROM work_offer GROUP BY came_from, state
"""
DECIDED = "SELECT mode, count(*) FROM decision GROUP BY mode"
CHOICES = "SELECT verb, count(*) FROM rider_choice GROUP BY verb"
UNSETTLED = """
SELECT (SELECT count(*) FROM outbox_event WHERE routed_at IS NULL)
     + (SELECT count(*) FROM outbox_task WHERE done_at IS NULL AND failed_at IS NULL)
     + (SELECT count(*) FROM webhook_message WHERE sent_at IS NULL AND given_up_at IS NULL)
"""
GIVEN_UP = """
SELECT 'task ' || task || ': ' || coalesce(last_error, 'no reason') FROM outbox_task WHERE failed_at IS NOT NULL
UNION ALL
SELECT 'webhook: ' || coalesce(last_error, 'no reason') FROM webhook_message WHERE given_up_at IS NOT NULL
"""
WORKS = """
SELECT NOT EXISTS (SELECT 1 FROM outbox_task WHERE queue = ANY(%(queues)s) AND done_at IS NULL AND failed_at IS NULL)
    OR EXISTS (SELECT 1 FROM outbox_task WHERE queue = ANY(%(queues)s) AND done_at > %(since)s)
"""
# Rounds that wrote nothing had nothing to check.
WROTE_NOTHING = ("idle", "nothing", "refused", "stale", "error", "coalesced")


def read_books(database_url: str) -> Books:
    """Return the books of all co-ops together."""
    totals = [0] * 6
    plans: list[tuple[float, bool, str]] = []
    paces: list[tuple[str, float, int]] = []
    offers: Counter[tuple[str, str]] = Counter()
    choices: Counter[str] = Counter()
    decided: Counter[str] = Counter()
    for connection in _each_coop(database_url):
        found = (
            *_row(connection, ENTRIES),
            *_row(connection, STATEMENTS),
            *_row(connection, EARNINGS),
            *_row(connection, WEBHOOKS_SENT),
        )
        totals = [total + int(value) for total, value in zip(totals, found, strict=True)]
        paces += connection.execute(PACES).fetchall()
        plans += connection.execute(PLANS).fetchall()
        offers.update({(source, state): count for source, state, count in connection.execute(OFFERS)})
        choices.update(dict(connection.execute(CHOICES).fetchall()))
        decided.update(dict(connection.execute(DECIDED).fetchall()))
    return Books(
        ledger_entries=totals[0],
        ledger_unbalanced=totals[1],
        ledger_sum=totals[2],
        statements_total=totals[3],
        earnings_posted_total=totals[4],
        webhooks_sent=totals[5],
        plan_seconds=tuple(took_s for took_s, _, _ in plans),
        unchecked_plans=sum(not checked and outcome not in WROTE_NOTHING for _, checked, outcome in plans),
        paces=tuple(paces),
        offers=offers,
        choices=choices,
        decided=decided,
    )


def count_unsettled(database_url: str) -> int:
    """How much is still on its way: events, tasks and webhooks."""
    return sum(int(_row(connection, UNSETTLED)[0]) for connection in _each_coop(database_url))


def is_working(database_url: str, queues: Sequence[str], since: datetime) -> bool:
    """Whether a task of these queues was done since then (real time), or none is left to do."""
    asked = {"queues": list(queues), "since": since}
    return all(connection.execute(WORKS, asked).fetchone() == (True,) for connection in _each_coop(database_url))


def list_given_up(database_url: str) -> list[str]:
    """Tasks and webhooks that were given up, in words."""
    return [text for connection in _each_coop(database_url) for (text,) in connection.execute(GIVEN_UP).fetchall()]


def _each_coop(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """One connection, confined to each co-op in turn as row-level security asks."""
    with _connect(database_url) as connection:
        for (coop_id,) in connection.execute("SELECT id FROM coop ORDER BY id").fetchall():
            connection.execute("SELECT set_config('paceline.coop_id', %s, false)", [str(coop_id)])
            yield connection


@contextmanager
def _connect(database_url: str) -> Iterator[psycopg.Connection[Any]]:
    url = database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        connection.execute("SET ROLE paceline_app")
        connection.execute("SET default_transaction_read_only = on")
        yield connection


def _row(connection: psycopg.Connection[Any], query: str) -> tuple[Any, ...]:
    row = connection.execute(query).fetchone()
    assert row is not None
    return tuple(row)
