"""What `bench streets` measures. Wall clock, best or percentile of several runs as each docstring says."""

import multiprocessing
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from routing.streets.build import build_network
from routing.streets.errors import StreetsError
from routing.streets.hazards import Hazard
from routing.streets.network import METRES_PER_DEGREE, Lonlat, Network
from routing.streets.sample import street_points
from routing.streets.store import load, save
from routing.streets.track import Fix, track_length_m
from routing.streets.travel import Streets

Result = TypeVar("Result")

TRACKED_M = 800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """Seconds to have a graph that answers: from the extract, and from its folder by a new process of `rss_mb`."""

    cold_s: float
    cached_s: float
    rss_mb: float


def build(osm: Path, elevation: Path | None) -> tuple[Network, Built]:
    """Build and save; load in a process of its own; each time until the first answer."""
    start = time.perf_counter()
    network = build_network(osm, elevation_dir=elevation)
    _first_answer(network)
    cold_s = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder:
        save(network, Path(folder) / "network")
        cached_s, rss_mb = in_new_process(load_and_answer, Path(folder) / "network")
    return network, Built(cold_s=cold_s, cached_s=cached_s, rss_mb=rss_mb)


def in_new_process(work: Callable[[Path], Result], folder: Path) -> Result:
    """Run it where nothing was loaded or built before, so that time and memory are its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as processes:
        return processes.submit(work, folder).result()


def load_and_answer(folder: Path) -> tuple[float, float]:
    """(seconds from the folder to the first answer, megabytes of this process then)."""
    start = time.perf_counter()
    streets = _first_answer(load(folder))
    return time.perf_counter() - start, resident_mb() if streets else 0.0


def _first_answer(network: Network) -> Streets:
    streets = Streets(network)
    streets.warm(["bike"])
    return streets


def resident_mb() -> float:
    """Memory of this process that is in use now; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return float(line.split()[1]) / 1024.0


def matrix_ms(streets: Streets, profile: str, size: int, seed: int, runs: int = 5) -> float:
    """Best of that many runs for one matrix over random street points, snapping included."""
    points = street_points(streets.network, size, seed, profile=profile)
    return min(_ms(lambda: streets.matrix(points, profile)) for _ in range(runs))


def _ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000.0


def route_ms(streets: Streets, profile: str, seed: int) -> tuple[float, float]:
    """Median and 95th percentile of 500 legs between random street points."""
    points = street_points(streets.network, 1000, seed, profile=profile).reshape(500, 2, 2)
    streets.leg(points[0, 0].tolist(), points[0, 1].tolist(), profile)
    times = [_ms(partial(streets.leg, start, end, profile)) for start, end in points.tolist()]
    return float(np.median(times)), float(np.percentile(times, 95))


def hazard_ms(streets: Streets, profile: str, seed: int) -> float:
    """95th percentile of 20 reports: from the call until a matrix that uses them is there."""
    streets.warm([profile])
    spots = street_points(streets.network, 20, seed, profile=profile)
    times = []
    for number in range(len(spots)):
        hazards = [hazard_at(spot) for spot in spots[: number + 1]]
        times.append(_ms(partial(_set_and_ask, streets, hazards, spots[:2], profile)))
    streets.set_hazards([])
    return float(np.percentile(times, 95))


def _set_and_ask(streets: Streets, hazards: list[Hazard], points: Lonlat, profile: str) -> None:
    streets.set_hazards(hazards)
    streets.matrix(points, profile)


def hazard_at(spot: NDArray[np.float64]) -> Hazard:
    """A typical report: 60 m around a spot, three times as slow."""
    return Hazard(lon=float(spot[0]), lat=float(spot[1]), radius_m=60.0, factor=3.0)


def track_error_pct(streets: Streets, profile: str, seed: int) -> tuple[float, float]:
    """Median and 95th percentile: lengths of 100 rides from positions each 15 s, as the phone sends them."""
    random = np.random.default_rng(seed)
    points = street_points(streets.network, 400, seed, profile=profile).reshape(200, 2, 2)
    legs = [streets.leg(start, end, profile) for start, end in points.tolist()]
    long = [leg for leg in legs if leg.length_m >= TRACKED_M][:100]
    lengths = [track_length_m(noisy_ride(np.array(leg.coordinates), 15.0, random)) for leg in long]
    errors = 100 * np.abs(np.array(lengths) / [leg.length_m for leg in long] - 1)
    return float(np.median(errors)), float(np.percentile(errors, 95))


def noisy_ride(line: NDArray[np.float64], every_s: float, random: np.random.Generator) -> list[Fix]:
    """A ride along (n, 2) lon/lat at about 5 m/s with stops, as a phone sees it.

    Noise of 5 m that drifts within 20 s, and 3 in 100 positions far off, of which the phone suspects two in three.
    """
    scale = np.array([np.cos(np.radians(line[0, 1])), 1.0]) * METRES_PER_DEGREE
    metres = (line - line[0]) * scale
    reached = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(metres, axis=0).T))])
    steps = 5.0 * every_s * random.uniform(0.7, 1.3, 10 * len(reached) + int(reached[-1] / every_s) * 4 + 40)
    steps[random.random(len(steps)) < every_s / 80] = 0.0
    along = np.concatenate([[0.0], np.cumsum(steps)])
    along = np.append(along[along < reached[-1]], reached[-1])
    kept = np.exp(-every_s / 20.0)
    off, fixes = np.zeros(2), []
    for number, place in enumerate(along):
        off = kept * off + np.sqrt(1 - kept**2) * random.normal(0.0, 5.0, 2)
        astray, suspects = random.random(2) < (0.03, 0.7)
        here = [np.interp(place, reached, metres[:, axis]) for axis in (0, 1)] + off
        lon, lat = line[0] + (here + astray * random.normal(0.0, 80.0, 2)) / scale
        fixes.append(Fix(at_s=number * every_s, lon=lon, lat=lat, accuracy_m=80.0 if astray and suspects else 8.0))
    return fixes


def mismatches(streets: Streets, oracle: Streets, profile: str, seed: int) -> int:
    """How many of 10,000 durations differ from Dijkstra's, half of them under 20 hazards."""
    points = street_points(streets.network, 140, seed, profile=profile)
    hazards = [hazard_at(spot) for spot in points[::7]]
    wrong = 0
    for now, part in (((), points[:70]), (hazards, points[70:])):
        streets.set_hazards(now)
        oracle.set_hazards(now)
        ours, exact = (engine.table(part, points[: len(part) + 2], profile) for engine in (streets, oracle))
        wrong += int((~np.isclose(ours, exact, rtol=0, atol=0, equal_nan=True)).sum())
    streets.set_hazards([])
    oracle.set_hazards([])
    return wrong


@dataclass(slots=True)
class ThreadResult:
    """What four threads saw."""

    calls: int = 0
    errors: int = 0
    wrong: int = 0


def thread_errors(network: Network, profile: str, calls: int, seed: int) -> ThreadResult:
    """Four threads with that many mixed calls each, while a fifth swaps hazards: every value must be a true one."""
    streets = Streets(network)
    points = street_points(network, 40, seed, profile=profile)
    hazards = [hazard_at(spot) for spot in points[:10]]
    truths = []
    for now in ((), hazards):
        streets.set_hazards(now)
        truths.append(streets.matrix(points, profile))
    result, done, lock = ThreadResult(), threading.Event(), threading.Lock()

    def swap() -> None:
        while not done.is_set():
            for now in (hazards, ()):
                streets.set_hazards(now)
                time.sleep(0.002)

    def ask(number: int) -> None:
        rng = np.random.default_rng(number)
        for _ in range(calls):
            outcome = _one_call(streets, points, truths, profile, rng)
            with lock:
                result.calls += 1
                result.errors += outcome is None
                result.wrong += outcome is False

    swapper = threading.Thread(target=swap)
    askers = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    swapper.start()
    for thread in askers:
        thread.start()
    for thread in askers:
        thread.join()
    done.set()
    swapper.join()
    return result


def _one_call(
    streets: Streets, points: Lonlat, truths: list[NDArray[np.float32]], profile: str, rng: np.random.Generator
) -> bool | None:
    """True if the answer is right, False if wrong, None if the call failed."""
    some = rng.integers(0, len(points), size=3)
    try:
        if rng.random() < 0.5:
            answer = streets.matrix(points[some], profile)
            return any(np.array_equal(answer, truth[np.ix_(some, some)], equal_nan=True) for truth in truths)
        leg = streets.leg(points[some[0]].tolist(), points[some[1]].tolist(), profile)
        return leg.duration_s >= min(float(truth[some[0], some[1]]) for truth in truths) - 0.01
    except StreetsError:
        return None
