"""The Li and Lim bench: reading, exactness, and feasibility judged from scratch."""

import json
from pathlib import Path

import pytest

from routing.bench.li_lim import measure, read_instance, routes_of, to_problem
from routing.cli import main
from routing.engines.fleet import FewestCouriers
from routing.engines.interface import Deadline

SMALL = """4 10 1
0 0 0 0 0 200 0 0 0
1 3 4 5 0 100 10 0 2
2 6 8 -5 0 120 10 1 0
3 0 5 5 0 100 10 0 4
4 0 9 -5 0 120 10 3 0
"""
SHARED = Path(__file__).resolve().parents[4] / "shared" / "data" / "pdptw"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Two shipments that one vehicle can carry."""
    path = tmp_path / "small.txt"
    path.write_text(SMALL)
    return path


def test_one_vehicle_is_found_where_one_is_enough(small: Path) -> None:
    instance = read_instance(small)
    solution = FewestCouriers().solve(to_problem(instance), None, Deadline(iterations=60), 1)
    routes = routes_of(instance, solution)
    distance, feasible = measure(instance, routes)
    assert feasible and len(routes) == 1
    assert solution.cost / 10_000 == pytest.approx(distance, abs=0.01)


@pytest.mark.parametrize(
    "routes",
    [[[1, 2]], [[2, 1], [3, 4]], [[1, 3, 4], [2]], [[1, 2, 1, 2], [3, 4]], [[1], [2], [3], [4], []]],
    ids=["one forgotten", "delivery first", "split", "twice", "too many vehicles"],
)
def test_wrong_routes_are_not_called_feasible(small: Path, routes: list[list[int]]) -> None:
    assert not measure(read_instance(small), routes)[1]


def test_command_prints_one_json_line(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "pdptw", str(small), "--seconds", "0.2", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result) == {"instance", "engine", "seconds", "vehicles", "distance", "routes", "feasible"}
    assert (result["vehicles"], result["feasible"]) == (1, True)


@pytest.mark.parametrize(("text", "message"), [("", "first line"), ("3 10 1\n0 0 0\n", "line 2"),
                                               ("3 10 1\n0 0 0 0 0 9 0 0 7\n", "siblings")])
def test_file_that_is_no_instance_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "bad.txt"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_instance(path)


def test_command_says_what_is_wrong_with_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.txt"
    path.write_text("hello")
    assert main(["bench", "pdptw", str(path)]) == 2
    assert "bad.txt: the first line" in capsys.readouterr().err
    assert main(["bench", "pdptw", str(tmp_path / "absent.txt")]) == 2


def test_engine_that_cannot_count_vehicles_says_so(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "pdptw", str(small), "--engine", "ortools"]) == 2
    assert "--objective distance" in capsys.readouterr().err
    assert main(["bench", "pdptw", str(small), "--engine", "ortools", "--objective", "distance", "--seconds", "1"]) == 0


@pytest.mark.skipif(not SHARED.exists(), reason="the folder ../shared/data is absent")
def test_known_optimum_is_reached() -> None:
    """lc101 is easy; missing its optimum means that something is wrong."""
    instance = read_instance(SHARED / "lc101.txt")
    solution = FewestCouriers().solve(to_problem(instance), None, Deadline(iterations=300), 1)
    distance, feasible = measure(instance, routes_of(instance, solution))
    assert feasible
    assert distance == pytest.approx(828.94, abs=0.05)
