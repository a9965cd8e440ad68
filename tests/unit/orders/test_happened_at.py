"""When a late action happened: by the phone's clock if it is right, by how long it waited if it is not."""
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.orders.rules import LATEST_ACTION, SKEW_TOLERATED_S, happened_at

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECONDS = st.floats(0, 20 * 3600)


@given(queued_s=SECONDS, off_s=st.integers(-50 * 365 * 86_400, 86_400))
def test_a_clock_that_is_off_never_moves_an_action(queued_s: float, off_s: int) -> None:
    """A phone in 1970, or an hour ahead, knows at least how long ago the rider tapped."""
    true = NOW - timedelta(seconds=queued_s)
    found = happened_at(true + timedelta(seconds=off_s), NOW, queued_s=queued_s, not_before=None)
    assert abs((found - true).total_seconds()) <= SKEW_TOLERATED_S


@given(queued_s=st.floats(0, 10**7), off_s=st.integers(-10**6, 10**6))
def test_nothing_happens_in_the_future_nor_before_it_was_announced(queued_s: float, off_s: int) -> None:
    """History must stay possible whatever a phone claims."""
    announced_at = NOW - timedelta(hours=1)
    device_at = NOW - timedelta(seconds=queued_s - off_s)
    found = happened_at(device_at, NOW, queued_s=queued_s, not_before=announced_at)
    assert announced_at <= found <= NOW


def test_an_action_older_than_a_day_counts_as_now() -> None:
    """Too old to pay waiting by; the device's own time is kept beside it."""
    old = NOW - LATEST_ACTION - timedelta(seconds=1)
    assert happened_at(old, NOW, queued_s=LATEST_ACTION.total_seconds() + 1, not_before=None) == NOW


def test_without_a_device_time_the_servers_counts() -> None:
    """Coordinators act on the server."""
    assert happened_at(None, NOW, queued_s=0, not_before=None) == NOW
