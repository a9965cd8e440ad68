"""`python -m routing bench streets`: travel times, legs and hazards against their goals, with SciPy in the same run."""

import argparse
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from routing.bench import streets_measures as measures
from routing.bench.streets_region import measure_region
from routing.bench.streets_rules import broken_rules
from routing.bench.streets_valhalla import compare
from routing.streets.network import Network
from routing.streets.profiles import PROFILES
from routing.streets.travel import Streets


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured value; `low` and `high` bound the goal, both included, None where there is none."""

    key: str
    what: str
    value: float
    unit: str = ""
    low: float | None = None
    high: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether the value lies within its goal."""
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)

    @property
    def goal(self) -> str:
        """The goal in words."""
        if self.low is not None and self.high is not None:
            return f"= {self.low:g}" if self.low == self.high else f"{self.low:g} to {self.high:g}"
        if self.high is not None:
            return f"<= {self.high:g}"
        return f">= {self.low:g}" if self.low is not None else ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of this benchmark."""
    parser.add_argument("--osm", type=Path, required=True, help="OpenStreetMap extract (.osm.pbf)")
    parser.add_argument("--elevation", type=Path, help="folder of SRTM tiles (.hgt or .hgt.zip)")
    parser.add_argument("--profile", choices=tuple(PROFILES), default="bike")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--routes", type=int, default=500, help="routes to check against the extract's own rules")
    parser.add_argument("--calls", type=int, default=1000, help="calls of each of the four threads")
    parser.add_argument("--region", type=int, metavar="COPIES", help="also measure a region of that many copies")
    parser.add_argument("--valhalla", metavar="URL", help="compare with a Valhalla service over the same extract")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")


def run(args: argparse.Namespace) -> int:
    """Measure, print the table, write the JSON; 1 if a goal is missed."""
    network, built = measures.build(args.osm, args.elevation)
    streets, oracle = Streets(network), Streets(network, "scipy")
    print(
        f"{args.osm.name}: {network.node_count:,} nodes, {network.edge_count:,} edges, {len(network.point):,} points, "
        f"{network.info.restrictions} turn restrictions, profile {args.profile}, seed {args.seed}"
    )
    figures = [
        *_loading(built),
        *_speed(streets, oracle, args),
        *_exactness(streets, oracle, args),
        *_threads(network, args),
    ]
    if args.valhalla:
        figures += _valhalla(streets, args, hilly=network.info.elevation)
    if args.region:
        figures += _region(args)
    _print_table(figures)
    if args.json:
        args.json.write_text(json.dumps(_as_json(args, network, figures), indent=2) + "\n", encoding="utf-8")
    return 0 if all(figure.is_met for figure in figures) else 1


def _loading(built: measures.Built) -> list[Figure]:
    return [
        Figure(key="cold_build_s", what="extract to routable graph, cold", value=built.cold_s, unit="s", high=6.0),
        Figure(key="cached_load_s", what="the same from its folder", value=built.cached_s, unit="s", high=0.5),
        Figure(key="rss_mb", what="memory of a process, one profile in use", value=built.rss_mb, unit="MB", high=200.0),
    ]


def _speed(streets: Streets, oracle: Streets, args: argparse.Namespace) -> list[Figure]:
    figures = []
    for size, high in ((100, 15.0), (300, 60.0), (700, 250.0)):
        ours = measures.matrix_ms(streets, args.profile, size, args.seed)
        theirs = measures.matrix_ms(oracle, args.profile, size, args.seed, runs=1)
        figures += [
            Figure(key=f"matrix_{size}_ms", what=f"matrix {size} x {size}", value=ours, unit="ms", high=high),
            Figure(key=f"scipy_{size}_ms", what="  SciPy, same points", value=theirs, unit="ms"),
        ]
    median, late = measures.route_ms(streets, args.profile, args.seed)
    hazard = measures.hazard_ms(streets, args.profile, args.seed)
    track, worst = measures.track_error_pct(streets, args.profile, args.seed)
    return [
        *figures,
        Figure(key="route_p50_ms", what="route with geometry and steps, median", value=median, unit="ms"),
        Figure(key="route_p95_ms", what="route with geometry and steps, p95", value=late, unit="ms", high=5.0),
        Figure(key="hazard_ms", what="hazard until a matrix uses it, p95", value=hazard, unit="ms", high=50.0),
        Figure(key="track_p50_pct", what="length of a ride from its positions, error", value=track, unit="%", high=3.0),
        Figure(key="track_p95_pct", what="  the same, p95", value=worst, unit="%", high=10.0),
    ]


def _exactness(streets: Streets, oracle: Streets, args: argparse.Namespace) -> list[Figure]:
    wrong = sum(measures.mismatches(streets, oracle, profile, args.seed) for profile in PROFILES)
    rules = broken_rules(args.osm, streets, args.profile, routes=args.routes, seed=args.seed)
    return [
        Figure(key="mismatches", what="pairs of 40,000 unlike Dijkstra's", value=wrong, low=0, high=0),
        Figure(key="wrong_way_arcs", what="wrong-way moves in the routes", value=rules.wrong_way, low=0, high=0),
        Figure(key="forbidden_turns", what="forbidden turns in the routes", value=rules.turns, low=0, high=0),
        Figure(key="moves_checked", what="  moves checked against the extract", value=rules.moves),
    ]


def _threads(network: Network, args: argparse.Namespace) -> list[Figure]:
    result = measures.thread_errors(network, args.profile, args.calls, args.seed)
    return [
        Figure(key="thread_calls", what="calls by 4 threads under hazard swaps", value=result.calls),
        Figure(key="thread_errors", what="  of these failed", value=result.errors, low=0, high=0),
        Figure(key="thread_wrong", what="  of these with a wrong value", value=result.wrong, low=0, high=0),
    ]


def _valhalla(streets: Streets, args: argparse.Namespace, hilly: bool) -> list[Figure]:
    peer = compare(streets, args.valhalla, args.profile, pairs=500, seed=args.seed)
    correlation, error = (0.97, 9.0) if hilly else (0.985, 6.5)
    return [
        Figure(key="valhalla_pairs", what="pairs that Valhalla answered", value=peer.pairs, low=1),
        Figure(
            key="valhalla_correlation", what="  correlation of durations", value=peer.correlation, low=correlation
        ),
        Figure(key="valhalla_error_pct", what="  mean error after scaling", value=peer.error_pct, unit="%", high=error),
        Figure(
            key="valhalla_median_ratio", what="  median of ours / theirs", value=peer.median_ratio, low=0.9, high=1.1
        ),
        Figure(key="valhalla_matrix_100_ms", what="  its matrix 100 x 100", value=peer.matrix_100_ms, unit="ms"),
        Figure(key="valhalla_route_p50_ms", what="  its route, median", value=peer.route_p50_ms, unit="ms"),
    ]


def _region(args: argparse.Namespace) -> list[Figure]:
    build_s, region = measure_region(args.osm, args.region)
    return [
        Figure(key="region_nodes", what=f"nodes of a region of {args.region} copies", value=region.nodes),
        Figure(key="region_build_s", what="  extract to folder", value=build_s, unit="s"),
        Figure(key="region_load_s", what="  folder to first answer", value=region.load_s, unit="s"),
        Figure(key="region_matrix_300_ms", what="  matrix 300 x 300", value=region.matrix_300_ms, unit="ms"),
        Figure(key="region_hazard_ms", what="  hazard until a matrix uses it", value=region.hazard_ms, unit="ms"),
        Figure(key="region_arrays_mb", what="  arrays, shared by processes", value=region.arrays_mb, unit="MB"),
        Figure(key="region_rss_mb", what="  memory of one process, one profile", value=region.rss_mb, unit="MB"),
    ]


def _print_table(figures: list[Figure]) -> None:
    print(f"{'':44}{'measured':>14}  {'goal':<14}")
    for figure in figures:
        value = f"{figure.value:,.3f}".rstrip("0").rstrip(".") if abs(figure.value) < 10 else f"{figure.value:,.0f}"
        verdict = "" if not figure.goal else "ok" if figure.is_met else "MISSED"
        print(f"{figure.what:44}{value + ' ' + figure.unit:>14}  {figure.goal:<14}{verdict}")


def _as_json(args: argparse.Namespace, network: Network, figures: list[Figure]) -> dict[str, object]:
    return {
        "source": args.osm.name,
        "profile": args.profile,
        "seed": args.seed,
        "nodes": network.node_count,
        "edges": network.edge_count,
        "points": len(network.point),
        "network": asdict(network.info),
        "figures": {figure.key: round(float(figure.value), 4) for figure in figures},
        "missed": [figure.key for figure in figures if not figure.is_met],
    }
