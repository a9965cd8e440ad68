"""Put orders into routes and take them out, remembering prices and how to go back. Compiled."""

from routing.engines.compiled import compiled, entry
from routing.engines.facts import BLOCKED, Facts, Ints
from routing.engines.place_kernel import best_place, is_simple, write_pair
from routing.engines.route_kernel import ANY_PRICE, BIG, new_version, refresh
from routing.engines.state import State


@compiled
def draw(s: State, n: int) -> int:
    """A number in 0..n-1 (Park and Miller's generator: the same compiled and not)."""
    s.now[0].random = s.now[0].random * 48_271 % 2_147_483_647
    return s.now[0].random % n


@compiled
def price_of(f: Facts, s: State, courier: int, order: int, bound: int) -> int:
    """Price of the best place of an order in a route, from memory while the row is unchanged.

    At or above the bound the answer is BIG; a memory without a place (first < 0) is only a lower bound.
    """
    k = order * f.couriers + courier
    if s.price[k].version == s.run[courier].version:
        if s.price[k].amount >= bound:
            return BIG
        if s.price[k].first >= 0:
            return s.price[k].amount
    price = best_place(f, s, courier, order, bound)
    s.price[k].version = s.run[courier].version
    if price >= BIG:
        s.price[k].amount, s.price[k].first = bound, -1
    else:
        s.price[k].amount, s.price[k].first, s.price[k].second = price, s.now[0].first, s.now[0].second
    return price


@entry
def would_meet(f: Facts, s: State, courier: int, order: int) -> bool:
    """Whether an order leads a courier to a counter where somebody goes whom they are kept apart from."""
    pick = f.order[order].free
    if f.pairs == 0 or not f.node[pick].is_checked:
        return False
    for other in range(f.couriers):
        if not f.apart[courier * f.couriers + other]:
            continue
        for k in range(other * f.row + 1, other * f.row + s.run[other].count + 1):
            node = s.nodes[k]
            is_same = f.node[node].is_checked and f.node[node].place == f.node[pick].place
            if is_same and not f.order[f.node[node].order].committed:
                return True
    return False


@entry
def is_beyond(f: Facts, s: State, courier: int, order: int) -> bool:
    """Whether an order more in a courier's run breaks what holds for the plan as a whole."""
    if not f.is_limited or f.order[order].bound:
        return False
    if s.run[courier].orders >= f.courier[courier].most:
        return True
    moves = f.order[order].home >= 0 and f.order[order].home != courier
    starts = s.run[courier].orders == 0
    moved, out = 0, 0
    if (moves and f.most_moved < f.orders) or (starts and f.courier[courier].bikes < f.couriers):
        for other in range(f.couriers):
            moved += s.run[other].moved
            out += s.run[other].orders > 0 and f.courier[other].bike == f.courier[courier].bike
    return (moves and moved >= f.most_moved) or (starts and out >= f.courier[courier].bikes)


@compiled
def cheapest(f: Facts, s: State, order: int, blink: int) -> int:
    """Courier with the cheapest place for an order, -1 if none; each is overlooked `blink` times in 1,000.

    The bound is the price of leaving the order out.
    """
    best, winner = f.order[order].unserved, -1
    s.kind_seen[f.couriers] += 1
    for courier in range(f.couriers):
        if f.bias[order * f.couriers + courier] >= BLOCKED or not s.run[courier].is_open:
            continue
        if s.run[courier].orders >= f.courier[courier].most and not f.order[order].bound:
            continue
        if s.run[courier].count == 0:
            if s.kind_seen[f.courier[courier].kind] == s.kind_seen[f.couriers]:
                continue
            s.kind_seen[f.courier[courier].kind] = s.kind_seen[f.couriers]
        if blink and draw(s, 1000) < blink:
            continue
        price = price_of(f, s, courier, order, best)
        if price < best and not would_meet(f, s, courier, order) and not is_beyond(f, s, courier, order):
            best, winner = price, courier
    return winner


@compiled
def remember(f: Facts, s: State, courier: int) -> None:
    """Keep a row as it was before this iteration touched it."""
    for k in range(s.now[0].touched_count):
        if s.touched[k] == courier:
            return
    s.touched[s.now[0].touched_count] = courier
    s.now[0].touched_count += 1
    base = courier * f.row
    for k in range(base + 1, base + s.run[courier].count + 1):
        s.kept[k] = s.nodes[k]
    s.run[courier].kept_count, s.run[courier].kept_cost = s.run[courier].count, s.run[courier].cost
    s.run[courier].kept_version = s.run[courier].version


@entry
def put_in(f: Facts, s: State, courier: int, order: int) -> None:
    """Put an order into a route at the place `price_of` has just found for it."""
    remember(f, s, courier)
    base, size = courier * f.row, f.order[order].end - f.order[order].free
    k = order * f.couriers + courier
    if is_simple(f, courier, order):
        s.now[0].first, s.now[0].second = s.price[k].first, s.price[k].second
        count = write_pair(f, s, courier, order)
        for position in range(1, count + 1):
            s.nodes[base + position] = s.trial[position]
    else:
        best_place(f, s, courier, order, ANY_PRICE)
        count = s.run[courier].count + size
        for position in range(1, count + 1):
            s.nodes[base + position] = s.trial_best[position]
    s.now[0].total -= s.run[courier].cost + f.order[order].unserved
    s.run[courier].count = count
    new_version(s, courier)
    refresh(f, s, courier)
    s.now[0].total += s.run[courier].cost


@compiled
def take_out_marked(f: Facts, s: State, courier: int) -> None:
    """Take every free node of the marked orders out of a route; their list is `handled`."""
    remember(f, s, courier)
    base, kept = courier * f.row, 0
    for k in range(base + 1, base + s.run[courier].count + 1):
        node = s.nodes[k]
        order = f.node[node].order
        if s.item[order].mark and node >= f.order[order].free:
            if s.item[order].courier >= 0:
                s.item[order].courier = -1
                s.handled[s.now[0].handled_count] = order
                s.now[0].handled_count += 1
                s.now[0].total += f.order[order].unserved
            continue
        kept += 1
        s.nodes[base + kept] = node
    s.now[0].total -= s.run[courier].cost
    s.run[courier].count = kept
    new_version(s, courier)
    refresh(f, s, courier)
    s.now[0].total += s.run[courier].cost


@compiled
def go_back(f: Facts, s: State) -> None:
    """Undo this iteration: rows as they were, handled orders as they were."""
    for k in range(s.now[0].handled_count):
        s.item[s.handled[k]].courier = -1
    for k in range(s.now[0].touched_count):
        courier = s.touched[k]
        base = courier * f.row
        for position in range(base + 1, base + s.run[courier].kept_count + 1):
            s.nodes[position] = s.kept[position]
        s.run[courier].count, s.run[courier].version = s.run[courier].kept_count, s.run[courier].kept_version
        refresh(f, s, courier)


@entry
def keep_best(f: Facts, s: State) -> None:
    """Remember the present plan as the best; rows unchanged since the last time are not copied."""
    for courier in range(f.couriers):
        if s.run[courier].best_version == s.run[courier].version:
            continue
        base = courier * f.row
        for k in range(base + 1, base + s.run[courier].count + 1):
            s.best[k] = s.nodes[k]
        s.run[courier].best_count, s.run[courier].best_version = s.run[courier].count, s.run[courier].version
    s.now[0].best_total = s.now[0].total


@entry
def return_to_best(f: Facts, s: State) -> None:
    """Make the best plan the present one; the list of unserved orders follows from it."""
    for order in range(f.orders):
        s.item[order].courier = -1
    for courier in range(f.couriers):
        base = courier * f.row
        if s.run[courier].best_version != s.run[courier].version:
            for k in range(base + 1, base + s.run[courier].best_count + 1):
                s.nodes[k] = s.best[k]
            s.run[courier].count = s.run[courier].best_count
            s.run[courier].version = s.run[courier].best_version
        refresh(f, s, courier)
    s.now[0].total = s.now[0].best_total
    list_unserved(f, s)


@compiled
def list_unserved(f: Facts, s: State) -> None:
    """Fill the list of unserved orders from the routes."""
    s.now[0].out_count = 0
    for order in range(f.orders):
        if s.item[order].courier < 0:
            s.out[s.now[0].out_count] = order
            s.now[0].out_count += 1


@compiled
def mend_route(f: Facts, s: State, courier: int) -> None:
    """Take new orders out of a route, the last first, until it breaks no hard limit."""
    while s.run[courier].cost >= BIG:
        last = -1
        for k in range(courier * f.row + 1, courier * f.row + s.run[courier].count + 1):
            order = f.node[s.nodes[k]].order
            if not f.order[order].committed:
                last = order
        if last < 0:
            return
        s.item[last].mark = 1
        clear_iteration(s)
        take_out_marked(f, s, courier)
        s.item[last].mark = 0


@entry
def take_out(f: Facts, s: State, order: int) -> None:
    """Take one order out for good, and with it whatever its route can then no longer keep."""
    courier = s.item[order].courier
    clear_iteration(s)
    s.item[order].mark = 1
    take_out_marked(f, s, courier)
    s.item[order].mark = 0
    mend_route(f, s, courier)
    add_up(f, s)
    keep_best(f, s)


@compiled
def add_up(f: Facts, s: State) -> None:
    """List what is unserved and price the whole plan."""
    list_unserved(f, s)
    s.now[0].total = 0
    for courier in range(f.couriers):
        s.now[0].total += s.run[courier].cost
    for k in range(s.now[0].out_count):
        s.now[0].total += f.order[s.out[k]].unserved


@entry
def load_routes(f: Facts, s: State) -> None:
    """Price rows that were just written, and all that is not in them."""
    for order in range(f.orders):
        s.item[order].courier = -1
    for courier in range(f.couriers):
        new_version(s, courier)
        refresh(f, s, courier)
        mend_route(f, s, courier)
    add_up(f, s)


@entry
def clear_iteration(s: State) -> None:
    """Forget what was touched: the present plan is the one to go back to."""
    s.now[0].touched_count = 0
    s.now[0].handled_count = 0


@entry
def price_all(f: Facts, s: State, order: int) -> None:
    """Fill the exact prices of an order for all couriers."""
    for courier in range(f.couriers):
        k = order * f.couriers + courier
        if s.price[k].version != s.run[courier].version or s.price[k].first < 0:
            s.price[k].version = -1
            price_of(f, s, courier, order, ANY_PRICE)
        if would_meet(f, s, courier, order):
            s.price[k].version, s.price[k].first = -1, -1


@entry
def insert_unserved(f: Facts, s: State, orders: Ints) -> None:
    """Put the listed unserved orders in, one after the other, each where it costs least."""
    clear_iteration(s)
    for k in range(len(orders)):
        courier = cheapest(f, s, orders[k], 0)
        if courier >= 0:
            put_in(f, s, courier, orders[k])
    list_unserved(f, s)
    keep_best(f, s)
