"""What a private PostgreSQL is made of: its cluster, its settings, its roles and its database."""
import sys
from pathlib import Path

import psycopg

from dispatch.stack.binaries import PostgresBinaries
from dispatch.stack.errors import StackError

SUPERUSER = "postgres"
DATABASE = "paceline"
EXTENSIONS = ("postgis", "pg_trgm", "btree_gin")

ROLES = {
    "paceline": "LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB",
    "paceline_app": "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB",
    "paceline_relay": "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB",
}
"""The owner, who migrates; the application, held by row-level security; the relay, who reads the outbox."""

FIRST_WITH_BUILTIN_LOCALE = 17


def initdb_command(binaries: PostgresBinaries, data: Path, *, durable: bool) -> list[str]:
    """The command that creates the cluster: UTF-8, sorted by code point, the same on every machine.

    Trust is enough as authentication: the socket lies in a folder that only its owner can enter.
    """
    if binaries.major >= FIRST_WITH_BUILTIN_LOCALE:
        locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    else:
        locale = ["--locale=C" if sys.platform == "darwin" else "--locale=C.UTF-8"]
    return [str(binaries.initdb), "--pgdata", str(data), "--username", SUPERUSER, "--auth", "trust",
            "--encoding", "UTF8", *locale, *([] if durable else ["--no-sync"])]


def settings(sockets: Path, *, durable: bool) -> str:
    """The text of postgresql.conf, for a machine with 2 cores and 2 GB that also runs everything else."""
    lines = [
        "# written anew at every start by dispatch/stack/postgres_setup.py",
        "listen_addresses = ''",
        f"unix_socket_directories = '{sockets}'",
        "unix_socket_permissions = 0700",
        "max_connections = 120",
        "shared_buffers = 128MB",
        "work_mem = 8MB",
        "maintenance_work_mem = 128MB",
        "max_wal_size = 1GB",
        "random_page_cost = 1.1",
        "jit = off",                                  # costs more than it saves on queries of a few rows
        "timezone = 'UTC'",
        "log_timezone = 'UTC'",
        "log_min_duration_statement = 1s",
        "log_line_prefix = '%m %q%u@%d '",
    ]
    if not durable:
        lines += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
    return "\n".join(lines) + "\n"


def create_database(conninfo: str) -> None:
    """Create roles, extensions and the database where they are missing.

    The extensions also go into template1, because PostGIS needs a superuser and the tests let the
    ordinary owner make databases of their own. The database comes last: it marks that all is there.
    """
    with psycopg.connect(conninfo, autocommit=True) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            return
        for role, attributes in ROLES.items():
            if not server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                server.execute(f"CREATE ROLE {role} {attributes}")
        with psycopg.connect(conninfo, dbname="template1", autocommit=True) as template:
            for extension in EXTENSIONS:
                _create_extension(template, extension)
        server.execute(f"CREATE DATABASE {DATABASE} OWNER paceline")


def _create_extension(connection: psycopg.Connection, extension: str) -> None:
    try:
        connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile) as error:
        raise StackError(f"PostgreSQL has no extension {extension}",
                         "run `make install`, or install the PostGIS package of your PostgreSQL") from error
