"""`paceline replay` on a file written by hand: one line per way to run the day, and plain words for a bad file."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from dispatch.cli.days import replay_day, table
from dispatch.planning import rules
from dispatch.planning.replay import LIVED
from routing.day import Day, DayOrder, Served, dump
from routing.problem import Courier, Shipment, Stop
from tests.unit.routing.problems import square_town


@pytest.fixture
def day_file(tmp_path: Path) -> Path:
    """One rider, one order, delivered late in truth."""
    shipment = Shipment(id="1", pickup=Stop(place=1), dropoffs=(Stop(place=2, due_s=1500),))
    day = Day(
        riders=(Courier(id="a", place=0, shift_end_s=7200),),
        orders=(DayOrder(shipment=shipment, placed_s=0),),
        matrices={"bike": square_town()},
        rules=rules.DEFAULT,
        served=(Served(order_id="1", courier_id="a", picked_s=600, dropped_s=1800),),
    )
    path = tmp_path / "day.json"
    path.write_text(dump(day))
    return path


def test_each_rule_set_and_engine_gets_a_row_beside_the_day_as_it_was(day_file: Path, tmp_path: Path) -> None:
    (tmp_path / "patient.json").write_text(json.dumps({"look_ahead_s": 600}))
    arguments = [str(day_file), "--rules", str(tmp_path / "patient.json"), "--engine", "insertion", "--json"]
    answer = CliRunner().invoke(replay_day, arguments)
    assert answer.exit_code == 0, answer.output
    rows = json.loads(answer.output)["rows"]
    assert [row["name"] for row in rows] == ["as it was", "its rules, insertion", "patient, insertion"]
    assert [row["on_time_percent"] for row in rows] == [0, 100, 100]


def test_rules_that_a_day_lived_again_does_not_follow_are_named(day_file: Path, tmp_path: Path) -> None:
    """Otherwise equal rows would say that they change nothing. What is as it was needs no word."""
    document = {"per_floor_s": 60, "kept_apart": [], "offer_s": 30, "aim_early_s": 0, "per_flor_s": 1}
    (tmp_path / "other.json").write_text(json.dumps(document))
    arguments = [str(day_file), "--rules", str(tmp_path / "other.json"), "--engine", "insertion"]
    words = CliRunner().invoke(replay_day, arguments).output.splitlines()[-1]
    assert words.startswith("A day lived again does not follow offer_s, per_floor_s, per_flor_s: ")
    answer = CliRunner().invoke(replay_day, [*arguments, "--json"])
    assert json.loads(answer.output)["ignored"] == ["offer_s", "per_floor_s", "per_flor_s"]


def test_every_rule_is_either_followed_or_named(day_file: Path) -> None:
    """A new rule is named until somebody lets a day follow it."""
    assert LIVED <= rules.DEFAULT.keys()


def test_table_has_a_heading_over_every_column(day_file: Path) -> None:
    answer = CliRunner().invoke(replay_day, [str(day_file), "--engine", "insertion"])
    lines = answer.output.splitlines()
    assert len({len(line) for line in lines}) == 1 and len(lines) == 3
    assert lines[0].split()[:2] == ["delivered", "not"] and lines[1].startswith("as it was")


def test_empty_comparison_is_a_heading() -> None:
    assert len(table([])) == 1


@pytest.mark.parametrize(
    ("text", "words"), [("{", "not JSON"), ('{"orders": 3}', "rehearse --day"), ("[1, 2]", "no day of format 1")]
)
def test_file_that_is_no_day_is_refused_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "day.json").write_text(text)
    answer = CliRunner().invoke(replay_day, [str(tmp_path / "day.json")])
    assert answer.exit_code == 1 and words in answer.output and "Traceback" not in answer.output


def test_rules_that_make_no_sense_are_refused_by_name(day_file: Path, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_text(json.dumps({"lateness_per_s": -3}))
    answer = CliRunner().invoke(replay_day, [str(day_file), "--rules", str(tmp_path / "odd.json")])
    assert answer.exit_code == 1 and "lateness_per_s" in answer.output
