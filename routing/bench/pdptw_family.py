"""A folder of Li and Lim instances, several seeds each, beside the best known and the peers, in one run.

`best_known.json` in the folder, `{"name": {"vehicles": n, "distance": d}}`, says what to measure against.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from routing.bench.courier_peers import ask
from routing.bench.li_lim import Instance, measure, read_instance, routes_of, to_problem
from routing.engines.fleet import FewestCouriers
from routing.engines.insertion import Insertion
from routing.engines.interface import Deadline, Engine
from routing.engines.ortools import OrTools
from routing.engines.ruin_recreate import RuinRecreate
from routing.engines.warm import warm
from routing.solution import Solution, schedule

ENGINES = ("ruin_recreate", "ortools", "insertion")

TOLERANCE = 1.2
"""A solve may take that much of its limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One run on one instance, judged by the rules of the file."""

    vehicles: int
    distance: float
    seconds: float
    feasible: bool
    routes: list[list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One solver on one instance: the median run. `surplus` vehicles and `gap_percent` of distance over the best.

    For vehicles the best is the best known, and the gap is only there at equal vehicles; for distance alone it is the
    best plan of any run.
    """

    instance: str
    tasks: int
    solver: str
    vehicles: int
    distance: float
    seconds: float
    feasible: bool
    surplus: int | None = None
    gap_percent: float | None = None


def engine_for(name: str, objective: str) -> Engine | None:
    """The engine for an objective, None if it knows no such objective."""
    if objective == "vehicles":
        return FewestCouriers() if name == "ruin_recreate" else None
    engines: dict[str, Engine] = {"ruin_recreate": RuinRecreate(), "insertion": Insertion(),
                                  "ortools": OrTools(Insertion())}
    return engines[name]


def solve_one(instance: Instance, name: str, objective: str, seconds: float, seed: int) -> Answer:
    """One run. What compilation and first loading take is not counted."""
    engine = engine_for(name, objective)
    assert engine is not None
    problem = to_problem(instance)
    engine.solve(problem, None, Deadline(iterations=10), seed)
    began = time.perf_counter()
    solution = engine.solve(problem, None, Deadline(seconds=seconds), seed)
    return _judge(instance, solution, time.perf_counter() - began)


def _judge(instance: Instance, solution: Solution, seconds: float) -> Answer:
    routes = routes_of(instance, solution)
    distance, feasible = measure(instance, routes)
    return Answer(vehicles=len(routes), distance=distance, seconds=seconds, feasible=feasible, routes=routes)


def _ask_peer(instance: Instance, name: str, objective: str) -> Answer | None:
    """A peer in a process of its own; None if it is not there or left something out."""
    problem = to_problem(instance)
    answer = ask(name, problem, 0.0, is_fleet_dear=objective == "vehicles")
    if answer.error:
        print(f"{name}: {answer.error.strip().splitlines()[-1]}")
        return None
    plan = Solution(routes=schedule(problem, answer.plan), unserved=(), cost=0, engine=name)
    return _judge(instance, plan, answer.seconds)


def compare(args: argparse.Namespace) -> int:
    """Every instance of a folder; 1 if an answer is not feasible or late. ValueError if a file is no instance."""
    warm()
    known = json.loads(path.read_text()) if (path := args.file / "best_known.json").exists() else {}
    rows: list[Row] = []
    for path in sorted(args.file.glob("*.txt")):
        rows += _compare_one(args, read_instance(path), known.get(path.stem))
    if args.json:
        print(json.dumps({"objective": args.objective, "seconds": args.seconds, "runs": args.runs,
                          "rows": [asdict(row) for row in rows], "sums": [asdict(one) for one in _sums(rows)]}))
    else:
        _print_table(rows)
    own = [row for row in rows if row.solver == args.engine]
    is_sound = all(row.feasible and row.seconds <= TOLERANCE * args.seconds for row in own)
    return 0 if is_sound else 1


def _compare_one(args: argparse.Namespace, instance: Instance, known: dict[str, float] | None) -> list[Row]:
    seeds = range(args.seed, args.seed + args.runs)
    answers = [solve_one(instance, args.engine, args.objective, args.seconds, seed) for seed in seeds]
    by_solver = {args.engine: answers}
    for name in filter(None, args.peers.split(",")):
        found = _ask_peer(instance, name, args.objective)
        by_solver |= {name: [found]} if found else {}
    if args.reference_seconds and args.objective == "distance":
        seed = args.seed + args.runs
        longest = solve_one(instance, args.engine, args.objective, args.reference_seconds, seed)
        by_solver[f"{args.engine}, {args.reference_seconds:g} s"] = [longest]
    row_of = _by_vehicles(known) if args.objective == "vehicles" else _by_distance(by_solver, known)
    return [row_of(instance, solver, runs) for solver, runs in by_solver.items()]


Judge = Callable[[Instance, str, list[Answer]], Row]


def _by_vehicles(known: dict[str, float] | None) -> Judge:
    def row(instance: Instance, solver: str, runs: list[Answer]) -> Row:
        middle = sorted(runs, key=lambda run: (run.vehicles, run.distance))[len(runs) // 2]
        surplus = None if known is None else middle.vehicles - int(known["vehicles"])
        gap = None if known is None or surplus else 100 * (middle.distance / known["distance"] - 1)
        return _row(instance, solver, runs, middle, surplus=surplus, gap=gap)
    return row


def _by_distance(by_solver: dict[str, list[Answer]], known: dict[str, float] | None) -> Judge:
    feasible = [run.distance for runs in by_solver.values() for run in runs if run.feasible]
    best = min([*feasible, *([known["distance"]] if known else [])], default=float("nan"))

    def row(instance: Instance, solver: str, runs: list[Answer]) -> Row:
        middle = sorted(runs, key=lambda run: run.distance)[len(runs) // 2]
        return _row(instance, solver, runs, middle, surplus=None, gap=100 * (middle.distance / best - 1))
    return row


def _row(
    instance: Instance, solver: str, runs: list[Answer], middle: Answer, *, surplus: int | None, gap: float | None
) -> Row:
    return Row(instance=instance.name, tasks=len(instance.rows) - 1, solver=solver, vehicles=middle.vehicles,
               distance=round(middle.distance, 2), seconds=round(max(run.seconds for run in runs), 3),
               feasible=all(run.feasible for run in runs), surplus=surplus,
               gap_percent=None if gap is None else round(gap, 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """One solver on all instances of about so many tasks (None: on all): surplus in all, mean gap, longest run."""

    solver: str
    tasks: int | None
    instances: int
    surplus: int | None
    mean_gap_percent: float | None
    longest_s: float


def _sums(rows: list[Row]) -> list[Sum]:
    sums = []
    for solver in dict.fromkeys(row.solver for row in rows):
        own = [row for row in rows if row.solver == solver]
        sizes = sorted({round(row.tasks, -2) for row in own})
        sums += [_sum(solver, size, [row for row in own if round(row.tasks, -2) == size]) for size in sizes]
        sums.append(_sum(solver, None, own))
    return sums


def _sum(solver: str, tasks: int | None, rows: list[Row]) -> Sum:
    surplus = [row.surplus for row in rows if row.surplus is not None]
    gaps = [row.gap_percent for row in rows if row.gap_percent is not None]
    return Sum(solver=solver, tasks=tasks, instances=len(rows), surplus=sum(surplus) if surplus else None,
               mean_gap_percent=round(sum(gaps) / len(gaps), 2) if gaps else None,
               longest_s=max(row.seconds for row in rows))


def _print_table(rows: list[Row]) -> None:
    print(f"{'instance':14}{'solver':22}{'vehicles':>9}{'surplus':>8}{'distance':>11}{'gap %':>8}{'took s':>8}")
    for row in rows:
        print(f"{row.instance:14}{row.solver:22}{row.vehicles:9}{_word(row.surplus):>8}{row.distance:11.2f}"
              f"{_word(row.gap_percent):>8}{row.seconds:8.2f}{'' if row.feasible else '  NOT FEASIBLE'}")
    for one in _sums(rows):
        size = "all" if one.tasks is None else f"about {one.tasks} tasks"
        print(f"{one.solver}, {size}: {one.instances} instances, surplus {_word(one.surplus)}, "
              f"mean gap {_word(one.mean_gap_percent)} %, longest {one.longest_s} s")


def _word(value: float | None) -> str:
    return "-" if value is None else str(value)
