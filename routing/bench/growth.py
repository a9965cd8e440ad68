"""How the search grows with orders and riders, and what it keeps: time, memory, other threads. In one command.

Each size runs in a process of its own, so that its memory is its own; "in all" is that of the whole process with
OR-Tools and the compiled kernels.
"""

import argparse
import gc
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from routing.assign import SearchAndAssign
from routing.bench.courier import time_insertion, time_ticker
from routing.bench.courier_town import evening
from routing.check import check
from routing.conditions import Conditions
from routing.engines.grouped import Grouped
from routing.engines.insertion import Insertion
from routing.engines.interface import Deadline
from routing.engines.warm import warm
from routing.excess import excess

SIZES = (
    (60, 50), (60, 150), (60, 300), (60, 1_000), (200, 2_000), (500, 5_000), (60, 5_000),
    (10, 300), (30, 300), (100, 300), (300, 300), (1_000, 300), (1_000, 5_000),
)
"""Riders and orders: first by orders, then by riders, then both."""

SHARED = ((60, 150), (60, 300))
"""Again with nobody having more orders than an even share, also in the time that a new order has."""

NEW_ORDER_S = 0.25
"""The limit of a search for what just came in."""

TOLERANCE = 1.2
"""A solve may take that much of its limit."""

KEPT_RIDERS, KEPT_ORDERS, KEPT_S, WARM_UP = 20, 60, 0.4, 25
"""The search that is repeated to see whether memory grows; long enough for OR-Tools to choose among runs."""

GOALS = {"best_place_p95_ms": 1.0, "all_riders_p95_ms": 5.0, "ticker_gap_p99_ms": 5.0, "process_mb": 400.0,
         "kept_mb": 20.0, "longest_share": TOLERANCE}
"""Figure by name and the most that it may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One size. Costs in seconds of riding per order; memory in MB; `most_each` orders for a rider at once.

    `took_s` is wall time, `worked_s` processor time: far below, and the machine was busy with something else.
    """

    riders: int
    orders: int
    most_each: int | None
    insertion_s: float
    insertion_cost: float
    limit_s: float
    took_s: float
    worked_s: float
    cost: float
    unserved: int
    process_mb: float
    feasible: bool

    @property
    def share(self) -> float:
        """Part of its limit that the solve took."""
        return self.took_s / self.limit_s


def measure_size(riders: int, orders: int, seconds: float, most_each: int | None = None) -> Row:
    """One town: insertion alone, then the search as production runs it, from the inserted plan."""
    warm()
    town = replace(evening(riders, orders, 1), conditions=Conditions(most_each=most_each))
    began = time.perf_counter()
    start = Grouped(Insertion(), rounds=1).solve(town, None, Deadline(iterations=0), 1)
    insertion_s = time.perf_counter() - began
    began, worked_s = time.perf_counter(), time.process_time()
    found = SearchAndAssign(shape=Grouped).solve(town, start.plan, Deadline(seconds=seconds), 1)
    took_s, worked_s = time.perf_counter() - began, time.process_time() - worked_s
    return Row(
        riders=riders, orders=orders, most_each=most_each, insertion_s=round(insertion_s, 3), limit_s=seconds,
        took_s=round(took_s, 3), worked_s=round(worked_s, 3),
        insertion_cost=round(start.cost / 1000 / orders, 1), cost=round(found.cost / 1000 / orders, 1),
        unserved=len(found.unserved), process_mb=_peak_mb(),
        feasible=not check(town, found) and not excess(town, found.plan),
    )


def measure_kept(solves: int, warm_up: int = WARM_UP) -> dict[str, float]:
    """Growth of the peak of memory over so many searches after a warm-up, and the longest of them."""
    warm()
    engine, longest_s = SearchAndAssign(), 0.0
    for number in range(warm_up + solves):
        if number == warm_up:
            gc.collect()
            before_mb = _peak_mb()
        town = evening(KEPT_RIDERS, KEPT_ORDERS, number % 20)
        began = time.perf_counter()
        engine.solve(town, None, Deadline(seconds=KEPT_S), number)
        longest_s = max(longest_s, time.perf_counter() - began)
    return {"solves": solves, "kept_mb": round(_peak_mb() - before_mb, 1), "longest_solve_s": round(longest_s, 3)}


def measure_courtesy() -> dict[str, float]:
    """Milliseconds for one order, and by which another thread is held up, at 60 riders and 300 orders."""
    warm()
    town = evening(60, 300, 1)
    plan = Insertion().solve(town, None, Deadline(iterations=0), 1).plan
    return time_insertion(town, plan) | {"ticker_gap_p99_ms": time_ticker(town, 2.0)}


def _peak_mb() -> float:
    """The most memory that this process has held, in MB (kilobytes on Linux, bytes on macOS)."""
    unit = 1 if sys.platform == "darwin" else 1024
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6, 1)


def _alone(work: Callable[..., Any], *args: Any) -> Any:
    """The result of a function in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, args)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--seconds", type=float, default=5.0, help="limit of each search")
    parser.add_argument("--solves", type=int, default=500, help="searches after which memory is looked at again")
    parser.add_argument("--most-orders", type=int, default=5_000, help="leave larger sizes out")
    parser.add_argument("--json", action="store_true", help="one JSON line instead of a table")


def run(args: argparse.Namespace) -> int:
    """Measure and print; 1 if a goal is missed."""
    rows = [_alone(measure_size, riders, orders, args.seconds)
            for riders, orders in SIZES if orders <= args.most_orders]
    rows += [_alone(measure_size, riders, orders, seconds, -(-orders // riders))
             for riders, orders in SHARED if orders <= args.most_orders for seconds in (args.seconds, NEW_ORDER_S)]
    figures: dict[str, float] = {**_alone(measure_courtesy), **_alone(measure_kept, args.solves)}
    figures["process_mb"] = max((row.process_mb for row in rows if (row.riders, row.orders) == (60, 300)), default=0.0)
    shares = [row.share for row in rows] + [figures["longest_solve_s"] / KEPT_S]
    figures["longest_share"] = round(max(shares), 3)
    missed = missed_by(rows, figures)
    if args.json:
        print(json.dumps({"rows": [asdict(row) for row in rows], "figures": figures, "missed": missed}))
    else:
        _print_table(rows, figures, missed)
    return 1 if missed else 0


def missed_by(rows: list[Row], figures: dict[str, float]) -> list[str]:
    """Names of the figures that are beyond their goals, and sizes whose plan breaks a rule."""
    missed = [name for name, most in GOALS.items() if figures[name] > most]
    return missed + [f"{row.riders} riders, {row.orders} orders: broken plan" for row in rows if not row.feasible]


def _print_table(rows: list[Row], figures: dict[str, float], missed: list[str]) -> None:
    print(f"{'riders':>7}{'orders':>8}{'each':>6}{'insertion s':>13}{'cost each':>11}{'limit s':>9}{'took s':>8}"
          f"{'worked s':>10}{'cost each':>11}{'out':>6}{'in all MB':>11}  check")
    for row in rows:
        print(f"{row.riders:7}{row.orders:8}{row.most_each or '':>6}{row.insertion_s:13.3f}"
              f"{row.insertion_cost:11.1f}{row.limit_s:9.2f}{row.took_s:8.2f}"
              f"{row.worked_s:10.2f}{row.cost:11.1f}{row.unserved:6}{row.process_mb:11.0f}  "
              f"{'ok' if row.feasible else 'BROKEN'}")
    for name, value in figures.items():
        goal = f" (at most {GOALS[name]:g}{', MISSED' if name in missed else ''})" if name in GOALS else ""
        print(f"{name} {value}{goal}")
