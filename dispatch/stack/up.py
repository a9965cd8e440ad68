"""`paceline up`: everything on this machine, under one supervisor, until Ctrl-C.

Starts private services unless DATABASE_URL and REDIS_URL name existing ones, migrates, fills the demo where
asked, starts the processes, and says where to go. It never returns with something of its own still running.
"""
import hashlib
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import segno

from dispatch.core import migrate
from dispatch.core.settings import sqlalchemy_url
from dispatch.stack.account import current_account, home_for
from dispatch.stack.certificate import ensure_certificate, lan_addresses
from dispatch.stack.environment import ROOT, gunicorn_arguments, local_environment
from dispatch.stack.errors import CommandFailed, StackError
from dispatch.stack.local_services import LocalServices
from dispatch.stack.logbook import Logbook
from dispatch.stack.preflight import check_folder, check_port, only_one
from dispatch.stack.processes import PROCESSES, ROBOTS, Process
from dispatch.stack.readiness import is_ready
from dispatch.stack.supervision import Supervision

READY_TIMEOUT_S = 240
WATCH_EVERY_S = 0.5
MEND_EVERY_S = 3.0
EVERYWHERE = "0.0.0.0"
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C, a polite request, a closed terminal: all end `paceline up` the same way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpOptions:
    """What `make run` may choose."""

    folder: Path = ROOT / "var"
    host: str | None = None
    port: int = 8080
    tls: bool = False
    demo: bool = False
    city: str | None = None

    @property
    def listen(self) -> str:
        """Only this machine, or with TLS the whole network: passwords never cross it in the open."""
        return self.host or (EVERYWHERE if self.tls else "127.0.0.1")

    @property
    def reach(self) -> str:
        """Where this machine itself finds the web server."""
        return "127.0.0.1" if self.listen == EVERYWHERE else self.listen

    def url(self, host: str) -> str:
        """An address to open in a browser."""
        return f"{'https' if self.tls else 'http'}://{f'[{host}]' if ':' in host else host}:{self.port}"

    def processes(self) -> tuple[Process, ...]:
        """What is to run."""
        return (*PROCESSES, ROBOTS) if self.demo else PROCESSES


def run(options: UpOptions) -> int:
    """Start everything, wait for Ctrl-C, stop everything; the exit status of `paceline up`."""
    for number in ENDINGS:
        signal.signal(number, _interrupt)
    try:
        with ExitStack() as stack:
            start_and_watch(options, stack)
    except CommandFailed:
        return 1
    except StackError as error:
        print(f"paceline: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", flush=True)
    return 0


def start_and_watch(options: UpOptions, stack: ExitStack) -> None:
    """Start one thing after the other, each with its stop put on `stack`; then watch until interrupted."""
    began = time.monotonic()
    check_folder(options.folder)
    stack.enter_context(only_one(options.folder))
    sockets = home_for(options.folder, current_account())
    supervision = Supervision(options.folder, sockets, options.processes(), forks=True)
    supervision.end_left_over()
    check_port(options.listen, options.port)
    services = LocalServices(options.folder, os.environ)
    stack.callback(services.stop)
    _say("Starting PostgreSQL and Redis")
    services.start()
    environment = make_environment(options, services)
    logins = prepare(options, environment)
    logbook = Logbook(supervision.logs, [process.name for process in options.processes()])
    logbook.skip_to_end()
    stack.callback(logbook.close)
    stack.callback(supervision.stop)
    stack.callback(_begin_to_stop)
    _say("Starting the processes")
    supervision.start(environment)
    supervision.wait_until(lambda: is_ready(options.reach, options.port, tls=options.tls),
                           timeout_s=READY_TIMEOUT_S, what="the web server")
    announce(options, logins, logbook.path, time.monotonic() - began)
    watch(supervision, services, logbook)


def make_environment(options: UpOptions, services: LocalServices) -> dict[str, str]:
    """What all processes are told. Variables that are set already win, except where to listen."""
    addresses = lan_addresses() if options.tls else []
    certificate = ensure_certificate(options.folder / "tls", addresses) if options.tls else None
    public = next(iter(addresses), "localhost") if options.host is None else options.reach
    demo = {"PACELINE_DEMO": "1", "PACELINE_LOCAL_WEBHOOKS": "1"} if options.demo else {}
    given = {"PUBLIC_URL": options.url(public), **demo, **os.environ, **services.environment()}
    return {**local_environment(options.folder, given),
            "PACELINE_LOCAL_URL": options.url(options.reach),
            "GUNICORN_CMD_ARGS": gunicorn_arguments(options.folder, options.listen, options.port, certificate)}


def prepare(options: UpOptions, environment: dict[str, str]) -> str:
    """Migrate, and make the demo co-op where asked; what the demo says about its logins.

    Each command costs seconds just to load, so nothing is asked twice of the same database.
    """
    owner_url = environment.get("DATABASE_URL_MIGRATE") or environment["DATABASE_URL"]
    if migrate.current(sqlalchemy_url(owner_url)) != migrate.head():
        _say("Bringing the database up to date")
        run_command(["paceline", "db", "upgrade"], environment)
    if not options.demo:
        return ""
    made_for = hashlib.sha256(f"{options.city} {environment['DATABASE_URL']}".encode()).hexdigest()[:12]
    remembered = options.folder / f"demo-{made_for}.txt"
    if not remembered.exists():
        _say("Preparing the demo co-op" + (f" with {options.city}" if options.city else ""))
        city = ["--city", _absolute(options.city)] if options.city else []
        quiet = {**environment, "LOG_LEVEL": os.environ.get("LOG_LEVEL", "error")}
        remembered.write_text(run_command(["paceline", "demo", "create", *city], quiet))
    return remembered.read_text()


def run_command(command: list[str], environment: dict[str, str]) -> str:
    """Run one of our own commands, progress in sight; what it says on standard output.

    CommandFailed if it fails: it has said why by then.
    """
    program = Path(sys.executable).parent / command[0]
    done = subprocess.run([str(program), *command[1:]], cwd=ROOT, env=environment, stdout=subprocess.PIPE,
                          stdin=subprocess.DEVNULL, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout, end="", file=sys.stderr)
        raise CommandFailed(f"`{' '.join(command)}` has failed", "its message above says why")
    return done.stdout


def announce(options: UpOptions, logins: str, log: Path, took_s: float) -> None:
    """Say where everything is. With TLS also as a QR code, for the phone."""
    url = options.url("localhost" if options.listen in ("127.0.0.1", EVERYWHERE) else options.listen)
    print(f"\nPaceline is ready after {took_s:.0f} s: {url}")
    print(f"  {'the board, for coordinators':<34} {url}/board")
    print(f"  {'the portal, for merchants':<34} {url}/portal")
    print(f"  {'the phone pages, for riders':<34} {url}/app")
    if options.tls:
        for address in lan_addresses()[:1]:
            print(f"\nFrom a phone on the same network ({options.url(address)}/app; it warns once):")
            segno.make(f"{options.url(address)}/app", micro=False).terminal(compact=True)
    if logins:
        print(f"\n{logins.rstrip()}")
    print(f"\nLog: {_relative(log)}    Ctrl-C stops everything.", flush=True)


def watch(supervision: Supervision, services: LocalServices, logbook: Logbook) -> None:
    """Keep the log, tell of processes that had to be started again, and mend the services; never returns."""
    pids: dict[str, int] = {}
    mend_at = time.monotonic()
    while supervision.is_alive():
        logbook.follow()
        for name, state in supervision.states().items():
            if state.is_running and pids.setdefault(name, state.pid) != state.pid:
                pids[name] = state.pid
                _say(f"{name} had ended and runs again; the log says why")
        if time.monotonic() >= mend_at:
            for service in services.mend():
                _say(f"{service} had ended and runs again")
            mend_at = time.monotonic() + MEND_EVERY_S
        time.sleep(WATCH_EVERY_S)
    raise StackError("supervisord has ended", f"see {_relative(supervision.logs / 'supervisord.log')}")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """End in an orderly way, from wherever we are."""
    raise KeyboardInterrupt


def _begin_to_stop() -> None:
    """From here on nothing may interrupt: an impatient second Ctrl-C would leave processes behind."""
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    _say("Stopping ...")


def _say(message: str) -> None:
    print(message, flush=True)


def _absolute(source: str) -> str:
    """A file's full path, because our commands run elsewhere; addresses stay as they are."""
    return source if "://" in source else str(Path(source).absolute())


def _relative(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
