"""The courier model: insertion, every engine and the peers on one evening, side by side, in one run."""

import argparse
import json
import sys
import threading
import time
from dataclasses import asdict, dataclass

import numpy as np

from routing.assign import SearchAndAssign
from routing.bench.courier_peers import ask
from routing.bench.courier_town import evening, hard_twin
from routing.check import check
from routing.engines.grouped import Grouped
from routing.engines.insertion import Insertion
from routing.engines.interface import Deadline, Engine
from routing.engines.live_plan import LivePlan
from routing.engines.ortools import OrTools
from routing.engines.ruin_recreate import RuinRecreate
from routing.engines.warm import warm
from routing.objective import cost
from routing.problem import Plan, Problem
from routing.solution import Solution, schedule

TICK_S = 0.001

STARTED = ("grouped", "ortools_grouped")
"""Engines that begin with the insertion of the whole town, because a group knows only its own riders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One engine on one model. Cost in seconds of riding; `gap` against the best row of the same model."""

    model: str
    engine: str
    limit_s: float
    took_s: float
    cost: float
    unserved: int
    late_stops: int
    feasible: bool
    gap_percent: float = 0.0


def engines() -> dict[str, Engine]:
    """Every engine of ours by name; `assign` is ruin and recreate followed by OR-Tools' choice among runs.

    `sequence` is `assign` for half of the time, then OR-Tools' routing model from its plan. `ortools_grouped` is the
    best that OR-Tools can do alone at 300 orders: four groups, started from the town's insertion.
    """
    return {
        "insertion": Insertion(), "ruin_recreate": RuinRecreate(), "assign": SearchAndAssign(),
        "grouped": Grouped(SearchAndAssign()), "sequence": OrTools(SearchAndAssign(), 0.5),
        "ortools": OrTools(Insertion()), "ortools_grouped": Grouped(OrTools(Insertion()), riders=15, rounds=1),
    }


def run_engine(model: str, problem: Problem, spec: str, seconds: float, seeds: list[int]) -> Result:
    """Median cost of several seeds, with what the checker says of all of them; `spec` is NAME or NAME@SECONDS."""
    name, _, own_s = spec.partition("@")
    engine, seconds = engines()[name], float(own_s or seconds)
    rows = []
    for seed in seeds:
        began = time.perf_counter()
        start = Insertion().solve(problem, None, Deadline(seconds=seconds), seed).plan if name in STARTED else None
        left_s = max(0.0, seconds - (time.perf_counter() - began))
        solution = engine.solve(problem, start, Deadline(seconds=left_s), seed)
        took_s = time.perf_counter() - began
        rows.append((solution.cost, took_s, solution))
    rows.sort(key=lambda row: row[0])
    price, took_s, solution = rows[len(rows) // 2]
    return _result(model, name, problem, solution, limit_s=seconds, took_s=max(row[1] for row in rows),
                   feasible=not any(check(problem, row[2]) for row in rows))


def run_peer(problem: Problem, name: str, seconds: float) -> Result | None:
    """One peer on the hard twin; None, with a line on the screen, if it found no plan."""
    answer = ask(name, problem, seconds)
    if answer.error:
        print(f"{name}: {answer.error.strip().splitlines()[-1]}")
        return None
    solution = Solution(routes=schedule(problem, answer.plan), unserved=(), engine=name,
                        cost=cost(problem, answer.plan).total)
    late = [v for v in check(problem, solution) if v.code != "incomplete"]
    return _result("hard", name, problem, solution, limit_s=seconds, took_s=answer.seconds, feasible=not late)


def _result(
    model: str, name: str, problem: Problem, solution: Solution, *, limit_s: float, took_s: float, feasible: bool
) -> Result:
    by_shipment = cost(problem, solution.plan).by_shipment
    return Result(
        model=model, engine=name, limit_s=limit_s, took_s=round(took_s, 3), cost=solution.cost / 1000,
        unserved=sum(terms.unserved > 0 for terms in by_shipment.values()),
        late_stops=sum(terms.lateness > 0 for terms in by_shipment.values()), feasible=feasible,
    )


def time_insertion(problem: Problem, plan: Plan, rounds: int = 200) -> dict[str, float]:
    """Milliseconds to find the best place of one order, and its exact cost for all riders (95th percentile)."""
    live = LivePlan(problem, plan)
    best, everyone = [], []
    for shipment in problem.shipments[:rounds]:
        if not live.remove(shipment.id):
            continue
        began = time.perf_counter()
        live.insert(shipment.id)
        best.append(time.perf_counter() - began)
        live.remove(shipment.id)
        began = time.perf_counter()
        live.candidates(shipment.id)
        everyone.append(time.perf_counter() - began)
        live.insert(shipment.id)
    p95 = {"best_place": best, "all_riders": everyone}
    return {f"{name}_p95_ms": round(1000 * float(np.percentile(values, 95)), 3) for name, values in p95.items()}


def time_ticker(problem: Problem, seconds: float) -> float:
    """Milliseconds (99th percentile) by which a ticking thread is held up while the engine searches."""
    gaps: list[float] = []
    done = threading.Event()

    def tick() -> None:
        before = time.perf_counter()
        while not done.is_set():
            time.sleep(TICK_S)
            now = time.perf_counter()
            gaps.append(now - before - TICK_S)
            before = now

    ticker = threading.Thread(target=tick)
    ticker.start()
    RuinRecreate().solve(problem, None, Deadline(seconds=seconds), 1)
    done.set()
    ticker.join()
    return round(1000 * float(np.percentile(gaps, 99)), 3)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--riders", type=int, default=60)
    parser.add_argument("--orders", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1, help="of the evening; engines use it and the two after it")
    parser.add_argument("--seconds", type=float, default=5.0, help="search time per engine")
    parser.add_argument("--runs", type=int, default=1, help="seeds per engine; the median is shown")
    parser.add_argument("--engines", default="insertion,ruin_recreate@1,ruin_recreate,assign@1,assign,sequence,ortools,"
                        "ortools_grouped", help=f"of {', '.join(engines())}; NAME@SECONDS has a limit of its own")
    parser.add_argument("--peers", default="vroom-3,pyvrp", help="vroom-0..5, pyvrp; empty for none")
    parser.add_argument("--json", action="store_true", help="one JSON line instead of a table")


def run(args: argparse.Namespace) -> int:
    """Compare on both models and print; 1 if any answer breaks a rule, 2 if an engine is unknown."""
    unknown = [spec for spec in args.engines.split(",") if spec and spec.partition("@")[0] not in engines()]
    if unknown:
        print(f"error: no engine {', '.join(unknown)}; there are {', '.join(engines())}", file=sys.stderr)
        return 2
    warm()
    soft = evening(args.riders, args.orders, args.seed)
    models = {"soft": soft, "hard": hard_twin(soft)}
    seeds = list(range(args.seed, args.seed + args.runs))
    results = [
        run_engine(name, problem, spec, args.seconds, seeds)
        for name, problem in models.items() for spec in dict.fromkeys(args.engines.split(",")) if spec
    ]
    peers = [run_peer(models["hard"], name, args.seconds) for name in args.peers.split(",") if name]
    results = _with_gaps(results + [row for row in peers if row is not None])
    start = RuinRecreate().solve(soft, None, Deadline(iterations=200), args.seed)
    figures = time_insertion(soft, start.plan) | {"ticker_gap_p99_ms": time_ticker(soft, min(2.0, args.seconds))}
    if args.json:
        print(json.dumps({"riders": args.riders, "orders": args.orders, "seed": args.seed, **figures,
                          "results": [asdict(row) for row in results]}))
    else:
        _print_table(results, figures)
    return 0 if all(row.feasible for row in results) else 1


def _with_gaps(results: list[Result]) -> list[Result]:
    best = {row.model: min(other.cost for other in results if other.model == row.model) for row in results}
    return [
        Result(**(asdict(row) | {"gap_percent": round(100 * (row.cost / best[row.model] - 1), 2)}))
        for row in results
    ]


def _print_table(results: list[Result], figures: dict[str, float]) -> None:
    print(f"{'model':6}{'engine':16}{'limit s':>8}{'took s':>8}{'cost':>12}{'gap %':>8}{'late':>6}{'out':>5}  check")
    for row in results:
        print(f"{row.model:6}{row.engine:16}{row.limit_s:8.2f}{row.took_s:8.2f}{row.cost:12.1f}"
              f"{row.gap_percent:8.2f}{row.late_stops:6}{row.unserved:5}  {'ok' if row.feasible else 'BROKEN'}")
    print("  ".join(f"{name} {value}" for name, value in figures.items()))
