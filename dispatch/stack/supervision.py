"""Keep a set of processes running with supervisord: start, watch, kill, stop.

Each process that ends, for whatever reason, is started again within seconds. The environment reaches the
processes by inheritance, so that no secret is written into a configuration file.
"""
import os
import shlex
import signal
import subprocess
import sys
import time
import xmlrpc.client
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from supervisor.xmlrpc import SupervisorTransport

from dispatch.stack.account import make_folder
from dispatch.stack.environment import ROOT
from dispatch.stack.errors import StackError
from dispatch.stack.forked import VARIABLE
from dispatch.stack.processes import Process

FORK_SERVER = "forkserver"
LOG_BYTES = 5_000_000
OLD_LOGS = 2
POLL_S = 0.1
PATIENCE_STOP_S = 15
PATIENCE_STARTS = 3
"""So many starts of one process we watch before we call it broken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessState:
    """How one process is doing: supervisord's word for it, its process id (0 if none), when it started."""

    name: str
    state: str
    pid: int
    started_at_s: int

    @property
    def is_running(self) -> bool:
        """Up for longer than the first second."""
        return self.state == "RUNNING"


class Supervision:
    """One supervisord with its processes; its files live in `folder`, its socket in `sockets`.

    With `forks` the processes are ours and come from one that has loaded them all (Linux; elsewhere each loads itself).
    """

    def __init__(self, folder: Path, sockets: Path, processes: Sequence[Process], *, forks: bool = False) -> None:
        self.processes = tuple(processes)
        self.fork_server = sockets / f"{FORK_SERVER}.sock" if forks and hasattr(os, "pidfd_open") else None
        self.folder = folder
        self.logs = folder / "log"
        self.socket = sockets / "supervisor.sock"
        self.pid_file = folder / "supervisord.pid"
        self.configuration = folder / "supervisord.conf"
        self._daemon: subprocess.Popen[bytes] | None = None

    def start(self, environment: Mapping[str, str]) -> None:
        """Start supervisord, which starts the processes; first end what an earlier crash has left behind."""
        self.end_left_over()
        make_folder(self.logs)
        self.configuration.write_text(self.configuration_text())
        command = [sys.executable, "-m", "supervisor.supervisord", "--nodaemon",
                   "--configuration", str(self.configuration)]
        with (self.logs / "supervisord.out").open("wb") as output:
            self._daemon = subprocess.Popen(command, cwd=ROOT, env=self._with_fork_server(environment), stdout=output,
                                            stderr=output, stdin=subprocess.DEVNULL, start_new_session=True)

    def stop(self) -> None:
        """Ask every process to finish, end those that do not, and wait until all are gone.

        On a machine that is short of breath supervisord itself may not get round to it in time; whatever is
        left then is killed here, so that nothing outlives us.
        """
        if self._daemon is None:
            return
        groups = [state.pid for state in self.states().values() if state.pid]
        self._ask_all_to_finish()
        self._daemon.terminate()
        longest = max((process.stop_wait_s for process in self.processes), default=0)
        try:
            self._daemon.wait(timeout=longest + PATIENCE_STOP_S)
        except subprocess.TimeoutExpired:
            self._daemon.kill()
            self._daemon.wait()
            for group in groups:
                with suppress(ProcessLookupError):
                    os.killpg(group, signal.SIGKILL)
        self._daemon = None

    def is_alive(self) -> bool:
        """Whether supervisord itself still runs."""
        return self._daemon is not None and self._daemon.poll() is None

    def states(self) -> dict[str, ProcessState]:
        """Every process by name; empty while supervisord is only just starting."""
        try:
            with self._server() as server:
                infos = cast(list[dict[str, Any]], server.supervisor.getAllProcessInfo())
        except (OSError, xmlrpc.client.Error):
            return {}
        return {info["name"]: ProcessState(name=info["name"], state=info["statename"], pid=info["pid"],
                                           started_at_s=info["start"])
                for info in infos}

    def kill(self, name: str) -> int:
        """SIGKILL a process with all its children, as a crash would; the process id it had (0 if none)."""
        state = self.states().get(name)
        if state is None or state.pid == 0:
            return 0
        return state.pid if end_group(state.pid) else 0

    def wait_until(self, is_ready: Callable[[], bool], *, timeout_s: float, what: str) -> None:
        """Wait until `is_ready`; StackError with its last words as soon as a process keeps ending."""
        deadline = time.monotonic() + timeout_s
        pids: dict[str, set[int]] = defaultdict(set)
        while time.monotonic() < deadline:
            if is_ready():
                return
            if not self.is_alive():
                raise StackError("supervisord has ended", f"see {self.logs / 'supervisord.log'}")
            for state in self.states().values():
                pids[state.name].add(state.pid)
                if len(pids[state.name] - {0}) > PATIENCE_STARTS:
                    raise StackError(f"{state.name} keeps ending: {self.last_words(state.name)}",
                                     f"see {self.logs / state.name}.log")
            time.sleep(POLL_S)
        raise StackError(f"{what} is not ready after {timeout_s:.0f} s; web says: {self.last_words('web')}",
                         f"see {self.logs}")

    def last_words(self, name: str) -> str:
        """The last line of a process's log that says something."""
        try:
            lines = (self.logs / f"{name}.log").read_text(errors="replace").splitlines()
        except OSError:
            return "nothing"
        return next((line.strip() for line in reversed(lines) if line.strip()), "nothing")

    def end_left_over(self) -> None:
        """End a supervisord (with its processes) whose starter was killed before it could stop it."""
        try:
            pid = int(self.pid_file.read_text())
            if not is_supervisord(pid):
                return
            os.kill(pid, signal.SIGTERM)
        except (OSError, ValueError):
            return
        deadline = time.monotonic() + 20
        while is_supervisord(pid) and time.monotonic() < deadline:
            time.sleep(0.1)

    def configuration_text(self) -> str:
        """The configuration of supervisord."""
        parts = [
            "; written anew at every start by dispatch/stack/supervision.py",
            f"[supervisord]\nnodaemon = true\nlogfile = {self.logs}/supervisord.log\n"
            f"logfile_maxbytes = {LOG_BYTES}\nlogfile_backups = 1\npidfile = {self.pid_file}\n"
            + ("user = root\n" if os.geteuid() == 0 else ""),
            f"[unix_http_server]\nfile = {self.socket}\nchmod = 0700\n",
            "[rpcinterface:supervisor]\n"
            "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n",
            *self._program_texts(),
        ]
        return "\n".join(parts)

    def _server(self) -> xmlrpc.client.ServerProxy:
        transport = SupervisorTransport(None, None, f"unix://{self.socket}")
        return xmlrpc.client.ServerProxy("http://localhost", transport=transport)

    def _ask_all_to_finish(self) -> None:
        """All at once: supervisord by itself asks one after the other. The fork server stays until they have ended."""
        for process in self.processes:
            with suppress(OSError, xmlrpc.client.Error), self._server() as server:
                server.supervisor.stopProcess(process.name, False)

    def _with_fork_server(self, environment: Mapping[str, str]) -> dict[str, str]:
        return {**environment, **({VARIABLE: str(self.fork_server)} if self.fork_server else {})}

    def _program_texts(self) -> Iterator[str]:
        """The fork server starts first and stops last."""
        if self.fork_server:
            command = f"{sys.executable} -m dispatch.stack.fork_server {shlex.quote(str(self.fork_server))}"
            yield self._program_text(Process(name=FORK_SERVER, command=command, stop_wait_s=2), priority=1)
        through = f"{sys.executable} -m dispatch.stack.forked " if self.fork_server else ""
        for process in self.processes:
            yield self._program_text(replace(process, command=through + process.command), priority=2)

    def _program_text(self, process: Process, *, priority: int) -> str:
        command = process.command.replace("%", "%%")
        return (f"[program:{process.name}]\ncommand = {command}\ndirectory = {ROOT}\npriority = {priority}\n"
                "autorestart = true\nstartsecs = 1\nstartretries = 1000000\nstopsignal = TERM\n"
                f"stopwaitsecs = {process.stop_wait_s}\nkillasgroup = true\nredirect_stderr = true\n"
                f"stdout_logfile = {self.logs}/{process.name}.log\n"
                f"stdout_logfile_maxbytes = {LOG_BYTES}\nstdout_logfile_backups = {OLD_LOGS}\n")


def end_group(pid: int) -> bool:
    """SIGKILL a process that leads a group, with all its children; False if it is gone already."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def is_supervisord(pid: int) -> bool:
    """Whether a process id belongs to a supervisord now: ids are given to others after a restart."""
    if not Path("/proc").is_dir():
        said = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True, check=False)
        return "supervisor" in said.stdout
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return state != "Z" and b"supervisor" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
