"""Every figure about bikes can be looked up: its docstring tells unit and source."""

import ast
import re
from pathlib import Path

import pytest

from routing.streets import profiles

SOURCE = re.compile(r"\[[^\]]*(CROW|Parkin|Wilson|HCM|EU168|LTS|own)[^\]]*\]")
UNIT = re.compile(r"m/s|km/h|kg|[Ss]econds|\bs\b|loss|factor|longer|[Ss]hare|rank")
NO_FIGURES = {"Floats", "GRAVITY", "CLOSED", "PROFILES"}


def _told() -> dict[str, str]:
    """The docstring below each constant of the module, empty where there is none."""
    body = ast.parse(Path(profiles.__file__).read_text(encoding="utf-8")).body
    told = {}
    for statement, following in zip(body, body[1:], strict=False):
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            text = following.value if isinstance(following, ast.Expr) else None
            told[statement.targets[0].id] = str(text.value) if isinstance(text, ast.Constant) else ""
    return told


@pytest.mark.parametrize("name", sorted(_told().keys() - NO_FIGURES))
def test_a_figure_tells_its_unit_and_source(name: str) -> None:
    assert UNIT.search(_told()[name]), f"{name} does not say what it is measured in"
    assert SOURCE.search(_told()[name]), f"{name} does not say where it is from"


@pytest.mark.parametrize("profile", profiles.PROFILES.values(), ids=profiles.PROFILES)
def test_a_bike_names_its_cruising_speed_mass_and_width_in_words(profile: profiles.Profile) -> None:
    """What is written is what is computed with."""
    words = _told()[profile.name.upper()]
    for figure in (profile.cruise_ms * 3.6, profile.push_ms, profile.min_width_cm, profile.hills.climb_w):
        assert f"{round(figure, 2):g}" in words
