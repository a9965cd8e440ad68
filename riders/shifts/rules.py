"""Decide who may take a shift or give it back, when a planned break falls, and which bike may be ridden. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dispatch.core.errors import Conflict, Invalid

LONGEST_SHIFT = timedelta(hours=14)
LATEST_GIVE_BACK = timedelta(hours=2)
"""Closer to the start a rider calls, so that somebody knows."""

BREAK_WINDOW = (0.35, 0.65)
"""The part of a shift in which its planned break begins."""

CAPACITIES: dict[str, tuple[int, int]] = {
    "bike": (15_000, 60_000),
    "ebike": (15_000, 60_000),
    "cargo": (80_000, 300_000),
    "trailer": (60_000, 250_000),
}
"""What a kind of bike usually carries: grams, millilitres."""

MOST_CARRIED_G = 300_000
DAY_MINUTES = 24 * 60
WEEKDAYS = range(7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """From when until when."""

    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: Span) -> bool:
        """Whether both run at some moment."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningFacts:
    """What the rules look at in a published shift."""

    span: Span
    places: int
    taken: int
    is_cancelled: bool = False


def check_publish(span: Span, places: int, break_s: int, now: datetime) -> None:
    """Invalid unless a shift can be published like this."""
    if span.ends_at <= span.starts_at:
        raise Invalid("the shift would end before it starts")
    if span.ends_at - span.starts_at > LONGEST_SHIFT:
        raise Invalid(f"a shift lasts at most {LONGEST_SHIFT.seconds // 3600} hours")
    if span.ends_at <= now:
        raise Invalid("the shift would be over already")
    if not 1 <= places <= 99:
        raise Invalid("a shift has 1 to 99 places")
    if break_s < 0 or timedelta(seconds=break_s) * 2 > span.ends_at - span.starts_at:
        raise Invalid("the break is longer than half of the shift")


def check_take(opening: OpeningFacts, mine: Sequence[Span], now: datetime) -> None:
    """Conflict unless a rider with these shifts may take one more."""
    if opening.is_cancelled:
        raise Conflict("this shift was withdrawn", code="shift_withdrawn")
    if opening.span.ends_at <= now:
        raise Conflict("this shift is over", code="shift_over")
    if opening.taken >= opening.places:
        raise Conflict("somebody else took the last place a moment before", code="shift_full")
    if any(span.overlaps(opening.span) for span in mine):
        raise Conflict("you have another shift at that time", code="shift_overlaps")


def check_give_back(span: Span, *, is_begun: bool, now: datetime) -> None:
    """Conflict for a shift that has begun or is about to."""
    if is_begun:
        raise Conflict("this shift has begun: sign off instead", code="shift_begun")
    if span.starts_at - now < LATEST_GIVE_BACK:
        hours = LATEST_GIVE_BACK.seconds // 3600
        raise Conflict(f"it begins in less than {hours} hours: call the coordinator", code="too_close", hours=hours)


def break_window(span: Span, break_s: int) -> tuple[datetime, datetime] | None:
    """Between when and when the planned break begins; None for a shift without."""
    if break_s <= 0:
        return None
    length = span.ends_at - span.starts_at
    return span.starts_at + length * BREAK_WINDOW[0], span.starts_at + length * BREAK_WINDOW[1]


def break_left_s(began_at: datetime, planned_s: int, now: datetime, *, least_s: int = 60) -> int:
    """Seconds that a break which runs is still expected to last."""
    return max(least_s, round(planned_s - (now - began_at).total_seconds()))


def capacity_of(profile: str, own_profile: str, own: tuple[int, int], said_g: int | None) -> tuple[int, int]:
    """What a rider's own bike carries today: grams and millilitres; another kind than usual carries what such do."""
    grams, millilitres = own if profile == own_profile else CAPACITIES[profile]
    if said_g is None:
        return grams, millilitres
    if not 0 < said_g <= MOST_CARRIED_G:
        raise Invalid(f"a bike carries more than nothing and at most {MOST_CARRIED_G // 1000} kg")
    return said_g, millilitres


def check_bike(name: str, *, fault: str, is_retired: bool, is_taken: bool) -> None:
    """Conflict for a bike that must not be ridden now."""
    if is_retired:
        raise Conflict(f"{name} is not in use any more", code="bike_retired")
    if fault:
        raise Conflict(f"{name} is out of order ({fault}): take another bike", code="bike_fault")
    if is_taken:
        raise Conflict(f"somebody else rides {name} just now", code="bike_taken")


def read_week(form: Mapping[str, str]) -> dict[int, tuple[int, int]]:
    """Availability per weekday from `from_0`, `until_0`...: minutes after midnight. Invalid names a wrong day."""
    week = {}
    for weekday in WEEKDAYS:
        begins, ends = form.get(f"from_{weekday}", "").strip(), form.get(f"until_{weekday}", "").strip()
        if not begins and not ends:
            continue
        first, last = _minutes(begins), _minutes(ends) or DAY_MINUTES
        if first is None or first >= last:
            raise Invalid(f"day {weekday + 1}: give both times, the first before the second", weekday=weekday)
        week[weekday] = (first, last)
    return week


def read_kilometres(text: str) -> int | None:
    """Kilometres as typed (`42` or `42,5`), in metres; None if empty. Invalid if it is no number."""
    if not text:
        return None
    try:
        return round(float(text.replace(",", ".")) * 1000)
    except (ValueError, OverflowError) as error:
        raise Invalid(f"{text[:20]!r} is no number of kilometres", code="longest_day") from error


def is_available(week: Mapping[int, tuple[int, int]], starts_at: datetime, ends_at: datetime) -> bool:
    """Whether local times lie inside what a rider said of that weekday; past midnight the start decides."""
    if starts_at.weekday() not in week:
        return False
    first, last = week[starts_at.weekday()]
    begins = starts_at.hour * 60 + starts_at.minute
    ends = ends_at.hour * 60 + ends_at.minute if ends_at.date() == starts_at.date() else DAY_MINUTES
    return first <= begins and ends <= last


def _minutes(text: str) -> int | None:
    hours, colon, minutes = text.partition(":")
    if not colon or not hours.isdigit() or not minutes[:2].isdigit():
        return None
    total = int(hours) * 60 + int(minutes[:2])
    return total if total <= DAY_MINUTES else None
