"""`paceline day` and `paceline replay`: a day as a file, and the same day again under other rules or another engine."""

from __future__ import annotations

import json
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from dispatch.core import clock, web
from dispatch.core.errors import Invalid
from dispatch.geo.zones import ZoneView, list_zones
from dispatch.planning import days, replay

from .context import application, choose_coop
from .refusals import says_errors

COLUMNS = (
    ("delivered", "delivered", "d"),
    ("undelivered_percent", "not %", ".1f"),
    ("on_time_percent", "on time %", ".1f"),
    ("click_to_door_min", "door min", ".1f"),
    ("click_to_door_p90_min", "p90 min", ".1f"),
    ("ready_to_pickup_min", "pickup min", ".1f"),
    ("late_min", "late min", ".2f"),
    ("handed_over", "moved", "d"),
    ("gini", "Gini", ".3f"),
)
"""Keys of a row, their headings, and how they are written."""


@click.command("day")
@click.option("--coop", "slug")
@click.option("--zone", "zone_name", help="Needed where the co-op has several.")
@click.option("--date", "date", type=click.DateTime(["%Y-%m-%d"]), help="Default: today.")
@click.option("--out", "path", type=click.Path(path_type=Path, dir_okay=False), required=True)
@says_errors
def export_day(slug: str | None, zone_name: str | None, date: datetime | None, path: Path) -> None:
    """Write one day's orders, shifts and ride times to a file that `paceline replay` reads. No names, no addresses."""
    with application():
        coop = choose_coop(slug)
        wanted = date.date() if date else web.to_zone(clock.now(), coop.timezone).date()
        begins = datetime.combine(wanted, time(), tzinfo=ZoneInfo(coop.timezone))
        day = days.read_day(coop.id, _zone(list_zones(coop.id), zone_name), (begins, begins + timedelta(days=1)))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(replay.write_day(day), encoding="utf-8")
    click.echo(f"{len(day.orders)} orders and {len(day.riders)} shifts of {wanted} written to {path}.")


def _zone(zones: list[ZoneView], name: str | None) -> ZoneView:
    found = [zone for zone in zones if name in (None, zone.name)]
    if len(found) != 1:
        raise Invalid(f"say which zone: --zone {' | '.join(zone.name for zone in zones) or '(there is none)'}")
    return found[0]


@click.command("replay")
@click.argument("path", metavar="DAY.json", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--rules", "rule_files", type=click.Path(path_type=Path, exists=True, dir_okay=False), multiple=True,
    help="JSON with other dispatch rules, whole or in part; may be given several times.",
)  # fmt: skip
@click.option(
    "--engine", "engines", multiple=True, type=click.Choice(["ruin_recreate", "insertion", "ortools"]),
    help="May be given several times. Default: ruin_recreate. With ortools a day takes very long.",
)  # fmt: skip
@click.option("--iterations", default=300, show_default=True, help="Of the search, at each step of the plan.")
@click.option("--seed", default=1, show_default=True)
@click.option("--json", "is_json", is_flag=True, help="One JSON line instead of a table.")
@says_errors
def replay_day(  # noqa: PLR0913 - one option per choice
    path: Path, rule_files: tuple[Path, ...], engines: tuple[str, ...], iterations: int, seed: int, is_json: bool
) -> None:
    """Live a day again: its own rules and each of RULES with each engine, beside how it went."""
    day = replay.parse_day(_text(path))
    documents: list[tuple[str, dict[str, Any]]] = [("its rules", {})]
    documents += [(file.stem, _document(file)) for file in rule_files]
    variants = [
        replay.Variant(name=f"{name}, {engine}", changes=document, engine=engine)
        for name, document in documents
        for engine in engines or ("ruin_recreate",)
    ]
    rows, ignored = replay.live_again(day, variants, iterations, seed), replay.list_ignored(day, variants)
    if is_json:
        facts = {"day": path.name, "iterations": iterations, "seed": seed, "ignored": ignored}
        click.echo(json.dumps({**facts, "rows": rows}))
        return
    for line in table(rows):
        click.echo(line)
    if ignored:
        click.echo(f"A day lived again does not follow {', '.join(ignored)}: no row shows what they would change.")


def table(rows: list[dict[str, Any]]) -> list[str]:
    """The rows as aligned text under their headings."""
    cells = [["", *(heading for _, heading, _ in COLUMNS)]]
    cells += [[row["name"], *(format(row[key], shape) for key, _, shape in COLUMNS)] for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    return [
        "  ".join(text.ljust(width) if column == 0 else text.rjust(width)
                  for column, (text, width) in enumerate(zip(line, widths, strict=True)))
        for line in cells
    ]  # fmt: skip


def _document(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise Invalid(f"{path}: not JSON ({error})") from error
    if not isinstance(document, dict):
        raise Invalid(f"{path}: dispatch rules are a JSON object")
    return document


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Invalid(f"{path}: not text ({error.reason})") from error
