"""Ruin and recreate: slack induction by string removals. Compiled; see `compiled`.

Christiaens and Vanden Berghe, Slack Induction by String Removals for Vehicle Routing Problems, 2020, carried
over to pickup and delivery: a string of neighbouring stops is torn out of some neighbouring routes, every
order it touches leaves whole, and all are put back one by one where they cost least.
"""

import math

from routing.engines.change_kernel import (
    cheapest,
    clear_iteration,
    draw,
    go_back,
    keep_best,
    list_unserved,
    put_in,
    take_out_marked,
)
from routing.engines.compiled import compiled, entry
from routing.engines.facts import Facts
from routing.engines.state import State

REMOVED = 10
"""Mean number of stops taken out in one iteration."""

LONGEST_STRING = 10
BLINK = 10
"""Courier overlooked so many times in 1,000."""

RETRIED = 12
"""Unserved orders tried again in one iteration, at most."""


@compiled
def ruin(f: Facts, s: State, removed: int) -> None:
    """Take strings of stops out of routes near a random stop."""
    seed = draw(s, f.nodes)
    used, stops = 0, 0
    for courier in range(f.couriers):
        used += s.run[courier].count > 0
        stops += s.run[courier].count
    if used == 0:
        return
    longest = max(1, min(LONGEST_STRING, stops // used))
    most = max(1, 4 * removed // (1 + longest) - 1)
    strings = 1 + draw(s, most)
    for k in range(f.width):
        node = f.near[seed * f.width + k]
        courier = s.item[f.node[node].order].courier
        if courier < 0 or node < f.order[f.node[node].order].free or is_touched(s, courier):
            continue
        mark_string(f, s, courier, node, longest)
        take_out_marked(f, s, courier)
        strings -= 1
        if strings == 0:
            return


@compiled
def is_touched(s: State, courier: int) -> bool:
    """Whether this iteration has changed a route already."""
    for k in range(s.now[0].touched_count):
        if s.touched[k] == courier:
            return True
    return False


@compiled
def mark_string(f: Facts, s: State, courier: int, node: int, longest: int) -> None:
    """Mark the orders along a string of stops around a given one, now and then sparing a middle."""
    base, count = courier * f.row, s.run[courier].count
    length = 1 + draw(s, min(longest, count))
    spared = 0
    if length > 2 and length < count and draw(s, 2) == 0:
        spared = 1
        while length + spared < count and draw(s, 100) == 0:
            spared += 1
    total = length + spared
    at = s.position[node]
    low = max(1, at - total + 1)
    high = min(at, count - total + 1)
    first = low + draw(s, high - low + 1)
    skip_from = first + 1 + draw(s, length - 1) if spared else first + total
    for position in range(first, first + total):
        if skip_from <= position < skip_from + spared:
            continue
        marked = f.node[s.nodes[base + position]].order
        if f.order[marked].free < f.order[marked].end:
            s.item[marked].mark = 1


@compiled
def pick_retries(s: State, most: int) -> int:
    """Move random unserved orders to the front of their list and handle them too; returns their number."""
    count = min(most, s.now[0].out_count)
    for k in range(count):
        other = k + draw(s, s.now[0].out_count - k)
        s.out[k], s.out[other] = s.out[other], s.out[k]
        s.handled[s.now[0].handled_count] = s.out[k]
        s.now[0].handled_count += 1
    return count


@compiled
def sort_handled(f: Facts, s: State) -> None:
    """Order in which to put back: at random, or by one of the sort keys; committed goods always first."""
    count, kind = s.now[0].handled_count, draw(s, 9)
    for k in range(count - 1, 0, -1):
        other = draw(s, k + 1)
        s.handled[k], s.handled[other] = s.handled[other], s.handled[k]
    for k in range(1, count):
        order = s.handled[k]
        at = k
        while at > 0 and comes_before(f, order, s.handled[at - 1], kind):
            s.handled[at] = s.handled[at - 1]
            at -= 1
        s.handled[at] = order


@compiled
def comes_before(f: Facts, a: int, b: int, kind: int) -> bool:
    """Whether order a is put back before order b under a kind of sorting; kinds beyond the keys: random."""
    if f.order[a].committed != f.order[b].committed:
        return f.order[a].committed > f.order[b].committed
    if kind >= 5:
        return False
    return f.keys[a * 5 + kind] < f.keys[b * 5 + kind]


@compiled
def recreate(f: Facts, s: State, blink: int) -> None:
    """Put every handled order back where it costs least, or leave it out where that is cheaper."""
    sort_handled(f, s)
    for k in range(s.now[0].handled_count):
        order = s.handled[k]
        s.item[order].mark = 0
        courier = cheapest(f, s, order, blink)
        if courier >= 0:
            put_in(f, s, courier, order)


@compiled
def uniform(s: State) -> float:
    """A number in (0, 1)."""
    return (draw(s, 2_147_483_647) + 1) / 2_147_483_648


@entry
def anneal(f: Facts, s: State, iterations: int, heat: float) -> int:
    """Run iterations at a temperature in cost units; returns improvements of the best plan.

    The best plan is kept aside; the present one goes on from where it is.
    """
    improved = 0
    for _ in range(iterations):
        before = s.now[0].total
        clear_iteration(s)
        ruin(f, s, REMOVED)
        pick_retries(s, RETRIED)
        recreate(f, s, BLINK)
        if s.now[0].total < before - heat * math.log(uniform(s)):
            if s.now[0].out_count or has_unplaced(s):
                list_unserved(f, s)
            if s.now[0].total < s.now[0].best_total:
                keep_best(f, s)
                improved += 1
        else:
            s.now[0].total = before
            go_back(f, s)
    return improved


@compiled
def has_unplaced(s: State) -> bool:
    """Whether an order handled in this iteration was left out."""
    for k in range(s.now[0].handled_count):
        if s.item[s.handled[k]].courier < 0:
            return True
    return False
