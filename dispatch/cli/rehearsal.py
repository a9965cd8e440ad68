"""`paceline rehearse`: a whole day of robots on a private stack, and whether everything adds up."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
from pathlib import Path

import click

from dispatch.demo.rehearsal.day import RehearsalOptions
from dispatch.demo.rehearsal.day import rehearse as live_a_day
from dispatch.demo.robots.schedule import MIXED, MODES
from dispatch.stack.environment import ROOT
from dispatch.stack.private import PrivateStack

from .refusals import says_errors

SETTINGS = {
    "PACELINE_LOCAL_WEBHOOKS": "1",
    "PACELINE_NO_RATE_LIMITS": "1",
    "PACELINE_DEMO": "1",
    "NUMBA_CACHE_DIR": str(ROOT / "var" / "numba"),
}
"""Robots are many and hook to loopback; what is compiled once serves every rehearsal."""


@click.command()
@click.option("--city", help="An .osm.pbf (path or URL) instead of the generated town.")
@click.option("--elevation", type=click.Path(path_type=Path, exists=True), help="Folder of .hgt or .hgt.zip tiles.")
@click.option("--orders", default=200, show_default=True)
@click.option("--riders", default=15, show_default=True)
@click.option("--merchants", default=8, show_default=True)
@click.option("--hours", default=6.0, show_default=True)
@click.option("--speed", default=30.0, show_default=True, help="Domain seconds per real second.")
@click.option("--seed", default=1, show_default=True)
@click.option("--noise", default=1.0, show_default=True, help="0: nothing goes wrong; 1: a usual day.")
@click.option(
    "--mode", type=click.Choice((*MODES, MIXED)), default="automatic", show_default=True,
    help="How plans take effect: at once, by a coordinator's yes, by the rider's, off the open board, each in turn.",
)
@click.option("--chaos", is_flag=True, help="Also kill processes and empty Redis at random moments.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the figures here.")
@click.option("--day", "day_path", type=click.Path(path_type=Path), help="Write the day here, for `paceline replay`.")
@click.option("--keep", is_flag=True, help="Keep the folder with the logs.")
@says_errors
def rehearse(  # noqa: PLR0913 - one option per figure of the day
    city: str | None, elevation: Path | None, orders: int, riders: int, merchants: int, hours: float, speed: float,
    seed: int, noise: float, mode: str, chaos: bool, json_path: Path | None, day_path: Path | None, keep: bool,
) -> None:  # fmt: skip
    """Let robots live a day through public HTTP only; exit 1 if anything does not add up."""
    options = RehearsalOptions(
        orders=orders, riders=riders, hours=hours, merchants=merchants, seed=seed, noise=noise, mode=mode,
        chaos=chaos,
        city=str(Path(city).absolute()) if city and "://" not in city else city, json_path=json_path,
        elevation=elevation.absolute() if elevation else None,
        day_path=day_path,
    )  # fmt: skip
    folder = Path(tempfile.mkdtemp(prefix="paceline-day-"))
    folder.chmod(0o755)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that the stack below is taken down
    try:
        with PrivateStack(folder, clock_speed=speed, settings=SETTINGS) as stack:
            status = live_a_day(options, stack, click.echo)
    finally:
        if keep:
            click.echo(f"The logs are in {folder}.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    sys.exit(status)
