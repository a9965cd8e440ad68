"""What the robots measure: answer times, refusals, orders reaching phones, and whatever nobody expected."""

from collections import Counter
from dataclasses import dataclass, field

MOST_SURPRISES = 200


@dataclass(frozen=True, slots=True)
class Ridden:
    """One ride: how many times the seconds of the map's model it took."""

    profile: str
    slowness: float


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a phone expected its rider at a door, at the latest nine times in ten, and when they came; domain time."""

    expected_s: float
    late_s: float
    arrived_s: float


@dataclass
class Meter:
    """Counts of one day. Answer times are real milliseconds and leave out live streams."""

    api_ms: list[float] = field(default_factory=list)
    by_route: dict[str, list[float]] = field(default_factory=dict)
    errors_5xx: int = 0
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    broken_connections: int = 0
    surprises: list[str] = field(default_factory=list)
    choices: Counter[tuple[str, str]] = field(default_factory=Counter)  # what a rider decided about work: verb, outcome
    proposals: Counter[str] = field(default_factory=Counter)  # what a coordinator made of the planner's proposals
    rides: list[Ridden] = field(default_factory=list)
    set_off: list[Arrival] = field(default_factory=list)  # as expected when the ride began
    announced: list[Arrival] = field(default_factory=list)  # as expected when the rider first heard of the stop

    def answered(self, route: str, status: int, took_s: float) -> None:
        self.api_ms.append(took_s * 1000)
        self.by_route.setdefault(route, []).append(took_s * 1000)
        self.answers[route, status] += 1
        if status >= 500:
            self.errors_5xx += 1
            self.surprised(f"{route} answered {status}")

    def broke(self) -> None:
        """A connection was refused or cut; normal only while a killed web process starts again."""
        self.broken_connections += 1

    def surprised(self, text: str) -> None:
        if len(self.surprises) < MOST_SURPRISES:
            self.surprises.append(text)


@dataclass
class Sightings:
    """When each order was sent by its merchant and first seen on a phone; real monotonic seconds.

    Only phones that were online all the time in between count: a rider in a dead zone sees nothing sooner.
    """

    sent: dict[str, float] = field(default_factory=dict)
    on_phone: dict[str, float | None] = field(default_factory=dict)

    def placed(self, order_id: str, sent_at: float) -> None:
        self.sent[order_id] = sent_at

    def seen(self, order_id: str, now: float, online_since: float) -> None:
        """A phone shows the order; `online_since` is when that phone last came online."""
        if order_id not in self.on_phone:
            was_online = online_since <= self.sent.get(order_id, now)
            self.on_phone[order_id] = now if was_online else None

    def delay_s(self, order_id: str) -> float | None:
        """Real seconds from sending to the phone; None if it was never seen or the phone was offline."""
        seen, sent = self.on_phone.get(order_id), self.sent.get(order_id)
        return None if seen is None or sent is None else max(0.0, round(seen - sent, 3))
