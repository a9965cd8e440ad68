"""The planner's last view of a zone, published to Redis so that web processes can try an order on it without a search.

JSON and plain int32 arrays only. Losing it costs nothing but a rougher promise until the next round.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import redis
import structlog

from dispatch.core import clock
from dispatch.core.units import LonLat
from routing.conditions import Conditions
from routing.problem import Break, Courier, Problem, Shipment, Stop, StopRef, TimeWindow, TravelMatrix
from routing.solution import Solution
from routing.weights import Weights

from . import journeys, modelling
from .modelling import Model, places_of
from .remedies import remedies

KEPT_S = 900
FRESH = timedelta(minutes=10)
"""An older view is no ground for a promise, or for what a choice by hand is said to cost."""
FORM = 4
MOST_KEPT = 8
"""Zones whose last view a process keeps read: between two rounds it would read the same thing for every quote."""

_kept: dict[str, tuple[bytes, Published]] = {}

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A problem, the plan that answers it, and where its places are.

    `gauges`: for kinds of bike ridden by somebody with a limit, the metres in a second of riding. `made_by`: the rules,
    engine and seed of the plan. Its promises are `aim_early_s` before the real ones.
    """

    taken_at: datetime
    city_id: UUID
    points: tuple[LonLat, ...]
    problem: Problem
    plan: Mapping[str, tuple[StopRef, ...]]
    gauges: Mapping[str, float] = field(default_factory=dict)
    made_by: Mapping[str, Any] = field(default_factory=dict)
    aim_early_s: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """Another rider for an order in danger: when it would arrive, how much earlier, and what everybody pays for it."""

    run_id: UUID
    at: datetime
    saves_s: int
    cost_s: int


def publish(client: redis.Redis, model: Model, solution: Solution) -> None:
    """Replace what is known of a zone."""
    problem, seen = model.problem, model.snapshot
    head = {
        "form": FORM,
        "taken_at": seen.taken_at.isoformat(),
        "city_id": str(seen.city_id),
        "points": [point.as_pair() for point in places_of(seen).points],
        "couriers": [_plain(courier) for courier in problem.couriers],
        "shipments": [_plain(shipment) for shipment in problem.shipments],
        "weights": asdict(problem.weights),
        "conditions": asdict(problem.conditions),
        "pinned": {name: list(refs) for name, refs in problem.pinned.items()},
        "plan": {name: list(refs) for name, refs in solution.plan.items()},
        "gauges": dict(model.gauges),
        "made_by": {"rule_version": seen.rules.version, "engine": solution.engine, "seed": solution.seed},
        "aim_early_s": seen.rules.aim_early_s,
    }
    values = {
        "stamp": uuid4().bytes,
        "head": json.dumps(head).encode(),
        "remedies": json.dumps(_remedies(model, solution)).encode(),
    }
    kinds = modelling.profiles_of(seen)  # those of single riders' speeds follow from them
    values |= {f"seconds:{name}": problem.matrices[name].seconds.tobytes() for name in kinds}
    key = _key(seen.coop_id, seen.zone_id)
    try:
        with client.pipeline(transaction=True) as pipe:
            pipe.delete(key)
            pipe.hset(key, mapping=values)  # type: ignore[arg-type]
            pipe.expire(key, KEPT_S)
            pipe.execute()
    except redis.RedisError as error:
        log.warning("promise.not_published", error=str(error)[:200])


def find_remedies(client: redis.Redis, coop_id: UUID, zone_id: UUID) -> dict[UUID, Remedy | None]:
    """Per order in danger that was tried elsewhere, the rider who would keep its promise best, None if nobody would.

    Absent is what was not tried; empty while nothing is published.
    """
    try:
        data: bytes | None = client.hget(_key(coop_id, zone_id), "remedies")  # type: ignore[assignment]
    except redis.RedisError:
        return {}
    return {
        UUID(order_id): Remedy(
            run_id=UUID(entry["run_id"]),
            at=datetime.fromisoformat(entry["at"]),
            saves_s=entry["saves_s"],
            cost_s=entry["cost_s"],
        )
        if entry
        else None
        for order_id, entry in json.loads(data or b"{}").items()
    }


def _remedies(model: Model, solution: Solution) -> dict[str, Any]:
    found = remedies(
        model.problem,
        solution.plan,
        aim_early_s=model.snapshot.rules.aim_early_s,
        book=model.snapshot.lateness,
    )
    return {
        name: entry and entry | {"at": model.at(entry["at_s"]).isoformat()} for name, entry in found.items()
    }


def find(client: redis.Redis, coop_id: UUID, zone_id: UUID) -> Published | None:
    """What the planner last published of a zone; None if that is nothing, or of another form."""
    key = _key(coop_id, zone_id)
    try:
        stamp: bytes | None = client.hget(key, "stamp")  # type: ignore[assignment]
        known = _kept.get(key)
        if known is not None and known[0] == stamp:
            return known[1]
        values: dict[bytes, bytes] = client.hgetall(key)  # type: ignore[assignment]
    except redis.RedisError:
        return None
    try:
        view = _read(values)
    except (KeyError, TypeError, ValueError) as error:  # the next round writes it anew
        log.warning("promise.unreadable", zone=str(zone_id), error=str(error)[:200])
        return None
    if view is not None:
        while len(_kept) >= MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = values[b"stamp"], view
    return view


def find_fresh(client: redis.Redis | None, coop_id: UUID, zone_id: UUID) -> Published | None:
    """The same, as long as it is worth something."""
    view = find(client, coop_id, zone_id) if client is not None else None
    return view if view is not None and clock.now() - view.taken_at <= FRESH else None


def _read(values: Mapping[bytes, bytes]) -> Published | None:
    head = json.loads(values.get(b"head", b"{}"))
    if head.get("form") != FORM:
        return None
    count = len(head["points"])
    matrices = {
        name.decode().removeprefix("seconds:"): TravelMatrix(
            seconds=np.frombuffer(data, dtype=np.int32).reshape(count, count)
        )
        for name, data in values.items()
        if name.startswith(b"seconds:")
    }
    gauges = dict(head["gauges"])
    matrices |= {name: journeys.with_metres(matrices[name], gauge) for name, gauge in gauges.items()}
    couriers = tuple(_courier(entry) for entry in head["couriers"])
    problem = Problem(
        couriers=couriers,
        shipments=tuple(_shipment(entry) for entry in head["shipments"]),
        matrices=journeys.at_own_speeds(matrices, {courier.profile for courier in couriers}),
        weights=Weights(**head["weights"]),
        conditions=Conditions(**head["conditions"]),
        pinned=_plan(head["pinned"]),
    )
    return Published(
        taken_at=datetime.fromisoformat(head["taken_at"]),
        city_id=UUID(head["city_id"]),
        points=tuple(LonLat(*pair) for pair in head["points"]),
        problem=problem,
        plan=_plan(head["plan"]),
        gauges=gauges,
        made_by=head["made_by"],
        aim_early_s=head["aim_early_s"],
    )


def _key(coop_id: UUID, zone_id: UUID) -> str:
    return f"plan:{coop_id}:{zone_id}"


def _plain(thing: Courier | Shipment) -> dict[str, Any]:
    """The fields that differ from their defaults, sets as lists."""
    plain = {}
    for each in fields(thing):
        value = getattr(thing, each.name)
        if value == each.default:
            continue
        plain[each.name] = json.loads(json.dumps(value, default=_simple))
    return plain


def _simple(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    return asdict(value)


def _plan(entries: Mapping[str, list[list[Any]]]) -> dict[str, tuple[StopRef, ...]]:
    return {name: tuple(StopRef(str(ref[0]), int(ref[1])) for ref in refs) for name, refs in entries.items()}


def _courier(entry: dict[str, Any]) -> Courier:
    sets = {name: frozenset(entry[name]) for name in ("skills",) if name in entry}
    return Courier(**{**entry, **sets, "breaks": tuple(Break(**rest) for rest in entry.get("breaks", ()))})


def _shipment(entry: dict[str, Any]) -> Shipment:
    names = ("skills", "allowed_couriers", "forbidden_couriers")
    sets = {name: frozenset(entry[name]) for name in names if entry.get(name) is not None}
    stops = {
        "pickup": _stop(entry["pickup"]) if entry.get("pickup") else None,
        "dropoffs": tuple(_stop(stop) for stop in entry["dropoffs"]),
    }
    return Shipment(**{**entry, **sets, **stops})


def _stop(entry: dict[str, Any]) -> Stop:
    window = entry.get("window")
    return Stop(**{**entry, "window": TimeWindow(**window) if window else None})


def without_choice(problem: Problem, shipment_id: str) -> Problem:
    """The problem as it would be if nobody had decided by hand who takes this shipment."""
    shipments = tuple(
        replace(shipment, pinned_to=None, allowed_couriers=None, forbidden_couriers=frozenset())
        if shipment.id == shipment_id
        else shipment
        for shipment in problem.shipments
    )
    return replace(problem, shipments=shipments)
