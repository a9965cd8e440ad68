"""Decide which part of a proposed plan can be accepted by itself. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from dispatch.core.errors import NotFound


def split(content: Mapping[str, Any], run_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """`(part, rest)`: the change of one run with those of all runs it exchanges stops with, and what is left.

    A stop that moves from one run to another belongs to both changes: one cannot be made without the other.
    NotFound if the proposal does not change this run.
    """
    tasks = {run["run_id"]: {*run["before"], *(stop["task_id"] for stop in run["stops"])} for run in content["runs"]}
    if run_id not in tasks:
        raise NotFound(f"this proposal does not change run {run_id}")
    together, moved = {run_id}, tasks[run_id]
    while more := {other for other, own in tasks.items() if other not in together and own & moved}:
        together |= more
        moved = moved.union(*(tasks[other] for other in more))
    return _only(content, together), _only(content, tasks.keys() - together)


def basis(facts: Mapping[str, Any], run_ids: Collection[str], order_ids: Collection[str]) -> dict[str, Any]:
    """Of all facts (`circumstances`), those that a proposal about these runs and orders was made of."""
    wanted = {"rules", "crew", *(f"run:{run_id}" for run_id in run_ids), *(f"order:{name}" for name in order_ids)}
    return {name: fact for name, fact in facts.items() if name in wanted}


def turned_down(given: Mapping[str, str], rejected: Mapping[str, Any], facts: Mapping[str, Any]) -> set[str]:
    """Orders that would go where a proposal that was turned down sent them, while what that was made of is as it was.

    That is the rules, who is at work, the rider's run, and the order itself; not time, nor how far riders have come.
    """
    known = rejected.get("basis", {})
    before = {order_id for order_id, run_id in rejected["given"].items() if given.get(order_id) == run_id}
    return {
        order_id
        for order_id in before
        if all(
            name in known and known[name] == facts.get(name)
            for name in ("rules", "crew", f"run:{given[order_id]}", f"order:{order_id}")
        )
    }


def repeats(content: Mapping[str, Any], rejected: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether a proposal as a whole is one that was turned down, while nothing that one was made of has changed.

    It is the same if the same orders go to the same riders, or, where none changes hands, the same runs get another
    order of stops. Orders that ended meanwhile (no facts are known of them) do not make it another one.
    """
    if "basis" not in rejected:
        return False
    known = {name: fact for name, fact in rejected["basis"].items() if name in facts or not name.startswith("order:")}
    if any(facts.get(name) != fact for name, fact in known.items()):
        return False
    before = {name: run_id for name, run_id in rejected["given"].items() if f"order:{name}" in facts}
    if content["given"] or before:
        return bool(content["given"] == before)
    return _run_ids(content) <= _run_ids(rejected)


def _run_ids(content: Mapping[str, Any]) -> set[str]:
    return {run["run_id"] for run in content["runs"]}


def _only(content: Mapping[str, Any], run_ids: set[str]) -> dict[str, Any]:
    given = {order_id: run_id for order_id, run_id in content["given"].items() if run_id in run_ids}
    return {
        **content,
        "runs": [run for run in content["runs"] if run["run_id"] in run_ids],
        "given": given,
        "basis": basis(content.get("basis", {}), run_ids, given),
        "records": {order_id: record for order_id, record in content["records"].items() if order_id in given},
    }
