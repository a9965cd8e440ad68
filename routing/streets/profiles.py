"""Four bikes and how fast each goes where: speeds, delays, access and hills, every figure with unit and source.

Absolute speeds of routing engines differ by a quarter, so these are starting points that a co-op calibrates with its
own finished legs (`Streets(speed_factors=...)`); what matters here is how streets compare with each other.

Sources: [CROW] CROW, Design Manual for Bicycle Traffic, 2016 (18 km/h design speed of urban traffic, 25 km/h of
e-bikes; ramps). [Parkin] Parkin and Rotheram, Design speeds and acceleration characteristics of bicycle traffic,
Transport Policy 2010 (22 km/h mean flat speed of commuters, slowing by grade). [Wilson] Wilson and Schmidt, Bicycling
Science, 4th ed. (rolling and air resistance, power of riders: 75 W easy, 200 W for an hour by a trained one).
[HCM] Highway Capacity Manual 2016 (walking 1.2 m/s). [EU168] Regulation (EU) 168/2013: assistance ends at 25 km/h.
[LTS] Mekuria, Furth, Nixon, Low-stress bicycling, MTI 2012 (levels of traffic stress). [own] judgement, open to votes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.streets.errors import UnknownProfile
from routing.streets.tags import BARRIERS, KINDS, LANE, NO_FACILITY, PUSH, SHARED, TRACK

Floats = NDArray[np.float64]

GRAVITY = 9.81
"""m/s2."""
AIR_DENSITY = 1.2
"""kg/m3 at 20 C and 100 m [Wilson]."""
JUNCTION_S = 1.5
"""Mean loss at a junction of three or more streets [own, measured against finished legs]."""
SIGNAL_S = 8.0
"""Mean loss at a signal: half the cycles are green, and red lasts 20 to 30 s [HCM]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hills:
    """What the rider and motor do about a slope: solve power = speed x (climb + roll + air).

    `mass_kg` all up; `roll` rolling resistance coefficient; `drag_m2` frontal area x drag coefficient; `climb_w`
    rider's power on a steep climb; `motor_w` added up to `motor_limit_ms`, 0 for none [Wilson, EU168].
    """

    mass_kg: float
    climb_w: float
    motor_w: float = 0.0
    motor_limit_ms: float = 25 / 3.6
    roll: float = 0.008
    drag_m2: float = 0.6

    def speed_factors(self, flat_ms: float, push_ms: float, downhill_factor: float) -> Floats:
        """Speed relative to the flat for grades from -150 to 150 per mille, (301,).

        Never slower than pushing, never faster than `downhill_factor`, and never rising with the grade.
        """
        grades = np.arange(-150, 151) / 1000.0
        flat_w = self._power(np.full(1, flat_ms), np.zeros(1))[0]
        effort = np.clip(grades / 0.05, 0.0, 1.0)
        target_w = flat_w + effort * (max(self.climb_w + self.motor_w, flat_w) - flat_w)
        low, high = np.full(len(grades), 0.1), np.full(len(grades), 30.0)
        for _ in range(40):
            middle = (low + high) / 2
            too_fast = self._power(middle, grades) > target_w
            low, high = np.where(too_fast, low, middle), np.where(too_fast, middle, high)
        # Above its limit the motor is off, so the rider alone would have to be stronger: hold the limit instead.
        speed = np.where((self.motor_w > 0) & (grades > 0), np.minimum(low, max(self.motor_limit_ms, flat_ms)), low)
        factors = np.minimum.accumulate(speed / flat_ms)
        return np.asarray(np.clip(factors, push_ms / flat_ms, downhill_factor))

    def _power(self, speed: Floats, grade: Floats) -> Floats:
        resistance = self.mass_kg * GRAVITY * (grade + self.roll)
        return np.asarray(speed * (resistance + 0.5 * AIR_DENSITY * self.drag_m2 * speed**2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One kind of bike. Speeds in m/s on the flat and smooth, delays in seconds.

    `cruise_ms` riding, `push_ms` walking beside it, `steps_ms` on steps (0: not at all), `private_ms` on private ways;
    `kind_ms` caps the speed per kind of street; `surface` multiplies it per surface rank 0 to 5 (see `tags`);
    `barrier_s` holds the seconds for each obstacle, infinite where the bike does not fit; `min_width_cm` is what it
    needs; `downhill_factor` is the most that a slope adds to the flat speed: brakes, bends and cars, not gravity, set
    it in town [own]; `junction_s` and `signal_s` are lost at each junction and signal.
    """

    name: str
    cruise_ms: float
    push_ms: float
    kind_ms: Mapping[str, float]
    surface: tuple[float, float, float, float, float, float]
    steps_ms: float
    private_ms: float
    barrier_s: Mapping[str, float]
    min_width_cm: int
    hills: Hills
    downhill_factor: float = 1.6
    junction_s: float = JUNCTION_S
    signal_s: float = SIGNAL_S

    @property
    def takes_steps(self) -> bool:
        """Whether the bike can be carried or pushed up steps."""
        return self.steps_ms > 0

    def kind_speeds(self) -> Floats:
        """Flat speed in m/s per kind of street, in the order of `tags.KINDS`."""
        return np.array([min(self.kind_ms.get(kind, self.cruise_ms), self.cruise_ms) for kind in KINDS])

    def barrier_seconds(self) -> Floats:
        """Seconds for each of `tags.BARRIERS`; infinite where the bike does not pass."""
        return np.array([self.barrier_s.get(barrier, 0.0) for barrier in BARRIERS])

    def grade_factors(self) -> Floats:
        """Speed relative to the flat for -150 to 150 per mille, (2, 301): riding, and pushing or climbing steps."""
        riding = self.hills.speed_factors(self.cruise_ms, self.push_ms, self.downhill_factor)
        return np.stack([riding, pushing_factors()])


def pushing_factors() -> Floats:
    """Walking speed relative to the flat for -150 to 150 per mille, (301,), by Tobler's hiking function.

    Source: Tobler, Three presentations on geographical analysis, NCGIA 1993: exp(-3.5 |grade + 0.05|); never above 1,
    because the bike comes along.
    """
    grades = np.arange(-150, 151) / 1000.0
    return np.minimum(np.exp(-3.5 * (np.abs(grades + 0.05) - 0.05)), 1.0)


CLOSED = float("inf")
"""Seconds where a bike does not pass at all."""

_KIND_MS = {
    "living_street": 3.6, "footway": 3.0, "pedestrian": 2.8, "path": 4.5, "track": 4.4, "bridleway": 3.0,
    "service": 4.2, "steps": 0.7, "barrier": 1.0,
}
"""Most m/s on each kind of street; the others are ridden at the cruising speed.

What is shared with people on foot goes at their comfort, 10 to 14 km/h [CROW]; service ways and tracks are short, bent
and full of doors [own]; steps and barriers are told by `steps_ms` and `barrier_s`, this only bounds them.
"""

_BARRIER_S = {
    "gate": 8.0, "private_gate": 45.0, "lift_gate": 2.0, "cycle_barrier": 5.0, "kissing_gate": 15.0, "stile": 20.0,
    "turnstile": 20.0, "block": 2.0, "narrow": 1.0, "step_over": 6.0, "elevator": 45.0, "wall": CLOSED,
    "on_foot": 4.0,
}
"""Seconds lost at each obstacle: slowing, opening, lifting [own]. At a private gate somebody has to answer."""

_TOO_LONG = {"cycle_barrier": CLOSED, "kissing_gate": CLOSED, "stile": CLOSED, "turnstile": CLOSED, "step_over": CLOSED}
"""A cargo bike is 2.2 to 2.7 m long and 60 kg: it neither turns in a chicane nor gets lifted [CROW]."""

_PRIVATE_MS = 2.2
"""m/s on private ways, 8 km/h: a courtyard, a drive, looking for the door [own]."""

BIKE = Profile(
    name="bike",
    cruise_ms=18.5 / 3.6,
    push_ms=1.2,
    kind_ms=_KIND_MS,
    surface=(1.0, 0.93, 0.75, 0.55, 0.4, 0.3),
    steps_ms=0.5,
    private_ms=_PRIVATE_MS,
    barrier_s=_BARRIER_S,
    min_width_cm=70,
    hills=Hills(mass_kg=95, climb_w=240),
)
"""A courier's bike with a bag.

Cruises at 18.5 km/h, loaded and in town, between the 18 of [CROW] and the 22 of [Parkin]; pushed at 1.2 m/s [HCM];
carried on steps at 0.5 m/s, a bit under half of that [own]. Surfaces slow by what Key:smoothness says of them, rank by
rank [own]. Handlebars need 70 cm [own]. Hills: 95 kg are rider 72, bike 15 and load 8 [own]; 240 W for minutes of
climbing, above the 200 W that a trained rider holds for an hour [Wilson].
"""

EBIKE = Profile(
    name="ebike",
    cruise_ms=22.5 / 3.6,
    push_ms=1.2,
    kind_ms=_KIND_MS | {"path": 4.8, "track": 5.0, "service": 4.6},
    surface=(1.0, 0.93, 0.75, 0.55, 0.4, 0.3),
    steps_ms=0.35,
    private_ms=_PRIVATE_MS,
    barrier_s=_BARRIER_S | {"stile": 40.0, "kissing_gate": 20.0},
    min_width_cm=70,
    hills=Hills(mass_kg=105, climb_w=180, motor_w=250),
)
"""The same with a motor.

Cruises at 22.5 km/h: assistance ends at 25 [EU168], less starting and stopping [own]; a little faster than a bike where
a way is rough, because speed comes back without effort [own]. Pushed at 1.2 m/s [HCM]; ten kilogrammes more make steps
(0.35 m/s), stiles and kissing gates slower [own]. Surfaces and the 70 cm as for a bike. Hills: 105 kg, 180 W of the
rider, who is helped and works less [own], and the motor's 250 W [EU168].
"""

CARGO = Profile(
    name="cargo",
    cruise_ms=17.0 / 3.6,
    push_ms=1.0,
    kind_ms=_KIND_MS | {"footway": 2.5, "path": 3.8, "track": 3.8},
    surface=(1.0, 0.92, 0.72, 0.5, 0.35, 0.22),
    steps_ms=0.0,
    private_ms=_PRIVATE_MS,
    barrier_s=_BARRIER_S | _TOO_LONG | {"block": 4.0, "narrow": 3.0, "elevator": CLOSED},
    min_width_cm=95,
    hills=Hills(mass_kg=190, climb_w=200, motor_w=250, drag_m2=0.8),
)
"""A cargo bike with a motor.

Cruises at 17 km/h, because starting and braking 190 kg takes longer [own]; pushed at 1 m/s [HCM, less the weight].
No steps and no lift (0: closed); slow past bollards and through narrows; among people and on paths at 9 to 14 km/h
[own]. Small wheels and goods feel bad surfaces more [own]. Needs 95 cm: boxes on two wheels are 60 to 70 cm wide, on
three 85 to 90, and a hand's breadth [own]. Hills: rider 75, bike 55, load 60 kg [own]; 200 W for an hour [Wilson] and
250 W [EU168]; with its box a drag area of 0.8 m2 [own].
"""

TRAILER = Profile(
    name="trailer",
    cruise_ms=16.0 / 3.6,
    push_ms=1.0,
    kind_ms=_KIND_MS | {"footway": 2.5, "path": 3.8, "track": 3.6},
    surface=(1.0, 0.92, 0.7, 0.48, 0.33, 0.2),
    steps_ms=0.0,
    private_ms=_PRIVATE_MS,
    barrier_s=_BARRIER_S | _TOO_LONG | {"block": 5.0, "narrow": 4.0, "elevator": CLOSED},
    min_width_cm=90,
    hills=Hills(mass_kg=145, climb_w=240, drag_m2=0.75),
)
"""A bike with a trailer, without a motor.

Cruises at 16 km/h [own, slowest of the four]; pushed at 1 m/s [HCM, less the weight]. Closed to it is what is closed
to a cargo bike; bollards and narrows take longer, because the trailer cuts corners [own]. Jolts on bad surfaces a bit
more than a cargo bike [own]. Needs 90 cm: common trailers are 75 to 85 cm wide [own]. Hills: rider 72, bike 15, trailer
and load 58 kg [own]; 240 W as on a bike [Wilson]; a drag area of 0.75 m2 [own].
"""

PROFILES: dict[str, Profile] = {profile.name: profile for profile in (BIKE, EBIKE, CARGO, TRAILER)}


def get_profile(name: str) -> Profile:
    """The profile of that name; UnknownProfile names the ones there are."""
    profile = PROFILES.get(name)
    if profile is None:
        raise UnknownProfile(f"unknown profile {name!r}: choose one of {', '.join(PROFILES)}")
    return profile


_KIND_STRESS = {
    "trunk": 1.6, "primary": 1.35, "secondary": 1.22, "tertiary": 1.1, "unclassified": 1.05, "residential": 1.0,
    "living_street": 1.0, "service": 1.05, "road": 1.05, "track": 1.0, "cycleway": 0.92, "path": 0.97,
    "bridleway": 1.1, "footway": 1.08, "pedestrian": 1.05, "steps": 1.25, "barrier": 1.0,
}
"""How much longer than it is a minute feels on each kind of street without cycling facility [LTS, own].

Kept small: a rider who is paid per delivery goes a little out of the way for a quiet street, not over a mountain.
"""

ROUGH_STRESS = 0.15
"""What each surface rank from 2 on adds: shaken parcels and punctures [own]."""

_FACILITY_EASES = {NO_FACILITY: 0.0, SHARED: 0.3, LANE: 0.55, TRACK: 0.9}
"""Share of the traffic's stress that a facility takes away [LTS]."""


def stress(classes: NDArray[np.void], backward: bool) -> Floats:
    """Stress factor of each class in one direction, at least 0.9; fast cars add, a facility takes away."""
    base = np.array([_KIND_STRESS[kind] for kind in KINDS])[classes["kind"]]
    fast = np.clip((classes["maxspeed_kmh"].astype(float) - 30.0) / 200.0, 0.0, 0.25)
    eases = np.array([_FACILITY_EASES[index] for index in sorted(_FACILITY_EASES)])
    facility = classes["facility_backward" if backward else "facility_forward"]
    mode = classes["backward" if backward else "forward"]
    traffic = np.maximum(base - 1.0, 0.0) + fast
    factor = np.minimum(base, 1.0) + traffic * (1.0 - eases[facility])
    factor = np.where((facility == TRACK) & (factor > 0.95), 0.95, factor)
    factor = factor + ROUGH_STRESS * np.maximum(classes["surface"].astype(float) - 1.0, 0.0)
    factor = np.where(mode == PUSH, 1.2, factor) * np.where(classes["private"] > 0, 2.0, 1.0)
    return np.asarray(np.maximum(factor, 0.9))
