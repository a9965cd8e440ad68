"""Decide how many orders an hour can take: as many as the riders who are to work then carry. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

SLOT = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One rider's agreed time, with the break in it (seconds), which counts as spread over all of it."""

    starts_at: datetime
    ends_at: datetime
    break_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One hour of a zone: the riders at work in it, and the orders that are due in it.

    `capacity` is None where no shifts are agreed for that day: then nothing is known, and nothing is refused.
    """

    begins_at: datetime
    riders: float
    capacity: int | None
    booked: int

    @property
    def ends_at(self) -> datetime:
        """When the next slot begins."""
        return self.begins_at + SLOT

    @property
    def left(self) -> int | None:
        """Orders that it can still take."""
        return None if self.capacity is None else max(0, self.capacity - self.booked)


def beginnings(since: datetime, until: datetime) -> Iterator[datetime]:
    """The full hours whose slots touch `[since, until)`."""
    at = since.replace(minute=0, second=0, microsecond=0)
    while at < until:
        yield at
        at += SLOT


def riders_in(begins_at: datetime, shifts: Iterable[Work]) -> float:
    """How many riders are at work in a slot; part of it counts in part."""
    return round(sum(_share(begins_at, shift) for shift in shifts), 2)


def _share(begins_at: datetime, shift: Work) -> float:
    overlap = min(begins_at + SLOT, shift.ends_at) - max(begins_at, shift.starts_at)
    if overlap <= timedelta(0):
        return 0.0
    length = shift.ends_at - shift.starts_at
    working = max(0.0, 1 - timedelta(seconds=shift.break_s) / length)
    return overlap / SLOT * working


def capacity(riders: float, orders_per_rider_hour: float) -> int:
    """How many orders so many riders deliver in one slot."""
    return int(riders * orders_per_rider_hour + 1e-6)


def have_room(slots: Sequence[Slot]) -> bool:
    """Whether one of the slots can take one more order; a slot of which nothing is known can."""
    return any(slot.left is None or slot.left > 0 for slot in slots)
