"""The day's clock as robots live it: domain seconds since the day began, and waiting for them."""

import asyncio
from datetime import datetime, timedelta

from dispatch.core import clock


class Pace:
    """Seconds of domain time since `starts_at`; `dispatch.core.clock` says how fast they pass."""

    def __init__(self, starts_at: datetime):
        self.starts_at = starts_at

    def now_s(self) -> float:
        return (clock.now() - self.starts_at).total_seconds()

    def at(self, seconds: float) -> datetime:
        """The moment (aware UTC, domain) so many seconds into the day."""
        return self.starts_at + timedelta(seconds=seconds)

    def seconds_at(self, moment: str | None) -> float | None:
        """Seconds into the day of a time in RFC 3339, None of none."""
        return None if moment is None else (datetime.fromisoformat(moment) - self.starts_at).total_seconds()

    async def wait(self, seconds: float) -> None:
        """Let domain seconds pass."""
        if seconds > 0:
            await asyncio.sleep(clock.real_duration(timedelta(seconds=seconds)).total_seconds())

    async def wait_unless(self, seconds: float, event: asyncio.Event) -> bool:
        """Let domain seconds pass; False if the event came first."""
        try:
            await asyncio.wait_for(event.wait(), clock.real_duration(timedelta(seconds=seconds)).total_seconds())
        except TimeoutError:
            return True
        return False

    async def until(self, at_s: float) -> None:
        """Wait for a moment of the day."""
        await self.wait(at_s - self.now_s())
