"""The report adds up, and says so when it does not."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.demo.rehearsal.report import (
    Books,
    EarningSeen,
    Observed,
    OrderSeen,
    WebhookSeen,
    build,
    duplicate_effects,
    percentile,
    problems,
    slowest_routes,
)

ISSUE_KEYS = {
    "orders_placed",
    "delivered",
    "returned",
    "failed",
    "cancelled",
    "open",
    "on_time_share",
    "click_to_door_p50_s",
    "click_to_door_p90_s",
    "order_to_plan_p50_s",
    "order_to_plan_p95_s",
    "order_to_phone_p50_s",
    "order_to_phone_p95_s",
    "api_p95_ms",
    "errors_5xx",
    "ledger_entries",
    "ledger_unbalanced",
    "ledger_sum",
    "statements_total",
    "earnings_posted_total",
    "duplicate_effects",
    "webhooks_sent",
    "webhooks_verified",
    "plans",
    "plan_p95_s",
    "unchecked_plans",
    "peak_rss_mb",
}


def order(number: int, state: str = "delivered", **facts: float) -> OrderSeen:
    return OrderSeen(id=str(number), state=state, placed_s=0.0, **{"ended_s": 1200.0, "due_s": 1500.0, **facts})


def hook(webhook_id: str = "m1", seq: int = 1, state: str = "pending") -> WebhookSeen:
    return WebhookSeen(webhook_id=webhook_id, endpoint="e1", order_id="o1", status_seq=seq, state=state)


def good_day() -> Observed:
    orders = [order(i, order_to_plan_s=0.4, order_to_phone_s=0.8) for i in range(19)] + [order(19, "cancelled")]
    books = Books(
        ledger_entries=40, statements_total=7000, earnings_posted_total=7000, webhooks_sent=1, plan_seconds=(0.4, 0.6)
    )
    return Observed(
        asked_orders=20, orders=orders, webhooks=[hook()], books=books, api_ms=[12.0, 30.0], peak_rss_mb={"web": 210}
    )


def test_report_has_every_key_the_rehearsal_promises():
    assert build(good_day()).keys() >= ISSUE_KEYS


def test_a_good_day_has_no_problems():
    assert problems(build(good_day()), 20) == []


def test_states_add_up_to_the_orders_placed():
    report = build(good_day())
    assert (
        report["orders_placed"]
        == 20
        == sum(report[s] for s in ("delivered", "returned", "failed", "cancelled", "open"))
    )


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (Books(ledger_entries=40, ledger_unbalanced=1, plan_seconds=(1.0,), webhooks_sent=1), "ledger_unbalanced"),
        (Books(ledger_entries=40, ledger_sum=5, plan_seconds=(1.0,), webhooks_sent=1), "ledger_sum"),
        (Books(ledger_entries=40, statements_total=9, plan_seconds=(1.0,), webhooks_sent=1), "statements_total"),
        (Books(ledger_entries=40, unchecked_plans=1, plan_seconds=(1.0,), webhooks_sent=1), "unchecked_plans"),
        (Books(ledger_entries=40, webhooks_sent=3, plan_seconds=(1.0,)), "webhooks_verified"),
        (Books(plan_seconds=(1.0,), webhooks_sent=1), "ledger is empty"),
        (Books(ledger_entries=40, webhooks_sent=1), "nothing was planned"),
    ],
)
def test_wrong_books_are_named(wrong: Books, word: str):
    found = problems(build(replace(good_day(), books=wrong)), 20)
    assert len(found) == 1 and word in found[0]


def test_an_open_order_a_lost_order_and_a_server_error_each_fail_the_day():
    day = good_day()
    still_open = replace(day, orders=[*day.orders[:-1], order(19, "picked_up")])
    assert any("open" in line for line in problems(build(still_open), 20))
    assert any("orders_placed" in line for line in problems(build(day), 21))
    assert any("errors_5xx" in line for line in problems(build(replace(day, errors_5xx=1)), 20))


def test_too_few_deliveries_fail_the_day():
    orders = [order(i) for i in range(18)] + [order(18, "failed"), order(19, "failed")]
    assert any("18 of 20" in line for line in problems(build(replace(good_day(), orders=orders)), 20))


def test_chaos_allows_a_slower_phone_but_not_a_slow_restart():
    slow = [replace(each, order_to_phone_s=9.0) for each in good_day().orders]
    assert problems(build(replace(good_day(), orders=slow)), 20) != []
    assert problems(build(replace(good_day(), orders=slow, is_chaos=True)), 20) == []
    stuck = replace(good_day(), is_chaos=True, restarts_s={"web": [2.0, 12.5]})
    assert problems(build(stuck), 20) == ["restart_max_s is 12.5, limit 10.0"]


def test_same_webhook_received_twice_is_no_duplicate_but_a_second_id_is():
    """At least once with a stable id is the promise; a second id for the same news breaks it."""
    assert duplicate_effects([], [hook("m1"), hook("m1")]) == 0
    assert duplicate_effects([], [hook("m1"), hook("m2")]) == 1


def test_one_status_number_with_two_meanings_is_a_duplicate():
    assert duplicate_effects([], [hook("m1", 2, "assigned"), hook("m2", 2, "picked_up")]) == 1


def test_a_task_paid_twice_is_a_duplicate():
    line = EarningSeen(rider="r1", task_id="t1", code="per_delivery", amount_cents=320)
    assert duplicate_effects([line, line], []) == 1
    assert duplicate_effects([line, replace(line, code="per_km"), replace(line, task_id="t2")], []) == 0
    assert duplicate_effects([replace(line, task_id=None)] * 2, []) == 0


def test_percentile_is_the_nearest_rank():
    assert percentile([1, 2, 3, 4], 50) == 2
    assert percentile(range(1, 101), 95) == 95
    assert percentile([], 95) is None


@given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 100))
def test_percentile_is_between_the_extremes(values: list[float], share: int):
    assert min(values) - 0.001 <= percentile(values, share) <= max(values) + 0.001


def test_on_time_counts_only_delivered_orders_that_were_promised():
    orders = [order(1), order(2, ended_s=1600.0), replace(order(3), due_s=None), order(4, "returned", ended_s=9000.0)]
    assert build(replace(good_day(), orders=orders))["on_time_share"] == 0.5


def test_the_routes_that_cost_most_are_named_with_their_own_percentile():
    """Where to look first when a day is too slow."""
    by_route = {"GET /often": [20.0] * 50, "POST /dear": [900.0] * 2, "GET /rare": [5.0]}
    assert list(slowest_routes(by_route).items()) == [
        ("POST /dear", 900.0), ("GET /often", 20.0), ("GET /rare", 5.0)]  # fmt: skip
