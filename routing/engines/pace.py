"""How a search keeps to its deadline: how much is used up, and how long to run before asking again."""

import math
import time

from routing.engines.interface import Deadline

CHUNK_S = 0.02
"""Aim for the time between two looks at the clock; less for short deadlines."""

ANSWER_SHARE = 0.03
"""Part of the time kept for writing the answer down, at least."""

MOST_KEPT = 0.5
"""Part of the time kept for it, at most."""

SLOWEST = 5.0
"""A processor shared with more than so many others is nothing to plan for."""

CHUNK = 100
"""Iterations between two changes of temperature when iterations are counted."""


class Pace:
    """How much of a deadline is used up, and how many iterations to run before asking again."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.began = time.perf_counter()
        self.done = 0
        self._worked = time.thread_time()
        self._answer_s = 0.0
        self._chunk = CHUNK if deadline.seconds is None else 1
        self._asked: float | None = None

    def keep(self, answer_s: float) -> None:
        """Keep so many seconds of processor time for writing the answer down."""
        self._answer_s = answer_s

    def used(self) -> float:
        """Share of the deadline, by time or iterations; 1 or more when it is over."""
        shares = [0.0]
        if self.deadline.seconds is not None:
            search_s = self.deadline.seconds - self._kept_s(self.deadline.seconds)
            shares.append(self.elapsed_s / max(search_s, 1e-9))
        if self.deadline.iterations is not None:
            is_over = self.done >= self.deadline.iterations  # of none, all are used up
            shares.append(1.0 if is_over else self.done / self.deadline.iterations)
        return max(shares)

    @property
    def elapsed_s(self) -> float:
        """Seconds of wall time since the beginning."""
        return time.perf_counter() - self.began

    @property
    def left_s(self) -> float | None:
        """Seconds of wall time until the deadline, what is kept for the answer taken off; None without a clock."""
        limit_s = self.deadline.seconds
        return None if limit_s is None else max(0.0, limit_s - self._kept_s(limit_s) - self.elapsed_s)

    @property
    def left(self) -> int | None:
        """Iterations until the deadline; None if they are not counted."""
        return None if self.deadline.iterations is None else max(0, self.deadline.iterations - self.done)

    def has_time(self) -> bool:
        """Whether the time lasts for more than the answer; counted iterations do not end it."""
        return self.left_s is None or self.left_s > 0

    def is_late(self) -> bool:
        """Whether the time is over; counted iterations do not make it so."""
        return self.deadline.seconds is not None and self.elapsed_s >= self.deadline.seconds

    def next_chunk(self, until: float = 1.0) -> int:
        """Iterations to run now, not beyond a share of those that are counted; counts them as done."""
        now = time.perf_counter()
        if self._asked is not None:
            self._chunk = self.after(self._chunk, now - self._asked)
        self._asked = now
        chunk = self._chunk
        if self.deadline.iterations is not None:
            chunk = max(0, min(chunk, math.ceil(until * self.deadline.iterations) - self.done))
        self.done += chunk
        return chunk

    def after(self, chunk: int, took_s: float) -> int:
        """How much to do at once after a chunk that took so long; the same again where no clock runs."""
        if self.deadline.seconds is None:
            return chunk
        aim_s = min(CHUNK_S, self.deadline.seconds / 50)
        return max(1, min(2 * chunk, int(chunk * aim_s / max(took_s, 1e-6))))

    def _kept_s(self, limit_s: float) -> float:
        """Wall time for the answer: more where other work holds this thread up, as it has so far."""
        slower = min(SLOWEST, max(1.0, self.elapsed_s / max(1e-3, time.thread_time() - self._worked)))
        return min(MOST_KEPT * limit_s, max(ANSWER_SHARE * limit_s, self._answer_s * slower))
