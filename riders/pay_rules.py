"""Decide what a task and a shift earn, line by line. Pure.

Amounts are integer minor units, distances metres, durations seconds; every line names the version of the rules that
made it. What a task earns: a fixed amount per delivery, the planned bike route, and waiting beyond the free minutes.
What a shift earns on top: the difference to the hourly floor. Tips are the rider's and never count to the floor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dispatch.core.errors import FieldError, Invalid
from dispatch.core.money import of_rate, split_fairly

from .earned_rules import LEAST_S

DEFAULT: dict[str, Any] = {
    "per_delivery_cents": 320,
    "per_km_cents": 60,
    "waiting": {"free_min": 5, "per_min_cents": 20, "cap_min": 30},
    "floor_per_hour_cents": 1400,
    "min_shift_hours": 0,
    "return_factor_percent": 100,
    "failed_attempt_factor_percent": 100,
}

Cents = int
PIECE_CODES = ("per_delivery", "per_km", "waiting")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Waiting(_Part):
    """Pay for standing at a door: free minutes, then a rate per minute, for at most `cap_min` paid minutes a stop."""

    free_min: int = Field(ge=0, le=120)
    per_min_cents: int = Field(ge=0)
    cap_min: int = Field(ge=0, le=600)


class Document(_Part):
    """What a version of `pay` says."""

    per_delivery_cents: int = Field(ge=0)
    per_km_cents: int = Field(ge=0)
    waiting: Waiting
    floor_per_hour_cents: int = Field(ge=0)
    min_shift_hours: float = Field(default=0, ge=0, le=12)
    return_factor_percent: int = Field(default=100, ge=0, le=300)
    failed_attempt_factor_percent: int = Field(default=100, ge=0, le=300)


@dataclass(frozen=True, slots=True, kw_only=True)
class PayRules:
    """One version of the pay rules, ready to use."""

    version: str
    terms: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a rider did at one task: `route_m` is this drop's share of the order's planned bike route."""

    kind: str
    succeeded: bool
    route_m: int = 0
    waited_s: int = 0
    is_return: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PayLine:
    """One line of earnings, with the quantity it was computed from."""

    code: str
    amount_cents: int
    rule_version: str
    quantity: dict[str, Any] = field(default_factory=dict)


def parse(version: str, document: dict[str, Any]) -> PayRules:
    """The rules that a document states; Invalid lists what is wrong in it."""
    try:
        return PayRules(version=version, terms=Document.model_validate(document))
    except ValidationError as error:
        findings = tuple(
            FieldError(
                pointer="/" + "/".join(str(part) for part in item["loc"]), code=item["type"], message=item["msg"]
            )
            for item in error.errors(include_url=False, include_input=False)
        )
        raise Invalid(f"the pay rules {version} cannot be used", errors=findings) from error


def earning_lines(rules: PayRules, work: Work) -> list[PayLine]:
    """What an ended task earns; lines of zero are left out.

    A pickup earns its waiting only (and the failed attempt's amount if the parcel was not there); a dropoff also earns
    the delivery and the route. Returns and failed attempts are paid by their own factors.
    """
    terms = rules.terms
    factor = _factor_percent(terms, work)
    lines = []
    if work.kind == "dropoff" or not work.succeeded:
        amount = of_rate(Decimal(factor) / 100, terms.per_delivery_cents)
        lines.append(_line(rules, "per_delivery", amount, _share(factor)))
    if work.kind == "dropoff":
        km = Decimal(work.route_m) / 1000
        amount = of_rate(km * factor / 100, terms.per_km_cents)
        lines.append(_line(rules, "per_km", amount, {"route_m": work.route_m} | _share(factor)))
    paid_s = paid_waiting_s(terms.waiting, work.waited_s)
    amount = of_rate(Decimal(paid_s) / 60, terms.waiting.per_min_cents)
    lines.append(_line(rules, "waiting", amount, {"waited_s": work.waited_s, "paid_s": paid_s}))
    return [line for line in lines if line.amount_cents != 0]


def estimate_cents(rules: PayRules, route_m: int, drops: int) -> Cents:
    """What an order earns if all goes well and nobody waits."""
    work = [Work(kind="dropoff", succeeded=True, route_m=share) for share in route_shares_m(route_m, drops)]
    return sum(total_cents(earning_lines(rules, item)) for item in work)


def paid_waiting_s(waiting: Waiting, waited_s: int) -> int:
    """Seconds of waiting that are paid: beyond the free minutes, up to the cap."""
    return min(max(0, waited_s - waiting.free_min * 60), waiting.cap_min * 60)


def route_shares_m(route_m: int, drops: int) -> list[int]:
    """An order's planned route shared among its dropoffs, to the metre."""
    return split_fairly(route_m, [1] * drops)


def credited_s(
    terms: Document, signed_on_at: datetime, signed_off_at: datetime, *, unpaid_break_s: int = 0
) -> int:
    """Seconds of a shift that count to the floor: clock in to clock out less unpaid breaks, at least the minimum."""
    worked_s = round((signed_off_at - signed_on_at).total_seconds()) - unpaid_break_s
    return max(worked_s, round(terms.min_shift_hours * 3600), 0)


def top_up_line(rules: PayRules, *, credited: int, piece_cents: Cents) -> PayLine | None:
    """What lifts a shift's piece pay to the hourly floor for `credited` seconds; None if it is above already."""
    floor = floor_cents(rules, credited)
    missing = floor - piece_cents
    if missing <= 0:
        return None
    return _line(
        rules, "floor_top_up", missing, {"credited_s": credited, "floor_cents": floor, "piece_cents": piece_cents}
    )


def floor_cents(rules: PayRules, credited: int) -> Cents:
    """What `credited` seconds are worth at least."""
    return of_rate(Decimal(credited) / 3600, rules.terms.floor_per_hour_cents)


def total_cents(lines: Sequence[PayLine]) -> Cents:
    """Sum of lines."""
    return sum(line.amount_cents for line in lines)


def per_hour_cents(total: Cents, credited: int) -> Cents | None:
    """Effective pay per hour over `credited` seconds; None after too little work to say."""
    return of_rate(Decimal(total) * 3600 / credited, 1) if credited >= LEAST_S else None


def _factor_percent(terms: Document, work: Work) -> int:
    factor = terms.return_factor_percent if work.is_return else 100
    return factor if work.succeeded else factor * terms.failed_attempt_factor_percent // 100


def _share(factor_percent: int) -> dict[str, Any]:
    return {"factor_percent": factor_percent} if factor_percent != 100 else {}


def _line(rules: PayRules, code: str, amount_cents: int, quantity: dict[str, Any]) -> PayLine:
    return PayLine(code=code, amount_cents=amount_cents, rule_version=rules.version, quantity=quantity)
