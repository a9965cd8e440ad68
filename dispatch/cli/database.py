"""`paceline db`: the database's tables."""

from __future__ import annotations

import click

from dispatch.core import migrate
from dispatch.core.settings import current

from .refusals import says_errors


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
