"""Serve everything with as few couriers as possible. Compiled; see `compiled`.

The fleet minimisation of Christiaens and Vanden Berghe 2020: close a route, and let its orders fight their
way back; an order that was left out often counts for more, so that the difficult ones find a place first.
Only day planning and the benchmarks need it: a rider on shift is there anyway.
"""

import math

from routing.engines.change_kernel import (
    clear_iteration,
    go_back,
    keep_best,
    list_unserved,
    return_to_best,
    take_out_marked,
)
from routing.engines.compiled import compiled, entry
from routing.engines.facts import FAR, Facts
from routing.engines.route_kernel import ANY_PRICE
from routing.engines.search_kernel import BLINK, REMOVED, pick_retries, recreate, ruin, uniform
from routing.engines.state import State

RETRIED = 60
"""Unserved orders tried again in one iteration, at most."""


@entry
def close_unused(f: Facts, s: State) -> int:
    """Let nobody new start; returns the number of couriers in use."""
    used = 0
    for courier in range(f.couriers):
        s.run[courier].is_open = s.run[courier].count > 0
        used += s.run[courier].is_open
    return used


@compiled
def absences_of(s: State) -> int:
    """Weight of all that is left out now."""
    total = 0
    for k in range(s.now[0].out_count):
        total += s.item[s.out[k]].absences
    return total


@compiled
def close_easiest(f: Facts, s: State) -> bool:
    """Close the route whose orders were left out least; False if all carry committed goods."""
    easiest, least = -1, 0
    for courier in range(f.couriers):
        base, weight = courier * f.row, 0
        for k in range(base + 1, base + s.run[courier].count + 1):
            order = f.node[s.nodes[k]].order
            weight += FAR if f.order[order].committed else s.item[order].absences
        if s.run[courier].is_open and weight < FAR and (easiest < 0 or weight < least):
            easiest, least = courier, weight
    if easiest < 0:
        return False
    base = easiest * f.row
    for k in range(base + 1, base + s.run[easiest].count + 1):
        s.item[f.node[s.nodes[k]].order].mark = 1
    clear_iteration(s)
    take_out_marked(f, s, easiest)
    for k in range(s.now[0].handled_count):
        s.item[s.handled[k]].mark = 0
    s.run[easiest].is_open = 0
    list_unserved(f, s)
    return True


@entry
def shrink(f: Facts, s: State, iterations: int, heat: float) -> int:
    """Run iterations, closing a route whenever all is served; returns how many were closed."""
    closed = 0
    for _ in range(iterations):
        if s.now[0].out_count == 0:
            keep_best(f, s)
            if not close_easiest(f, s):
                return closed
            closed += 1
        before, absent, left_out = s.now[0].total, absences_of(s), s.now[0].out_count
        clear_iteration(s)
        ruin(f, s, REMOVED)
        pick_retries(s, RETRIED)
        recreate(f, s, BLINK)
        list_unserved(f, s)
        now_absent = absences_of(s)
        for k in range(s.now[0].out_count):
            s.item[s.out[k]].absences += 1
        is_sound = s.now[0].total < ANY_PRICE  # taking out can break a row: a ride that starts too early
        is_same = now_absent == absent and s.now[0].out_count == left_out
        is_cheaper = s.now[0].total < before - heat * math.log(uniform(s))
        if is_sound and (s.now[0].out_count == 0 or now_absent < absent or (is_same and is_cheaper)):
            continue
        s.now[0].total = before
        go_back(f, s)
        list_unserved(f, s)
    if s.now[0].out_count == 0:
        keep_best(f, s)
    return closed


@entry
def reopen_best(f: Facts, s: State) -> int:
    """Return to the last plan that served everything, and keep its couriers; returns their number."""
    return_to_best(f, s)
    return close_unused(f, s)
