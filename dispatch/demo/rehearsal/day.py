"""Live one day on a private stack and report whether everything adds up.

The order of things: create the demo co-op, start the processes, let the robots live the day through HTTP, wait
until nothing is on its way any more, close the pay period, read the books, build the report.
"""

import asyncio
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dispatch.core import clock
from dispatch.demo.rehearsal import audit, report
from dispatch.demo.rehearsal.chaos import Chaos
from dispatch.demo.rehearsal.play import Play
from dispatch.demo.rehearsal.stack import Stack
from dispatch.demo.robots.cast import Cast, read_cast
from dispatch.demo.robots.pace import Pace
from dispatch.demo.robots.schedule import DayOptions, write_day
from dispatch.demo.robots.stage import Stage

BEGINS_AT = time(9, 0, tzinfo=UTC)
ROOM_TO_SIGN_ON_S = 12.0  # real seconds between ready and the day's beginning
SETTLE_WITHIN_S = 90.0  # real seconds for webhooks and messages after the last rider went home
LOOK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsalOptions:
    """What `paceline rehearse` may choose."""

    orders: int = 200
    riders: int = 15
    hours: float = 6.0
    merchants: int = 8
    seed: int = 1
    noise: float = 1.0
    mode: str = "automatic"
    chaos: bool = False
    city: str | None = None
    elevation: Path | None = None
    json_path: Path | None = None
    day_path: Path | None = None

    def day(self, places: int) -> DayOptions:
        return DayOptions(
            orders=self.orders,
            riders=self.riders,
            merchants=self.merchants,
            hours=self.hours,
            seed=self.seed,
            noise=self.noise,
            mode=self.mode,
            places=places,
        )


def rehearse(options: RehearsalOptions, stack: Stack, say: Callable[[str], None] = print) -> int:
    """Live a day on a stack whose services run; 0 if everything adds up, else 1 after saying what does not."""
    stack.start_clock(datetime.combine(clock.real_now().date(), BEGINS_AT))
    say("Creating the demo co-op")
    cast = create_cast(options, stack)
    say("Starting the processes")
    stack.start_processes()
    clock.use_scale(clock.Scale.parse(stack.environment["PACELINE_CLOCK"]))
    stage = make_stage(options, stack, cast)
    chaos = Chaos(stack, stage, options.seed) if options.chaos else None
    play = Play(stage, say)
    asyncio.run(play.perform(chaos))
    settle(stack, say)
    say("Closing the pay period")
    stack.command("pay", "close")
    if options.day_path:
        say(stack.command("day", "--out", str(options.day_path.absolute())).strip())
    found = report.build(observe(options, play, chaos, stack))
    return conclude(found, options, say)


def create_cast(options: RehearsalOptions, stack: Stack) -> Cast:
    """Create the demo co-op in the stack; who is in it."""
    with TemporaryDirectory(prefix="paceline-cast-") as folder:
        path = Path(folder) / "cast.json"
        city = ["--city", options.city] if options.city else []
        city += ["--elevation", str(options.elevation)] if options.elevation else []
        stack.command(
            "demo",
            "create",
            "--riders",
            str(options.riders),
            "--merchants",
            str(options.merchants),
            "--seed",
            str(options.seed),
            "--cast",
            str(path),
            *city,
        )
        return read_cast(path)


def make_stage(options: RehearsalOptions, stack: Stack, cast: Cast) -> Stage:
    """Set the day's beginning a little ahead, so that every rider is on the bike when the first order comes."""
    begins = clock.now() + timedelta(seconds=ROOM_TO_SIGN_ON_S * clock.speed())
    script = write_day(options.day(len(cast.places)))
    return Stage(base_url=stack.base_url, cast=cast, script=script, pace=Pace(begins))


def settle(stack: Stack, say: Callable[[str], None]) -> None:
    """Wait until no event, task or webhook is on its way."""
    deadline = clock.monotonic_s() + SETTLE_WITHIN_S
    while (left := audit.count_unsettled(stack.environment["DATABASE_URL"])) and clock.monotonic_s() < deadline:
        clock.sleep_s(LOOK_EVERY_S)
    if left:
        say(f"{left} messages are still on their way after {SETTLE_WITHIN_S:.0f} s")


def observe(options: RehearsalOptions, play: Play, chaos: Chaos | None, stack: Stack) -> report.Observed:
    """Gather what robots, books and stack saw."""
    database_url = stack.environment["DATABASE_URL"]
    meter = play.stage.meter
    given_up = [f"given up: {text}" for text in audit.list_given_up(database_url)]
    forged = [f"webhook that does not verify: {text}" for text in play.receiver.inbox.forged]
    broken = [] if chaos or not meter.broken_connections else [f"{meter.broken_connections} broken connections"]
    return report.Observed(
        asked_orders=options.orders,
        orders=play.orders_seen(),
        webhooks=play.webhooks_seen(),
        earnings=play.earnings_seen(),
        api_ms=meter.api_ms,
        api_ms_by_route=meter.by_route,
        errors_5xx=meter.errors_5xx,
        unexpected=[*meter.surprises, *given_up, *forged, *broken],
        books=audit.read_books(database_url),
        peak_rss_mb=stack.peak_rss_mb(),
        restarts_s=dict(chaos.restarts_s) if chaos else {},
        is_chaos=options.chaos,
        rides=meter.rides,
        hidden_speeds=play.stage.script.speeds,
        arrivals={"set_off": meter.set_off, "announced": meter.announced},
        modes=tuple(mode for _, mode in play.stage.script.modes),
        choices=meter.choices,
        proposals=meter.proposals,
    )


def conclude(found: dict[str, Any], options: RehearsalOptions, say: Callable[[str], None]) -> int:
    """Write day.json, say the figures and the problems; the exit status."""
    wrong = report.problems(found, options.orders)
    found["problems"] = wrong
    if options.json_path:
        options.json_path.parent.mkdir(parents=True, exist_ok=True)
        options.json_path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    for key, value in found.items():
        if key not in ("problems", "unexpected"):
            say(f"{key:<24} {value}")
    for line in wrong:
        print(f"does not add up: {line}", file=sys.stderr)
    say("The day adds up." if not wrong else f"{len(wrong)} things do not add up.")
    return 1 if wrong else 0
