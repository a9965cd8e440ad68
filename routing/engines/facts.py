"""What the kernels read and never change: one problem in flat arrays and tables of whole numbers.

An *order* is a shipment or a break; its *nodes* are its stops, pinned ones first. Couriers, orders, nodes
and places are indices. Compiled, a table is an array of records; uncompiled, a list of these very classes.
"""

from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass
from typing import NamedTuple

FAR = 1_000_000_000_000
"""Later than any time, heavier than any load."""

BLOCKED = 1 << 57
"""Bias of a courier who may not carry an order."""

Ints = MutableSequence[int]


@dataclass(slots=True)
class CourierRow:
    """One courier."""

    place: int
    end: int  # place to return to, -1: none
    ready: int
    shift_end: int
    latest_end: int
    last_pickup: int
    matrix: int  # offset into the legs
    grams: int  # what the bike holds
    ml: int
    grams_0: int  # what is on it at the epoch
    ml_0: int
    metres: int  # FAR: no limit
    deep: int
    single: int  # goods of one pickup place at a time
    parcels_0: int  # dropoffs of what is on the bike at the epoch
    pinned: int  # leading stops that stay
    kind: int  # couriers of one kind are interchangeable while their runs are empty
    mode: int  # 0: shortcut, 1: shortcut, then verify, 2: evaluate every place
    most: int  # open orders at once
    bike: int  # couriers of one number ride one kind of bike
    bikes: int  # couriers of that bike with open orders at once; FAR: any


@dataclass(slots=True)
class OrderRow:
    """One shipment or break."""

    free: int  # first node that is not pinned
    end: int  # one past the last node
    picks: int  # the first free node is a pickup
    committed: int
    bound: int  # nobody chooses its courier
    home: int  # courier it is announced to, -1: none
    unserved: int  # cost of leaving it out
    longest: int  # seconds from leaving the pickup to any dropoff
    grams: int
    ml: int


@dataclass(slots=True)
class NodeRow:
    """One stop."""

    order: int
    place: int  # -1: wherever the courier is
    opens: int
    closes: int
    due: int
    times: int  # how many times dearer than usual its lateness is
    service: int
    grams: int  # change of load
    ml: int
    parcels: int  # change of the number of dropoffs to come
    is_checked: int  # a free pickup: the load is checked here
    is_first: int  # of its order
    waits: int  # waiting here costs
    warm_until: int  # latest start after new work, of a committed door; FAR: any
    rank: int  # position in the announced run of courier rank_of
    rank_of: int  # -1: not announced


class Facts(NamedTuple):
    """The problem as the kernels see it."""

    couriers: int
    orders: int
    nodes: int
    places: int
    row: int  # room for one route, its start included
    width: int  # neighbours per node
    legs: Sequence[int]  # seconds, int32, profile by place by place
    metres: Sequence[int]
    courier: Sequence[CourierRow]
    order: Sequence[OrderRow]
    node: Sequence[NodeRow]
    bias: Sequence[int]  # order by courier: churn and fairness
    apart: Sequence[int]  # courier by courier: 1 if they are kept apart; one 0 if nobody is
    keys: Sequence[int]  # order by five sort keys
    near: Sequence[int]  # node by neighbour
    pairs: int  # kept apart
    is_limited: int  # there are conditions for the plan as a whole
    most_moved: int  # orders at another courier than announced
    w_riding: int
    w_waiting: int
    w_late: int
    w_steep: int
    w_steep_after: int
    w_overtime: int
    w_resequenced: int
