"""Write a day's script: who orders what when, and which mishaps befall whom. Pure; seconds from the day's start.

The same options give the same script. Robots act it out; what the town makes of it is not written here.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

LAST_ORDER_BEFORE_END_S = 3600.0
PEAKS = ((0.26, 0.085, 1.0), (0.72, 0.10, 1.25))  # lunch and dinner: centre, width (shares of the span), height
BETWEEN_PEAKS = 0.22
SIZES = (("s", 600, 0.5), ("m", 2200, 0.34), ("l", 5200, 0.13), ("xl", 11000, 0.03))  # name, mean grams, share
PROFILES = ("bike", "ebike", "cargo", "trailer")
PROOFS = ("",) * 6 + ("photo", "photo", "code", "name")
ANSWERS = ((0.95, 0.03), (0.85, 0.1), (0.7, 0.2), (0.6, 0.15))  # shares of yes and no; the rest lets offers run out
MODES = ("automatic", "propose", "offer", "open")
MIXED = "mixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOptions:
    """What the day should be like; durations are domain time."""

    orders: int = 200
    riders: int = 15
    merchants: int = 8
    hours: float = 6.0
    places: int = 1000
    seed: int = 1
    noise: float = 1.0
    mode: str = "automatic"  # how plans take effect: one of MODES, or MIXED, which is each for a while

    def __post_init__(self) -> None:
        if self.mode not in (*MODES, MIXED):
            raise ValueError(f"mode={self.mode!r}: use one of {', '.join((*MODES, MIXED))}")
        if self.hours <= 0:
            raise ValueError(f"hours={self.hours}: a day has a length")
        if min(self.orders, self.riders, self.merchants, self.places) < 1:
            raise ValueError("a day needs at least one order, rider, merchant and place")

    @property
    def end_s(self) -> float:
        return self.hours * 3600.0

    @property
    def ordering_s(self) -> float:
        """How long orders come in: to an hour before the end, or to half time of a very short day."""
        return max(self.end_s - LAST_ORDER_BEFORE_END_S, self.end_s / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One order a merchant robot will place, with what goes wrong with it."""

    number: int
    at_s: float
    merchant: int
    place: int
    ready_in_s: int
    size: str
    weight_g: int
    tip_cents: int
    asks_quote: bool
    window_after_s: int | None  # promised window wished this long after ordering, None: as soon as possible
    cancel_after_s: float | None
    is_nobody_home: bool
    proof: str  # what the merchant asks for at the door, "" for nothing
    repeats: int  # the same request sent again, as an impatient till does


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """How often one rider says what when asked; shares of all times. What is not answered runs out by itself."""

    accepts: float = 1.0
    declines: float = 0.0
    hands_back: float = 0.0  # of what was taken and is not picked up yet
    passes_on: float = 0.0  # the same, to a colleague
    swaps: float = 0.0  # of what a colleague asks and one would take: only in return for an order of one's own
    most_orders: int = 3  # in the run; who has more picks nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Temper:
    """One rider's hidden nature and bad luck today."""

    speed_factor: float  # multiplies riding times, beside what the kind of bike does
    handling_factor: float  # multiplies service times at the door
    double_send_share: float
    clock_skew_s: int
    offline: tuple[tuple[float, float], ...]  # (starts at, lasts) in seconds
    signs_on_at_s: float
    signs_off_at_s: float | None  # leaves early at this time; None: stays to the end
    taste: Taste = Taste()


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The whole script. `speeds`: how much faster than the map's model each kind of bike is; the server learns it."""

    options: DayOptions
    wishes: tuple[Wish, ...]
    tempers: tuple[Temper, ...]
    speeds: Mapping[str, float] = field(default_factory=dict)

    @property
    def modes(self) -> tuple[tuple[float, str], ...]:
        """From when on plans take effect how: `(seconds, mode)`, in order."""
        if self.options.mode != MIXED:
            return ((0.0, self.options.mode),)
        return tuple((i * self.options.ordering_s / len(MODES), mode) for i, mode in enumerate(MODES))

    def mode_at(self, at_s: float) -> str:
        """How plans take effect at a moment of the day."""
        return [mode for since_s, mode in self.modes if since_s <= max(0.0, at_s)][-1]


def write_day(options: DayOptions) -> Day:
    """Return the script of a day."""
    return Day(
        options=options,
        wishes=tuple(_wishes(options)),
        tempers=tuple(_tempers(options)),
        speeds=_speeds(options),
    )


def demand(share: float) -> float:
    """Relative ordering rate at a share (0 to 1) of the ordering span: a calm base with two meal-time peaks."""
    bells = (height * math.exp(-(((share - centre) / width) ** 2) / 2) for centre, width, height in PEAKS)
    return BETWEEN_PEAKS + sum(bells)


def order_times(count: int, span_s: float, rng: Random) -> list[float]:
    """Return `count` sorted times of a Poisson process whose rate follows `demand`.

    Given their number, the arrivals of a Poisson process are independent draws from its normalised rate; they
    are drawn by rejection under the highest rate.
    """
    highest = max(demand(i / 200) for i in range(201))
    times: list[float] = []
    while len(times) < count:
        share = rng.random()
        if rng.random() * highest < demand(share):
            times.append(round(share * span_s, 1))
    return sorted(times)


def _wishes(options: DayOptions) -> list[Wish]:
    rng = Random(f"{options.seed}:wishes")
    span_s = options.ordering_s
    popularity = [1.0 / (1 + i) ** 0.6 for i in range(options.merchants)]
    return [
        _wish(number, at_s, rng, (options, popularity))
        for number, at_s in enumerate(order_times(options.orders, span_s, rng))
    ]


def _wish(number: int, at_s: float, rng: Random, how: tuple[DayOptions, list[float]]) -> Wish:
    options, popularity = how
    name, mean_g, _ = rng.choices(SIZES, weights=[share for _, _, share in SIZES])[0]
    is_cancelled = rng.random() < 0.05 * options.noise
    return Wish(
        number=number,
        at_s=at_s,
        merchant=rng.choices(range(options.merchants), weights=popularity)[0],
        place=rng.randrange(options.places),
        ready_in_s=rng.choice([0, 300, 480, 600, 600, 900]),
        size=name,
        weight_g=max(100, round(rng.gauss(mean_g, mean_g * 0.25))),
        tip_cents=rng.choice([0, 0, 0, 100, 150, 200, 350]),
        asks_quote=rng.random() < 0.5,
        window_after_s=rng.choice([2700, 3600, 5400]) if rng.random() < 0.15 else None,
        cancel_after_s=round(rng.uniform(20, 900), 1) if is_cancelled else None,
        is_nobody_home=not is_cancelled and rng.random() < 0.03 * options.noise,
        proof=rng.choice(PROOFS),
        repeats=rng.choice([1, 1, 2]) if rng.random() < 0.08 * options.noise else 0,
    )


def _speeds(options: DayOptions) -> dict[str, float]:
    rng = Random(f"{options.seed}:speeds")
    return {profile: round(1 + options.noise * rng.uniform(-0.15, 0.2), 3) for profile in PROFILES}


def _tempers(options: DayOptions) -> list[Temper]:
    rng = Random(f"{options.seed}:riders")
    tastes = _tastes(options)
    leavers = {options.riders - 1} if options.riders >= 3 and options.noise > 0 else set()
    return [_temper(i in leavers, options, rng, tastes[i]) for i in range(options.riders)]


def _tastes(options: DayOptions) -> list[Taste]:
    """From easy-going to choosy, so that even a small crew has both."""
    if options.noise == 0:
        return [Taste()] * options.riders
    rng = Random(f"{options.seed}:tastes")
    answers = [ANSWERS[i % len(ANSWERS)] for i in range(options.riders)]
    rng.shuffle(answers)
    return [
        Taste(
            accepts=accepts,
            declines=declines,
            hands_back=0.06,
            passes_on=0.08,
            swaps=0.5,
            most_orders=rng.choice([2, 3, 4]),
        )
        for accepts, declines in answers
    ]


def _temper(leaves_early: bool, options: DayOptions, rng: Random, taste: Taste) -> Temper:
    spells = rng.choice([0, 0, 1, 1, 2]) if options.noise > 0 else 0
    starts = sorted(rng.uniform(0.08, 0.85) * options.end_s for _ in range(spells))
    return Temper(
        speed_factor=round(math.exp(rng.gauss(0.0, 0.11 * options.noise)), 3),
        handling_factor=round(math.exp(rng.gauss(0.0, 0.25 * options.noise)), 3),
        double_send_share=0.06 * options.noise,
        clock_skew_s=rng.choice([0, 0, 0, 0, 40, -25]) if options.noise > 0 else 0,
        offline=tuple((round(start, 1), round(rng.uniform(120, 540), 1)) for start in starts),
        signs_on_at_s=round(rng.uniform(-300, -30), 1),
        signs_off_at_s=round(rng.uniform(0.45, 0.65) * options.end_s, 1) if leaves_early else None,
        taste=taste,
    )


def is_offline(temper: Temper, at_s: float) -> bool:
    """True while the rider's phone has no network."""
    return any(start <= at_s < start + lasts for start, lasts in temper.offline)
