"""What every engine promises: a plan within the deadline, priced to the integer of `routing.objective`."""

from dataclasses import dataclass
from typing import Protocol

from routing.problem import Plan, Problem
from routing.solution import Solution


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """When to stop: after so many seconds of wall time, or after so many iterations (repeatable)."""

    seconds: float | None = None
    iterations: int | None = None

    def __post_init__(self) -> None:
        if self.seconds is None and self.iterations is None:
            raise ValueError("a deadline needs seconds or iterations")
        if (self.seconds is not None and not self.seconds >= 0) or (self.iterations or 0) < 0:
            raise ValueError("a deadline lies in the future")


class Engine(Protocol):
    """One way to search. Never raises for a valid problem: what it cannot serve it returns as unserved."""

    name: str

    def solve(self, problem: Problem, start: Plan | None, deadline: Deadline, seed: int) -> Solution:
        """Improve on `start` (None: begin with an empty plan) until the deadline."""
