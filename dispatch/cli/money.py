"""`paceline pay`: members' pay."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import click
from flask import Flask
from tqdm import tqdm

from dispatch.core import clock, web
from dispatch.core.db import transaction
from dispatch.ledger import queries as ledger
from riders import periods
from riders.pages import printed_statement

from .context import application, choose_coop
from .refusals import says_errors


@click.group("pay")
def pay_group() -> None:
    """Members' pay."""


def _day(_context: click.Context, _parameter: click.Parameter, value: datetime | None) -> date | None:
    return value.date() if value else None


@pay_group.command("close")
@click.option("--coop", "slug")
@click.option(
    "--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), callback=_day, help="Default: the first open day."
)
@click.option("--to", "last_day", type=click.DateTime(["%Y-%m-%d"]), callback=_day, help="Default: today.")
@click.option("--pdf", "folder", type=click.Path(path_type=Path), help="Also write each statement as PDF here.")
@says_errors
def close(slug: str | None, first_day: date | None, last_day: date | None, folder: Path | None) -> None:
    """Close a pay period: settle floors, lock the days, make a statement per member."""
    with application() as app:
        coop = choose_coop(slug)
        last = last_day or web.to_zone(clock.now(), coop.timezone).date()
        first = first_day or _day_after_the_last_period(coop.id) or last
        with transaction():
            made = periods.close_period(coop.id, first, last)
        click.echo(f"{len(made)} statements for {first} to {last}.")
        if folder is not None:
            _write_pdfs(app, coop.id, [statement.id for statement in made], folder)


def _day_after_the_last_period(coop_id: UUID) -> date | None:
    ends = [period.last_day for period in ledger.list_periods(coop_id)]
    return max(ends) + timedelta(days=1) if ends else None


def _write_pdfs(app: Flask, coop_id: UUID, statement_ids: list[UUID], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with app.test_request_context():
        for statement_id in tqdm(statement_ids, desc="Statements", unit="", disable=None):
            name, content = printed_statement(coop_id, statement_id)
            (folder / f"{statement_id.hex[:8]}-{name}.pdf").write_bytes(content)
