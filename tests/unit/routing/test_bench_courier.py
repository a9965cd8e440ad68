"""The courier bench compares like with like: one evening, one cost, one checker."""

import importlib.util
import json

import pytest

from routing.bench.courier_peers import ask
from routing.bench.courier_town import evening, hard_twin
from routing.check import check
from routing.cli import main
from routing.engines.interface import Deadline
from routing.engines.ruin_recreate import RuinRecreate
from routing.objective import cost
from routing.solution import Solution, schedule


def test_same_seed_gives_the_same_evening() -> None:
    """Figures of different days can be compared only if the town did not change."""
    first, second = evening(5, 20, 3), evening(5, 20, 3)
    assert first.shipments == second.shipments and first.couriers == second.couriers
    assert first.shipments != evening(5, 20, 4).shipments


def test_hard_twin_turns_promises_into_windows_and_counts_riding_alone() -> None:
    twin = hard_twin(evening(5, 20, 3))
    solution = RuinRecreate().solve(twin, None, Deadline(iterations=20), 1)
    terms = cost(twin, solution.plan).terms
    assert (terms.waiting, terms.lateness, terms.overtime) == (0, 0, 0)
    assert all(stop.window for shipment in twin.shipments for stop in shipment.dropoffs)


def test_command_compares_the_engines_on_both_models(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--riders", "5", "--orders", "12", "--seconds", "0.3", "--peers", "", "--json",
                 "--engines", "insertion,ruin_recreate@0.2,ortools"]
    assert main(["bench", "courier", *arguments]) == 0
    report = json.loads(capsys.readouterr().out)
    rows = {(row["model"], row["engine"]): row for row in report["results"]}
    assert set(rows) == {(m, e) for m in ("soft", "hard") for e in ("insertion", "ruin_recreate", "ortools")}
    assert all(row["feasible"] for row in rows.values())
    assert rows["soft", "ruin_recreate"]["cost"] <= rows["soft", "insertion"]["cost"]
    assert {"best_place_p95_ms", "all_riders_p95_ms", "ticker_gap_p99_ms"} <= set(report)


@pytest.mark.parametrize("name", ["vroom-1", "pyvrp"])
def test_plan_of_a_peer_is_priced_and_checked_like_ours(name: str) -> None:
    """A peer that breaks a rule must not look better than an engine that keeps it."""
    if importlib.util.find_spec(name.split("-")[0]) is None:
        pytest.skip(f"{name} is a development extra")
    twin = hard_twin(evening(5, 12, 3))
    answer = ask(name, twin, 0.5)
    solution = Solution(routes=schedule(twin, answer.plan), unserved=(), cost=0, engine=name)
    assert not answer.error
    assert [v for v in check(twin, solution) if v.code != "incomplete"] == []


def test_peer_that_is_not_there_is_an_error_and_no_crash() -> None:
    assert "No module named" in ask("no_such_peer", hard_twin(evening(2, 2, 1)), 0.1).error


def test_engine_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "courier", "--engines", "magic@1", "--peers", ""]) == 2
    assert "magic@1" in capsys.readouterr().err
