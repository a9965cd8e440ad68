"""A city is replaced under a running service: by the command, seen by another process at once, and taken back."""
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from dispatch.cli.cities import city as city_commands
from dispatch.core import clock, settings
from tests.conftest import TestStack
from tests.factories.application import SECRET_KEY, open_app
from tests.factories.day import Day
from tests.factories.ride_asker import RideAsker
from tests.factories.sketched_day import make_sketched_day, spot

WEST, EAST = spot(0, 200), spot(500, 200)


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The whole application."""
    with open_app(database, tmp_path) as app:
        yield app


@pytest.fixture
def day(app: Flask, tmp_path: Path) -> Day:
    """A co-op in the grid town."""
    return make_sketched_day(tmp_path)


@pytest.fixture
def paceline(database: TestStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """The command line of this installation."""
    environment = {**database.environment(), "SECRET_KEY": SECRET_KEY, "PACELINE_DATA": str(tmp_path)}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings.current.cache_clear()
    yield CliRunner()
    settings.current.cache_clear()


def test_update_and_rollback_reach_a_running_process(
    database: TestStack, day: Day, paceline: CliRunner, tmp_path: Path
) -> None:
    """A street is closed in the new extract: rides get longer, and short again after the rollback."""
    whole = (tmp_path / "grid.osm").read_text()
    closed = next(way for way in re.findall("<way .*?</way>", whole) if '"Nordweg 2"' in way)
    (tmp_path / "new.osm").write_text(whole.replace(closed, ""))
    planner = RideAsker(database.environment(), day.town.city_id, day.coop_id, tmp_path)
    try:
        before = planner.ride_s(WEST, EAST)
        updated = paceline.invoke(city_commands, ["update", str(tmp_path / "new.osm"), "--name", "Grid"])
        assert "Grid now runs on version 2" in updated.output
        clock.sleep_s(0.05)
        assert planner.ride_s(WEST, EAST) > before + 10
        assert "version 1" in paceline.invoke(city_commands, ["rollback", "Grid", "1"]).output
        clock.sleep_s(0.05)
        assert planner.ride_s(WEST, EAST) == before
    finally:
        planner.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["update", "nowhere.osm.pbf"], "there is no such file"),
        (["update", "GRID", "--name", "Atlantis"], "there is no city 'Atlantis' to update; there are: Grid"),
        (["rollback", "Grid", "7"], "version 7 is not kept; there are 1"),
        (["rollback", "Atlantis", "1"], "there is no city 'Atlantis'"),
    ],
)
def test_a_wrong_command_says_what_there_is(
    day: Day, paceline: CliRunner, tmp_path: Path, arguments: list[str], words: str
) -> None:
    """One line, no traceback, and the city as it was."""
    found = paceline.invoke(city_commands, [str(tmp_path / "grid.osm") if a == "GRID" else a for a in arguments])
    assert found.exit_code != 0
    assert words in found.output
