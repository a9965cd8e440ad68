"""The database: base classes, column types, tenancy of a session, and the only place that commits."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from select import POLLIN, poll
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

import psycopg
import structlog
from flask_sqlalchemy import SQLAlchemy
from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    Connection,
    DateTime,
    Dialect,
    Engine,
    Executable,
    ForeignKey,
    ForeignKeyConstraint,
    MetaData,
    TextClause,
    Uuid,
    create_engine,
    event,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    UOWTransaction,
    declared_attr,
    mapped_column,
    registry,
)
from sqlalchemy.types import TypeDecorator

from . import clock
from .units import LonLat

APP_ROLE = "paceline_app"
RELAY_ROLE = "paceline_relay"
LONG_TRANSACTION_S = 1.0
STATEMENT_TIMEOUT_MS = 30_000

log = structlog.get_logger()


class UtcDateTime(TypeDecorator[datetime]):
    """timestamptz that refuses naive times and always returns UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"naive time {value.isoformat()}: times are aware UTC")
        return value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None


class LonLatType(TypeDecorator[LonLat]):
    """A PostGIS point in WGS 84 that is a `LonLat` in Python; the only conversion between the two."""

    impl = Geometry
    cache_ok = True

    def __init__(self) -> None:
        """Each column has a type of its own: GeoAlchemy notes the column's nullability on it."""
        super().__init__(geometry_type="POINT", srid=4326, spatial_index=False)

    def process_bind_param(self, value: LonLat | None, dialect: Dialect) -> str | None:
        return None if value is None else f"SRID=4326;POINT({value.lon!r} {value.lat!r})"

    def process_result_value(self, value: Any, dialect: Dialect) -> LonLat | None:
        if value is None:
            return None
        data = value.data if isinstance(value, WKBElement) else value
        return lonlat_from_wkb(bytes.fromhex(data) if isinstance(data, str) else bytes(data))


def lonlat_from_wkb(data: bytes) -> LonLat:
    """The point in a (E)WKB value; x is the longitude."""
    order = "<" if data[0] == 1 else ">"
    (kind,) = struct.unpack_from(order + "I", data, 1)
    offset = 9 if kind & 0x20000000 else 5
    lon, lat = struct.unpack_from(order + "dd", data, offset)
    return LonLat(lon, lat)


NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Root(DeclarativeBase):
    """Root of all tables; its naming convention lets migrations and errors name constraints."""

    registry = registry(
        metadata=MetaData(naming_convention=NAMING),
        type_annotation_map={
            datetime: UtcDateTime(),
            LonLat: LonLatType,
            UUID: Uuid(),
            dict[str, Any]: JSONB(),
            list[Any]: JSONB(),
        },
    )


db = SQLAlchemy(model_class=Root, session_options={"expire_on_commit": False})

if TYPE_CHECKING:
    Base = Root
else:
    Base = db.Model


class CoopOwned:
    """A row of one co-op: `coop_id` leads its primary key, and row-level security guards it."""

    @declared_attr
    def coop_id(cls) -> Mapped[UUID]:  # noqa: N805
        """The co-op that owns the row."""
        return mapped_column(ForeignKey("coop.id", ondelete="RESTRICT"), primary_key=True, sort_order=-20)


class Identified:
    """A random id that is unique inside its co-op (and in practice everywhere)."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4, sort_order=-10)


def coop_fk(column: str, target: str, **options: Any) -> ForeignKeyConstraint:
    """A foreign key `(coop_id, column)` to `target`'s `(coop_id, id)`, so that it can never cross co-ops."""
    return ForeignKeyConstraint(["coop_id", column], [f"{target}.coop_id", f"{target}.id"], **options)


def engine_options(*, role: str = APP_ROLE, pool_size: int = 8, waits_for_disk: bool = True) -> dict[str, Any]:
    """Options for an engine that acts as `role`, whoever signs in, and never waits for ever.

    `waits_for_disk=False` is for processes whose every commit would be done again by the outbox if a crash of the
    machine lost it: they answer nobody, so they need not wait until it is on the disk.
    """
    settings = {
        "role": role,
        "timezone": "UTC",
        "statement_timeout": str(STATEMENT_TIMEOUT_MS),
        "synchronous_commit": "on" if waits_for_disk else "off",
    }
    return {
        "pool_size": pool_size,
        "max_overflow": 24,
        "pool_events": [(_refuse_if_hung_up, "checkout")],
        "pool_recycle": 1800,
        "connect_args": {
            "connect_timeout": 5,
            "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
        },
    }


def _refuse_if_hung_up(driver: psycopg.Connection[Any], _record: object, _borrower: object) -> None:
    """Let the pool connect anew if the server has hung up: an idle line with something on it brings no good news.

    Looking costs microseconds; a question at every checkout cost a tenth of all short transactions.
    """
    line = poll()
    try:
        line.register(driver.fileno(), POLLIN)
        if line.poll(0):
            driver.execute("SELECT 1")
            driver.rollback()
    except psycopg.Error as error:
        raise DisconnectionError(str(error)) from error


_asides: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


def aside() -> Engine:
    """Two connections for short questions in the middle of a transaction.

    They are not the session's: when every connection of a pool is held by somebody who waits for a second one of the
    same pool, all wait until they give up (seen with a hundred riders on shift).
    """
    main = db.engine
    if main not in _asides:
        made = create_engine(main.url, **engine_options(pool_size=2) | {"max_overflow": 0})
        event.listen(main, "engine_disposed", lambda _engine: made.dispose())
        _asides.setdefault(main, made)
    return _asides[main]


@event.listens_for(Session, "after_begin")
def _tell_tenant(session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    session.info["has_written"] = False
    coop_id = session.info.get("coop_id")
    if coop_id is not None:
        _set_tenant(connection, coop_id)


@event.listens_for(Session, "after_flush")
def _note_flush(session: Session, _context: UOWTransaction) -> None:
    session.info["has_written"] = True


@event.listens_for(Session, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    if not state.is_select and not _is_text_read(state.statement):
        state.session.info["has_written"] = True


def _is_text_read(statement: Executable) -> bool:
    """Whether a statement written as SQL is a SELECT: SQLAlchemy itself says so only of its own."""
    return isinstance(statement, TextClause) and statement.text.lstrip()[:6].upper() == "SELECT"


def _set_tenant(connection: Connection, coop_id: UUID | None) -> None:
    value = str(coop_id) if coop_id else ""
    connection.execute(text("SELECT set_config('paceline.coop_id', :coop_id, true)"), {"coop_id": value})


def use_coop(coop_id: UUID | None) -> None:
    """From now on this session sees and writes the rows of this co-op only (None: of none)."""
    session = db.session()
    session.info["coop_id"] = coop_id
    if session.in_transaction():
        session.flush()
        _set_tenant(session.connection(), coop_id)


def current_coop() -> UUID | None:
    """The co-op this session is confined to."""
    return db.session().info.get("coop_id")


@contextmanager
def tenant(coop_id: UUID) -> Iterator[None]:
    """Confine the session to a co-op for a block; for loops over co-ops in periodic jobs."""
    before = current_coop()
    use_coop(coop_id)
    try:
        yield
    finally:
        db.session().info["coop_id"] = before
        if db.session().in_transaction() and db.session().is_active:
            _set_tenant(db.session().connection(), before)


@contextmanager
def transaction() -> Iterator[Session]:
    """One change, whole or not at all. Opened by entry points (view, task, command) and nowhere else."""
    session = db.session()
    if session.info.get("open"):
        raise RuntimeError("transaction() inside transaction(): the entry point owns it")
    session.info["open"] = True
    started = clock.monotonic_s()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info["open"] = False
        took = clock.monotonic_s() - started
        if took > LONG_TRANSACTION_S:
            log.warning("transaction.long", seconds=round(took, 2))


def take_turns(about: str) -> None:
    """Wait until no other transaction is at the same thing, and keep others from it until ours ends."""
    lock = int.from_bytes(hashlib.sha256(about.encode()).digest()[:8], signed=True)
    db.session.execute(select(func.pg_advisory_xact_lock(lock)))


def end_read() -> None:
    """Give the connection back after reading; what an entry point has changed outside `transaction()` is dropped.

    Ends by COMMIT: at every ROLLBACK the driver forgets its prepared statements, and with them their plans.
    """
    session = db.session()
    is_clean = session.is_active and not session.info.get("has_written")
    if not is_clean or session.new or session.dirty or session.deleted:
        session.rollback()
    else:
        session.commit()


def need_not_wait_for_disk() -> None:
    """Let this transaction commit without waiting for the disk: only for what the next minute brings again."""
    db.session.execute(text("SET LOCAL synchronous_commit TO off"))


def is_database_away(error: BaseException) -> bool:
    """Whether an error means that PostgreSQL cannot be reached just now."""
    return isinstance(error, OperationalError)
