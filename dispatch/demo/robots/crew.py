"""Robots for `make run`: they live an ordinary working day beside the person who looks on, at the clock's pace.

They use a running server and never stop by themselves; when a day ends, the next begins.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx

from dispatch.core import clock
from dispatch.demo.robots.cast import Cast, read_cast
from dispatch.demo.robots.merchant import MerchantRobot
from dispatch.demo.robots.pace import Pace
from dispatch.demo.robots.rider import RiderRobot
from dispatch.demo.robots.schedule import Day, DayOptions, write_day
from dispatch.demo.robots.stage import Stage

HOURS = 4.0
ORDERS_PER_RIDER_AND_HOUR = 2.2
OPENING_EVERY_S = 9.0
"""Domain seconds between the first orders of a day: whoever starts a demo wants to see it move."""
GO_HOME_S = 1200.0  # domain seconds for riders to bring out what is on board
REST_S = 120.0  # domain seconds between two days
LOOK_EVERY_S = 1.0


def work_forever(base_url: str, cast_path: Path) -> int:
    """Play day after day until the process is ended; 0 then. The first rider is left to the person who looks on."""
    cast = read_cast(cast_path)
    if len(cast.riders) > 1:
        cast = replace(cast, riders=cast.riders[1:])
    with suppress(KeyboardInterrupt):
        asyncio.run(_play_days(base_url, cast))
    return 0


async def _play_days(base_url: str, cast: Cast) -> None:
    await _wait_until_ready(base_url)
    while True:
        stage = new_day(base_url, cast)
        working = [asyncio.create_task(_quietly(robot.live())) for robot in _robots(stage)]
        await stage.pace.until(stage.script.options.end_s)
        stage.is_over = True
        await asyncio.wait(working, timeout=GO_HOME_S / clock.speed())
        for task in working:
            task.cancel()
        await stage.pace.wait(REST_S)


def _robots(stage: Stage) -> list[RiderRobot | MerchantRobot]:
    riders = [
        RiderRobot(stage, account, temper)
        for account, temper in zip(stage.cast.riders, stage.script.tempers, strict=True)
    ]
    return [*riders, *(MerchantRobot(stage, i, store) for i, store in enumerate(stage.cast.stores))]


def new_day(base_url: str, cast: Cast) -> Stage:
    """A day that begins now; seeded by the time, so that no two days use the same ids."""
    now = clock.now()
    options = DayOptions(
        orders=round(len(cast.riders) * HOURS * ORDERS_PER_RIDER_AND_HOUR),
        riders=len(cast.riders),
        merchants=len(cast.stores),
        hours=HOURS,
        places=len(cast.places),
        seed=int(clock.real_now().timestamp()),
        noise=0.6,
    )
    script = with_lively_opening(write_day(options))
    return Stage(base_url=base_url, cast=cast, script=script, pace=Pace(now), tag=f"{now:%y%m%d-%H%M%S}")


def with_lively_opening(script: Day) -> Day:
    """The same day, but with one order per rider in its first minutes."""
    opening, rest = script.wishes[: len(script.tempers)], script.wishes[len(script.tempers) :]
    early = tuple(
        replace(wish, at_s=min(wish.at_s, OPENING_EVERY_S * (i + 2)), is_nobody_home=False)
        for i, wish in enumerate(opening)
    )
    return replace(script, wishes=early + rest)


async def _wait_until_ready(base_url: str) -> None:
    async with httpx.AsyncClient(base_url=base_url, trust_env=False, verify=False) as client:
        while True:
            try:
                if (await client.get("/readyz")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(LOOK_EVERY_S)


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    """One robot's trouble must not end the others' day; the server's log has the reason."""
    try:
        await work
    except Exception as error:
        print(f"robot: {error!r}", flush=True)
