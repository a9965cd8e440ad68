"""The database and Redis of a local stack: private ones, or existing ones that the environment names."""
import os
from collections.abc import Mapping
from pathlib import Path

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from dispatch.core.settings import sqlalchemy_url
from dispatch.stack.environment import ROOT, local_environment
from dispatch.stack.errors import StackError
from dispatch.stack.services import PrivatePostgres, PrivateRedis, database_urls


class LocalServices:
    """Private services below `folder`, each replaced by an existing one that DATABASE_URL or REDIS_URL names."""

    def __init__(self, folder: Path, given: Mapping[str, str], *, durable: bool = True) -> None:
        self.postgres = None if given.get("DATABASE_URL") else PrivatePostgres(folder, durable=durable)
        self.redis = None if given.get("REDIS_URL") else PrivateRedis(folder)
        self._given = given

    def start(self) -> None:
        """Start the private ones; StackError if one of the existing ones does not answer."""
        if self.postgres:
            self.postgres.start()
        else:
            check_database(self._given["DATABASE_URL"])
        if self.redis:
            self.redis.start()
        else:
            check_redis(self._given["REDIS_URL"])

    def stop(self) -> None:
        """Stop the private ones; existing ones are left alone."""
        if self.redis:
            self.redis.stop()
        if self.postgres:
            self.postgres.stop()

    def mend(self) -> list[str]:
        """Start a private service again that has ended by itself; the names of those that had."""
        ended: list[str] = []
        if self.postgres and not self.postgres.is_running():
            self.postgres.start()
            ended.append("PostgreSQL")
        if self.redis and not self.redis.is_running():
            self.redis.start()
            ended.append("Redis")
        return ended

    def environment(self) -> dict[str, str]:
        """The variables that name them all."""
        addresses = database_urls(self.postgres) if self.postgres else {}
        if self.redis:
            addresses["REDIS_URL"] = self.redis.url()
        return addresses


def check_database(url: str) -> None:
    """StackError unless PostgreSQL answers at this address."""
    try:
        psycopg.connect(plain_url(sqlalchemy_url(url)), connect_timeout=5).close()
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise StackError(f"the database does not answer: {reason}",
                         "start it or correct DATABASE_URL; without the variable a private one is used") from error


def check_redis(url: str) -> None:
    """StackError unless Redis answers at this address."""
    try:
        with connect_redis(url) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        raise StackError(f"Redis does not answer: {error}",
                         "start it or correct REDIS_URL; without the variable a private one is used") from error


def connect_redis(url: str) -> redis.Redis:
    """A client that gives up after one try."""
    return redis.Redis.from_url(url, socket_connect_timeout=5, socket_timeout=5, retry=Retry(NoBackoff(), 0))


def plain_url(url: str) -> str:
    """A SQLAlchemy address as libpq reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def use_local_services() -> None:
    """Without DATABASE_URL, point this process to the services that `make run` keeps in this checkout's `var/`."""
    folder = ROOT / "var"
    if os.environ.get("DATABASE_URL") or not folder.is_dir():
        return
    services = LocalServices(folder, os.environ)
    os.environ.update(local_environment(folder, {**os.environ, **services.environment()}))
