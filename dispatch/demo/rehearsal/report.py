"""Add up a rehearsed day and say what does not add up. Pure.

`build` turns what was observed into the keys of day.json; `problems` lists every sentence that must be false for
the day to count, so that the exit status and the reader agree.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dispatch.demo.rehearsal import consent, rides
from dispatch.demo.robots.meter import Arrival, Ridden

ENDED = ("delivered", "returned", "failed", "cancelled")
GOOD_ENDINGS = ("delivered", "returned")
CALM = {"order_to_phone_p95_s": 3.0, "api_p95_ms": 150.0}
CHAOS = {"order_to_phone_p95_s": 15.0, "restart_max_s": 10.0}
SERVED_SHARE = 0.95
ROUTES_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSeen:
    """How one order ended, as its merchant sees it. Times are domain seconds from the start of the day."""

    id: str
    state: str
    placed_s: float
    ended_s: float | None = None
    due_s: float | None = None
    order_to_plan_s: float | None = None  # real seconds until a rider's plan had it; None if none ever did
    order_to_phone_s: float | None = None  # real seconds; None if no online phone was waiting for it


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSeen:
    """One webhook that reached a merchant's server with a valid signature."""

    webhook_id: str
    endpoint: str
    order_id: str
    status_seq: int
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningSeen:
    """One line of a rider's earnings as the phone shows it."""

    rider: str
    task_id: str | None
    code: str
    amount_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the database says after the day: ledger, statements, webhooks and plans."""

    ledger_entries: int = 0
    ledger_unbalanced: int = 0
    ledger_sum: int = 0
    statements_total: int = 0
    earnings_posted_total: int = 0
    webhooks_sent: int = 0
    plan_seconds: tuple[float, ...] = ()
    unchecked_plans: int = 0
    paces: tuple[tuple[str, float, int], ...] = ()  # kind of bike, learned speed factor, legs
    offers: Mapping[tuple[str, str], int] = field(default_factory=dict)  # by source and state
    choices: Mapping[str, int] = field(default_factory=dict)  # what riders decided about work, by verb
    decided: Mapping[str, int] = field(default_factory=dict)  # orders by the way they came to a rider


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Everything seen in one day."""

    asked_orders: int
    orders: Sequence[OrderSeen]
    webhooks: Sequence[WebhookSeen] = ()
    earnings: Sequence[EarningSeen] = ()
    api_ms: Sequence[float] = ()
    api_ms_by_route: Mapping[str, Sequence[float]] = field(default_factory=dict)
    errors_5xx: int = 0
    unexpected: Sequence[str] = ()
    books: Books = field(default_factory=Books)
    peak_rss_mb: dict[str, int] = field(default_factory=dict)
    restarts_s: dict[str, list[float]] = field(default_factory=dict)
    is_chaos: bool = False
    rides: Sequence[Ridden] = ()
    hidden_speeds: Mapping[str, float] = field(default_factory=dict)
    arrivals: Mapping[str, Sequence[Arrival]] = field(default_factory=dict)
    modes: tuple[str, ...] = ("automatic",)  # how plans took effect, in order
    choices: Mapping[tuple[str, str], int] = field(default_factory=dict)  # confirmed to phones: verb and outcome
    proposals: Mapping[str, int] = field(default_factory=dict)  # as the coordinator judged them


def build(seen: Observed) -> dict[str, Any]:
    """Return the report under the keys of day.json."""
    states = Counter(order.state if order.state in ENDED else "open" for order in seen.orders)
    delivered = [order for order in seen.orders if order.state == "delivered" and order.ended_s is not None]
    click_to_door = [order.ended_s - order.placed_s for order in delivered if order.ended_s is not None]
    to_phone = [order.order_to_phone_s for order in seen.orders if order.order_to_phone_s is not None]
    to_plan = [order.order_to_plan_s for order in seen.orders if order.order_to_plan_s is not None]
    return {
        "orders_placed": len(seen.orders),
        **{state: states[state] for state in (*ENDED, "open")},
        "on_time_share": on_time_share(delivered),
        "click_to_door_p50_s": percentile(click_to_door, 50),
        "click_to_door_p90_s": percentile(click_to_door, 90),
        "order_to_plan_p50_s": percentile(to_plan, 50),
        "order_to_plan_p95_s": percentile(to_plan, 95),
        "order_to_phone_p50_s": percentile(to_phone, 50),
        "order_to_phone_p95_s": percentile(to_phone, 95),
        "api_p95_ms": percentile(seen.api_ms, 95),
        "api_requests": len(seen.api_ms),
        "api_p95_ms_by_route": slowest_routes(seen.api_ms_by_route),
        "errors_5xx": seen.errors_5xx,
        "ledger_entries": seen.books.ledger_entries,
        "ledger_unbalanced": seen.books.ledger_unbalanced,
        "ledger_sum": seen.books.ledger_sum,
        "statements_total": seen.books.statements_total,
        "earnings_posted_total": seen.books.earnings_posted_total,
        "duplicate_effects": duplicate_effects(seen.earnings, seen.webhooks),
        "webhooks_sent": seen.books.webhooks_sent,
        "webhooks_verified": len({hook.webhook_id for hook in seen.webhooks}),
        "plans": len(seen.books.plan_seconds),
        "plan_p95_s": percentile(seen.books.plan_seconds, 95),
        "unchecked_plans": seen.books.unchecked_plans,
        **consent.summary(
            modes=seen.modes,
            offers=seen.books.offers,
            choices=seen.books.choices,
            seen=seen.choices,
            judged=seen.proposals,
            decided=seen.books.decided,
        ),
        "speeds": rides.recovered(seen.rides, seen.books.paces, seen.hidden_speeds),
        "eta": {since: rides.coverage(arrivals) for since, arrivals in seen.arrivals.items()},
        "peak_rss_mb": dict(sorted(seen.peak_rss_mb.items())),
        "chaos": seen.is_chaos,
        "restarts_s": {name: [round(s, 1) for s in times] for name, times in sorted(seen.restarts_s.items())},
        "unexpected": list(seen.unexpected)[:50],
    }


def percentile(values: Iterable[float], share: float) -> float | None:
    """Nearest-rank percentile (share in percent), rounded to milli-units; None of nothing."""
    ranked = sorted(values)
    if not ranked:
        return None
    rank = max(1, -(-len(ranked) * share // 100))
    return round(float(ranked[int(rank) - 1]), 3)


def slowest_routes(by_route: Mapping[str, Sequence[float]]) -> dict[str, float | None]:
    """The routes that cost the most time in all, each with its own 95th percentile."""
    dearest = sorted(by_route, key=lambda route: -sum(by_route[route]))[:ROUTES_SHOWN]
    return {route: percentile(by_route[route], 95) for route in dearest}


def on_time_share(delivered: Sequence[OrderSeen]) -> float | None:
    """Share of delivered orders that arrived by what was promised; None if nothing was promised."""
    promised = [order for order in delivered if order.due_s is not None]
    if not promised:
        return None
    kept = sum(order.ended_s <= order.due_s for order in promised)  # type: ignore[operator]
    return round(kept / len(promised), 4)


def duplicate_effects(earnings: Iterable[EarningSeen], webhooks: Iterable[WebhookSeen]) -> int:
    """Count, from outside, what happened more than once.

    An earning of one kind for one task beyond the first (less what was taken back); a status number of an order
    with a second meaning; a second webhook id for one status of one order at one endpoint. The same id received
    twice is no duplicate: that is what the id is for.
    """
    hooks = set(webhooks)
    paid: Counter[tuple[str, str]] = Counter()
    for line in earnings:
        if line.task_id is not None:
            paid[line.task_id, line.code] += 1 if line.amount_cents >= 0 else -1
    meanings = Counter((order_id, seq) for order_id, seq, _ in {(h.order_id, h.status_seq, h.state) for h in hooks})
    ids = Counter((h.endpoint, h.order_id, h.status_seq, h.state) for h in hooks)
    return sum(max(0, count - 1) for counts in (paid, meanings, ids) for count in counts.values())


def problems(report: dict[str, Any], asked_orders: int) -> list[str]:
    """Return every reason why the day does not count; none means exit status 0."""
    found = [
        f"{report[key]} {key}, should be {wanted}"
        for key, wanted in (
            ("orders_placed", asked_orders),
            ("open", 0),
            ("errors_5xx", 0),
            ("ledger_unbalanced", 0),
            ("ledger_sum", 0),
            ("duplicate_effects", 0),
            ("unchecked_plans", 0),
            ("statements_total", report["earnings_posted_total"]),
            ("webhooks_verified", report["webhooks_sent"]),
        )
        if report[key] != wanted
    ]
    if report["orders_placed"] != sum(report[state] for state in (*ENDED, "open")):
        found.append("the endings of the orders do not add up to orders_placed")
    uncancelled = report["orders_placed"] - report["cancelled"]
    served = sum(report[state] for state in GOOD_ENDINGS)
    if uncancelled and served < SERVED_SHARE * uncancelled:
        found.append(f"only {served} of {uncancelled} uncancelled orders were delivered or returned")
    if report["delivered"] and not report["ledger_entries"]:
        found.append("orders were delivered but the ledger is empty")
    if report["delivered"] and not report["plans"]:
        found.append("orders were delivered but nothing was planned")
    found += consent.problems(report)
    slack = 2.0 if report["chaos"] else 1.0
    found += rides.dishonest(report["eta"], slack) + rides.unlearned(report["speeds"], slack)
    found += [f"unexpected: {line}" for line in report["unexpected"]]
    return found + _too_slow(report)


def _too_slow(report: dict[str, Any]) -> list[str]:
    limits = CHAOS if report["chaos"] else CALM
    slowest = max((max(times) for times in report["restarts_s"].values() if times), default=0.0)
    measured = report | {"restart_max_s": slowest}
    return [
        f"{key} is {measured[key]}, limit {limit}"
        for key, limit in limits.items()
        if measured[key] is not None and measured[key] > limit
    ]
