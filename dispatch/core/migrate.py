"""Bring a database to the newest migration, and tell which one it has."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

FOLDER = Path(__file__).resolve().parent.parent / "migrations"


def config(url: str) -> Config:
    """Alembic's configuration for a database address; nothing is read from files."""
    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.attributes["url"] = url
    return made


def upgrade(url: str) -> None:
    """Run the migrations that are missing, as the owner of the tables."""
    command.upgrade(config(url), "head")


def head() -> str:
    """The newest migration of this code."""
    return str(ScriptDirectory.from_config(config("")).get_current_head())


def current(url: str) -> str | None:
    """The migration that a database has; None if it has none."""
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()
