"""Chaos strikes every kind of process, and puts back what it can measure."""

import asyncio
from datetime import datetime

import pytest

from dispatch.core import clock
from dispatch.demo.rehearsal.chaos import Chaos, mean_pause_s
from dispatch.demo.robots.cast import Account, Cast
from dispatch.demo.robots.pace import Pace
from dispatch.demo.robots.schedule import DayOptions, write_day
from dispatch.demo.robots.stage import Stage


class State:
    """A process that came back under another id."""

    pid = 2
    is_running = True


class FakeStack:
    """Remembers who was struck."""

    base_url = "http://town.example"
    environment: dict[str, str] = {}

    def __init__(self) -> None:
        self.struck: list[str] = []

    def command(self, *arguments: str) -> str:
        return ""

    def start_clock(self, starts_at: datetime) -> None:
        return None

    def start_processes(self) -> None:
        return None

    def is_ready(self) -> bool:
        return True

    def queues(self, name: str) -> tuple[str, ...]:
        return ()

    def processes(self) -> dict[str, State]:
        return {"planner": State(), "worker": State()}

    def kill(self, name: str) -> int:
        self.struck.append(name)
        return 1

    def flush_redis(self) -> None:
        self.struck.append("redis")

    def peak_rss_mb(self) -> dict[str, int]:
        return {}


def stage() -> Stage:
    nobody = Account(name="", email="", password="")
    cast = Cast(coop="", coordinator=nobody, riders=(), stores=(), places=())
    return Stage(base_url="", cast=cast, script=write_day(DayOptions()), pace=Pace(clock.now()))


@pytest.mark.parametrize("target", ["planner", "worker", "web", "redis"])
def test_each_target_is_struck_and_its_return_is_timed(target: str):
    stack = FakeStack()
    day = stage()
    day.placed = {}
    chaos = Chaos(stack, day, seed=1)

    async def strike() -> None:
        striking = asyncio.create_task(chaos._strike(target))
        await asyncio.sleep(0.01)
        day.placed = {"o1": None}  # type: ignore[dict-item]
        await striking

    asyncio.run(strike())
    assert stack.struck == [target]
    assert [name for name, times in chaos.restarts_s.items() if times] == ([] if target == "redis" else [target])


def test_short_day_has_time_for_every_target_and_long_day_is_struck_once_a_minute():
    """A strike waits until what it struck is back, so the pauses may be short."""
    assert mean_pause_s(60.0) == 5.0
    assert mean_pause_s(720.0) == 60.0


def test_each_target_is_struck_even_if_the_day_is_over_before():
    """A day too short for chaos would prove nothing."""
    stack = FakeStack()
    chaos = Chaos(stack, stage(), seed=1, hurry=100)
    chaos.is_enough = True
    clock.use_scale(clock.Scale(real_anchor=clock.real_now(), domain_anchor=clock.real_now(), speed=100_000.0))
    try:
        asyncio.run(chaos.rage())
    finally:
        clock.use_scale(None)
    assert sorted(stack.struck) == ["planner", "redis", "web", "worker"]
