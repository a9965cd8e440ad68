"""A process that has loaded what all the others need and forks them: whoever was killed is back without loading again.

    python -m dispatch.stack.fork_server SOCKET        started by the supervisor, before the others

It loads libraries and our modules, never the application itself: settings, logs and connections are made by each
process after the fork. It runs one thread, or a fork could copy a lock that nobody will ever open. Linux only, as
are process descriptors; elsewhere `dispatch.stack.forked` runs the command itself. Decision 0172.
"""
import json
import os
import runpy
import selectors
import shlex
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import NamedTuple

from setproctitle import setproctitle

from dispatch.stack.forked import MESSAGE_BYTES, STREAMS

LOADED = (
    "dispatch.core.collector", "dispatch.app", "dispatch.web_server", "dispatch.planning.services", "worker.broker",
    "worker.routes", "celery.bin.celery", "celery.bin.worker", "celery.bin.beat", "celery.apps.worker",
    "celery.apps.beat", "celery.concurrency.prefork", "celery.worker.consumer", "kombu.transport.redis",
    "gunicorn.app.wsgiapp", "gunicorn.arbiter", "gunicorn.workers.gthread", "ortools.sat.python.cp_model",
)


class Request(NamedTuple):
    """A command to become, as `forked` sends it; `group` is the process group that it joins."""

    arguments: list[str]
    environment: dict[str, str]
    folder: str
    group: int


class ForkServer:
    """Listens on a socket; `serve` returns in the children only, with what each is to become."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(str(path))
        path.chmod(0o700)
        self._listener.listen(64)
        self._woken, self._wake = socket.socketpair()
        self._wake.setblocking(False)
        self._groups: dict[socket.socket, int] = {}
        self._askers: dict[int, socket.socket] = {}

    def serve(self) -> Request:
        """Fork a child for each request, tell its asker when it ends, and end it when its asker ends."""
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                for end in [key.fileobj for key, _ in selector.select()]:
                    assert isinstance(end, socket.socket)
                    if end is self._listener:
                        selector.register(self._listener.accept()[0], selectors.EVENT_READ)
                    elif end is self._woken:
                        self._woken.recv(MESSAGE_BYTES)
                        self._tell_of_ends()
                    elif (heard := self._hear(end)) is None:
                        selector.unregister(end)
                        self._forget(end)
                    elif self._fork(end, *heard) == 0:
                        return heard[0]

    def _hear(self, asker: socket.socket) -> tuple[Request, list[int]] | None:
        """A request and the streams that come with it; None from an asker that has gone."""
        try:
            message, streams, _, _ = socket.recv_fds(asker, MESSAGE_BYTES, len(STREAMS))
        except ConnectionError:
            return None
        return (Request(**json.loads(message)), streams) if message else None

    def _fork(self, asker: socket.socket, request: Request, streams: list[int]) -> int:
        """The child's process id; 0 in the child."""
        pid = os.fork()
        if pid == 0:
            self._leave()
            become(request, streams)
            return 0
        for stream in streams:
            os.close(stream)
        self._askers[pid], self._groups[asker] = asker, request.group
        _tell(asker, pid=pid)
        return pid

    def _forget(self, asker: socket.socket) -> None:
        group = self._groups.pop(asker, None)
        if group is not None and asker in self._askers.values():
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        asker.close()

    def _tell_of_ends(self) -> None:
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0] != 0:
                asker = self._askers.pop(ended[0])
                if asker in self._groups:
                    _tell(asker, status=os.waitstatus_to_exitcode(ended[1]))

    def _leave(self) -> None:
        """In a child: keep nothing of the server but what it has loaded."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in (self._listener, self._woken, self._wake, *self._groups, *self._askers.values()):
            end.close()


def become(request: Request, streams: list[int]) -> None:
    """Take the asker's group, streams, folder, environment, arguments and name."""
    try:
        os.setpgid(0, request.group)
    except OSError:  # the asker was killed meanwhile
        os._exit(1)
    for stream, number in zip(streams, STREAMS, strict=True):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    sys.argv = list(request.arguments)
    setproctitle(shlex.join(request.arguments))


def run(arguments: list[str]) -> object:
    """Run a module (`python -m NAME ...`) or an installed program in this process; any other command replaces it."""
    program = Path(arguments[0]).name
    if program.startswith("python") and arguments[1] == "-m":
        sys.argv = arguments[2:]
        return runpy.run_module(arguments[2], run_name="__main__", alter_sys=True)
    found = [point for point in entry_points(group="console_scripts") if point.name == program]
    if not found:
        os.execvp(arguments[0], arguments)
    return found[0].load()()


def load() -> None:
    """Load the modules; the garbage collector need not look at any of it again.

    What may have to be compiled first (the optimiser) is the planner's own: nobody else waits for a minute.
    """
    for name in LOADED:
        import_module(name)
    import_module("dispatch.core.collector").share_what_is_loaded()


def _tell(asker: socket.socket, **what: int) -> None:
    with suppress(OSError):
        asker.send(json.dumps(what).encode())


def main() -> None:
    """Listen first, so that nobody who comes early is turned away; then load, then serve."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # it would start one for each processor, as soon as it is loaded
    server = ForkServer(Path(sys.argv[1]))
    load()
    request = server.serve()
    result = run(request.arguments)
    sys.exit(result if isinstance(result, int) else None)


if __name__ == "__main__":
    main()
