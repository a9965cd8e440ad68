"""The commands: what they write, what they print, and how they refuse."""

import json
from pathlib import Path

import numpy as np
import pytest

from routing.cli import main
from tests.unit.routing.streets.drawing import Drawing, place, square, town


@pytest.fixture
def osm(drawing: Drawing) -> Path:
    square(drawing)
    return drawing.write()


def _json(folder: Path, name: str, content: object) -> str:
    path = folder / name
    path.write_text(json.dumps(content))
    return str(path)


def test_route_writes_one_answer_per_pair(osm: Path, tmp_path: Path) -> None:
    pairs = _json(tmp_path, "pairs.json", [[*place(100, 10), *place(300, 0)], [*place(0, 0), 20.0, 49.0]])
    out = tmp_path / "routes.json"
    assert main(["route", "--osm", str(osm), "--profile", "bike", "--pairs", pairs, "--out", str(out)]) == 0
    good, bad = json.loads(out.read_text())
    assert set(good) == {"duration_s", "length_m", "snapped", "coordinates"}
    assert good["length_m"] == pytest.approx(200, abs=0.5)
    assert good["snapped"] == pytest.approx([*place(100, 0), *place(300, 0)], abs=1e-6)
    assert good["coordinates"][0] == pytest.approx(good["snapped"][:2])
    assert list(bad) == ["error"]
    assert "point 1" in bad["error"]


def test_matrix_writes_seconds_and_prints_how_long_it_took(
    osm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = _json(tmp_path, "points.json", [place(100, 0), [20.0, 49.0], place(300, 0)])
    out = tmp_path / "matrix.npz"
    assert main(["matrix", "--osm", str(osm), "--profile", "cargo", "--points", points, "--out", str(out)]) == 0
    seconds = np.load(out)["durations_s"]
    assert seconds.dtype == np.float32
    assert np.isnan(seconds[1]).all() and np.isnan(seconds[:, 1]).all()
    assert seconds[0, 2] == pytest.approx(200 / (17 / 3.6), abs=0.2)
    printed = capsys.readouterr().out
    assert all(word in printed for word in ("load", "build", "query", "1 of them"))


def test_the_cache_is_used_until_the_extract_changes(tmp_path: Path) -> None:
    points = _json(tmp_path, "points.json", [place(300, 0), place(100, 0)])
    out, cache = str(tmp_path / "matrix.npz"), str(tmp_path / "cache")
    command = ["matrix", "--profile", "bike", "--points", points, "--out", out, "--cache", cache]
    seconds = []
    for oneway in ("no", "no", "yes"):
        drawing = Drawing(tmp_path)
        square(drawing, oneway=oneway)
        assert main([*command, "--osm", str(drawing.write())]) == 0
        seconds.append(np.load(out)["durations_s"][0, 1])
    assert seconds[0] == seconds[1] < seconds[2]


def test_a_folder_with_other_things_is_never_taken_for_the_cache(
    osm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.txt").write_text("years of work")
    points = _json(tmp_path, "points.json", [place(300, 0), place(100, 0)])
    command = ["matrix", "--osm", str(osm), "--profile", "bike", "--points", points, "--out", str(tmp_path / "m.npz")]
    assert main([*command, "--cache", str(home)]) != 0
    assert "holds other things (thesis.txt)" in capsys.readouterr().err
    assert (home / "thesis.txt").read_text() == "years of work"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"--profile": "warp"}, "unknown profile 'warp': choose one of bike, ebike, cargo, trailer"),
        ({"--osm": "nowhere.pbf"}, "nowhere.pbf: no such file"),
        ({"--points": "nowhere.json"}, "nowhere.json: No such file or directory"),
        ({"--elevation": "nowhere"}, "nowhere: no such folder"),
        ({"--out": "nowhere/matrix.npz"}, "No such file or directory"),
    ],
)
def test_wrong_arguments_are_named(
    osm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: dict[str, str], message: str
) -> None:
    arguments = {
        "--osm": str(osm),
        "--profile": "bike",
        "--points": _json(tmp_path, "points.json", [place(0, 0)]),
        "--out": str(tmp_path / "matrix.npz"),
    }
    words = [word for pair in (arguments | change).items() for word in pair]
    assert main(["matrix", *words]) == 2
    printed = capsys.readouterr().err
    assert printed.startswith("error: ")
    assert message in printed
    assert printed.count("\n") == 1


@pytest.mark.parametrize(
    "content", [{"a": 1}, [[1, 2, 3]], [[1, "two"]], [[1]], [None], "points", [[True, False]], 5]
)
def test_points_of_another_form_are_refused(
    osm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: object
) -> None:
    points = _json(tmp_path, "points.json", content)
    out = tmp_path / "matrix.npz"
    assert main(["matrix", "--osm", str(osm), "--profile", "bike", "--points", points, "--out", str(out)]) == 2
    assert "points.json" in capsys.readouterr().err
    assert not out.exists()


def test_a_file_that_is_no_json_is_refused(osm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "matrix.npz")
    assert main(["matrix", "--osm", str(osm), "--profile", "bike", "--points", str(osm), "--out", out]) == 2
    assert "not JSON" in capsys.readouterr().err


def test_bench_streets_prints_its_table_and_writes_the_same_figures(
    drawing: Drawing, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether goals are met is a matter of the machine, so either verdict is fine."""
    town(drawing)
    out = tmp_path / "figures.json"
    small = ["--routes", "30", "--calls", "40"]
    assert main(["bench", "streets", "--osm", str(drawing.write()), "--json", str(out), *small]) in (0, 1)
    figures = json.loads(out.read_text())
    assert figures["figures"]["mismatches"] == figures["figures"]["wrong_way_arcs"] == 0
    assert figures["figures"]["thread_errors"] == figures["figures"]["thread_wrong"] == 0
    assert "matrix 300 x 300" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["[" * 100_000, "[[1" + "0" * 5000 + ",1]]", "[[1" + "0" * 400 + ",1]]"])
def test_a_hostile_file_of_points_is_refused_in_words(
    osm: Path, tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    points = tmp_path / "points.json"
    points.write_text(text)
    out = str(tmp_path / "m.npz")
    assert main(["matrix", "--osm", str(osm), "--profile", "bike", "--points", str(points), "--out", out]) != 0
    assert "points.json" in capsys.readouterr().err
