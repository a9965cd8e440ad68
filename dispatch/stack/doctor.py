"""`paceline doctor`: look at everything a running Paceline needs, say what is wrong and how to mend it.

Each check is a function that returns one finding and never raises for what it looks for. Reads only.
"""
import os
import shutil
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit

import psycopg
import redis
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dispatch.core import clock, migrate, settings
from dispatch.core.db import APP_ROLE, RELAY_ROLE
from dispatch.stack.binaries import OLDEST_POSTGRES
from dispatch.stack.errors import StackError
from dispatch.stack.local_services import check_redis, connect_redis, plain_url
from dispatch.stack.vendor import FRONTEND, VENDOR, list_missing

Verdict = Literal["ok", "warning", "wrong"]

OLDEST_REDIS = 7
CLOCK_TOLERANCE = timedelta(seconds=2)
LATE_TASK = timedelta(minutes=2)
VAPID_FILE = "vapid.pem"
NEEDED_DISK_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check has found. `remedy` is empty where nothing needs mending."""

    subject: str
    verdict: Verdict
    detail: str
    remedy: str = ""

    def __str__(self) -> str:
        line = f"{'' if self.verdict == 'ok' else '! '}{self.subject:<12} {self.verdict:<8} {self.detail}"
        return f"{line}\n{'':<13}-> {self.remedy}" if self.remedy else line


def examine(configured: settings.Settings) -> list[Finding]:
    """All findings, in the order in which one would mend them."""
    return [check(configured) for check in CHECKS]


def run(configured: settings.Settings) -> int:
    """Print the findings; 1 if something is wrong, else 0."""
    findings = examine(configured)
    for finding in findings:
        print(finding)
    wrong = sum(finding.verdict == "wrong" for finding in findings)
    print(f"\n{wrong} wrong, {sum(finding.verdict == 'warning' for finding in findings)} to look at")
    return 1 if wrong else 0


def check_database(configured: settings.Settings) -> Finding:
    """The database answers, is new enough, and has PostGIS."""
    try:
        with psycopg.connect(plain_url(configured.database_url), connect_timeout=5) as connection:
            version = connection.info.server_version // 10_000
            postgis = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'postgis'").fetchone()
    except psycopg.Error as error:
        return Finding(subject="database", verdict="wrong", detail=_first_line(error),
                       remedy="start PostgreSQL, or correct DATABASE_URL")
    if version < OLDEST_POSTGRES:
        return Finding(subject="database", verdict="wrong", detail=f"PostgreSQL {version} is too old",
                       remedy=f"upgrade to PostgreSQL {OLDEST_POSTGRES} or newer")
    if postgis is None:
        return Finding(subject="database", verdict="wrong", detail="PostGIS is not in this database",
                       remedy="as its superuser: CREATE EXTENSION postgis; CREATE EXTENSION pg_trgm; "
                              "CREATE EXTENSION btree_gin;")
    return Finding(subject="database", verdict="ok", detail=f"PostgreSQL {version}, PostGIS {postgis[0]}")


def check_migrations(configured: settings.Settings) -> Finding:
    """The tables are those of this code."""
    try:
        with psycopg.connect(plain_url(configured.database_url), connect_timeout=5) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except psycopg.errors.UndefinedTable:
        row = None
    except psycopg.Error as error:
        return _cannot_look("migrations", error)
    found = row[0] if row else "none"
    if found != migrate.head():
        return Finding(subject="migrations", verdict="wrong", detail=f"{found}, this code needs {migrate.head()}",
                       remedy="paceline db upgrade")
    return Finding(subject="migrations", verdict="ok", detail=f"at {found}, the newest")


def check_tenancy(configured: settings.Settings) -> Finding:
    """The role that serves requests is held by row-level security, and every co-op table is guarded."""
    try:
        with psycopg.connect(plain_url(configured.database_url), connect_timeout=5) as connection:
            connection.execute(f"SET ROLE {APP_ROLE}")
            free = connection.execute(
                "SELECT rolname FROM pg_roles WHERE rolname = %s AND (rolsuper OR rolbypassrls)", [APP_ROLE]).fetchone()
            bare = connection.execute(
                "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
                " WHERE attname = 'coop_id' AND relkind = 'r' AND relnamespace = 'public'::regnamespace"
                " AND NOT (relrowsecurity AND relforcerowsecurity) AND relname <> 'login'").fetchall()
    except psycopg.Error as error:
        return _cannot_look("tenancy", error)
    if free:
        return Finding(subject="tenancy", verdict="wrong", detail=f"{APP_ROLE} can get around row-level security",
                       remedy=f"as superuser: ALTER ROLE {APP_ROLE} NOSUPERUSER NOBYPASSRLS;")
    if bare:
        return Finding(subject="tenancy", verdict="wrong",
                       detail=f"not guarded: {', '.join(row[0] for row in bare)}", remedy="paceline db upgrade")
    return Finding(subject="tenancy", verdict="ok", detail="row-level security guards every table of a co-op")


def check_outbox(configured: settings.Settings) -> Finding:
    """Nothing waits: the relay and the workers keep up."""
    try:
        with psycopg.connect(plain_url(configured.relay_database_url), connect_timeout=5) as connection:
            connection.execute(f"SET ROLE {RELAY_ROLE}")
            late_since = clock.real_now() - LATE_TASK
            unrouted = _count(connection, "SELECT count(*) FROM outbox_event WHERE routed_at IS NULL"
                                          " AND recorded_at < %s", late_since)
            late = _count(connection, "SELECT count(*) FROM outbox_task WHERE done_at IS NULL"
                                      " AND failed_at IS NULL AND send_at < %s", late_since)
            failed = _count(connection, "SELECT count(*) FROM outbox_task WHERE failed_at > %s",
                            clock.real_now() - timedelta(days=1))
    except psycopg.Error as error:
        return _cannot_look("outbox", error)
    if unrouted:
        return Finding(subject="outbox", verdict="wrong", detail=f"{unrouted} events wait for the relay",
                       remedy="start the relay (`paceline up`, docker: compose up --detach relay); see its log")
    if late:
        return Finding(subject="outbox", verdict="wrong", detail=f"{late} tasks are late",
                       remedy="start worker and planner, and see their logs for what keeps failing")
    if failed:
        return Finding(subject="outbox", verdict="warning", detail=f"{failed} tasks were given up in the last day",
                       remedy="see the worker's log; the rows in outbox_task say in last_error what failed")
    return Finding(subject="outbox", verdict="ok", detail="nothing waits")


def check_redis_server(configured: settings.Settings) -> Finding:
    """Redis answers, is new enough, and does not throw queues away."""
    try:
        check_redis(configured.redis_url)
        with connect_redis(configured.redis_url) as client:
            info = client.info()
    except (StackError, redis.RedisError) as error:
        return Finding(subject="Redis", verdict="wrong", detail=str(getattr(error, "message", error)),
                       remedy="start Redis, or correct REDIS_URL; nothing is lost meanwhile, it only waits")
    version = str(info["redis_version"])
    if int(version.partition(".")[0]) < OLDEST_REDIS:
        return Finding(subject="Redis", verdict="wrong", detail=f"version {version} is too old",
                       remedy=f"upgrade to Redis {OLDEST_REDIS} or newer")
    if info.get("maxmemory_policy", "noeviction") != "noeviction":
        return Finding(subject="Redis", verdict="warning", detail=f"evicts by {info['maxmemory_policy']}",
                       remedy="CONFIG SET maxmemory-policy noeviction, or tasks are sent twice more often")
    return Finding(subject="Redis", verdict="ok", detail=f"version {version}")


def check_clock(configured: settings.Settings) -> Finding:
    """This machine's clock agrees with that of the Redis machine, and is not from before this release."""
    try:
        with connect_redis(configured.redis_url) as client:
            seconds, microseconds = client.time()
    except (redis.RedisError, ValueError) as error:
        return _cannot_look("clock", error)
    apart = abs(clock.real_now() - datetime.fromtimestamp(seconds, UTC) - timedelta(microseconds=microseconds))
    if apart > CLOCK_TOLERANCE:
        return Finding(subject="clock", verdict="wrong", detail=f"{apart.total_seconds():.0f} s apart from Redis",
                       remedy="let both machines follow a time server: timedatectl set-ntp true")
    speed = f", domain time runs {configured.clock.speed:g} times as fast" if configured.clock else ""
    return Finding(subject="clock", verdict="warning" if speed else "ok", detail=f"agrees with Redis{speed}",
                   remedy="unset PACELINE_CLOCK; it is for rehearsals only" if speed else "")


def check_city(configured: settings.Settings) -> Finding:
    """A city is imported, and its files are where the database says."""
    try:
        with psycopg.connect(plain_url(configured.database_url), connect_timeout=5) as connection:
            rows = connection.execute(
                "SELECT city.name, city_version.folder FROM city_version JOIN city ON city.id = city_version.city_id"
                " WHERE city_version.is_current").fetchall()
    except psycopg.Error as error:
        return _cannot_look("city", error)
    if not rows:
        return Finding(subject="city", verdict="wrong", detail="none is imported",
                       remedy="paceline city import FILE-OR-URL.osm.pbf")
    gone = [name for name, folder in rows if not (configured.data_dir / folder).is_dir()]
    if gone:
        return Finding(subject="city", verdict="wrong",
                       detail=f"the files of {', '.join(gone)} are not in {configured.data_dir}",
                       remedy="correct PACELINE_DATA, or import the city again")
    return Finding(subject="city", verdict="ok", detail=", ".join(name for name, _ in rows))


def check_disk(configured: settings.Settings) -> Finding:
    """There is room for photos and the next city."""
    folder = configured.data_dir
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    if not os.access(folder, os.W_OK):
        return Finding(subject="disk", verdict="wrong", detail=f"may not write in {folder}",
                       remedy="give it to the account that runs Paceline: chown -R")
    if free < NEEDED_DISK_BYTES:
        return Finding(subject="disk", verdict="wrong", detail=f"{free // 1_000_000} MB free at {folder}",
                       remedy="free some, or let PACELINE_DATA name a larger disk")
    return Finding(subject="disk", verdict="ok", detail=f"{free // 1_000_000_000} GB free at {folder}")


def check_mail(configured: settings.Settings) -> Finding:
    """The mail server answers."""
    if not configured.smtp_url:
        return Finding(subject="mail", verdict="warning", detail="SMTP_URL is not set: e-mail only goes to the log",
                       remedy="SMTP_URL=smtp://user:password@host:587")
    parts = urlsplit(configured.smtp_url)
    kind = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    try:
        with kind(parts.hostname or "", parts.port or (465 if parts.scheme == "smtps" else 587), timeout=5) as server:
            server.noop()
    except (OSError, smtplib.SMTPException) as error:
        return Finding(subject="mail", verdict="wrong", detail=f"{parts.hostname} does not answer: {error}",
                       remedy="correct SMTP_URL; messages wait in the outbox meanwhile")
    return Finding(subject="mail", verdict="ok", detail=f"{parts.hostname} answers")


def check_push(configured: settings.Settings) -> Finding:
    """Messages to phones can be signed: the VAPID key is whole and closed, and names somebody who can be reached."""
    path = configured.data_dir / VAPID_FILE
    if path.exists():
        try:
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            return Finding(subject="push", verdict="wrong", detail=f"{path} cannot be read: {_first_line(error)}",
                           remedy="put it back from the backup; without one delete it, and every phone agrees anew")
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            return Finding(subject="push", verdict="wrong", detail=f"{path} is no key on the curve P-256",
                           remedy="put it back from the backup; without one delete it, and every phone agrees anew")
        if path.stat().st_mode & 0o077:
            return Finding(subject="push", verdict="warning", detail=f"others on this machine can read {path}",
                           remedy=f"chmod 600 {path}")
    contact = configured.vapid_subject
    if not contact.startswith(("mailto:", "https://")) or contact.endswith("localhost"):
        return Finding(subject="push", verdict="warning", detail=f"VAPID_SUBJECT={contact} reaches nobody: some push"
                       " services then refuse", remedy="VAPID_SUBJECT=mailto:you@your-coop.example")
    detail = "key and contact are fine" if path.exists() else "the key is made when the first phone asks"
    return Finding(subject="push", verdict="ok", detail=detail)


def check_address(configured: settings.Settings) -> Finding:
    """Phones reach us by HTTPS: without it there is neither camera nor push nor offline use."""
    host = urlsplit(configured.public_url).hostname or ""
    if configured.is_https or host in ("localhost", "127.0.0.1"):
        return Finding(subject="address", verdict="ok", detail=configured.public_url)
    return Finding(subject="address", verdict="wrong", detail=f"{configured.public_url} is not HTTPS",
                   remedy="put a proxy with TLS in front, PUBLIC_URL=https://...; to try it out: make run TLS=1")


def check_browser_files(_configured: settings.Settings) -> Finding:
    """The libraries that pages load are there."""
    missing = list_missing(FRONTEND, VENDOR)
    if missing:
        return Finding(subject="pages", verdict="wrong", detail=f"missing: {', '.join(missing)}",
                       remedy="make install")
    return Finding(subject="pages", verdict="ok", detail="all browser libraries are there")


CHECKS: tuple[Callable[[settings.Settings], Finding], ...] = (
    check_database, check_migrations, check_tenancy, check_redis_server, check_clock, check_city, check_outbox,
    check_mail, check_push, check_address, check_browser_files, check_disk)


def _count(connection: psycopg.Connection, query: str, since: datetime) -> int:
    row = connection.execute(query.encode(), [since]).fetchone()
    return int(row[0]) if row else 0


def _cannot_look(subject: str, error: Exception) -> Finding:
    return Finding(subject=subject, verdict="wrong", detail=f"cannot look: {_first_line(error)}",
                   remedy="mend what stands above first")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
