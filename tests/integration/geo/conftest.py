"""Cities imported into a real PostGIS, files in a folder of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask

from dispatch.core import settings
from dispatch.core.db import transaction, use_coop
from dispatch.geo import city, travel
from dispatch.geo.queries import CityFacts
from tests.conftest import TestStack
from tests.factories.coops import make_coop
from tests.factories.database import context_of, database_app
from tests.unit.geo.sketch import Sketch

ImportSketch = Callable[..., CityFacts]


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """An application context with an empty database and data folder."""
    environment = {**database.environment(), "SECRET_KEY": "x" * 32, "PACELINE_DATA": str(tmp_path / "data")}
    app = database_app(environment["DATABASE_URL"])
    app.extensions["settings"] = settings.load(environment)
    with context_of(app):
        yield app
        travel.forget()


def small_town() -> Sketch:
    """A grid of streets 100 m apart: Nordweg 0 to 5 run east, Ostweg 0 to 5 north; houses along Nordweg 0."""
    sketch = Sketch()
    for i in range(6):
        crossings = [100 * j for j in range(6)]
        sketch.street(f"Nordweg {i}" if i else "Nordweg", *[(east, 100 * i) for east in crossings])
        sketch.street(f"Ostweg {i}" if i else "Ostweg", *[(100 * i, north) for north in crossings])
    for number in range(1, 21):
        sketch.house((25 * number, 8 if number % 2 else -8), "Nordweg", str(number), **{"addr:city": "Seestadt"})
    sketch.way((210, 210), (290, 210), (290, 290), (210, 290), (210, 210), leisure="park", name="Stadtpark")
    sketch.node((150, 150), shop="bakery", name="Bäckerei Brot")
    return sketch


@pytest.fixture
def import_sketch(app: Flask, tmp_path: Path) -> ImportSketch:
    """Write a sketched town and import it."""

    def run(sketch: Sketch | None = None, name: str = "Seestadt") -> CityFacts:
        return city.import_city((sketch or small_town()).write(tmp_path / "town.osm"), name=name)

    return run


@pytest.fixture
def town(import_sketch: ImportSketch) -> CityFacts:
    """The small town."""
    return import_sketch()


@pytest.fixture
def coop_id(app: Flask) -> UUID:
    """A co-op; the session is confined to it."""
    with transaction():
        coop_id = make_coop().id
    use_coop(coop_id)
    return coop_id


@pytest.fixture
def real_extract() -> Callable[[str], Path]:
    """The path of a real extract; skips where the reference data is absent."""

    def find(name: str) -> Path:
        path = Path(__file__).parents[4] / "shared" / "data" / "osm" / f"{name}.osm.pbf"
        if not path.exists():
            pytest.skip(f"reference extract {name} is not here")
        return path

    return find
