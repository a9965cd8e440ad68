"""Run migrations as the owner of the tables; PostGIS's own tables are left alone."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

import dispatch.coop.models
import dispatch.core.http
import dispatch.core.outbox
import dispatch.geo.models
import dispatch.governance.models
import dispatch.ledger.models
import dispatch.notify.models
import dispatch.orders.models
import dispatch.planning.models  # noqa: F401
import merchants.models  # noqa: F401
import riders.models  # noqa: F401
import riders.trouble.models  # noqa: F401
from dispatch.core.db import Base, LonLatType, UtcDateTime
from dispatch.core.settings import sqlalchemy_url

LOCK_TIMEOUT = "5s"
LOCK = 7_003_301


def render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Write our column types by name, and GeoAlchemy's as its own helper does."""
    if kind == "type" and isinstance(item, (UtcDateTime, LonLatType)):
        autogen_context.imports.add("from dispatch.core import db")
        return f"db.{type(item).__name__}()"
    rendered: str | Literal[False] = alembic_helpers.render_item(kind, item, autogen_context)
    return rendered


def include_object(item: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Skip what PostGIS owns, and indexes of expressions that reflection cannot compare."""
    return bool(alembic_helpers.include_object(item, name, kind, reflected, compare_to))


def run() -> None:
    """One transaction, one runner at a time, and no long wait for locks."""
    engine = create_engine(sqlalchemy_url(context.config.attributes["url"]), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_object=include_object,
            process_revision_directives=alembic_helpers.writer,
            render_item=render_item,
            compare_type=True,
            transactional_ddl=True,
        )
        context.run_migrations()


run()
