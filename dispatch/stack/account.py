"""Decide which account runs the private services and which folder that account can live in.

PostgreSQL refuses to run as root, so root hands it (and Redis) to an unprivileged account. That account
must be able to enter the folder, which it cannot when the checkout lies under a closed home directory.
"""
import hashlib
import os
import pwd
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dispatch.stack.errors import StackError

SYSTEM_TEMPORARY = Path("/var/tmp")
SOCKET_PATH_LIMIT = 100
"""Bytes. The kernel's own limit is 108 on Linux and 104 on macOS, the ending zero included."""

LONGEST_SOCKET_NAME = "sockets/.s.PGSQL.5432.lock"
UNPRIVILEGED_ACCOUNTS = ("postgres", "nobody", "daemon")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who runs the private services: ourselves, or an unprivileged account chosen by root."""

    uid: int
    gid: int
    switches: bool

    def run(self, command: list[str], *, timeout_s: int = 120) -> subprocess.CompletedProcess[str]:
        """Run a command to its end as this account, from the root folder, in a bare environment."""
        identity = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switches else {}
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            command, cwd="/", env=bare_environment(), stdin=subprocess.DEVNULL, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout_s,
            start_new_session=True, **identity)

    def can_use(self, folder: Path) -> bool:
        """Whether this account can enter the folder and write in it."""
        return self.run(["/bin/sh", "-c", 'test -x "$0" && test -w "$0"', str(folder)]).returncode == 0

    def own(self, folder: Path) -> None:
        """Make a folder that only this account (and root) can enter."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.switches:
            os.chown(folder, self.uid, self.gid)


def bare_environment() -> dict[str, str]:
    """The environment of a service: no PG* or REDIS* of the caller may steer it."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def current_account() -> Account:
    """Ourselves, or for root the first unprivileged account that exists. StackError if none does."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), switches=False)
    for name in UNPRIVILEGED_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid, switches=True)
    raise StackError("PostgreSQL cannot run as root and this machine has no unprivileged account",
                     "make one with: useradd --system postgres")


def home_for(folder: Path, account: Account) -> Path:
    """The folder itself where the account can live there, else one of its own under /var/tmp.

    The substitute is named by a hash of the folder, so that the same checkout finds its data again.
    """
    folder = folder.resolve()
    make_folder(folder)
    fits = len(os.fsencode(folder / LONGEST_SOCKET_NAME)) < SOCKET_PATH_LIMIT
    if fits and (account.can_use(folder) or (account.switches and _can_enter(account, folder))):
        return folder
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    return _claim(SYSTEM_TEMPORARY / f"paceline-{digest}", account)


def give_back(home: Path) -> None:
    """Remove the sockets and, where they are the last of it, the home of the services."""
    with suppress(OSError):
        (home / "sockets").rmdir()
    if home.parent == SYSTEM_TEMPORARY:
        with suppress(OSError):
            home.rmdir()


def make_folder(folder: Path) -> None:
    """Make a folder with its parents; StackError with the remedy where the disk says no."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StackError(f"cannot make the folder {folder}: {error.strerror}",
                         "free some space, or check who owns its parent folder") from error


def _can_enter(account: Account, folder: Path) -> bool:
    return account.run(["/bin/sh", "-c", 'test -x "$0"', str(folder)]).returncode == 0


def _claim(folder: Path, account: Account) -> Path:
    """Take a folder in a place everybody may write to; never one that somebody else has put there."""
    make_folder(folder)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (os.geteuid(), account.uid):
        raise StackError(f"{folder} belongs to somebody else", f"remove it: sudo rm -r {folder}")
    folder.chmod(0o711 if account.switches else 0o700)
    return folder
