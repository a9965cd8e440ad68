"""A whole Paceline of its own for a rehearsal: temporary folder, free port, faster clock; gone afterwards."""
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from dispatch.core import clock
from dispatch.stack.account import current_account, home_for
from dispatch.stack.environment import gunicorn_arguments, local_environment
from dispatch.stack.local_services import LocalServices
from dispatch.stack.memory import MemorySampler
from dispatch.stack.preflight import check_folder, free_port
from dispatch.stack.processes import PROCESSES
from dispatch.stack.readiness import is_ready
from dispatch.stack.supervision import ProcessState, Supervision
from dispatch.stack.up import run_command

READY_TIMEOUT_S = 240
LOOPBACK = "127.0.0.1"
SERVICE_VARIABLES = ("DATABASE_URL", "DATABASE_URL_MIGRATE", "DATABASE_URL_RELAY", "REDIS_URL", "PUBLIC_URL",
                     "PACELINE_CLOCK", "PACELINE_DATA", "SECRET_KEY", "GUNICORN_CMD_ARGS", "SMTP_URL", "SMS_URL",
                     "PROMETHEUS_MULTIPROC_DIR")
"""A rehearsal must never touch a real installation, whatever the caller's environment says."""


class PrivateStack:
    """A context manager: inside it `base_url` answers; `prepare` may run between services and processes.

        with PrivateStack(folder, clock_speed=30) as stack:
            stack.command("demo", "create")
            stack.start_processes()
    """

    def __init__(self, folder: Path, *, clock_speed: float = 1.0, starts_at: datetime | None = None,
                 settings: Mapping[str, str] | None = None) -> None:
        """`starts_at` is the domain time at the moment the stack starts (default: now)."""
        self.folder = Path(folder)
        self.port = free_port()
        self.base_url = f"http://{LOOPBACK}:{self.port}"
        self.clock_speed = clock_speed
        self._starts_at = starts_at
        self._settings = dict(settings or {})
        check_folder(self.folder)
        self.services = LocalServices(self.folder, {}, durable=True)
        self.supervision = Supervision(self.folder, home_for(self.folder, current_account()), PROCESSES, forks=True)
        self.memory = MemorySampler(self.pids)
        self.environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        """Start the services and migrate; the processes wait for `start_processes`."""
        try:
            self.services.start()
            self.environment = self._make_environment()
            self.command("db", "upgrade")
        except BaseException:
            self.services.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """Stop everything; the folder keeps the logs, the database is deleted."""
        self.memory.stop()
        self.supervision.stop()
        if self.services.redis:
            self.services.redis.remove()
        if self.services.postgres:
            self.services.postgres.remove()

    def command(self, *arguments: str) -> str:
        """Run `paceline ARGUMENTS` in this stack's environment; what it prints."""
        return run_command(["paceline", *arguments], self.environment)

    def start_clock(self, starts_at: datetime) -> None:
        """Let domain time begin at `starts_at` now; before `start_processes`."""
        self._starts_at = starts_at
        self.environment = self._make_environment()

    def start_processes(self) -> None:
        """Start web, worker, planner, relay and beat, and wait until the web server is ready."""
        self.supervision.start(self.environment)
        self.memory.start()
        self.supervision.wait_until(self.is_ready, timeout_s=READY_TIMEOUT_S, what="the web server")

    def is_ready(self) -> bool:
        """Whether the web server answers and reaches its services."""
        return is_ready(LOOPBACK, self.port)

    def processes(self) -> dict[str, ProcessState]:
        """How each process is doing."""
        return self.supervision.states()

    def queues(self, name: str) -> tuple[str, ...]:
        """The queues that a process takes its tasks from."""
        return next(process.queues for process in PROCESSES if process.name == name)

    def pids(self) -> dict[str, int]:
        """The process id of each process that runs; it is also the id of its process group."""
        return {name: state.pid for name, state in self.supervision.states().items() if state.pid}

    def kill(self, name: str) -> int:
        """SIGKILL a process with its children; the id it had. The supervisor starts it again."""
        return self.supervision.kill(name)

    def flush_redis(self) -> None:
        """Empty Redis: queues, live streams, limits, everything."""
        assert self.services.redis is not None
        with self.services.redis.client() as client:
            client.flushall()

    def peak_rss_mb(self) -> dict[str, int]:
        """The most memory that each process has held so far, its children included."""
        return self.memory.peaks_mb()

    def log_path(self, name: str) -> Path:
        """Where a process writes its log."""
        return self.supervision.logs / f"{name}.log"

    def _make_environment(self) -> dict[str, str]:
        given = {name: value for name, value in os.environ.items() if name not in SERVICE_VARIABLES}
        scale = {}
        if self.clock_speed != 1.0 or self._starts_at is not None:
            now = clock.real_now()
            scale["PACELINE_CLOCK"] = str(clock.Scale(
                real_anchor=now, domain_anchor=self._starts_at or now, speed=self.clock_speed))
        return local_environment(self.folder, {
            **given, "PUBLIC_URL": self.base_url, "PACELINE_DEMO": "1", "PACELINE_LOCAL_WEBHOOKS": "1",
            "PACELINE_NO_RATE_LIMITS": "1", **scale, **self._settings, **self.services.environment(),
            "GUNICORN_CMD_ARGS": gunicorn_arguments(self.folder, LOOPBACK, self.port)})
