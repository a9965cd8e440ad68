"""The command line of routing: route, matrix, bench. Reads files, writes files, says plainly what was wrong with them.

A benchmark is a module of `routing.bench` with `add_arguments(parser)` and `run(args) -> exit status`; add it to
BENCHES and to `routing/README.md`.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from routing.bench import courier as bench_courier
from routing.bench import fairness as bench_fairness
from routing.bench import growth as bench_growth
from routing.bench import mdrp as bench_mdrp
from routing.bench import pdptw as bench_pdptw
from routing.bench import streets as bench_streets
from routing.streets.build import build_network, fingerprint
from routing.streets.engines import ENGINES
from routing.streets.errors import BadNetworkFolder, StreetsError
from routing.streets.leg import Leg
from routing.streets.network import Network
from routing.streets.profiles import get_profile
from routing.streets.store import check_replaceable, load, save
from routing.streets.travel import DEFAULT_VALHALLA_URL, Streets

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Bench:
    """A benchmark of `routing.bench`."""

    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
    help: str


BENCHES = {
    "courier": Bench(bench_courier.add_arguments, bench_courier.run, "engines and peers on a courier evening"),
    "fairness": Bench(bench_fairness.add_arguments, bench_fairness.run, "what fair shares cost in minutes"),
    "growth": Bench(bench_growth.add_arguments, bench_growth.run, "time and memory by orders and riders"),
    "mdrp": Bench(bench_mdrp.add_arguments, bench_mdrp.run, "days of meal delivery, minute by minute"),
    "pdptw": Bench(bench_pdptw.add_arguments, bench_pdptw.run, "Li and Lim pickup and delivery instances"),
    "streets": Bench(bench_streets.add_arguments, bench_streets.run, "travel times against their goals"),
}


MOST_WHOLE = 10**9
"""A coordinate written as a whole number is not larger: what is no float would break numpy instead of being named."""


class BadFile(StreetsError):
    """A file given on the command line cannot be used; the message says which and why."""

    code = "bad_file"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it worked, 1 if a benchmark missed a goal, 2 if the input was bad."""
    args = _parser().parse_args(argv)
    try:
        status: int = args.run(args)
        return status
    except StreetsError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {error.filename or 'file'}: {error.strerror or error}", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m routing", description="Bike-true routes and travel times.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    route = commands.add_parser("route", help="routes between pairs of points")
    _add_street_arguments(route)
    route.add_argument("--pairs", type=Path, required=True, help="JSON: [[lon, lat, lon, lat], ...]")
    route.add_argument("--out", type=Path, required=True, help="where to write the routes as JSON")
    route.set_defaults(run=_route)
    matrix = commands.add_parser("matrix", help="travel times between all points")
    _add_street_arguments(matrix)
    matrix.add_argument("--points", type=Path, required=True, help="JSON: [[lon, lat], ...]")
    matrix.add_argument("--out", type=Path, required=True, help="where to write durations_s as .npz")
    matrix.set_defaults(run=_matrix)
    bench = commands.add_parser("bench", help="reproducible benchmarks").add_subparsers(required=True, metavar="NAME")
    for name, entry in BENCHES.items():
        one = bench.add_parser(name, help=entry.help)
        entry.add_arguments(one)
        one.set_defaults(run=entry.run)
    return parser


def _add_street_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--osm", type=Path, required=True, help="OpenStreetMap extract (.osm.pbf)")
    parser.add_argument("--profile", required=True, help="bike, ebike, cargo or trailer")
    parser.add_argument("--elevation", type=Path, help="folder of SRTM tiles (.hgt or .hgt.zip)")
    parser.add_argument("--cache", type=Path, help="folder in which to keep the graph for the next time")
    parser.add_argument("--engine", choices=ENGINES, default="cch")
    parser.add_argument("--valhalla-url", default=DEFAULT_VALHALLA_URL, help="with --engine valhalla")


def _route(args: argparse.Namespace) -> int:
    get_profile(args.profile)
    pairs = _read_rows(args.pairs, 4)
    streets = Streets(_network(args), args.engine, valhalla_url=args.valhalla_url)
    routes = [_one_route(streets, pair, args.profile) for pair in pairs]
    args.out.write_text(json.dumps(routes, separators=(",", ":")), encoding="utf-8")
    failed = sum("error" in route for route in routes)
    print(f"{len(routes) - failed} routes, {failed} without, written to {args.out}")
    return 0


def _one_route(streets: Streets, pair: list[float], profile: str) -> dict[str, Any]:
    try:
        snapped = streets.snap([pair[:2], pair[2:]], profile).lonlat
        leg: Leg = streets.leg(pair[:2], pair[2:], profile)
    except StreetsError as error:
        return {"error": str(error)}
    return {
        "duration_s": round(leg.duration_s, 1),
        "length_m": round(leg.length_m, 1),
        "snapped": np.round(snapped, 7).ravel().tolist(),
        "coordinates": leg.coordinates,
    }


def _matrix(args: argparse.Namespace) -> int:
    get_profile(args.profile)
    points = _read_rows(args.points, 2)
    network, load_ms = _timed(lambda: _network(args))
    streets, build_ms = _timed(lambda: _warm_streets(network, args))
    durations, query_ms = _timed(lambda: _reachable_matrix(streets, np.array(points).reshape(-1, 2), args.profile))
    np.savez_compressed(args.out, durations_s=durations)
    print(f"load {load_ms:.0f} ms, build {build_ms:.0f} ms, query {query_ms:.1f} ms for {len(points)} x {len(points)}")
    lost = int(np.isnan(durations).all(axis=1).sum())
    if lost:
        print(f"{lost} of them off every street this bike may use: their durations are NaN")
    return 0


def _warm_streets(network: Network, args: argparse.Namespace) -> Streets:
    streets = Streets(network, args.engine, valhalla_url=args.valhalla_url)
    streets.warm([args.profile])
    return streets


def _reachable_matrix(streets: Streets, points: NDArray[np.float64], profile: str) -> NDArray[np.float32]:
    """The matrix with NaN for points that lie on no street, instead of an error for the first of them."""
    on_street = streets.on_street(points, profile)
    durations = np.full((len(points), len(points)), np.nan, dtype=np.float32)
    durations[np.ix_(on_street, on_street)] = streets.matrix(points[on_street], profile)
    return durations


def _network(args: argparse.Namespace) -> Network:
    """The network of `--osm`, from `--cache` if it was built from the same file and tiles before."""
    if args.cache is None:
        return build_network(args.osm, elevation_dir=args.elevation)
    check_replaceable(args.cache)
    try:
        kept = load(args.cache)
        if kept.info.fingerprint == fingerprint(args.osm, args.elevation):
            return kept
    except BadNetworkFolder:
        pass
    network = build_network(args.osm, elevation_dir=args.elevation)
    save(network, args.cache)
    return network


def _read_rows(path: Path, width: int) -> list[list[float]]:
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # no UTF-8, no JSON, brackets without end, a number of miles
        raise BadFile(f"{path}: not JSON ({str(error)[:200]})") from error
    if not isinstance(rows, list):
        raise BadFile(f"{path}: must be a list of rows of {width} numbers")
    for number, row in enumerate(rows):
        numbers = isinstance(row, list) and len(row) == width and all(type(item) in (int, float) for item in row)
        if not numbers or any(isinstance(item, int) and abs(item) > MOST_WHOLE for item in row):
            raise BadFile(f"{path}: row {number} must be {width} numbers, not {json.dumps(row)[:80]}")
    return rows


def _timed(work: Callable[[], Result]) -> tuple[Result, float]:
    start = time.perf_counter()
    result = work()
    return result, (time.perf_counter() - start) * 1000.0
