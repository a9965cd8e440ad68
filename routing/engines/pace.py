"""How a search keeps to its deadline: how much is used up, and how long to run before asking again."""

import time

from routing.engines.interface import Deadline

CHUNK_S = 0.02
"""Aim for the time between two looks at the clock; less for short deadlines."""

ANSWER_SHARE = 0.03
"""Part of the time kept for writing the answer down."""

CHUNK = 100
"""Iterations between two changes of temperature when iterations are counted."""


class Pace:
    """How much of a deadline is used up, and how many iterations to run before asking again."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline
        self.began = time.perf_counter()
        self.done = 0
        self._chunk = CHUNK if deadline.seconds is None else 1
        self._asked: float | None = None

    def used(self) -> float:
        """Share of the deadline, by time or iterations; 1 or more when it is over."""
        shares = [0.0]
        if self.deadline.seconds is not None:
            search_s = self.deadline.seconds * (1 - ANSWER_SHARE)
            shares.append((time.perf_counter() - self.began) / max(search_s, 1e-9))
        if self.deadline.iterations is not None:
            shares.append(self.done / max(self.deadline.iterations, 1e-9))
        return max(shares)

    def is_late(self) -> bool:
        """Whether the time is over; counted iterations do not make it so."""
        return self.deadline.seconds is not None and time.perf_counter() - self.began >= self.deadline.seconds

    def next_chunk(self) -> int:
        """Iterations to run now; counts them as done."""
        now = time.perf_counter()
        if self.deadline.seconds is not None and self._asked is not None:
            took_s = max(now - self._asked, 1e-6)
            aim_s = min(CHUNK_S, self.deadline.seconds / 50)
            self._chunk = max(1, min(2 * self._chunk, int(self._chunk * aim_s / took_s)))
        self._asked = now
        chunk = self._chunk
        if self.deadline.iterations is not None:
            chunk = min(chunk, self.deadline.iterations - self.done)
        self.done += chunk
        return chunk
