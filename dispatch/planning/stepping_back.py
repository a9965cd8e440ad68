"""Search on a thread that steps back, where the system can do that for one thread (Linux).

A search takes its time, however little it gets of a busy machine. Who waits for an answer goes first, and so does what
the planner reads, inserts and writes for them.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from routing.engines.interface import Deadline, Engine
from routing.problem import Plan, Problem
from routing.solution import Solution

NICENESS = 10


def run(work: Callable[[], Solution]) -> Solution:
    """What the work finds, as if it had been done here."""
    return _searcher().submit(work).result()


def solve(engine: Engine, problem: Problem, start: Plan, deadline: Deadline, seed: int) -> Solution:
    """What the engine finds, as if it had been asked here."""
    return run(lambda: engine.solve(problem, start, deadline, seed))


@cache
def _searcher() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="search", initializer=_step_back)


def _step_back() -> None:
    if sys.platform == "linux":
        me = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, me, max(NICENESS, os.getpriority(os.PRIO_PROCESS, me)))


os.register_at_fork(after_in_child=_searcher.cache_clear)
