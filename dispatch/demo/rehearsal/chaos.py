"""Kill processes at bad moments and empty Redis, and measure how long each takes to come back."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from random import Random

from dispatch.core import clock
from dispatch.demo.rehearsal import audit
from dispatch.demo.rehearsal.stack import Stack
from dispatch.demo.robots.stage import Stage

FIRST_AFTER_S = 4.0  # real seconds
STRIKE_EVERY_S = 60.0  # real seconds on a long day
BACK_WITHIN_S = 60.0
LOOK_EVERY_S = 0.1
ROUND = ("planner", "redis", "worker", "web")


class Chaos:
    """Strikes in shuffled rounds; `restarts_s` says how long each process was away."""

    def __init__(self, stack: Stack, stage: Stage, seed: int, *, hurry: float = 1.0):
        """`hurry` divides all pauses."""
        self.stack, self.stage, self.hurry = stack, stage, hurry
        self.rng = Random(f"{seed}:chaos")
        self.restarts_s: dict[str, list[float]] = defaultdict(list)
        self.strikes = 0
        self.is_enough = False

    async def rage(self) -> None:
        """Strike again and again until told that it is enough, each target at least once."""
        await self.stage.pace.until(0.0)
        await asyncio.sleep(FIRST_AFTER_S / self.hurry)
        pause_s = mean_pause_s(self.stage.script.options.end_s / clock.speed())
        targets: list[str] = []
        while self.strikes < len(ROUND) or not self.is_enough:
            targets = targets or self.rng.sample(ROUND, len(ROUND))
            await self._strike(targets.pop())
            await asyncio.sleep(pause_s * self.rng.uniform(0.6, 1.4) / self.hurry)

    async def _strike(self, target: str) -> None:
        self.strikes += 1
        if target == "redis":
            await asyncio.to_thread(self.stack.flush_redis)
            return
        await self._busy_moment(target)
        old_pid = await asyncio.to_thread(self.stack.kill, target)
        struck, at = clock.monotonic_s(), clock.real_now()
        is_back = self._web_is_back if target == "web" else lambda: self._is_back(target, old_pid, at)
        if await self._wait(is_back, struck):
            self.restarts_s[target].append(clock.monotonic_s() - struck)
        else:
            self.stage.meter.surprised(f"{target} was not back {BACK_WITHIN_S:.0f} s after it was killed")

    async def _busy_moment(self, target: str) -> None:
        """Wait until an order was just placed (planner: mid-solve) or anything just happened (worker: mid-task)."""
        if target == "web":
            return
        before = len(self.stage.placed)
        for _ in range(60):
            await asyncio.sleep(LOOK_EVERY_S / self.hurry)
            if len(self.stage.placed) > before:
                break
        await asyncio.sleep(self.rng.uniform(0.05, 0.7))

    async def _wait(self, is_back: Callable[[], bool], struck: float) -> bool:
        while clock.monotonic_s() - struck < BACK_WITHIN_S:
            await asyncio.sleep(LOOK_EVERY_S)
            if await asyncio.to_thread(is_back):
                return True
        return False

    def _web_is_back(self) -> bool:
        return self.stack.is_ready()

    def _is_back(self, target: str, old_pid: int, struck_at: datetime) -> bool:
        """A process with tasks to do is back when it has done one, not when it merely runs."""
        state = self.stack.processes().get(target)
        if state is None or not state.is_running or state.pid == old_pid:
            return False
        queues = self.stack.queues(target)
        return not queues or audit.is_working(self.stack.environment["DATABASE_URL"], queues, struck_at)


def mean_pause_s(day_s: float) -> float:
    """Real seconds between strikes: about one a minute, but on a short day each target is still struck once."""
    return max(4.0, min(STRIKE_EVERY_S, day_s / (3 * len(ROUND))))
