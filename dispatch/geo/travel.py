"""Travel times for the co-op at work: `routing.streets` over its city, with its hazards. Never searches for plans.

Every process keeps the street networks it uses, mapped from the files of the current city version, and asks the
database at most every 40 ms which version and which hazards hold. So a new hazard counts for every query that begins
50 ms after its commit, in every process. The question uses a connection of its own and leaves no transaction open.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from flask import current_app
from numpy.typing import NDArray
from sqlalchemy import text

from dispatch.core import clock
from dispatch.core.db import current_coop, db, lonlat_from_wkb
from dispatch.core.errors import Invalid, NotFound, TransientError
from dispatch.core.units import LonLat
from routing.streets import errors as street_errors
from routing.streets.hazards import Hazard
from routing.streets.leg import Leg
from routing.streets.network import Network
from routing.streets.sample import street_points
from routing.streets.store import load
from routing.streets.travel import Streets

from .folders import GRAPH, data_dir
from .hazard_rules import KINDS

_ASK_AGAIN_S = 0.04
_KEPT_STREETS = 8

_VERSION = text("SELECT id, folder FROM city_version WHERE city_id = :city AND is_current")
_HAZARDS = text("""
    SELECT kind, ST_AsBinary(at) AS at FROM hazard
    WHERE coop_id = :coop AND city_id = :city AND cleared_at IS NULL AND expires_at > :now ORDER BY id
""")


class OffStreet(Invalid):
    """A place is too far from every street this kind of bike may use: move the pin."""

    code = "off_street"


class NoWay(Invalid):
    """No way leads from one place to the other for this kind of bike."""

    code = "no_way"


@dataclass(frozen=True, slots=True)
class _State:
    """What holds for a co-op in a city, as of `asked_s`."""

    version_id: UUID
    folder: str
    hazards: tuple[Hazard, ...]
    asked_s: float


_lock = threading.RLock()
_states: dict[tuple[UUID, UUID | None], _State] = {}
_networks: OrderedDict[UUID, Network] = OrderedDict()
_streets: OrderedDict[tuple[UUID, UUID | None], Streets] = OrderedDict()


def matrix(city_id: UUID, points: Sequence[LonLat], profile: str) -> NDArray[np.float32]:
    """Seconds between all points, (n, n) float32; NaN where no way leads. `profile` is bike, ebike, cargo or trailer.

    OffStreet names the points that are too far from any street.
    """
    with _own_errors():
        return streets(city_id).matrix([point.as_pair() for point in points], profile)


def table(city_id: UUID, sources: Sequence[LonLat], targets: Sequence[LonLat], profile: str) -> NDArray[np.float32]:
    """Seconds from every source to every target, (n, m) float32; NaN where no way leads."""
    with _own_errors():
        starts, ends = ([point.as_pair() for point in side] for side in (sources, targets))
        return streets(city_id).table(starts, ends, profile)


def leg(city_id: UUID, start: LonLat, end: LonLat, profile: str) -> Leg:
    """The most comfortable ride, its real seconds, metres, line and steps; OffStreet or NoWay when there is none."""
    with _own_errors():
        return streets(city_id).leg(start.as_pair(), end.as_pair(), profile)


def legs_before(
    city_id: UUID, hazard: tuple[str, LonLat], rides: Sequence[tuple[LonLat, LonLat, str]]
) -> list[Leg | None]:
    """The rides (start, end, profile) as they were drawn before a hazard (kind, place) was known; None: no way."""
    state = _state(city_id, current_coop())
    known = tuple(one for one in state.hazards if one != _effect(*hazard))
    with _lock:
        engine = Streets(_network(state), engine=current_app.extensions["settings"].street_engine)
    engine.set_hazards(known)
    drawn: list[Leg | None] = []
    for start, end, profile in rides:
        try:
            drawn.append(engine.leg(start.as_pair(), end.as_pair(), profile))
        except street_errors.StreetsError:
            drawn.append(None)
    return drawn


def conditions(city_id: UUID) -> str:
    """A mark that changes whenever a ride may be drawn or timed differently: map, hazards. For caches of rides."""
    try:
        state = _state(city_id, current_coop())
    except NotFound:
        return "unmapped"
    return f"{state.version_id}:{hash(state.hazards):x}"


def random_points(city_id: UUID, count: int, *, near: LonLat, radius_m: float, seed: int) -> list[LonLat]:
    """Places on streets within about `radius_m` of a point, as likely on each metre; the same for a seed."""
    network = streets(city_id).network
    points = street_points(network, count, seed, near=(near.lon, near.lat), radius_m=radius_m)
    return [LonLat(float(lon), float(lat)) for lon, lat in points]


def streets(city_id: UUID) -> Streets:
    """The street engine of a city's current version with the hazards of the co-op this session works for."""
    coop_id = current_coop()
    state = _state(city_id, coop_id)
    key = (state.version_id, coop_id if state.hazards else None)
    with _lock:
        found = _streets.get(key)
        if found is None:
            found = Streets(_network(state), engine=current_app.extensions["settings"].street_engine)
            _streets[key] = found
            while len(_streets) > _KEPT_STREETS:
                _streets.popitem(last=False)
        _streets.move_to_end(key)
        if found.hazards != state.hazards:
            found.set_hazards(state.hazards)
    return found


def forget() -> None:
    """Drop everything this process keeps; before a fork, and between tests."""
    with _lock:
        _states.clear()
        _streets.clear()
        _networks.clear()


def _network(state: _State) -> Network:
    if state.version_id not in _networks:
        _networks[state.version_id] = load(data_dir() / state.folder / GRAPH)
        while len(_networks) > _KEPT_STREETS:
            _networks.popitem(last=False)
    return _networks[state.version_id]


def _state(city_id: UUID, coop_id: UUID | None) -> _State:
    known = _states.get((city_id, coop_id))
    now_s = clock.monotonic_s()
    if known is None or now_s - known.asked_s > _ASK_AGAIN_S:
        known = _ask(city_id, coop_id, now_s)
        _states[city_id, coop_id] = known
    return known


def _ask(city_id: UUID, coop_id: UUID | None, asked_s: float) -> _State:
    with db.engine.connect() as connection:
        version = connection.execute(_VERSION, {"city": city_id}).first()
        if version is None:
            raise NotFound(f"city {city_id}: not imported. Run `paceline city import FILE`.")
        if coop_id is None:
            return _State(version.id, version.folder, (), asked_s)
        tenant = text("SELECT set_config('paceline.coop_id', :coop, true)")
        connection.execute(tenant, {"coop": str(coop_id)})
        rows = connection.execute(_HAZARDS, {"coop": coop_id, "city": city_id, "now": clock.now()}).all()
    hazards = tuple(_effect(row.kind, lonlat_from_wkb(bytes(row.at))) for row in rows)
    return _State(version.id, version.folder, hazards, asked_s)


def _effect(kind: str, at: LonLat) -> Hazard:
    effect = KINDS[kind]
    return Hazard(lon=at.lon, lat=at.lat, radius_m=effect.radius_m, factor=effect.factor)


@contextmanager
def _own_errors() -> Iterator[None]:
    try:
        yield
    except street_errors.OffStreet as error:
        raise OffStreet(str(error), indices=list(error.indices)) from error
    except street_errors.NoRoute as error:
        raise NoWay(str(error)) from error
    except street_errors.EngineFailed as error:
        raise TransientError(str(error)) from error
