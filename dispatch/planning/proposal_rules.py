"""Decide which part of a proposed plan can be accepted by itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping
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


def _only(content: Mapping[str, Any], run_ids: set[str]) -> dict[str, Any]:
    given = {order_id: run_id for order_id, run_id in content["given"].items() if run_id in run_ids}
    return {
        **content,
        "runs": [run for run in content["runs"] if run["run_id"] in run_ids],
        "given": given,
        "records": {order_id: record for order_id, record in content["records"].items() if order_id in given},
    }
