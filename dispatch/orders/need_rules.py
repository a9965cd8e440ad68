"""Decide what an order needs: skills by name, its priority, how long its stops take. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from dispatch.core.errors import Invalid

PRIORITIES = (1, 3, 10)
"""Usual, important, urgent: by so much dearer is leaving such an order out."""

LONGEST_RIDE_S = 6 * 3600

SKILL_LENGTH = 40
MOST_SKILLS = 8

LIFT_FLOORS = 1
"""A lift, however high it goes, takes as long as the stairs of so many floors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What the planner keeps to for one order.

    `skills`: of its rider or bike. `longest_ride_s`: from the counter to each door, for what gets cold. The place of
    solidarity work is taken by no paid work.
    """

    priority: int = 1
    skills: tuple[str, ...] = ()
    longest_ride_s: int | None = None
    is_solidarity: bool = False

    def __post_init__(self) -> None:
        if self.priority not in PRIORITIES:
            raise Invalid(f"priority {self.priority}: use one of {', '.join(map(str, PRIORITIES))}")
        if self.longest_ride_s is not None and not 60 <= self.longest_ride_s <= LONGEST_RIDE_S:
            raise Invalid(f"a longest ride of {self.longest_ride_s} s: use 1 minute to {LONGEST_RIDE_S // 3600} hours")

    @classmethod
    def of_form(cls, *, priority: int, skills: str, longest_ride_min: int | None, is_solidarity: bool) -> Needs:
        """As people write them down: names separated by commas, minutes."""
        return cls(
            priority=priority,
            skills=read_skills(skills),
            longest_ride_s=None if longest_ride_min is None else longest_ride_min * 60,
            is_solidarity=is_solidarity,
        )

    def as_columns(self) -> dict[str, Any]:
        """The columns of an order that say so."""
        return {
            "priority": self.priority,
            "skills": list(self.skills),
            "longest_ride_s": self.longest_ride_s,
            "is_solidarity": self.is_solidarity,
        }


PLAIN = Needs()


def clean_skills(names: Iterable[str]) -> tuple[str, ...]:
    """Skills as they are kept and compared: lower case, single spaces, each once, sorted. Invalid for too long ones."""
    skills = sorted({" ".join(name.lower().split()) for name in names} - {""})
    for skill in skills:
        if len(skill) > SKILL_LENGTH:
            raise Invalid(f"skill {skill[:SKILL_LENGTH]!r}...: use at most {SKILL_LENGTH} letters", code="skill_names")
    if len(skills) > MOST_SKILLS:
        raise Invalid(f"{len(skills)} skills: an order needs at most {MOST_SKILLS}", code="skill_names")
    return tuple(skills)


def read_skills(text: str) -> tuple[str, ...]:
    """Skills as people write them into one field, with commas between."""
    return clean_skills(text.split(","))


def service_s(base_s: int, per_floor_s: int, *, floor: int, has_lift: bool) -> int:
    """Seconds at a door: what handing over takes, and the way up and down from the street."""
    floors = abs(floor)
    return base_s + per_floor_s * (min(floors, LIFT_FLOORS) if has_lift else floors)
