"""Replay days of the Meal Delivery Routing Problem with the product's own engine and rolling policy, and judge them.

Every figure is worked out from the files that were written, by `mdrp_judge`, not from the simulation.
"""

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from routing.assign import SearchAndAssign
from routing.bench.mdrp_day import Conduct, LiveDay
from routing.bench.mdrp_files import instance_folders, read_day, read_instance, write_day
from routing.bench.mdrp_judge import Figures, figures, violations
from routing.engines.insertion import Insertion
from routing.engines.interface import Engine
from routing.engines.ruin_recreate import RuinRecreate
from routing.engines.warm import warm

GOALS = {"undelivered_percent": 0.18, "click_to_door_min": 32.5, "ready_to_pickup_min": 2.15, "cost_per_order": 11.30}
"""What the mean over the twelve public instances that the project is measured on must not exceed."""

SHOWN = 3
"""Broken rules shown per instance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One replayed instance. `seconds` is the wall time of the replay, compilation excluded."""

    instance: str
    feasible: bool
    violations: tuple[str, ...]
    seconds: float
    figures: Figures


def engines() -> dict[str, Engine]:
    """Every engine that can think for a minute of the day."""
    return {"assign": SearchAndAssign(), "ruin_recreate": RuinRecreate(), "insertion": Insertion()}


def replay(folder: Path, out: Path, engine: Engine, conduct: Conduct, seed: int) -> Result:
    """Live through one instance, write its three files, and judge what was written."""
    instance = read_instance(folder)
    began = time.perf_counter()
    write_day(LiveDay(instance, engine, conduct, seed).run(), out)
    seconds = time.perf_counter() - began
    day = read_day(out)
    broken = violations(instance, day)
    return Result(instance=instance.name, feasible=not broken, violations=tuple(broken), seconds=round(seconds, 2),
                  figures=figures(instance, day))


def mean_of(results: Sequence[Result]) -> dict[str, float]:
    """Mean of every figure over the instances, each counting the same; and the share that is feasible."""
    names = [field.name for field in fields(Figures)]
    means = {name: sum(getattr(row.figures, name) for row in results) / len(results) for name in names}
    means["feasible_percent"] = 100 * sum(row.feasible for row in results) / len(results)
    means["seconds"] = sum(row.seconds for row in results) / len(results)
    return {name: round(value, 3) for name, value in means.items()}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("dir", type=Path, help="an instance, or a folder of instances")
    parser.add_argument("--out", type=Path, required=True,
                        help="where the three solution files go; of several instances, a folder each")
    parser.add_argument("--engine", choices=sorted(engines()), default="assign")
    parser.add_argument("--iterations", type=int, default=Conduct().iterations, help="of the search, every minute")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON line instead of a table")


def run(args: argparse.Namespace) -> int:
    """Replay, print, and return 1 if any instance breaks a rule."""
    warm()
    folders = instance_folders(args.dir)
    engine, conduct = engines()[args.engine], Conduct(iterations=args.iterations)
    results = []
    for folder in folders:
        is_one = folder == args.dir
        results.append(replay(folder, args.out if is_one else args.out / folder.name, engine, conduct, args.seed))
        if not args.json:
            _print(results[-1], is_first=len(results) == 1)
    mean = mean_of(results)
    if args.json:
        rows = [asdict(row) | asdict(row.figures) for row in results]
        for row in rows:
            del row["figures"]
        print(json.dumps({"engine": args.engine, "iterations": args.iterations, "seed": args.seed,
                          "instances": rows, "mean": mean,
                          "missed": [name for name, most in GOALS.items() if mean[name] > most]}))
    elif len(results) > 1:
        _print_row("mean", mean, f"{mean['feasible_percent']:.0f} % feasible")
    return 0 if all(row.feasible for row in results) else 1


def _print(result: Result, is_first: bool) -> None:
    if is_first:
        print(f"{'instance':20}{'undel %':>8}{'door':>8}{'p90':>7}{'pickup':>8}{'excess':>8}{'>90 o/oo':>9}{'cost':>8}"
              f"{'s':>7}")
    row = asdict(result.figures) | {"seconds": result.seconds}
    _print_row(result.instance, row, "feasible" if result.feasible else "; ".join(result.violations[:SHOWN]))


def _print_row(name: str, row: dict[str, float], words: str) -> None:
    print(f"{name:20}{row['undelivered_percent']:8.2f}{row['click_to_door_min']:8.2f}"
          f"{row['click_to_door_p90_min']:7.1f}{row['ready_to_pickup_min']:8.2f}{row['excess_min']:8.2f}"
          f"{row['above_90_per_1000']:9.2f}{row['cost_per_order']:8.2f}{row['seconds']:7.1f}  {words}", flush=True)
