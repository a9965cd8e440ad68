"""What every test may ask for: a private PostgreSQL and Redis, a database of its own, the application.

Nothing here starts before a test asks for it, so unit tests stay free of all services. PACELINE_TEST_STACK
names a folder with running services (python -m dispatch.stack.services up FOLDER --fast), which are then
used and left running; without it the services live and die with the run.
"""
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import psycopg
import pytest
from argon2 import PasswordHasher
from flask import Flask
from hypothesis import HealthCheck, settings
from psycopg import sql
from sqlalchemy.orm import Session

from dispatch.core import migrate
from dispatch.core.db import db
from dispatch.stack.services import PrivatePostgres, PrivateRedis
from tests.factories.database import database_app

settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""Unit tests run in what a rehearsal leaves of the machine: an example may take long for no fault of its own."""
settings.register_profile("ci", settings.get_profile("untimed"), derandomize=True, print_blob=True)
"""One commit is judged the same way each time; people's own runs look for new examples."""
settings.load_profile("ci" if os.environ.get("CI") else "untimed")
FOLDER_VARIABLE = "PACELINE_TEST_FOLDER"
KEPT_TABLES = ("alembic_version", "spatial_ref_sys")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestStack:
    """The services of this run and the database of this worker process."""

    __test__ = False

    postgres: PrivatePostgres
    redis: PrivateRedis
    database: str
    redis_number: int

    def environment(self) -> dict[str, str]:
        """The variables that point a process to the database and Redis of this worker."""
        return {
            "DATABASE_URL": self.postgres.url("paceline_app", self.database),
            "DATABASE_URL_MIGRATE": self.postgres.url("paceline", self.database),
            "DATABASE_URL_RELAY": self.postgres.url("paceline_relay", self.database),
            "REDIS_URL": self.redis.url(self.redis_number),
        }

    def superuser(self) -> psycopg.Connection:
        """A connection that row-level security does not hold back: to look at what really is there."""
        return connect(self.postgres.url("postgres", self.database))


def pytest_configure(config: pytest.Config) -> None:
    """Name the run's folder once, in the process that starts the others; xdist's workers inherit it."""
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER_VARIABLE] = tempfile.mkdtemp(prefix="paceline-test-")
        os.chmod(os.environ[FOLDER_VARIABLE], 0o755)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what the run has started, when the last worker is done."""
    if hasattr(config, "workerinput") or FOLDER_VARIABLE not in os.environ:
        return
    folder = Path(os.environ.pop(FOLDER_VARIABLE))
    if (folder / "postgres").exists():
        PrivatePostgres(folder).remove()
    if (folder / "redis").exists():
        PrivateRedis(folder).remove()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def quick_passwords() -> Iterator[None]:
    """A password costs a tenth of a second on purpose; not so in tests, but for the one of that price."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dispatch.coop.services._hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


@pytest.fixture(scope="session")
def stack(worker_id_or_main: str, quick_passwords: None) -> Iterator[TestStack]:
    """Running services and an empty, migrated database that belongs to this worker process."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    postgres = PrivatePostgres(Path(os.environ.get("PACELINE_TEST_STACK") or folder), durable=False)
    redis_server = PrivateRedis(folder)
    with one_at_a_time(folder / "lock"):
        postgres.start()
        redis_server.start()
        template = _template_database(postgres)
    number = int(worker_id_or_main.removeprefix("gw")) + 1 if worker_id_or_main != "main" else 0
    with copy_of(template, postgres, f"test_{os.getpid()}_{worker_id_or_main}") as database:
        yield TestStack(postgres=postgres, redis=redis_server, database=database, redis_number=number)


@contextmanager
def copy_of(template: str, postgres: PrivatePostgres, name: str) -> Iterator[str]:
    """A database made from another one, dropped afterwards."""
    with connect(postgres.url("paceline", "postgres")) as server:
        server.execute(_create(name, template))
    try:
        yield name
    finally:
        with connect(postgres.url("postgres", "postgres")) as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def new_database(stack: TestStack, purpose: str) -> Iterator[str]:
    """One more empty, migrated database on this worker's server."""
    with copy_of(_template_database(stack.postgres), stack.postgres, f"{purpose}_{stack.database}") as name:
        yield name


@pytest.fixture(scope="session")
def worker_id_or_main() -> str:
    """The name of this xdist worker, or `main` without xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def sweeper(stack: TestStack) -> Iterator[psycopg.Connection]:
    """The connection that empties the database after each test: one for all, as it knows the tables by then."""
    with stack.superuser() as connection:
        yield connection


@pytest.fixture
def database(stack: TestStack, sweeper: psycopg.Connection) -> Iterator[TestStack]:
    """An empty database and an empty Redis of this worker's; what the test commits is gone afterwards."""
    with stack.redis.client(stack.redis_number) as client:
        client.flushdb()
    yield stack
    empty(sweeper)


@pytest.fixture(scope="session")
def bare_app(stack: TestStack) -> Flask:
    """A Flask application with the database and nothing else: enough for services and queries."""
    return database_app(stack.environment()["DATABASE_URL"])


@pytest.fixture
def db_session(database: TestStack, bare_app: Flask) -> Iterator[Session]:
    """The session of an application context; set the co-op with `core.db.use_coop` before writing."""
    with bare_app.app_context():
        yield db.session()
        db.session.remove()


@pytest.fixture(scope="session")
def town(stack: TestStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The whole application over a database with the demo town; loaded only where a test asks for it."""
    with import_module("tests.town").open_town(stack, tmp_path_factory.mktemp("town")) as opened:
        yield opened


@pytest.fixture
def coop(town: Any) -> Any:
    """A co-op of this test's own in the demo town, with a merchant (`tests.town.Cooperative`)."""
    return import_module("tests.town").make_cooperative(town)


@pytest.fixture
def other_coop(town: Any) -> Any:
    """Another co-op in the same town."""
    return import_module("tests.town").make_cooperative(town)


def empty(connection: psycopg.Connection) -> None:
    """Delete every row of every table that has any, past triggers, foreign keys and policies."""
    tables = [name for (name,) in connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL(%s)",
        [list(KEPT_TABLES)])]
    if not tables:
        return
    probe = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {} WHERE EXISTS (SELECT 1 FROM {})").format(sql.Literal(name), sql.Identifier(name))
        for name in tables)
    connection.execute("SET session_replication_role = replica")
    for (name,) in connection.execute(probe).fetchall():
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)))


def connect(url: str) -> psycopg.Connection:
    """A plain autocommit connection to a SQLAlchemy address."""
    address, _, query = url.partition("?")
    user, _, database = address.removeprefix("postgresql+psycopg://").partition("@/")
    return psycopg.connect(user=user, dbname=database, autocommit=True, **dict(parse_qsl(query)))


def _template_database(postgres: PrivatePostgres) -> str:
    """The name of a migrated database to copy; made once per state of the migrations."""
    name = f"template_{_migrations_digest()}"
    with connect(postgres.url("paceline", "postgres")) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        unfinished = f"unfinished_{hashlib.sha256(os.urandom(8)).hexdigest()[:12]}"
        server.execute(_create(unfinished, "template1"))
        if (migrate.FOLDER / "env.py").exists():
            migrate.upgrade(postgres.url("paceline", unfinished))
        server.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
            sql.Identifier(unfinished), sql.Identifier(name)))
    return name


def _migrations_digest() -> str:
    """A name for the state of the migrations, so that a stale template is never reused."""
    digest = hashlib.sha256()
    for path in sorted(migrate.FOLDER.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _create(name: str, template: str) -> sql.Composed:
    return sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
