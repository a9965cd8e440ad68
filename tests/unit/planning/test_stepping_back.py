"""A search leaves the processor to those who wait for an answer."""
import os
import sys
import threading
from dataclasses import dataclass, field

import pytest

from dispatch.planning import stepping_back
from routing.engines.insertion import Insertion
from routing.engines.interface import Deadline
from routing.problem import Plan, Problem
from routing.solution import Solution

NOTHING = Problem(couriers=(), shipments=(), matrices={})
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux knows the niceness of one thread")


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


@dataclass
class Watched:
    """Notes how nice it is; breaks when it is told to."""

    name: str = "watched"
    breaks: bool = False
    seen: list[int] = field(default_factory=list)

    def solve(self, problem: Problem, start: Plan | None, deadline: Deadline, seed: int) -> Solution:
        self.seen.append(niceness())
        if self.breaks:
            raise RuntimeError("broken")
        return Insertion().solve(problem, start, deadline, seed)


def search(engine: Watched) -> Solution:
    return stepping_back.solve(engine, NOTHING, {}, Deadline(iterations=0), 1)


def test_a_search_steps_back_and_its_caller_does_not() -> None:
    before, engine = niceness(), Watched()
    assert search(engine).cost == search(engine).cost == 0
    assert engine.seen == [max(before, stepping_back.NICENESS)] * 2
    assert niceness() == before


def test_a_search_that_breaks_says_so_to_its_caller() -> None:
    with pytest.raises(RuntimeError, match="broken"):
        search(Watched(breaks=True))
    assert search(Watched()).cost == 0


def test_a_forked_process_searches_on_a_thread_of_its_own() -> None:
    """A planner is forked; a thread of its parent's would never answer."""
    search(Watched())
    child = os.fork()
    if child == 0:
        threading.Timer(20, os._exit, [1]).start()
        try:
            search(Watched())
            os._exit(0)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
