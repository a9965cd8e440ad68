"""Price one route, and keep what is known about each of its positions. Compiled; see `compiled`."""

from routing.engines.compiled import compiled
from routing.engines.facts import FAR, Facts, Ints
from routing.engines.state import State

BIG = 1 << 58
"""Price of the impossible; a few dozen of them still fit into an int64."""

ANY_PRICE = 1 << 57
"""Bound that every possible price stays below, and an impossible one does not, whatever is taken off it."""


@compiled
def leg(f: Facts, courier: int, a: int, b: int) -> int:
    """Riding seconds between two places."""
    return f.legs[f.courier[courier].matrix + a * f.places + b]


@compiled
def lateness(f: Facts, node: int, start: int) -> int:
    """Cost of starting after the promise; steeper after a while."""
    late = start - f.node[node].due
    if late <= 0:
        return 0
    if late <= f.w_steep_after:
        return f.node[node].times * f.w_late * late
    return f.node[node].times * (f.w_late * f.w_steep_after + f.w_steep * (late - f.w_steep_after))


@compiled
def is_nested(f: Facts, s: State, nodes: Ints, base: int, count: int) -> bool:
    """Whether a deep box can be emptied from the top along nodes[base + 1 : base + count + 1].

    What is committed went in before anything new, so it comes out while nothing new is on board.
    """
    depth = 0
    for k in range(base + 1, base + count + 1):
        order = f.node[nodes[k]].order
        if f.order[order].committed:
            if depth > 0 and f.node[nodes[k]].place >= 0:  # a break moves nothing
                return False
        elif f.node[nodes[k]].is_checked:
            s.stack[depth] = order
            s.item[order].left = f.order[order].end - f.order[order].free - 1
            depth += 1
        elif s.stack[depth - 1] != order:
            return False
        else:
            s.item[order].left -= 1
            if s.item[order].left == 0:
                depth -= 1
    return True


@compiled
def has_single_origin(f: Facts, nodes: Ints, base: int, count: int, courier: int) -> bool:
    """Whether new goods are only taken up onto an empty bike, or beside what comes from the same place at once."""
    parcels = f.courier[courier].parcels_0
    for k in range(base + 1, base + count + 1):
        node = nodes[k]
        if f.node[node].is_checked and parcels:
            if k == base + 1 or f.node[nodes[k - 1]].parcels <= 0:
                return False
            if f.node[nodes[k - 1]].place != f.node[node].place:
                return False
        parcels += f.node[node].parcels
    return True


@compiled
def evaluate(  # noqa: C901 - one pass over a route, in the order of `routing.solution.schedule_run`
    f: Facts, s: State, nodes: Ints, base: int, count: int, courier: int
) -> int:
    """Price the route nodes[base + 1 : base + count + 1] of a courier; BIG if a hard limit is broken."""
    if count == 0:
        return 0
    if f.courier[courier].deep and not is_nested(f, s, nodes, base, count):
        return BIG
    if f.courier[courier].single and not has_single_origin(f, nodes, base, count, courier):
        return BIG
    place, clock, offset = f.courier[courier].place, f.courier[courier].ready, f.courier[courier].matrix
    grams, ml = f.courier[courier].grams_0, f.courier[courier].ml_0
    is_limited = f.courier[courier].metres < FAR
    riding, waiting, cost, metres, last_rank, has_new = 0, 0, 0, 0, -1, False
    for k in range(base + 1, base + count + 1):
        node = nodes[k]
        order = f.node[node].order
        to = f.node[node].place
        if to >= 0:
            ride = f.legs[offset + place * f.places + to]
            if is_limited:
                metres += f.metres[offset + place * f.places + to]
            riding += ride
            clock += ride
            place = to
        if clock < f.node[node].opens:
            waiting += f.node[node].waits * (f.node[node].opens - clock)
            clock = f.node[node].opens
        if clock > f.node[node].closes or (has_new and clock > f.node[node].warm_until):
            return BIG
        cost += lateness(f, node, clock)
        grams += f.node[node].grams
        ml += f.node[node].ml
        if f.node[node].is_checked:
            if grams > f.courier[courier].grams or ml > f.courier[courier].ml:
                return BIG
            if clock > f.courier[courier].last_pickup:
                return BIG
            s.item[order].left = clock + f.node[node].service
        elif f.order[order].longest < FAR and clock - s.item[order].left > f.order[order].longest:
            return BIG
        clock += f.node[node].service
        if f.node[node].is_first:
            cost += f.bias[order * f.couriers + courier]
        if f.node[node].rank_of == courier:
            if f.node[node].rank < last_rank:
                cost += f.w_resequenced
            last_rank = f.node[node].rank
        has_new = has_new or not f.order[order].committed
    if f.courier[courier].end >= 0:
        ride = f.legs[offset + place * f.places + f.courier[courier].end]
        if is_limited:
            metres += f.metres[offset + place * f.places + f.courier[courier].end]
        riding += ride
        clock += ride
    if has_new and (clock > f.courier[courier].latest_end or metres > f.courier[courier].metres):
        return BIG
    cost += f.w_overtime * max(0, clock - f.courier[courier].shift_end)
    return cost + f.w_riding * riding + f.w_waiting * waiting


@compiled
def refresh(f: Facts, s: State, courier: int) -> None:
    """Fill everything that follows from the order of nodes in one row."""
    base, count = courier * f.row, s.run[courier].count
    place, clock = f.courier[courier].place, f.courier[courier].ready
    grams, ml, orders, moved = f.courier[courier].grams_0, f.courier[courier].ml_0, 0, 0
    s.spot[base].start = s.spot[base].departure = s.spot[base].arrival = clock
    s.spot[base].here, s.spot[base].grams, s.spot[base].ml = place, grams, ml
    for k in range(base + 1, base + count + 1):
        node = s.nodes[k]
        if f.node[node].place >= 0:
            clock += leg(f, courier, place, f.node[node].place)
            place = f.node[node].place
        grams += f.node[node].grams
        ml += f.node[node].ml
        s.spot[k].arrival = clock
        clock = max(clock, f.node[node].opens)
        s.spot[k].start = clock
        clock += f.node[node].service
        s.spot[k].departure, s.spot[k].here, s.spot[k].grams, s.spot[k].ml = clock, place, grams, ml
        s.position[node] = k - base
        if node + 1 == f.order[f.node[node].order].end:  # the last node is free unless all are pinned
            order = f.node[node].order
            s.item[order].courier = courier
            orders += 1 - f.order[order].committed
            moved += f.order[order].home >= 0 and f.order[order].home != courier
    s.run[courier].orders, s.run[courier].moved = orders, moved
    if count and f.courier[courier].end >= 0:
        clock += leg(f, courier, place, f.courier[courier].end)
    s.run[courier].finish = clock
    look_back(f, s, courier)
    s.run[courier].cost = evaluate(f, s, s.nodes, base, count, courier)


@compiled
def look_back(f: Facts, s: State, courier: int) -> None:
    """Fill what each position must know about the rest of its route."""
    base, count = courier * f.row, s.run[courier].count
    to = f.courier[courier].end
    latest, waiting = f.courier[courier].latest_end, 0
    slack = max(0, f.courier[courier].shift_end - s.run[courier].finish)
    for k in range(base + count, base, -1):
        node = s.nodes[k]
        s.spot[k].next = to
        ride = leg(f, courier, s.spot[k].here, to) if to >= 0 else 0
        latest = min(f.node[node].closes, latest - ride - f.node[node].service)
        if f.node[node].is_checked:
            latest = min(latest, f.courier[courier].last_pickup)
        wait = s.spot[k].start - s.spot[k].arrival
        slack = min(slack, max(0, f.node[node].due - s.spot[k].start))
        waiting += wait
        s.spot[k].latest, s.spot[k].slack, s.spot[k].waiting = latest, slack, waiting
        slack += wait
        if f.node[node].place >= 0:
            to = f.node[node].place
    s.spot[base].next, s.spot[base].waiting = to, waiting


@compiled
def new_version(s: State, courier: int) -> None:
    """Name the new content of a row, so that prices computed for the old one are not used."""
    s.now[0].counter += 1
    s.run[courier].version = s.now[0].counter
