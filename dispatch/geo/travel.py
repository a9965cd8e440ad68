"""Travel times for the co-op at work: `routing.streets` over its city, with its hazards. Never searches for plans.

Every process keeps the street networks it uses, mapped from the files of the current city version, and asks the
database at most every 40 ms which version, hazards and speeds hold. So a new hazard counts for every query that begins
50 ms after its commit, in every process. The question uses a connection of its own and leaves no transaction open.
Matrices tell the seconds that drawn legs will take: those of the fastest way, longer by what was learned of the calmer
way that riders are shown (decision 0160). The setting `street_engine` says who computes: this process (`cch`,
`scipy`), or a Valhalla service at `valhalla_url`, which knows no hazards.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np
from flask import current_app
from numpy.typing import NDArray
from sqlalchemy import text

from dispatch.core import clock
from dispatch.core.db import aside, current_coop, lonlat_from_wkb
from dispatch.core.errors import Conflict, Invalid, NotFound, TransientError
from dispatch.core.units import LonLat
from routing.streets import errors as street_errors
from routing.streets.calibration import PRIOR_DETOUR
from routing.streets.engines import Reach
from routing.streets.hazards import Hazard
from routing.streets.leg import Leg
from routing.streets.network import Network
from routing.streets.sample import street_points
from routing.streets.store import load
from routing.streets.track import Fix, track_length_m
from routing.streets.travel import Streets

from .folders import GRAPH, data_dir
from .hazard_rules import KINDS

_ASK_AGAIN_S = 0.04
_KEPT_STREETS = 8
_SAMPLED_RIDES = 24

_CITIES = text("SELECT city_id FROM city_version WHERE is_current ORDER BY imported_at DESC")
_VERSION = text("SELECT id, folder FROM city_version WHERE city_id = :city AND is_current")
_HAZARDS = text("""
    SELECT kind, ST_AsBinary(at) AS at FROM hazard
    WHERE coop_id = :coop AND city_id = :city AND cleared_at IS NULL AND expires_at > :now ORDER BY id
""")
_PACES = text("SELECT profile, speed_factor, detour FROM pace WHERE coop_id = :coop ORDER BY profile")
_TENANT = text("SELECT set_config('paceline.coop_id', :coop, true)")

Ride = tuple[LonLat, LonLat, str]
"""From where, to where, on which kind of bike."""


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
    factors: tuple[tuple[str, float], ...]
    detours: tuple[tuple[str, float], ...]
    asked_s: float

    @property
    def is_plain(self) -> bool:
        """Whether the co-op rides the map as it is, like every other one without hazards and history."""
        return not self.hazards and not self.factors


_lock = threading.RLock()
_asking = threading.Lock()
_states: dict[tuple[UUID, UUID | None], _State] = {}
_networks: OrderedDict[UUID, Network] = OrderedDict()
_gauges: dict[tuple[UUID, str], float] = {}
_streets: OrderedDict[tuple[UUID, UUID | None], Streets] = OrderedDict()
_applied_s: dict[tuple[UUID, UUID | None], float] = {}


def matrix(city_id: UUID, points: Sequence[LonLat], profile: str) -> NDArray[np.float32]:
    """Seconds between all points, (n, n) float32; NaN where no way leads. `profile` is bike, ebike, cargo or trailer.

    OffStreet names the points that are too far from any street.
    """
    with _own_errors():
        return _as_drawn(city_id, profile, streets(city_id).matrix([point.as_pair() for point in points], profile))


def kept_matrix(city_id: UUID, points: Sequence[LonLat], profile: str) -> NDArray[np.float32]:
    """As `matrix`, for planning: a pair that was asked for before under the same hazards is not computed again."""
    with _own_errors():
        seconds = streets(city_id).kept_matrix([point.as_pair() for point in points], profile)
        return _as_drawn(city_id, profile, seconds)


def table(city_id: UUID, sources: Sequence[LonLat], targets: Sequence[LonLat], profile: str) -> NDArray[np.float32]:
    """Seconds from every source to every target, (n, m) float32; NaN where no way leads."""
    with _own_errors():
        starts, ends = ([point.as_pair() for point in side] for side in (sources, targets))
        return _as_drawn(city_id, profile, streets(city_id).table(starts, ends, profile))


def leg(city_id: UUID, start: LonLat, end: LonLat, profile: str) -> Leg:
    """The most comfortable ride, its real seconds, metres, line and steps; OffStreet or NoWay when there is none."""
    with _own_errors():
        return streets(city_id).leg(start.as_pair(), end.as_pair(), profile)


def reach(city_id: UUID, start: LonLat, profile: str, limit_s: float) -> Reach:
    """Every junction that a rider reaches within so many seconds, and when."""
    with _own_errors():
        longer = detour(city_id, profile)
        found = streets(city_id).reach(start.as_pair(), profile, limit_s / longer)
        return Reach(lonlat=found.lonlat, seconds=found.seconds * longer)


def legs_before(city_id: UUID, hazard: tuple[str, LonLat], rides: Sequence[Ride]) -> list[Leg | None]:
    """The rides as they were drawn before a hazard (kind, place) was known; None: no way."""
    state = _state(city_id, current_coop())
    with _lock:
        engine = _open(state)
    _weigh(engine, tuple(one for one in state.hazards if one != _effect(*hazard)))
    return _draw(engine, rides)


def model_legs(city_id: UUID, rides: Sequence[Ride]) -> list[Leg | None]:
    """The rides as the map's model has them, without hazards and whatever was learned; None: no way."""
    return _draw(_plain_streets(city_id), rides)


def model_seconds(city_id: UUID, rides: Sequence[Ride]) -> list[float | None]:
    """The fastest way of each ride in the map's model, without hazards and whatever was learned; None: no way."""
    engine = _plain_streets(city_id)
    return [_fastest_s(engine, ride) for ride in rides]


def warm() -> float:
    """Load the streets of every city for every kind of bike, so that nobody's first question waits; seconds it took."""
    began_s = clock.monotonic_s()
    with aside().connect() as connection:
        cities = connection.execute(_CITIES).scalars().all()
    for city_id in cities[:_KEPT_STREETS]:
        state = _state(city_id, None)
        with _lock:
            engine = _kept_streets((state.version_id, None), state)
        engine.warm()
    return clock.monotonic_s() - began_s


def metres_per_s(city_id: UUID, profile: str) -> float:
    """How many metres riders ride in a second of what `matrix` tells, on average over the town's streets."""
    version_id = _state(city_id, None).version_id
    if (version_id, profile) not in _gauges:
        _gauges[version_id, profile] = _gauge(city_id, profile)
    return _gauges[version_id, profile] * speed_factor(city_id, profile) / detour(city_id, profile)


def speed_factor(city_id: UUID, profile: str) -> float:
    """How much faster than the map's model the co-op rides; 1 until it has ridden."""
    try:
        return dict(_state(city_id, current_coop()).factors).get(profile, 1.0)
    except NotFound:
        return 1.0


def detour(city_id: UUID, profile: str) -> float:
    """How much longer the legs take that riders are shown than the fastest ones."""
    try:
        return dict(_state(city_id, current_coop()).detours).get(profile, PRIOR_DETOUR)
    except NotFound:
        return PRIOR_DETOUR


def conditions(city_id: UUID) -> str:
    """A mark that changes when a ride may be drawn or timed differently: map, hazards, speeds. For caches of rides."""
    try:
        state = _state(city_id, current_coop())
    except NotFound:
        return "unmapped"
    return f"{state.version_id}:{hash((state.hazards, tuple(factor for _, factor in state.factors))):x}"


def track_m(fixes: Sequence[tuple[datetime, LonLat, int | None]]) -> float:
    """Metres that a phone's positions lead: when, where and how exact in metres, in any order."""
    return track_length_m(
        [Fix(at_s=at.timestamp(), lon=place.lon, lat=place.lat, accuracy_m=off) for at, place, off in fixes]
    )


def random_points(city_id: UUID, count: int, *, near: LonLat, radius_m: float, seed: int) -> list[LonLat]:
    """Places on streets within about `radius_m` of a point, as likely on each metre; the same for a seed."""
    network = streets(city_id).network
    points = street_points(network, count, seed, near=(near.lon, near.lat), radius_m=radius_m)
    return [LonLat(float(lon), float(lat)) for lon, lat in points]


def streets(city_id: UUID) -> Streets:
    """The street engine of a city's current version with the hazards of the co-op this session works for."""
    coop_id = current_coop()
    state = _state(city_id, coop_id)
    with _lock:
        key = (state.version_id, None if state.is_plain else coop_id)
        found = _kept_streets(key, state)
        if state.asked_s >= _applied_s.get(key, state.asked_s):  # who asked earlier and waited here undoes nothing
            _apply(found, state)
            _applied_s[key] = state.asked_s
    return found


def _apply(found: Streets, state: _State) -> None:
    if found.hazards != state.hazards:
        _weigh(found, state.hazards)
    factors = {profile: factor for profile, factor in state.factors}
    if any(factor != factors.get(profile, 1.0) for profile, factor in found.speed_factors.items()):
        found.set_speed_factors(factors)


def forget() -> None:
    """Drop everything this process keeps; before a fork, and between tests."""
    with _lock:
        _states.clear()
        _gauges.clear()
        _streets.clear()
        _applied_s.clear()
        _networks.clear()


def _kept_streets(key: tuple[UUID, UUID | None], state: _State) -> Streets:
    if key not in _streets:
        _streets[key] = _open(state)
        while len(_streets) > _KEPT_STREETS:
            gone, _ = _streets.popitem(last=False)
            _applied_s.pop(gone, None)
    _streets.move_to_end(key)
    return _streets[key]


def _open(state: _State) -> Streets:
    settings = current_app.extensions["settings"]
    return Streets(_network(state), engine=settings.street_engine, valhalla_url=settings.valhalla_url)


def knows_hazards() -> bool:
    """Whether hazards change travel times here: a Valhalla service cannot weigh its streets anew."""
    return bool(current_app.extensions["settings"].street_engine != "valhalla")


def _weigh(engine: Streets, hazards: tuple[Hazard, ...]) -> None:
    if knows_hazards():
        engine.set_hazards(hazards)


def _plain_streets(city_id: UUID) -> Streets:
    state = _state(city_id, None)
    with _lock:
        return _kept_streets((state.version_id, None), state)


def _gauge(city_id: UUID, profile: str) -> float:
    """Metres of the ways that riders are shown per second of the fastest ones, over a sample of rides in town."""
    engine = _plain_streets(city_id)
    points = [LonLat(float(lon), float(lat)) for lon, lat in street_points(engine.network, 2 * _SAMPLED_RIDES, 1)]
    rides = [(start, end, profile) for start, end in zip(points[::2], points[1::2], strict=True)]
    known = [
        (leg.length_m, seconds)
        for leg, seconds in zip(_draw(engine, rides), (_fastest_s(engine, ride) for ride in rides), strict=True)
        if leg is not None and seconds
    ]
    if not known:
        raise NoWay(f"city {city_id}: no street leads anywhere for a {profile}")
    return sum(metres for metres, _ in known) / sum(seconds for _, seconds in known)


def _as_drawn(city_id: UUID, profile: str, seconds: NDArray[np.float32]) -> NDArray[np.float32]:
    return seconds * np.float32(detour(city_id, profile))


def _fastest_s(engine: Streets, ride: Ride) -> float | None:
    start, end, profile = ride
    try:
        seconds = float(engine.table([start.as_pair()], [end.as_pair()], profile)[0, 0])
    except street_errors.StreetsError:
        return None
    return seconds if np.isfinite(seconds) else None


def _draw(engine: Streets, rides: Sequence[Ride]) -> list[Leg | None]:
    drawn: list[Leg | None] = []
    for start, end, profile in rides:
        try:
            drawn.append(engine.leg(start.as_pair(), end.as_pair(), profile))
        except street_errors.StreetsError:
            drawn.append(None)
    return drawn


def _network(state: _State) -> Network:
    if state.version_id not in _networks:
        _networks[state.version_id] = load(data_dir() / state.folder / GRAPH)
        while len(_networks) > _KEPT_STREETS:
            _networks.popitem(last=False)
    return _networks[state.version_id]


def _state(city_id: UUID, coop_id: UUID | None) -> _State:
    now_s = clock.monotonic_s()
    known = _fresh(city_id, coop_id, now_s)
    if known is None:
        with _asking:  # who waited here mostly finds the answer to the question of the one before
            known = _fresh(city_id, coop_id, now_s) or _ask(city_id, coop_id, clock.monotonic_s())
            _states[city_id, coop_id] = known
    return known


def _fresh(city_id: UUID, coop_id: UUID | None, now_s: float) -> _State | None:
    known = _states.get((city_id, coop_id))
    return known if known is not None and now_s - known.asked_s <= _ASK_AGAIN_S else None


def _ask(city_id: UUID, coop_id: UUID | None, asked_s: float) -> _State:
    with aside().connect() as connection:
        version = connection.execute(_VERSION, {"city": city_id}).first()
        if version is None:
            raise NotFound(f"city {city_id}: not imported. Run `paceline city import FILE`.")
        if coop_id is None:
            return _State(version.id, version.folder, (), (), (), asked_s)
        connection.execute(_TENANT, {"coop": str(coop_id)})
        rows = connection.execute(_HAZARDS, {"coop": coop_id, "city": city_id, "now": clock.now()}).all()
        known = connection.execute(_PACES, {"coop": coop_id}).all()
    hazards = tuple(_effect(row.kind, lonlat_from_wkb(bytes(row.at))) for row in rows)
    factors = tuple((row.profile, row.speed_factor) for row in known)
    return _State(
        version.id, version.folder, hazards, factors, tuple((row.profile, row.detour) for row in known), asked_s
    )


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
    except street_errors.NotSupported as error:
        raise Conflict(str(error), code="not_supported") from error
    except street_errors.EngineFailed as error:
        raise TransientError(str(error)) from error
