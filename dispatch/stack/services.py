"""A private PostgreSQL and a private Redis: Unix sockets only, all data in one folder.

For `make run`, the rehearsal, the tests and developers. Starting is repeatable: services that are already
running in the folder are taken over, so that a crash of the caller leaves nothing to tidy by hand.

    python -m dispatch.stack.services up FOLDER [--fast]     prints the environment, keeps running
    python -m dispatch.stack.services down FOLDER
"""
import argparse
import os
import shlex
import shutil
import sys
import time
from pathlib import Path

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dispatch.stack.account import Account, current_account, give_back, home_for
from dispatch.stack.binaries import PostgresBinaries, find_postgres, find_redis_server
from dispatch.stack.errors import StackError
from dispatch.stack.postgres_setup import DATABASE, SUPERUSER, create_database, initdb_command, settings

START_TIMEOUT_S = 60


class PrivatePostgres:
    """One PostgreSQL with PostGIS that listens on a Unix socket below `folder` and nowhere else."""

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        """`durable=False` trades crash safety for speed: for tests and rehearsals only."""
        self.account: Account = current_account()
        self.home = home_for(Path(folder), self.account)
        self.data = self.home / "postgres"
        self.sockets = self.home / "sockets"
        self.durable = durable

    def start(self) -> None:
        """Create the cluster if it is not there yet, start it, and wait until it answers."""
        self.account.own(self.sockets)
        binaries = find_postgres(_major_version_of(self.data))
        if not (self.data / "PG_VERSION").exists():
            self._create_cluster(binaries)
        if not self.is_running():
            self._write(self.data / "postgresql.conf", settings(self.sockets, durable=self.durable))
            done = self.account.run([
                str(binaries.pg_ctl), "start", "--pgdata", str(self.data), "--log", str(self.data / "log"),
                "--wait", "--timeout", str(START_TIMEOUT_S), "--silent"])
            if done.returncode != 0:
                raise _explained("PostgreSQL does not start", self._last_log_lines() or done.stdout)
        create_database(self._conninfo())

    def stop(self) -> None:
        """Stop it cleanly; harmless when it does not run."""
        if not (self.data / "postmaster.pid").exists():
            return
        binaries = find_postgres(_major_version_of(self.data))
        self.account.run([str(binaries.pg_ctl), "stop", "--pgdata", str(self.data), "--mode", "fast",
                          "--wait", "--silent"])

    def url(self, role: str = "paceline_app", database: str = DATABASE) -> str:
        """The SQLAlchemy address for one role: paceline (owner), paceline_app or paceline_relay."""
        return f"postgresql+psycopg://{role}@/{database}?host={self.sockets}&port=5432"

    def is_running(self) -> bool:
        """Whether it answers on its socket."""
        try:
            psycopg.connect(self._conninfo(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def remove(self) -> None:
        """Stop it and delete everything it has stored."""
        self.stop()
        self.remove_files()

    def remove_files(self) -> None:
        """Delete what a stopped server has stored, and its home if that was made for it alone."""
        shutil.rmtree(self.data, ignore_errors=True)
        give_back(self.home)

    def _create_cluster(self, binaries: PostgresBinaries) -> None:
        shutil.rmtree(self.data, ignore_errors=True)
        self.account.own(self.data)
        done = self.account.run(initdb_command(binaries, self.data, durable=self.durable))
        if done.returncode != 0:
            shutil.rmtree(self.data, ignore_errors=True)
            raise _explained("PostgreSQL cannot create its data folder", done.stdout)

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text)
        if self.account.switches:
            os.chown(path, self.account.uid, self.account.gid)

    def _last_log_lines(self) -> str:
        log = self.data / "log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-5:]) if log.exists() else ""

    def _conninfo(self) -> str:
        return f"host={self.sockets} port=5432 user={SUPERUSER} dbname=postgres"


class PrivateRedis:
    """One Redis that listens on a Unix socket below `folder` and keeps nothing on disk.

    Nothing that may be lost lives in Redis, so it saves no snapshot and writes no log of commands.
    """

    def __init__(self, folder: Path) -> None:
        self.account: Account = current_account()
        self.home = home_for(Path(folder), self.account)
        self.sockets = self.home / "sockets"
        self.data = self.home / "redis"
        self.socket = self.sockets / "redis.sock"

    def start(self) -> None:
        """Start it and wait until it answers; harmless when it already runs."""
        self.account.own(self.sockets)
        self.account.own(self.data)
        if self.is_running():
            return
        done = self.account.run([
            str(self._program()), "--port", "0", "--unixsocket", str(self.socket),
            "--unixsocketperm", "700", "--save", "", "--appendonly", "no", "--daemonize", "yes",
            "--dir", str(self.data), "--logfile", str(self.data / "log"),
            "--pidfile", str(self.data / "pid")])
        if done.returncode != 0 or not self._answers_within(START_TIMEOUT_S):
            log = self.data / "log"
            raise _explained("Redis does not start", log.read_text() if log.exists() else done.stdout)

    def stop(self) -> None:
        """Stop it and wait until its socket is gone; harmless when it does not run."""
        try:
            with self.client() as client:
                client.shutdown(nosave=True)
        except redis.RedisError:
            return
        deadline = time.monotonic() + 10
        while self.is_running() and time.monotonic() < deadline:
            time.sleep(0.02)

    def url(self, number: int = 0) -> str:
        """The address of one numbered database, as redis-py reads it."""
        return f"unix://{self.socket}?db={number}"

    def is_running(self) -> bool:
        """Whether it answers on its socket."""
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def remove(self) -> None:
        """Stop it and delete its folder."""
        self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        give_back(self.home)

    def _program(self) -> Path:
        """The server under its own name, which decides what the program does."""
        found = find_redis_server()
        if found.name.endswith("-server"):
            return found
        link = self.data / "redis-server"
        link.unlink(missing_ok=True)
        link.symlink_to(found)
        return link

    def _answers_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.is_running():
                return True
            time.sleep(0.02)
        return False

    def client(self, number: int = 0) -> redis.Redis:
        """A connection to one numbered database; it fails at once instead of trying again for a quarter of a minute."""
        socket, once = str(self.socket), Retry(NoBackoff(), 0)
        return redis.Redis(unix_socket_path=socket, db=number, socket_timeout=5, retry=once)


def database_urls(postgres: PrivatePostgres) -> dict[str, str]:
    """The settings that point Paceline to a private PostgreSQL, one role each."""
    return {
        "DATABASE_URL": postgres.url("paceline_app"),
        "DATABASE_URL_MIGRATE": postgres.url("paceline"),
        "DATABASE_URL_RELAY": postgres.url("paceline_relay"),
    }


def _major_version_of(data: Path) -> int | None:
    version = data / "PG_VERSION"
    return int(version.read_text()) if version.exists() else None


def _explained(what: str, output: str) -> StackError:
    """Turn the last words of a server into one line with a remedy."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = next((line for line in reversed(lines) if "FATAL" in line or "error" in line.lower()),
                   lines[-1] if lines else "it says nothing")
    if "No space left on device" in output:
        return StackError(f"{what}: the disk is full", "free at least 500 MB and start again")
    return StackError(f"{what}: {telling}", "see the log beside its data, or `make clean` to begin anew")


def main(arguments: list[str] | None = None) -> int:
    """The developer's command: services up and down in a folder of their own."""
    parser = argparse.ArgumentParser(prog="python -m dispatch.stack.services", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("up", "down"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fast", action="store_true", help="not crash-safe, for tests")
    chosen = parser.parse_args(arguments)
    try:
        postgres = PrivatePostgres(chosen.folder, durable=not chosen.fast)
        redis_server = PrivateRedis(chosen.folder)
        if chosen.action == "down":
            postgres.stop()
            redis_server.stop()
            return 0
        postgres.start()
        redis_server.start()
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    for name, value in {**database_urls(postgres), "REDIS_URL": redis_server.url()}.items():
        print(f"{name}={shlex.quote(value)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
