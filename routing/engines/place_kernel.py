"""Find the cheapest place for one order in one route. Compiled; see `compiled`.

Two ways with one result. The shortcut knows, for each position, how much delay the rest of the route bears,
and so prices most places in constant time; where a rare rule applies (deep box, longest ride, distance
limit) it evaluates the winner. Breaks, several dropoffs, committed goods and announced stops are evaluated
place by place. The shortcut skips places by the triangle inequality; prices it returns are always exact.
"""

from routing.engines.compiled import compiled, entry
from routing.engines.facts import BLOCKED, Facts, Ints
from routing.engines.route_kernel import BIG, evaluate, lateness, leg
from routing.engines.state import State


@compiled
def late_end(f: Facts, courier: int, finish: int) -> int:
    """Cost of finishing after the end of the shift."""
    return f.w_overtime * max(0, finish - f.courier[courier].shift_end)


@compiled
def tail_change(f: Facts, s: State, courier: int, position: int, arrival: int) -> int:
    """Change of waiting, lateness and overtime from a position on, when it is reached at another time.

    Position count + 1 is the end of the route. BIG if a hard limit breaks.
    """
    base, count = courier * f.row, s.run[courier].count
    change = 0
    while position <= count:
        k = base + position
        node = s.nodes[k]
        start = max(arrival, f.node[node].opens)
        if start > s.spot[k].latest:
            return BIG
        change += f.w_waiting * (start - arrival - s.spot[k].start + s.spot[k].arrival)
        delay = start - s.spot[k].start
        if delay == 0:
            return change
        if 0 < delay <= s.spot[k].slack:
            further = s.spot[k].waiting - s.spot[k].start + s.spot[k].arrival
            return change - f.w_waiting * min(delay, further)
        change += lateness(f, node, start) - lateness(f, node, s.spot[k].start)
        arrival = start + f.node[node].service
        if s.spot[k].next >= 0:
            arrival += leg(f, courier, s.spot[k].here, s.spot[k].next)
        position += 1
    if arrival > f.courier[courier].latest_end:
        return BIG
    old = late_end(f, courier, s.run[courier].finish) if count else 0
    return change + late_end(f, courier, arrival) - old


@compiled
def detour(f: Facts, s: State, courier: int, position: int, place: int) -> int:
    """Extra riding when a place is visited between a position and the next."""
    k = courier * f.row + position
    a, b = s.spot[k].here, s.spot[k].next
    extra = leg(f, courier, a, place)
    if b >= 0:
        extra += leg(f, courier, place, b)
        if s.run[courier].count:
            extra -= leg(f, courier, a, b)
    return extra


@compiled
def drop_bounds(f: Facts, s: State, courier: int, place: int) -> int:
    """Fill the least detour to a place from each position on; returns the least from the pinned ones on."""
    least = BIG
    for position in range(s.run[courier].count, f.courier[courier].pinned - 1, -1):
        least = min(least, detour(f, s, courier, position, place))
        s.drop_bound[position] = least
    s.drop_bound[s.run[courier].count + 1] = BIG
    return least


@entry
def write_pair(f: Facts, s: State, courier: int, order: int) -> int:
    """Write the row with pickup and dropoff put in after two positions into `trial`; returns its count."""
    base, count = courier * f.row, s.run[courier].count
    at = 0
    for position in range(count + 1):
        if position > 0:
            at += 1
            s.trial[at] = s.nodes[base + position]
        if position == s.now[0].first:
            at += 1
            s.trial[at] = f.order[order].free
        if position == s.now[0].second:
            at += 1
            s.trial[at] = f.order[order].free + 1
    return at


@compiled
def accept(f: Facts, s: State, courier: int, order: int, price: int, pair: tuple[int, int]) -> bool:
    """Keep a place that beats the best so far, unless a rare rule forbids it."""
    first, second = s.now[0].first, s.now[0].second
    s.now[0].first, s.now[0].second = pair[0], pair[1]
    if f.courier[courier].mode == 0:
        return True
    count = write_pair(f, s, courier, order)
    if evaluate(f, s, s.trial, 0, count, courier) - s.run[courier].cost == price:
        return True
    s.now[0].first, s.now[0].second = first, second
    return False


@compiled
def best_pair(f: Facts, s: State, courier: int, order: int, bound: int) -> int:
    """Cheapest places for a pickup and its dropoff below a price; BIG if none. Fills `first` and `second`."""
    base, count, pick = courier * f.row, s.run[courier].count, f.order[order].free
    bias = f.bias[order * f.couriers + courier]
    pick_place, drop_place = f.node[pick].place, f.node[pick + 1].place
    direct = leg(f, courier, pick_place, drop_place)
    drop_bounds(f, s, courier, drop_place)
    best = bound
    found = False
    for i in range(f.courier[courier].pinned, count + 1):
        k = base + i
        if s.spot[k].grams + f.order[order].grams > f.courier[courier].grams:
            continue
        if s.spot[k].ml + f.order[order].ml > f.courier[courier].ml:
            continue
        extra = detour(f, s, courier, i, pick_place)
        beyond = s.spot[k + 1].waiting if i < count else 0
        to = s.spot[k].next
        near = direct - leg(f, courier, pick_place, to) if to >= 0 else direct
        near += leg(f, courier, drop_place, to) if to >= 0 else 0
        least = min(near, s.drop_bound[i + 1])
        if bias + f.w_riding * (extra + least) - f.w_waiting * beyond >= best:
            continue
        reach = s.spot[k].departure + leg(f, courier, s.spot[k].here, pick_place)
        start = max(reach, f.node[pick].opens)
        if start > min(f.node[pick].closes, f.courier[courier].last_pickup):
            continue
        own = bias + f.w_waiting * (start - reach) + lateness(f, pick, start)
        price = along(f, s, order, (courier, i, extra, near, start + f.node[pick].service), (own, best))
        if price < best:
            best = price
            found = True
    return best if found else BIG


@compiled
def along(
    f: Facts, s: State, order: int, pickup: tuple[int, int, int, int, int], prices: tuple[int, int]
) -> int:
    """Cheapest place of the dropoff when the pickup comes after position i, left at a given time.

    `pickup` is (courier, i, detour of the pickup, detour of a direct dropoff, time of leaving);
    `prices` are (own cost so far, best price so far). Returns the best price; fills
    `first` and `second` if it is better.
    """
    courier, i, extra, near, clock = pickup
    own, best = prices
    base, count, drop = courier * f.row, s.run[courier].count, f.order[order].free + 1
    drop_place, here = f.node[drop].place, f.node[drop - 1].place
    j = i
    while True:
        ride = f.w_riding * (extra + (near if j == i else detour(f, s, courier, j, drop_place)))
        reach = clock + leg(f, courier, here, drop_place)
        start = max(reach, f.node[drop].opens)
        if start > f.node[drop].closes:
            break
        price = own + ride + f.w_waiting * (start - reach) + lateness(f, drop, start)
        beyond = s.spot[base + j + 1].waiting if j < count else 0
        if price - f.w_waiting * beyond < best:
            arrival = start + f.node[drop].service
            if s.spot[base + j].next >= 0:
                arrival += leg(f, courier, drop_place, s.spot[base + j].next)
            price += tail_change(f, s, courier, j + 1, arrival)
            if price < best and accept(f, s, courier, order, price, (i, j)):
                best = price
        j += 1
        if j > count:
            break
        k = base + j
        node = s.nodes[k]
        arrival = clock + leg(f, courier, here, f.node[node].place)
        start = max(arrival, f.node[node].opens)
        if start > s.spot[k].latest or s.spot[k].grams + f.order[order].grams > f.courier[courier].grams:
            break
        if s.spot[k].ml + f.order[order].ml > f.courier[courier].ml:
            break
        own += f.w_waiting * (start - arrival - s.spot[k].start + s.spot[k].arrival)
        own += lateness(f, node, start) - lateness(f, node, s.spot[k].start)
        if own - f.w_waiting * s.spot[k].waiting + f.w_riding * (extra + s.drop_bound[j]) >= best:
            break
        clock, here = start + f.node[node].service, s.spot[k].here
    return best


@compiled
def insert_at(nodes: Ints, count: int, position: int, node: int) -> None:
    """Put a node after a position of nodes[1 : count + 1]."""
    for k in range(count, position, -1):
        nodes[k + 1] = nodes[k]
    nodes[position + 1] = node


@compiled
def remove_at(nodes: Ints, count: int, position: int) -> None:
    """Take out the node at a position of nodes[1 : count + 1]."""
    for k in range(position, count):
        nodes[k] = nodes[k + 1]


@compiled
def settle(f: Facts, s: State, courier: int, node: int, count: int) -> int:
    """Put one node into `trial` where it costs least, never before its pickup; returns the new price."""
    low = f.courier[courier].pinned
    pick = f.order[f.node[node].order].free
    if f.order[f.node[node].order].picks and node != pick:
        for k in range(1, count + 1):
            if s.trial[k] == pick:
                low = k
    best, best_at = BIG, count
    for position in range(low, count + 1):
        insert_at(s.trial, count, position, node)
        price = evaluate(f, s, s.trial, 0, count + 1, courier)
        remove_at(s.trial, count + 1, position + 1)
        if price < best:
            best, best_at = price, position
    insert_at(s.trial, count, best_at, node)
    return best


@compiled
def copy_row(f: Facts, s: State, courier: int) -> int:
    """Copy a row into `trial`; returns its count."""
    base, count = courier * f.row, s.run[courier].count
    for k in range(1, count + 1):
        s.trial[k] = s.nodes[base + k]
    return count


@compiled
def block_bound(f: Facts, s: State, courier: int, order: int, i: int) -> int:
    """Least price of any place with the pickup after position i, if triangles hold."""
    pick = f.order[order].free
    riding = detour(f, s, courier, i, f.node[pick].place)
    waiting = s.spot[courier * f.row + i].waiting
    return f.bias[order * f.couriers + courier] + f.w_riding * riding - f.w_waiting * waiting


@compiled
def best_block(f: Facts, s: State, courier: int, order: int, bound: int) -> int:
    """Cheapest place for a pickup and all its dropoffs, evaluated place by place; fills `trial_best`.

    The dropoffs go in together, so that every row tried is whole, and then each seeks its best place.
    """
    pick, end, old = f.order[order].free, f.order[order].end, s.run[courier].cost
    best, size, count = bound, end - pick, s.run[courier].count
    found = False
    for i in range(f.courier[courier].pinned, count + 1):
        if block_bound(f, s, courier, order, i) >= best:
            continue
        for j in range(i, count + 1):
            copy_row(f, s, courier)
            for node in range(end - 1, pick, -1):
                insert_at(s.trial, count + end - 1 - node, j, node)
            insert_at(s.trial, count + size - 1, i, pick)
            price = evaluate(f, s, s.trial, 0, count + size, courier) - old
            if price < best:
                best = price
                found = True
                for k in range(1, count + size + 1):
                    s.trial_best[k] = s.trial[k]
    if not found:
        return BIG
    return spread(f, s, courier, order, best)


@compiled
def spread(f: Facts, s: State, courier: int, order: int, price: int) -> int:
    """Let each of several dropoffs in `trial_best` seek its best place; returns the price."""
    pick, end = f.order[order].free, f.order[order].end
    count = s.run[courier].count + end - pick
    if end - pick < 3:
        return price
    for k in range(1, count + 1):
        s.trial[k] = s.trial_best[k]
    total = BIG
    for node in range(pick + 1, end):
        for k in range(1, count + 1):
            if s.trial[k] == node:
                remove_at(s.trial, count, k)
                break
        total = settle(f, s, courier, node, count - 1)
    for k in range(1, count + 1):
        s.trial_best[k] = s.trial[k]
    return total - s.run[courier].cost


@compiled
def best_singles(f: Facts, s: State, courier: int, order: int, bound: int) -> int:
    """Cheapest places for nodes without a pickup: dropoffs of committed goods, or a break."""
    count = copy_row(f, s, courier)
    total = s.run[courier].cost
    for node in range(f.order[order].free, f.order[order].end):
        total = settle(f, s, courier, node, count)
        count += 1
    if total - s.run[courier].cost >= bound or total >= BIG:
        return BIG
    for k in range(1, count + 1):
        s.trial_best[k] = s.trial[k]
    return total - s.run[courier].cost


@entry
def is_simple(f: Facts, courier: int, order: int) -> bool:
    """Whether the shortcut may price this order in this route."""
    pick = f.order[order].free
    if f.courier[courier].mode == 2 or f.order[order].committed or f.order[order].end - pick != 2:
        return False
    return f.node[pick].rank_of != courier and f.node[pick + 1].rank_of != courier


@entry
def best_place(f: Facts, s: State, courier: int, order: int, bound: int) -> int:
    """Price of the cheapest place of an order in a courier's route, if below the bound; else BIG.

    After the shortcut `first` and `second` say after which positions; otherwise `trial_best` holds the row.
    """
    size = f.order[order].end - f.order[order].free
    if f.bias[order * f.couriers + courier] >= BLOCKED or s.run[courier].count + size + 1 > f.row:
        return BIG
    if is_simple(f, courier, order):
        return best_pair(f, s, courier, order, bound)
    if f.order[order].picks:
        return best_block(f, s, courier, order, bound)
    return best_singles(f, s, courier, order, bound)
