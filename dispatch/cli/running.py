"""`paceline up`, `db`, `doctor`, `pay`: run an installation and look after it."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

import click

from dispatch.core import clock, migrate, web
from dispatch.core.db import transaction
from dispatch.core.settings import current
from dispatch.stack import doctor as examination
from dispatch.stack import up as local
from riders import periods, statements

from .context import application, choose_coop, says_errors


@click.command()
@click.option("--demo", is_flag=True, help="With a demo co-op and its robots.")
@click.option("--city", help="An .osm.pbf (path or URL) for the demo instead of the generated town.")
@click.option("--host", help="Where to listen (default: this machine only; with --tls all networks).")
@click.option("--port", default=8080, show_default=True)
@click.option("--tls", is_flag=True, help="HTTPS with a self-made certificate, for a phone on the same network.")
def up(demo: bool, city: str | None, host: str | None, port: int, tls: bool) -> None:
    """Run everything on this machine until Ctrl-C."""
    sys.exit(local.run(local.UpOptions(demo=demo, city=city, host=host, port=port, tls=tls)))


@click.group()
def db() -> None:
    """The database's tables."""


@db.command("upgrade")
@says_errors
def upgrade() -> None:
    """Bring the tables up to date."""
    migrate.upgrade(current().migrate_database_url)


@db.command("status")
@says_errors
def status() -> None:
    """Say which migration the database has and which the code needs."""
    click.echo(f"database {migrate.current(current().migrate_database_url)}, code {migrate.head()}")


@click.command()
@says_errors
def doctor() -> None:
    """Look for what is wrong and say how to mend it."""
    sys.exit(examination.run(current()))


@click.group("pay")
def pay_group() -> None:
    """Members' pay."""


def _day(_context: click.Context, _parameter: click.Parameter, value: datetime | None) -> date | None:
    return value.date() if value else None


@pay_group.command("close")
@click.option("--coop", "slug")
@click.option("--from", "first_day", type=click.DateTime(["%Y-%m-%d"]), callback=_day, help="Default: the first open day.")
@click.option("--to", "last_day", type=click.DateTime(["%Y-%m-%d"]), callback=_day, help="Default: today.")
@click.option("--pdf", "folder", type=click.Path(path_type=Path), help="Also write each statement as PDF here.")
@says_errors
def close(slug: str | None, first_day: date | None, last_day: date | None, folder: Path | None) -> None:
    """Close a pay period: settle floors, lock the days, make a statement per member."""
    with application():
        coop = choose_coop(slug)
        today = web.to_zone(clock.now(), coop.timezone).date()
        first = first_day or periods.first_open_day(coop.id) or today
        last = last_day or today
        with transaction():
            made = periods.close_period(coop.id, first, last)
        click.echo(f"{len(made)} statements for {first} to {last}.")
        for statement in made if folder is not None else ():
            assert folder is not None
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{statement.member_id}.pdf").write_bytes(statements.pdf(coop.id, statement.id))
