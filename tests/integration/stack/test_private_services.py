"""The private PostgreSQL and Redis: who may do what, where they listen, and that starting is repeatable."""
from pathlib import Path

import psycopg
import pytest

from dispatch.stack.account import SOCKET_PATH_LIMIT
from dispatch.stack.errors import StackError
from dispatch.stack.services import PrivatePostgres, PrivateRedis
from tests.conftest import TestStack, connect


def test_the_application_role_cannot_get_around_row_level_security(stack: TestStack) -> None:
    """Tenancy's second wall stands only if the role that serves requests has no way over it."""
    with stack.superuser() as connection:
        rows = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname LIKE 'paceline%' AND (rolsuper OR rolbypassrls)")
        assert rows.fetchall() == []


def test_the_owner_can_make_a_database_with_postgis(stack: TestStack) -> None:
    """Every test worker gets its database from the ordinary owner, who may not create extensions."""
    with connect(stack.postgres.url("paceline", stack.database)) as connection:
        assert connection.execute("SELECT ST_AsText(ST_Point(1, 2))").fetchone() == ("POINT(1 2)",)


def test_nothing_listens_on_the_network(stack: TestStack) -> None:
    """Trust as authentication is only safe behind a closed folder."""
    with stack.superuser() as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    with stack.redis.client() as client:
        assert client.config_get("port") == {"port": "0"}


def test_socket_paths_stay_under_the_kernels_limit(tmp_path: Path) -> None:
    """A checkout in a deep folder would otherwise fail with an error that explains nothing."""
    deep = tmp_path / ("a-folder-with-a-long-name" * 4)
    socket = PrivatePostgres(deep).sockets / ".s.PGSQL.5432.lock"
    assert len(str(socket)) < SOCKET_PATH_LIMIT
    PrivatePostgres(deep).home.rmdir()


def test_starting_twice_takes_over_what_runs(tmp_path: Path) -> None:
    """After a crash of `make run` the next start must find its own services, not fail on them."""
    first, second = PrivateRedis(tmp_path), PrivateRedis(tmp_path)
    first.start()
    second.start()
    second.stop()
    assert not first.is_running()
    first.remove()


def test_a_cluster_of_a_missing_version_names_the_package_to_install(tmp_path: Path) -> None:
    """An upgrade of the system may take away the version that made the stored data."""
    postgres = PrivatePostgres(tmp_path / "old")
    postgres.data.mkdir(parents=True)
    (postgres.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(StackError, match="postgresql-9-postgis-3"):
        postgres.start()
    postgres.remove_files()


def test_stopping_is_harmless_when_nothing_runs(tmp_path: Path) -> None:
    """`make clean` and Ctrl-C both stop without asking first."""
    PrivatePostgres(tmp_path).remove()
    PrivateRedis(tmp_path).remove()


def test_a_test_leaves_an_empty_database(database: TestStack) -> None:
    """What one test commits must never reach the next."""
    with database.superuser() as connection, pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT * FROM left_over_of_another_test")
