"""A sheet of paper for each test."""

from pathlib import Path

import pytest

from tests.unit.routing.streets.drawing import Drawing


@pytest.fixture
def drawing(tmp_path: Path) -> Drawing:
    """An empty town."""
    return Drawing(tmp_path)
