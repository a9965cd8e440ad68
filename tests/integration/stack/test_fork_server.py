"""Processes that are forked behave as if they had been started: streams, signals, status, an end with their asker."""
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dispatch.stack.forked import VARIABLE
from tests.factories.phone_page import eventually

SERVER = "import sys; from pathlib import Path; from dispatch.stack.fork_server import ForkServer, run; " \
         "sys.exit(run(ForkServer(Path(sys.argv[1])).serve().arguments))"
MODULE = '''
import os, signal, sys, time
def stop(number, frame):
    print("stopped by", number, flush=True)
    sys.exit(7)
signal.signal(signal.SIGTERM, stop)
print("parent is the server", os.getppid() == int(os.environ["SERVER_PID"]), sys.argv[1:], os.getcwd(), flush=True)
print("to stderr", file=sys.stderr, flush=True)
while sys.argv[1] == "wait":
    time.sleep(0.05)
sys.exit(3)
'''
WITHIN_S = 20.0

Start = Callable[..., subprocess.Popen[str]]

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="the fork server is for Linux")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A fork server that has loaded nothing; it ends with the test."""
    (tmp_path / "some_module.py").write_text(MODULE)
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(tmp_path / "socket")], env=with_module(tmp_path))
    assert eventually((tmp_path / "socket").exists)
    yield server
    server.kill()
    server.wait()


@pytest.fixture
def start(server: subprocess.Popen[bytes], tmp_path: Path) -> Iterator[Start]:
    """Start a command through the server, in a process group of its own as the supervisor does."""
    started: list[subprocess.Popen[str]] = []

    def command(*arguments: str) -> subprocess.Popen[str]:
        environment = {**with_module(tmp_path), VARIABLE: str(tmp_path / "socket"), "SERVER_PID": str(server.pid)}
        started.append(subprocess.Popen([sys.executable, "-m", "dispatch.stack.forked", *arguments], text=True,
                                        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        process_group=0))
        return started[-1]

    yield command
    for process in started:
        process.kill()
        process.communicate()


def with_module(folder: Path) -> dict[str, str]:
    """An environment in which Python finds the module."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), os.getcwd()))}


def members(group: int) -> list[int]:
    """The processes of a group, without those that have ended."""
    said = subprocess.run(["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in said.splitlines()]
    return [int(pid) for pid, of, state in rows if int(of) == group and not state.startswith("Z")]


def test_a_command_runs_in_the_server_with_its_streams_and_status(start: Start) -> None:
    out, err = (process := start(sys.executable, "-m", "some_module", "end", "--flag")).communicate(timeout=WITHIN_S)
    assert out == f"parent is the server True ['end', '--flag'] {os.getcwd()}\n"
    assert "to stderr" in err
    assert process.returncode == 3


def test_signals_are_passed_on(start: Start) -> None:
    process = start(sys.executable, "-m", "some_module", "wait")
    assert process.stdout is not None and process.stdout.readline().startswith("parent is the server True")
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=WITHIN_S)[0] == f"stopped by {int(signal.SIGTERM)}\n"
    assert process.returncode == 7


@pytest.mark.parametrize("whom", ["its group", "only the one that stands for it"])
def test_whoever_kills_it_leaves_nothing_running(start: Start, whom: str) -> None:
    """The supervisor starts it again at once: two planners must not run side by side."""
    process = start(sys.executable, "-m", "some_module", "wait")
    assert process.stdout is not None and process.stdout.readline()
    assert len(members(process.pid)) == 2
    (os.killpg if whom == "its group" else os.kill)(process.pid, signal.SIGKILL)
    process.wait(timeout=WITHIN_S)
    assert eventually(lambda: members(process.pid) == [])


def test_a_child_that_is_killed_ends_the_one_that_stands_for_it_in_the_same_way(start: Start) -> None:
    process = start(sys.executable, "-m", "some_module", "wait")
    assert process.stdout is not None and process.stdout.readline()
    child, = set(members(process.pid)) - {process.pid}
    os.kill(child, signal.SIGKILL)
    assert process.wait(timeout=WITHIN_S) == -signal.SIGKILL


def test_a_server_that_is_killed_takes_nobody_with_it(start: Start, server: subprocess.Popen[bytes]) -> None:
    process = start(sys.executable, "-m", "some_module", "wait")
    assert process.stdout is not None and process.stdout.readline()
    server.kill()
    server.wait()
    time.sleep(0.3)
    assert len(members(process.pid)) == 2
    process.send_signal(signal.SIGTERM)
    assert process.communicate(timeout=WITHIN_S)[0] == f"stopped by {int(signal.SIGTERM)}\n"


def test_without_a_server_a_command_runs_by_itself(start: Start, server: subprocess.Popen[bytes]) -> None:
    server.kill()
    server.wait()
    out, _ = (process := start(sys.executable, "-m", "some_module", "end")).communicate(timeout=WITHIN_S)
    assert out.startswith("parent is the server False")
    assert process.returncode == 3
