"""Check an answer as if it came from a stranger: a second opinion that shares no code with the engines.

Walks every route with its own arithmetic and lists what is wrong in plain fields. An empty list means the
answer may be carried out. Committed shipments (on board, or pinned) excuse hard windows, longest ride and
shift limits: they will be delivered anyway, late if need be. But new work may neither make their ride too long nor lie
on top of them in a deep box.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from routing.problem import UNREACHABLE_S, Courier, Problem, Shipment, Stop
from routing.solution import Route, Solution, Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One broken rule: what was allowed and what the answer says."""

    code: str
    courier_id: str | None = None
    shipment_id: str | None = None
    stop_index: int | None = None
    allowed: int | str | None = None
    found: int | str | None = None


def check(problem: Problem, solution: Solution) -> list[Violation]:
    """List every violation of the answer; empty when it may be carried out."""
    found = [*_check_completeness(problem, solution), *_check_apart(problem, solution)]
    for route in solution.routes:
        courier = problem.courier_by_id.get(route.courier_id)
        if courier is None:
            found.append(Violation(code="unknown_courier", courier_id=route.courier_id))
            continue
        known = [visit for visit in route.visits if problem.has_stop(visit.ref)]
        if len(known) < len(route.visits):
            found.append(Violation(code="unknown_stop", courier_id=courier.id))
            continue
        found.extend(_check_pinned(problem, route))
        found.extend(_check_times(problem, courier, route))
        found.extend(_check_limits(problem, courier, route))
        found.extend(_check_loads(problem, courier, route))
        found.extend(_check_order(problem, courier, route))
        found.extend(_check_pickups(problem, courier, route))
        for shipment_id in dict.fromkeys(visit.shipment_id for visit in route.visits):
            found.extend(_check_match(problem, courier, shipment_id))
    return found


def _check_completeness(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """Every shipment is wholly in one route, or wholly out and named with a reason."""
    routes_of: dict[str, set[str]] = {}
    visits_of: dict[str, list[int]] = {}
    for route in solution.routes:
        for visit in route.visits:
            routes_of.setdefault(visit.shipment_id, set()).add(route.courier_id)
            visits_of.setdefault(visit.shipment_id, []).append(visit.stop_index)
    for courier_id, times in Counter(route.courier_id for route in solution.routes).items():
        if times > 1:
            yield Violation(code="courier_twice", courier_id=courier_id, allowed=1, found=times)
    left_out = Counter(entry.shipment_id for entry in solution.unserved)
    wanted = {shipment.id: [ref.stop_index for ref in shipment.refs] for shipment in problem.shipments}
    wanted |= {rest.id: [0] for courier in problem.couriers for rest in courier.breaks}
    for shipment_id, indices in wanted.items():
        visits = sorted(visits_of.get(shipment_id, []))
        expected = [] if left_out[shipment_id] else indices
        if visits != expected or left_out[shipment_id] > 1:
            yield Violation(code="incomplete", shipment_id=shipment_id, allowed=str(expected),
                            found=str(visits))
        if len(routes_of.get(shipment_id, ())) > 1:
            yield Violation(code="several_couriers", shipment_id=shipment_id)
    for shipment_id in left_out:
        if shipment_id not in wanted:
            yield Violation(code="unknown_shipment", shipment_id=shipment_id)


def _check_apart(problem: Problem, solution: Solution) -> Iterator[Violation]:
    """Nobody is sent to a counter where somebody goes whom they are kept apart from."""
    places: dict[str, set[int]] = {}
    for route in solution.routes:
        for visit in route.visits:
            shipment = problem.shipment_by_id.get(visit.shipment_id)
            if shipment and shipment.pickup and visit.stop_index == 0 and shipment.id not in problem.committed:
                places.setdefault(route.courier_id, set()).add(shipment.pickup.place)
    for one, other in problem.apart:
        if both := places.get(one, set()) & places.get(other, set()):
            yield Violation(code="kept_apart", courier_id=one, allowed=0, found=f"{other} at {sorted(both)}")


def _check_pinned(problem: Problem, route: Route) -> Iterator[Violation]:
    pinned = list(problem.pinned.get(route.courier_id, ()))
    actual = [visit.ref for visit in route.visits[: len(pinned)]]
    if actual != pinned:
        yield Violation(code="pinned_moved", courier_id=route.courier_id, allowed=str(pinned),
                        found=str(actual))


def _check_times(problem: Problem, courier: Courier, route: Route) -> Iterator[Violation]:
    """Arrival follows from the leg, service from arrival and opening, departure from service."""
    seconds = problem.matrices[courier.profile].seconds
    at, free_s = courier.place, courier.ready_s
    pinned = set(problem.pinned.get(courier.id, ()))
    for visit in route.visits:
        stop, opens_s, lasts_s, closes_s = _facts(problem, visit)
        leg_s = 0 if stop is None else int(seconds[at, stop.place])
        if leg_s >= UNREACHABLE_S and visit.ref not in pinned:
            yield _at(visit, courier, "unreachable", UNREACHABLE_S, leg_s)
        if visit.arrival_s != free_s + leg_s:
            yield _at(visit, courier, "arrival", free_s + leg_s, visit.arrival_s)
        if visit.start_s < max(visit.arrival_s, opens_s):
            yield _at(visit, courier, "too_early", max(visit.arrival_s, opens_s), visit.start_s)
        if closes_s is not None and visit.start_s > closes_s:
            yield _at(visit, courier, "window_closed", closes_s, visit.start_s)
        if visit.departure_s != visit.start_s + lasts_s:
            yield _at(visit, courier, "departure", visit.start_s + lasts_s, visit.departure_s)
        at, free_s = (at if stop is None else stop.place), visit.departure_s
    if courier.end_place is not None and route.visits:
        free_s += int(seconds[at, courier.end_place])
    if route.finish_s != free_s:
        yield Violation(code="finish", courier_id=courier.id, allowed=free_s, found=route.finish_s)


def _facts(problem: Problem, visit: Visit) -> tuple[Stop | None, int, int, int | None]:
    """Stop (None for a break), earliest start, duration, and hard close unless excused."""
    rest = problem.break_by_id.get(visit.shipment_id)
    if rest is not None:
        return None, rest.opens_s, rest.duration_s, None
    stop = problem.shipment_by_id[visit.shipment_id].stop(visit.stop_index)
    closes_s = stop.window.closes_s if stop.window else None
    excused = visit.shipment_id in problem.committed
    opens_s = max(stop.ready_s, stop.window.opens_s) if stop.window else stop.ready_s
    return stop, opens_s, stop.service_s, None if excused else closes_s


def _check_limits(problem: Problem, courier: Courier, route: Route) -> Iterator[Violation]:
    """No new work after the latest end or beyond the longest distance."""
    new = {v.shipment_id for v in route.visits} - problem.committed - {rest.id for rest in courier.breaks}
    if not new:
        return
    if courier.latest_end_s is not None and route.finish_s > courier.latest_end_s:
        yield Violation(code="shift_ends", courier_id=courier.id, allowed=courier.latest_end_s,
                        found=route.finish_s)
    metres = problem.matrices[courier.profile].metres
    if courier.max_distance_m is None or metres is None:
        return
    stops = [stop for visit in route.visits if (stop := _facts(problem, visit)[0]) is not None]
    places = [courier.place] + [stop.place for stop in stops]
    places += [] if courier.end_place is None else [courier.end_place]
    ridden_m = sum(int(metres[a, b]) for a, b in zip(places, places[1:], strict=False))
    if ridden_m > courier.max_distance_m:
        yield Violation(code="too_far", courier_id=courier.id, allowed=courier.max_distance_m, found=ridden_m)


def _check_loads(problem: Problem, courier: Courier, route: Route) -> Iterator[Violation]:
    """The bike holds what is on board; a parcel nobody plans to deliver still fills it."""
    aboard = [shipment for shipment in problem.shipments if shipment.on_board_of == courier.id]
    grams = sum(stop.weight_g for shipment in aboard for stop in shipment.dropoffs)
    millilitres = sum(stop.volume_ml for shipment in aboard for stop in shipment.dropoffs)
    pinned = set(problem.pinned.get(courier.id, ()))
    for visit in route.visits:
        shipment = problem.shipment_by_id.get(visit.shipment_id)
        if shipment is not None:
            stops = shipment.dropoffs if visit.stop_index == 0 else [shipment.stop(visit.stop_index)]
            sign = 1 if visit.stop_index == 0 else -1
            grams += sign * sum(stop.weight_g for stop in stops)
            millilitres += sign * sum(stop.volume_ml for stop in stops)
        if (visit.load_g, visit.load_ml) != (grams, millilitres):
            yield _at(visit, courier, "load", f"{grams} g {millilitres} ml",
                      f"{visit.load_g} g {visit.load_ml} ml")
        if shipment is None or visit.stop_index or visit.ref in pinned:
            continue
        if grams > courier.capacity_g:
            yield _at(visit, courier, "too_heavy", courier.capacity_g, grams)
        if millilitres > courier.capacity_ml:
            yield _at(visit, courier, "too_bulky", courier.capacity_ml, millilitres)


def _check_order(problem: Problem, courier: Courier, route: Route) -> Iterator[Violation]:
    """Pickup before dropoffs, the ride not too long, and a deep box emptied from the top."""
    left_s: dict[str, int] = {}
    aboard = [shipment for shipment in problem.shipments if shipment.on_board_of == courier.id]
    stack = [shipment.id for shipment in aboard]
    missing = Counter({shipment.id: len(shipment.dropoffs) for shipment in aboard})
    has_new = False
    for visit in route.visits:
        shipment = problem.shipment_by_id.get(visit.shipment_id)
        if shipment is None:
            continue
        has_new = has_new or shipment.id not in problem.committed
        if has_new and visit.stop_index and shipment.id in problem.committed:
            yield from _check_warm(problem, courier, route, visit)
        if visit.stop_index == 0:
            left_s[shipment.id] = visit.departure_s
            stack.append(shipment.id)
            missing[shipment.id] = len(shipment.dropoffs)
            continue
        if shipment.id not in stack:
            yield _at(visit, courier, "dropoff_before_pickup", None, None)
            continue
        if shipment.id in left_s:
            yield from _check_ride(problem, courier, visit, visit.start_s - left_s[shipment.id])
        above = [name for name in stack[stack.index(shipment.id) + 1:] if name not in problem.committed]
        if courier.is_deep_box and above:
            yield _at(visit, courier, "under_other_goods", shipment.id, above[-1])
        missing[shipment.id] -= 1
        if not missing[shipment.id]:
            stack.remove(shipment.id)


def _check_pickups(problem: Problem, courier: Courier, route: Route) -> Iterator[Violation]:
    """No new pickup too late, and goods of one place at a time if the bike wants it so."""
    aboard = {(s.id, number) for s in problem.shipments if s.on_board_of == courier.id
              for number in range(1, len(s.dropoffs) + 1)}
    pinned = set(problem.pinned.get(courier.id, ()))
    taken_up_at: int | None = None
    for visit in route.visits:
        shipment = problem.shipment_by_id.get(visit.shipment_id)
        if shipment is None:
            taken_up_at = None
            continue
        if visit.stop_index:
            aboard.discard((shipment.id, visit.stop_index))
            taken_up_at = None
            continue
        place = shipment.stop(0).place
        if visit.ref not in pinned:
            if courier.last_pickup_s is not None and visit.start_s > courier.last_pickup_s:
                yield _at(visit, courier, "pickup_too_late", courier.last_pickup_s, visit.start_s)
            if courier.is_single_origin and aboard and taken_up_at != place:
                yield _at(visit, courier, "several_origins", taken_up_at, place)
        aboard.update((shipment.id, number) for number in range(1, len(shipment.dropoffs) + 1))
        taken_up_at = place


def _check_ride(problem: Problem, courier: Courier, visit: Visit, ride_s: int) -> Iterator[Violation]:
    longest_s = problem.shipment_by_id[visit.shipment_id].longest_ride_s
    if longest_s is not None and ride_s > longest_s and visit.shipment_id not in problem.committed:
        yield _at(visit, courier, "ride_too_long", longest_s, ride_s)


def _check_warm(problem: Problem, courier: Courier, route: Route, visit: Visit) -> Iterator[Violation]:
    """After new work, a committed door is reached within its longest ride, if that was to be done at all."""
    shipment = problem.shipment_by_id[visit.shipment_id]
    fixed = route.visits[: len(problem.pinned.get(courier.id, ()))]
    left_s = next((v.departure_s for v in fixed if v.ref == (shipment.id, 0)), shipment.left_s)
    if shipment.longest_ride_s is None or left_s is None:
        return
    at, free_s = courier.place, fixed[-1].departure_s if fixed else courier.ready_s
    for before in fixed:
        if (there := _facts(problem, before)[0]) is not None:
            at = there.place
    stop, opens_s, _, _ = _facts(problem, visit)
    assert stop is not None
    soonest_s = max(free_s + int(problem.matrices[courier.profile].seconds[at, stop.place]), opens_s)
    ride_s = visit.start_s - left_s
    if ride_s > shipment.longest_ride_s >= soonest_s - left_s:
        yield _at(visit, courier, "ride_too_long", shipment.longest_ride_s, ride_s)


def _check_match(problem: Problem, courier: Courier, shipment_id: str) -> Iterator[Violation]:
    """The courier may carry this shipment at all, or take this break."""
    shipment = problem.shipment_by_id.get(shipment_id)
    if shipment is None:
        if shipment_id not in {rest.id for rest in courier.breaks}:
            yield Violation(code="break_of_another", courier_id=courier.id, shipment_id=shipment_id)
        return
    if any(ref.shipment_id == shipment_id for ref in problem.pinned.get(courier.id, ())):
        return
    if not _may_carry(courier, shipment):
        yield Violation(code="not_allowed", courier_id=courier.id, shipment_id=shipment_id)
    lacking = shipment.skills - courier.skills
    if lacking and not shipment.on_board_of:
        yield Violation(code="skills", courier_id=courier.id, shipment_id=shipment_id,
                        allowed=",".join(sorted(lacking)))


def _may_carry(courier: Courier, shipment: Shipment) -> bool:
    if shipment.on_board_of or shipment.pinned_to:
        return courier.id == (shipment.on_board_of or shipment.pinned_to)
    if courier.id in shipment.forbidden_couriers:
        return False
    return shipment.allowed_couriers is None or courier.id in shipment.allowed_couriers


def _at(
    visit: Visit, courier: Courier, code: str, allowed: int | str | None, found: int | str | None
) -> Violation:
    return Violation(code=code, courier_id=courier.id, shipment_id=visit.shipment_id,
                     stop_index=visit.stop_index, allowed=allowed, found=found)
