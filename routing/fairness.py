"""Steer work a little towards couriers who got less than the middle of their colleagues. Pure.

The same in production (`dispatch.planning.fairness`), when a day is lived again, and in `bench fairness`.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import TypeVar

from routing.day import DayOrder
from routing.problem import Courier

Key = TypeVar("Key", bound=Hashable)

FULL_AT = 0.25
"""Distance from the median, as a share of it, at which the whole capped term is at work."""

LEAST_S = 1800
"""Less work than this says nothing about an hour's pay."""


def biases(hourly: Mapping[Key, float], cap: int) -> dict[Key, int]:
    """What giving an order to each courier costs (or, below the median, saves) in the plan, within +-`cap`.

    In the units of `cap`. Nothing while fewer than two couriers have worked enough to say.
    """
    if len(hourly) < 2 or (middle := median(hourly.values())) <= 0:
        return {}
    found = {key: (own - middle) / middle / FULL_AT for key, own in hourly.items()}
    return {key: round(cap * max(-1.0, min(1.0, share))) for key, share in found.items()}


def one_each(_order: DayOrder) -> float:
    """Every order is worth the same: what is known of a day in a file."""
    return 1.0


@dataclass(slots=True, kw_only=True)
class Shares:
    """What the orders of each courier were worth, over one day or many. `worth` says what an order brings."""

    worth: Callable[[DayOrder], float] = one_each
    earned: dict[str, float] = field(default_factory=dict)
    worked_s: dict[str, float] = field(default_factory=dict)

    def credit(self, courier_id: str, order: DayOrder) -> None:
        """An order was delivered."""
        self.earned[courier_id] = self.earned.get(courier_id, 0.0) + self.worth(order)

    def end_day(self, couriers: Iterable[Courier]) -> None:
        """Add the shifts of a day that is over."""
        for courier in couriers:
            length_s = courier.shift_end_s - courier.ready_s
            self.worked_s[courier.id] = self.worked_s.get(courier.id, 0.0) + length_s

    def hourly(self, couriers: Iterable[Courier], now_s: int) -> dict[str, float]:
        """Worth per hour on shift, of those who worked enough to say, a running shift included."""
        found = {}
        for courier in couriers:
            today_s = max(0, min(now_s, courier.shift_end_s) - courier.ready_s)
            worked_s = self.worked_s.get(courier.id, 0.0) + today_s
            if worked_s >= LEAST_S:
                found[courier.id] = self.earned.get(courier.id, 0.0) * 3600 / worked_s
        return found
