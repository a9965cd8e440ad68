"""`paceline up` as a person meets it: troubles in one line, a start that announces itself, an end without leftovers."""
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dispatch.stack.account import current_account, home_for
from dispatch.stack.clean import clean
from dispatch.stack.preflight import free_port
from dispatch.stack.readiness import is_ready
from dispatch.stack.supervision import FORK_SERVER, Supervision
from tests.conftest import TestStack

START = "import sys; from pathlib import Path; from dispatch.stack import up;" \
        " sys.exit(up.run(up.UpOptions(folder=Path(sys.argv[1]), port=int(sys.argv[2]))))"
READY_WITHIN_S = 150


def test_a_taken_port_ends_the_start_with_one_line(tmp_path: Path) -> None:
    """Before anything else has been started."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = _up_until_its_end(tmp_path, other.getsockname()[1], {})
    assert done.returncode == 1
    assert "is taken" in done.stderr and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "postgres").exists()


def test_a_database_that_is_down_at_the_start_ends_it_with_one_line(tmp_path: Path) -> None:
    """DATABASE_URL names a server that is not there."""
    given = {"DATABASE_URL": "postgresql://paceline@127.0.0.1:1/paceline", "REDIS_URL": "redis://127.0.0.1:1/0"}
    done = _up_until_its_end(tmp_path, free_port(), given)
    assert done.returncode == 1
    assert "correct DATABASE_URL" in done.stderr and len(done.stderr.splitlines()) == 1


@pytest.mark.slow
def test_it_starts_serves_and_ends_by_ctrl_c(database: TestStack, tmp_path: Path) -> None:
    """All processes on existing services; afterwards the port is free and no process is left."""
    port = free_port()
    output = (tmp_path / "output").open("w+")
    process = subprocess.Popen([sys.executable, "-c", START, str(tmp_path / "var"), str(port)], stdout=output,
                               stderr=output, env={**os.environ, **database.environment()}, start_new_session=True)
    try:
        deadline = time.monotonic() + READY_WITHIN_S
        while not is_ready("127.0.0.1", port) and time.monotonic() < deadline and process.poll() is None:
            time.sleep(0.5)
        assert is_ready("127.0.0.1", port), Path(output.name).read_text()
        time.sleep(1.5)
        assert "Paceline is ready after" in Path(output.name).read_text()
        threads, children = fork_server_of(tmp_path / "var")
        assert threads == "1", "a fork would copy what other threads hold"
        assert all(any(name in child for child in children) for name in ("planner", "worker", "gunicorn", "beat"))
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
    assert process.returncode == 0
    assert Path(output.name).read_text().endswith("Stopped.\n")
    assert not is_ready("127.0.0.1", port)
    clean(tmp_path / "var")
    assert not (tmp_path / "var").exists()


def fork_server_of(folder: Path) -> tuple[str, list[str]]:
    """How many threads the fork server of a stack has, and what its children call themselves."""
    server = str(Supervision(folder, home_for(folder, current_account()), ()).states()[FORK_SERVER].pid)
    said = subprocess.run(["ps", "-eo", "pid=,ppid=,nlwp=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(maxsplit=3) for line in said.splitlines()]
    return (next(threads for pid, _, threads, _ in rows if pid == server),
            [what for _, parent, _, what in rows if parent == server])


def _up_until_its_end(folder: Path, port: int, given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    return subprocess.run([sys.executable, "-c", START, str(folder), str(port)], env={**environment, **given},
                          capture_output=True, text=True, timeout=60, check=False)
