"""Li and Lim's instances: fewest vehicles first, then distance; or distance alone. One file, or a folder compared."""

import argparse
import json
import sys
from pathlib import Path

from routing.bench.li_lim import read_instance
from routing.bench.pdptw_family import ENGINES, compare, engine_for, solve_one
from routing.engines.warm import warm


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("file", type=Path, help="a Li and Lim instance, or a folder of them (*.txt)")
    parser.add_argument("--seconds", type=float, default=5.0, help="search time, compilation excluded")
    parser.add_argument("--engine", choices=ENGINES, default="ruin_recreate",
                        help="all but ruin_recreate only with --objective distance")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--objective", choices=("vehicles", "distance"), default="vehicles")
    parser.add_argument("--runs", type=int, default=3, help="of a folder: seeds per instance; medians are shown")
    parser.add_argument("--peers", default="", help="of a folder: vroom-0..5, separated by commas")
    parser.add_argument("--reference-seconds", type=float, default=0.0,
                        help="of a folder, for distance: one more run of so many seconds to measure the gap against")
    parser.add_argument("--json", action="store_true", help="one JSON line instead of words")


def run(args: argparse.Namespace) -> int:
    """Solve and print; 1 if an answer is not feasible or late, 2 if the input is no instance."""
    if engine_for(args.engine, args.objective) is None:
        print(f"error: {args.engine} cannot count vehicles first; add --objective distance", file=sys.stderr)
        return 2
    try:
        if args.file.is_dir():
            return compare(args)
        instance = read_instance(args.file)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    warm()
    answer = solve_one(instance, args.engine, args.objective, args.seconds, args.seed)
    result = {"instance": instance.name, "engine": args.engine, "seconds": round(answer.seconds, 3),
              "vehicles": answer.vehicles, "distance": round(answer.distance, 2), "routes": answer.routes,
              "feasible": answer.feasible}
    print(json.dumps(result) if args.json else
          f"{instance.name}: {answer.vehicles} vehicles, distance {answer.distance:.2f}, {answer.seconds:.2f} s"
          f"{'' if answer.feasible else ', NOT FEASIBLE'}")
    return 0 if answer.feasible else 1
