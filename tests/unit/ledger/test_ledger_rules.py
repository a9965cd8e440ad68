"""The ledger's pure rules: balance, chain, mirror image, open days."""
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.errors import Invalid
from dispatch.ledger import rules
from dispatch.ledger.rules import Line

AMOUNTS = st.lists(st.integers(-10**9, 10**9).filter(bool), min_size=1, max_size=8).filter(lambda items: sum(items))
DAY = date(2026, 11, 1)


def lines_of(amounts: list[int]) -> list[Line]:
    """A balanced entry: these amounts against one line."""
    return [Line(account="rider_pay", amount_cents=amount, code="x") for amount in amounts] + [
        Line(account="rider_payable", amount_cents=-sum(amounts), code="x", owner_id=uuid4())
    ]


@given(AMOUNTS)
def test_an_entry_whose_lines_cancel_out_is_accepted(amounts: list[int]) -> None:
    """Balance is the one promise of double entry."""
    rules.check_balanced(lines_of(amounts))


@given(AMOUNTS, st.integers(-100, 100).filter(bool))
def test_an_entry_that_is_off_by_anything_is_refused(amounts: list[int], off: int) -> None:
    """Not even one cent may be lost."""
    lines = lines_of(amounts)
    lines.append(Line(account="expenses", amount_cents=off, code="x"))
    with pytest.raises(Invalid, match="off by"):
        rules.check_balanced(lines)


def test_a_single_line_and_a_line_of_zero_are_refused() -> None:
    """Both would be noise in a book that people read."""
    with pytest.raises(Invalid, match="two lines"):
        rules.check_balanced([Line(account="bank", amount_cents=5, code="x")])
    with pytest.raises(Invalid, match="zero"):
        rules.check_balanced(
            [Line(account="bank", amount_cents=0, code="x"), Line(account="expenses", amount_cents=0, code="x")]
        )


@given(AMOUNTS)
def test_a_reversal_cancels_its_entry_line_by_line(amounts: list[int]) -> None:
    """Corrections are mirror images, so that every account is as if nothing had happened."""
    lines = lines_of(amounts)
    for line, undone in zip(lines, rules.reversed_lines(lines), strict=True):
        assert line.amount_cents + undone.amount_cents == 0
        assert (line.account, line.owner_id) == (undone.account, undone.owner_id)


@given(AMOUNTS, st.integers(0, 7), st.sampled_from(["amount", "source", "previous"]))
def test_any_change_to_the_past_breaks_the_chain(amounts: list[int], which: int, what: str) -> None:
    """Whoever edits an old entry must be found out by its hash."""
    lines = lines_of(amounts)
    true = rules.entry_hash("a", "task:1:earning", lines)
    if what == "amount":
        line = lines[which % len(lines)]
        lines[which % len(lines)] = Line(account=line.account, amount_cents=line.amount_cents + 1, code=line.code)
    forged = rules.entry_hash(
        "b" if what == "previous" else "a", "task:2:earning" if what == "source" else "task:1:earning", lines
    )
    assert forged != true


@given(st.integers(0, 40), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 6)), max_size=6))
def test_the_first_open_day_is_never_in_a_closed_period(offset: int, spans: list[tuple[int, int]]) -> None:
    """A late entry goes to the first day on which books are still open, and no further."""
    closed = sorted((DAY + timedelta(days=start), DAY + timedelta(days=start + more)) for start, more in spans)
    day = DAY + timedelta(days=offset)
    opened = rules.first_open_day(day, closed)
    assert opened >= day
    assert not any(first <= opened <= last for first, last in closed)
    skipped = [day + timedelta(days=number) for number in range((opened - day).days)]
    assert all(any(first <= item <= last for first, last in closed) for item in skipped)
