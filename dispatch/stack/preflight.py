"""Look before starting: port, disk, permissions, a second start. Each trouble is one line with its remedy."""
import errno
import fcntl
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dispatch.stack.account import make_folder
from dispatch.stack.errors import StackError

NEEDED_BYTES = 500_000_000


def check_port(host: str, port: int) -> None:
    """StackError unless the web server can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OverflowError as error:
            raise StackError(f"there is no port {port}", "choose one below 65536: make run PORT=8080") from error
        except OSError as error:
            raise _port_trouble(host, port, error) from error


def _port_trouble(host: str, port: int, error: OSError) -> StackError:
    if error.errno == errno.EADDRINUSE:
        return StackError(f"port {port} is taken", f"stop what uses it, or make run PORT={port + 1}")
    if error.errno == errno.EACCES:
        return StackError(f"port {port} is only for root", "choose one above 1023: make run PORT=8080")
    return StackError(f"cannot listen on {host}: {error.strerror}", "make run HOST=127.0.0.1")


def free_port() -> int:
    """A port of the loopback address that nobody uses just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_folder(folder: Path, needed_bytes: int = NEEDED_BYTES) -> None:
    """StackError unless there is room in the folder and we may write there."""
    make_folder(folder)
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < needed_bytes:
        raise StackError(f"the disk of {folder} is full: {free_bytes // 1_000_000} MB are free",
                         f"free at least {needed_bytes // 1_000_000} MB")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StackError(f"may not write in {folder}",
                         f"was it made by root? sudo chown -R {os.geteuid()}:{os.getegid()} {folder}")


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Hold the folder; StackError if another `paceline up` holds it."""
    path = folder / "up.lock"
    try:
        lock = path.open("a+")
    except PermissionError as error:
        raise StackError(f"may not write {path}",
                         f"was it made by root? sudo chown -R {os.geteuid()}:{os.getegid()} {folder}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise StackError(f"Paceline already runs here (process {lock.read().strip() or 'unknown'})",
                             "stop it with Ctrl-C in its window") from error
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield
