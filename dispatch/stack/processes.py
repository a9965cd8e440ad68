"""The one table of processes that make up a running Paceline.

`paceline up`, the rehearsal and docker-compose.yml all start exactly these commands; a test compares them.
What differs from place to place (addresses, certificates, folders) comes by the environment.
"""
import shlex
from dataclasses import dataclass

WEB_WORKERS = 2
WEB_THREADS = 256
"""Per worker process, made as they are needed. Each live page holds one as long as it is open: at most
`dispatch.core.live.MOST_STREAMS` of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One supervised process: its name, its command, and how long it may take to stop."""

    name: str
    command: str
    stop_wait_s: int
    queues: tuple[str, ...] = ()

    def arguments(self) -> list[str]:
        """The command as a list, the way a shell would split it."""
        return shlex.split(self.command)


def _celery(name: str, queues: tuple[str, ...], concurrency: int) -> Process:
    """A prefork Celery worker. It sends no events and gossips with nobody: nothing here listens."""
    command = (f"celery --quiet --app worker.main worker --hostname {name}@%h"
               f" --queues {','.join(queues)}"
               f" --concurrency {concurrency} --loglevel WARNING"
               " --without-gossip --without-mingle --without-heartbeat")
    return Process(name=name, command=command, stop_wait_s=10, queues=queues)


WEB = Process(
    name="web",
    command=("gunicorn 'dispatch.app:create_app()' --preload --worker-class gthread"
             f" --workers {WEB_WORKERS} --threads {WEB_THREADS} --timeout 60 --graceful-timeout 3"
             " --keep-alive 30 --no-control-socket --config python:dispatch.web_server"),
    stop_wait_s=6)
WORKER = _celery("worker", ("notifying", "webhooks", "accounts"), concurrency=2)
PLANNER = _celery("planner", ("planning",), concurrency=1)
RELAY = Process(name="relay", command="python -m worker.relay", stop_wait_s=5)
BEAT = Process(
    name="beat", stop_wait_s=5,
    command="celery --quiet --app worker.beat beat --loglevel WARNING --pidfile=")
ROBOTS = Process(name="robots", command="paceline demo robots", stop_wait_s=5)

PROCESSES = (WEB, WORKER, PLANNER, RELAY, BEAT)
"""What production runs. The demo adds ROBOTS, who live a courier's day through public HTTP."""
