"""What the kernels change: the routes, what is known about every position in them, and working room.

A row holds one route: position 0 is the courier's start, positions 1..count are nodes. Everything that is
derived from the order of nodes is filled by `route_kernel.refresh`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np

from routing.engines.compiled import flat, table
from routing.engines.facts import Facts, Ints


@dataclass(slots=True)
class Spot:
    """One position of a row."""

    arrival: int = 0
    start: int = 0
    departure: int = 0
    here: int = 0  # place when leaving
    next: int = 0  # place after that, -1: none
    grams: int = 0  # on the bike when leaving
    ml: int = 0
    latest: int = 0  # start that keeps all hard limits further on
    waiting: int = 0  # seconds from here to the end
    slack: int = 0  # delay that makes nothing later than promised


@dataclass(slots=True)
class Run:
    """One courier's route: now, before this iteration (kept), and in the best plan."""

    count: int = 0
    cost: int = 0
    finish: int = 0
    version: int = 0  # names the content of the row
    is_open: int = 1
    orders: int = 0  # open ones in it
    moved: int = 0  # of them, announced to somebody else
    kept_count: int = 0
    kept_cost: int = 0
    kept_version: int = 0
    best_count: int = 0
    best_version: int = 0


@dataclass(slots=True)
class Item:
    """One order."""

    courier: int = -1  # -1: unserved
    mark: int = 0  # being taken out
    left: int = 0  # departure from the pickup, or dropoffs to come
    absences: int = 0  # iterations it was left out


@dataclass(slots=True)
class Price:
    """What one order costs in one route, for one version of the row."""

    version: int = 0
    amount: int = 0
    first: int = 0  # position after which the first node goes; -1: the amount is only a lower bound
    second: int = 0


@dataclass(slots=True)
class Now:
    """Single values."""

    total: int = 0
    best_total: int = 0
    out_count: int = 0
    handled_count: int = 0
    touched_count: int = 0
    counter: int = 0  # last version given
    random: int = 1
    first: int = 0  # places found last
    second: int = 0


class State(NamedTuple):
    """Routes and working room."""

    nodes: Ints  # the rows
    spot: Sequence[Spot]
    run: Sequence[Run]
    item: Sequence[Item]
    price: Sequence[Price]  # order by courier
    now: Sequence[Now]  # one record
    kept: Ints  # rows as they were before this iteration
    best: Ints  # rows of the best plan
    position: Ints  # of a node in its row
    out: Ints  # unserved orders
    handled: Ints  # orders taken out or tried in this iteration
    touched: Ints  # couriers changed in this iteration
    stack: Ints
    trial: Ints  # a row being tried
    trial_best: Ints
    drop_bound: Ints  # least detour to a dropoff from a position on
    kind_seen: Ints


def new_state(facts: Facts, seed: int) -> State:
    """Empty routes, every order unserved."""
    rows, orders, couriers = facts.couriers * facts.row, facts.orders, facts.couriers
    state = State(
        nodes=flat(np.zeros(rows)), spot=_blank(Spot, rows), run=_blank(Run, couriers),
        item=_blank(Item, orders), price=_blank(Price, orders * couriers), now=_blank(Now, 1),
        kept=flat(np.zeros(rows)), best=flat(np.zeros(rows)), position=flat(np.zeros(facts.nodes)),
        out=flat(np.arange(orders)), handled=flat(np.zeros(orders)), touched=flat(np.zeros(couriers)),
        stack=flat(np.zeros(orders + 1)), trial=flat(np.zeros(facts.row + 1)),
        trial_best=flat(np.zeros(facts.row + 1)), drop_bound=flat(np.zeros(facts.row + 2)),
        kind_seen=flat(np.zeros(couriers + 1)),
    )
    state.now[0].out_count = orders
    state.now[0].random = 1 + seed % 2_147_483_645
    return state


def _blank(row: type, count: int) -> Any:
    return table(row, {field.name: np.full(count, field.default) for field in fields(row)})
