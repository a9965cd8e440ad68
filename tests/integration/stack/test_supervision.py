"""Processes come back after a crash and are all gone after a stop."""
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch.stack.errors import StackError
from dispatch.stack.memory import MemorySampler
from dispatch.stack.processes import Process
from dispatch.stack.supervision import Supervision

SLEEPER = Process(name="sleeper", command="sleep 1000", stop_wait_s=2)
STUBBORN = Process(name="stubborn", command="sh -c 'trap \"\" TERM; echo stubborn; while :; do sleep 0.2; done'",
                   stop_wait_s=1)
HUNGRY = Process(
    name="hungry", stop_wait_s=2,
    command=f"{sys.executable} -c \"a = bytearray(60_000_000); import time; time.sleep(99)\"")
ENVIRONMENT = {"PATH": os.environ["PATH"]}


@pytest.fixture
def supervision(tmp_path: Path) -> Iterator[Supervision]:
    """Two processes that run: one that ends when told to, one that does not."""
    made = Supervision(tmp_path, tmp_path, (SLEEPER, STUBBORN))
    made.start(ENVIRONMENT)
    made.wait_until(lambda: _running(made) == 2, timeout_s=20, what="the test")
    yield made
    made.stop()


def test_a_killed_process_is_back_within_ten_seconds(supervision: Supervision) -> None:
    """The promise of the chaos rehearsal."""
    killed = supervision.kill("sleeper")
    began = time.monotonic()
    supervision.wait_until(lambda: supervision.states()["sleeper"].pid not in (0, killed),
                           timeout_s=10, what="the killed process")
    assert time.monotonic() - began < 10


def test_stopping_ends_even_a_process_that_ignores_it(supervision: Supervision) -> None:
    """Ctrl-C must leave nothing behind."""
    pids = [state.pid for state in supervision.states().values()]
    supervision.stop()
    assert [pid for pid in pids if _exists(pid)] == []


def test_a_start_ends_what_a_killed_starter_has_left(supervision: Supervision, tmp_path: Path) -> None:
    """If `make run` itself is killed, its processes go on; the next one must not find the port taken."""
    pids = [state.pid for state in supervision.states().values()]
    Supervision(tmp_path, tmp_path, ()).end_left_over()
    assert [pid for pid in pids if _exists(pid)] == []


def test_a_process_that_never_runs_is_told_with_its_last_words(tmp_path: Path) -> None:
    """A typing error in a setting shows as one line, not as a wait without end."""
    failing = Process(name="failing", command="sh -c 'echo DATABASE_URL is not set; exit 1'", stop_wait_s=1)
    supervision = Supervision(tmp_path, tmp_path, (failing,))
    supervision.start(ENVIRONMENT)
    try:
        with pytest.raises(StackError, match="failing keeps ending: DATABASE_URL is not set"):
            supervision.wait_until(lambda: False, timeout_s=30, what="the test")
    finally:
        supervision.stop()


def test_memory_counts_the_whole_process_group(tmp_path: Path) -> None:
    """A prefork worker's children hold most of what it needs."""
    supervision = Supervision(tmp_path, tmp_path, (HUNGRY,))
    supervision.start(ENVIRONMENT)
    try:
        supervision.wait_until(lambda: _running(supervision) == 1, timeout_s=20, what="the test")
        sampler = MemorySampler(lambda: {name: state.pid for name, state in supervision.states().items()})
        sampler.sample()
        assert sampler.peaks_mb()["hungry"] >= 60
    finally:
        supervision.stop()


def _running(supervision: Supervision) -> int:
    return sum(state.is_running for state in supervision.states().values())


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
