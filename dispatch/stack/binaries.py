"""Find the programs that the stack starts; say what to install where one is missing."""
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dispatch.stack.errors import StackError

OLDEST_POSTGRES = 15
INSTALL_HINT = "run `make install`"

VERSIONED_FOLDERS = (
    "/usr/lib/postgresql/{major}/bin",                # Debian, Ubuntu
    "/opt/homebrew/opt/postgresql@{major}/bin",       # macOS, Apple silicon
    "/usr/local/opt/postgresql@{major}/bin",          # macOS, Intel
    "/usr/pgsql-{major}/bin",                         # Fedora and relatives, from the PostgreSQL project
)
NEWEST_POSTGRES_LOOKED_FOR = 30
PROGRAM_FOLDERS = ("/usr/bin", "/opt/homebrew/bin", "/usr/local/bin")
"""Searched after PATH, which a cron job or a service may have cut short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresBinaries:
    """One installed PostgreSQL."""

    folder: Path
    major: int

    @property
    def initdb(self) -> Path:
        """The program that creates a cluster."""
        return self.folder / "initdb"

    @property
    def pg_ctl(self) -> Path:
        """The program that starts and stops a cluster."""
        return self.folder / "pg_ctl"


def find_postgres(made_by: int | None = None) -> PostgresBinaries:
    """The newest usable PostgreSQL, or exactly the major version that made an existing cluster."""
    installed = {found.major: found for found in list_postgres()}
    usable = [found for found in installed.values() if found.major >= OLDEST_POSTGRES]
    if made_by is not None:
        if made_by not in installed:
            raise StackError(f"the stored data was made by PostgreSQL {made_by}, which is not installed",
                             f"install postgresql-{made_by}-postgis-3, or `make clean` to begin anew")
        return installed[made_by]
    if not usable:
        raise StackError(f"PostgreSQL {OLDEST_POSTGRES} or newer is not installed", INSTALL_HINT)
    return max(usable, key=lambda found: found.major)


def list_postgres() -> list[PostgresBinaries]:
    """Every PostgreSQL server of this machine, those in PATH last so that they win."""
    found = [
        PostgresBinaries(folder=folder, major=major)
        for pattern in VERSIONED_FOLDERS for major in range(9, NEWEST_POSTGRES_LOOKED_FOR)
        if os.access((folder := Path(pattern.format(major=major))) / "initdb", os.X_OK)
    ]
    in_path = shutil.which("initdb")
    if in_path:
        folder = Path(in_path).resolve().parent
        found.append(PostgresBinaries(folder=folder, major=_version(folder / "initdb")[0]))
    return found


def find_redis_server() -> Path:
    """The Redis server (or Valkey, which speaks the same protocol).

    `redis-check-rdb` is the same program under another name: it acts as the server when called
    `redis-server`. Debian ships it without the system service, in redis-tools (decision 0041).
    """
    for name in ("redis-server", "valkey-server", "redis-check-rdb"):
        found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), *PROGRAM_FOLDERS)))
        if found:
            return Path(found)
    raise StackError("Redis is not installed", INSTALL_HINT)


def _version(program: Path) -> tuple[int, ...]:
    """The first dotted number that the program says about itself; (0,) if it says none."""
    said = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"(\d+(?:\.\d+)*)", said)
    return tuple(int(part) for part in match.group(1).split(".")) if match else (0,)
