"""Live an exported day again under rule sets and engines, and put the outcomes side by side. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from dispatch.core.errors import Invalid
from routing.day import Day, DayError, dump, load
from routing.problem import ProblemError
from routing.replay import Conduct, Lived, compare
from routing.weights import Weights

from . import rules
from .search import engine_named

LIVED = frozenset({
    "engine", "overtime_limit_s", "min_gain_percent", "look_ahead_s", "improve_every_s", "most_moved",
    "most_open_each", "scarce_bikes", "aim_early_s", *(field.name for field in fields(Weights)),
})
"""Rules that a day lived again follows. The others ask for what is not in its file: people, floors, depots, offers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to run the day: changes to its rules under a name, and an engine."""

    name: str
    changes: Mapping[str, Any]
    engine: str


def parse_day(text: str) -> Day:
    """The day in a file; Invalid says what is wrong with it."""
    try:
        return load(text)
    except DayError as error:
        raise Invalid(str(error)) from error


def write_day(day: Day) -> str:
    """The day as the text that `parse_day` reads."""
    return dump(day) + "\n"


def list_ignored(day: Day, variants: Sequence[Variant]) -> list[str]:
    """Rules that some way would change and that make no difference when a day is lived again."""
    known = {**rules.DEFAULT, **day.rules}
    changed = {key for variant in variants for key, value in variant.changes.items() if known.get(key) != value}
    return sorted(changed - LIVED)


def live_again(day: Day, variants: Sequence[Variant], iterations: int, seed: int) -> list[dict[str, Any]]:
    """One row per way, the day as it was first: name, how many orders changed hands, and the measures."""
    conducts = [_conduct(day, variant, iterations) for variant in variants]
    try:
        return [_row(lived) for lived in compare(day, conducts, seed)]
    except ProblemError as error:
        raise Invalid(f"this day contradicts itself: {error}") from error


def _conduct(day: Day, variant: Variant, iterations: int) -> Conduct:
    read = rules.read_document(variant.name, {**day.rules, **variant.changes, "engine": variant.engine})
    return Conduct(
        name=variant.name,
        engine=engine_named(read.engine),
        # riders set out at once for what is on their phones
        policy=replace(read.policy, leave_early_s=read.policy.look_ahead_s),
        weights=read.weights,
        conditions=read.conditions,
        iterations=iterations,
        aim_early_s=read.aim_early_s,
        overtime_limit_s=read.overtime_limit_s,
    )


def _row(lived: Lived) -> dict[str, Any]:
    return {"name": lived.name, "handed_over": lived.handed_over, **asdict(lived.measures)}
