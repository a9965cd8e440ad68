"""Say why a courier cannot take a shipment, or why nobody does. Facts only; words are made elsewhere."""

from collections import Counter

from routing.problem import UNREACHABLE_S, Courier, Problem, Shipment
from routing.solution import Reason, Route, Unserved, schedule_run

FILTERS = (
    Reason.NOT_ALLOWED, Reason.SKILLS, Reason.TOO_HEAVY, Reason.TOO_BULKY, Reason.UNREACHABLE,
    Reason.WINDOW_CLOSED, Reason.SHIFT_ENDS, Reason.RIDE_TOO_LONG, Reason.TOO_FAR,
)
"""In the order in which they are asked; whoever fails later came closer to taking the shipment."""


def failed_filter(problem: Problem, courier: Courier, shipment: Shipment) -> Reason | None:
    """The first rule that keeps a courier from taking a shipment, were it their only one."""
    if shipment.bound_to not in (None, courier.id):
        return Reason.NOT_ALLOWED
    if shipment.bound_to is None and not _is_welcome(courier, shipment):
        return Reason.NOT_ALLOWED
    if shipment.on_board_of is None:
        if not shipment.skills <= courier.skills:
            return Reason.SKILLS
        if shipment.weight_g > courier.capacity_g:
            return Reason.TOO_HEAVY
        if shipment.volume_ml > courier.capacity_ml:
            return Reason.TOO_BULKY
    return None if shipment.id in problem.committed else _failed_ride(problem, courier, shipment)


def _is_welcome(courier: Courier, shipment: Shipment) -> bool:
    is_allowed = shipment.allowed_couriers is None or courier.id in shipment.allowed_couriers
    return is_allowed and courier.id not in shipment.forbidden_couriers


def _failed_ride(problem: Problem, courier: Courier, shipment: Shipment) -> Reason | None:
    route = schedule_run(problem, courier, shipment.refs)
    if _has_unreachable_leg(problem, courier, shipment):
        return Reason.UNREACHABLE
    for visit in route.visits:
        window = shipment.stop(visit.stop_index).window
        if window is not None and visit.start_s > window.closes_s:
            return Reason.WINDOW_CLOSED
    if courier.latest_end_s is not None and route.finish_s > courier.latest_end_s:
        return Reason.SHIFT_ENDS
    if courier.last_pickup_s is not None and route.visits[0].start_s > courier.last_pickup_s:
        return Reason.SHIFT_ENDS
    if shipment.longest_ride_s is not None and _longest_ride_s(route) > shipment.longest_ride_s:
        return Reason.RIDE_TOO_LONG
    if courier.max_distance_m is not None and route.distance_m > courier.max_distance_m:
        return Reason.TOO_FAR
    return None


def _longest_ride_s(route: Route) -> int:
    """From leaving the pickup to the last dropoff of a run that serves one shipment."""
    return route.visits[-1].start_s - route.visits[0].departure_s


def _has_unreachable_leg(problem: Problem, courier: Courier, shipment: Shipment) -> bool:
    seconds = problem.matrices[courier.profile].seconds
    places = [courier.place] + [shipment.stop(ref.stop_index).place for ref in shipment.refs]
    places += [] if courier.end_place is None else [courier.end_place]
    return any(seconds[a, b] >= UNREACHABLE_S for a, b in zip(places, places[1:], strict=False))


def why_unserved(problem: Problem, shipment_id: str) -> Unserved:
    """The reason of the couriers who came closest, and how many failed at what.

    Where one courier could take it alone there is just no room for it, and no more is asked.
    """
    shipment = problem.shipment_by_id.get(shipment_id)
    if shipment is None:
        return Unserved(shipment_id=shipment_id, reason=Reason.NO_ROOM)
    if not problem.couriers:
        return Unserved(shipment_id=shipment_id, reason=Reason.NO_COURIER)
    failed: Counter[Reason] = Counter()
    for courier in problem.couriers:
        reason = failed_filter(problem, courier, shipment)
        if reason is None:
            return Unserved(shipment_id=shipment_id, reason=Reason.NO_ROOM)
        failed[reason] += 1
    reason = max(failed, key=FILTERS.index)
    facts: dict[str, int | str] = {f"couriers_{code}": count for code, count in sorted(failed.items())}
    facts |= _limits(problem, shipment, reason)
    return Unserved(shipment_id=shipment_id, reason=reason, facts=facts)


def _limits(problem: Problem, shipment: Shipment, reason: Reason) -> dict[str, int | str]:
    """What was wanted and what there is, for the reasons where a number says more."""
    if reason == Reason.TOO_HEAVY:
        most = max(courier.capacity_g for courier in problem.couriers)
        return {"weight_g": shipment.weight_g, "largest_capacity_g": most}
    if reason == Reason.TOO_BULKY:
        most = max(courier.capacity_ml for courier in problem.couriers)
        return {"volume_ml": shipment.volume_ml, "largest_capacity_ml": most}
    if reason == Reason.SKILLS:
        return {"skills": ",".join(sorted(shipment.skills))}
    if reason == Reason.SHIFT_ENDS:
        limits = [limit for c in problem.couriers for limit in (c.latest_end_s, c.last_pickup_s) if limit is not None]
        return {"last_end_s": max(limits)}
    return {}
