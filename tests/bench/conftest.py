"""The web process as production runs it, for benchmarks: gunicorn on the database of this run.

    .venv/bin/pytest -s -p no:xdist tests/bench/phone_speed.py
"""
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import TestStack
from tests.factories.application import SECRET_KEY, open_app
from tests.factories.day import Day, make_day
from tests.functional.conftest import browser, browsers  # noqa: F401


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The application, for making data."""
    with open_app(database, tmp_path) as app:
        yield app


@pytest.fixture
def day(app: Flask) -> Day:
    """Ada on shift."""
    return make_day()


class Web:
    """A running web process: where it answers and its process id."""

    def __init__(self, environment: dict[str, str], *, threads: int = 32) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "dispatch.app:create_app()", "--worker-class", "gthread"]
        command += ["--workers", "1", "--threads", str(threads), "--bind", f"127.0.0.1:{self.port}"]
        command += ["--keep-alive", "30", "--graceful-timeout", "3", "--log-level", "error"]
        self.process = subprocess.Popen(command, env={**os.environ, **environment})

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def wait(self) -> None:
        """Until it answers."""
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{self.address}/healthz", timeout=1)
                return
            except OSError:
                time.sleep(0.1)
        raise RuntimeError("the web process does not answer")

    def worker_pid(self) -> int:
        """The process that does the work."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(timeout=20)


@pytest.fixture
def environment(database: TestStack, tmp_path: Path) -> dict[str, str]:
    """What the web process must know."""
    return {**database.environment(), "SECRET_KEY": SECRET_KEY, "PACELINE_DATA": str(tmp_path), "LOG_LEVEL": "error",
            "PACELINE_NO_RATE_LIMITS": "1", "PUBLIC_URL": "http://localhost"}


@pytest.fixture
def web(environment: dict[str, str], day: Day) -> Iterator[Web]:
    """Gunicorn with one worker."""
    running = Web(environment, threads=160)
    running.wait()
    yield running
    running.stop()
