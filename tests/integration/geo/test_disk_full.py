"""The disk fills while a city is imported: really, on a disk of a few megabytes and where files may not grow."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from dispatch.geo import city, queries
from dispatch.geo.queries import CityFacts
from tests.integration.geo.conftest import small_town

Room = Callable[[], None]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MB where the data belongs: little more than an import asks for before it begins."""
    data = tmp_path / "data"
    data.mkdir()
    try:
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "paceline", str(data)], capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no `mount` here")
    if made.returncode:
        pytest.skip(f"only an administrator may mount a small disk: {made.stderr.decode().strip()}")
    yield data
    subprocess.run(["umount", "--lazy", str(data)], check=True)


def larger_town(folder: Path) -> Path:
    """The small town with so many houses that the import says how far the map is while it is drawn."""
    sketch = small_town()
    for number in range(5_200):
        sketch.house((5 * (number % 100), 10 + 9 * (number // 100)), f"Nordweg {number // 1000 + 1}", str(number + 1))
    return sketch.write(folder / "larger.osm")


@contextmanager
def no_file_grows_beyond(most_bytes: int) -> Iterator[Room]:
    """What is called sets a limit on every file, as a quota does; lifted afterwards."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def full_to_the_last_byte(disk: Path) -> Iterator[Room]:
    """What is called fills the disk; emptied afterwards."""
    filler = disk / "filler"

    def fill() -> None:
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(bytes(1 << 16)):
                pass

    try:
        yield fill
    finally:
        filler.unlink(missing_ok=True)


def import_while(step: str, path: Path, name: str, happens: Room) -> None:
    """Import, and let it happen when the import says for the first time that it is at `step`."""
    steps: list[str] = []

    def progress(at: str, _count: int) -> None:
        if at.startswith(step) and not any(earlier.startswith(step) for earlier in steps):
            happens()
        steps.append(at)

    try:
        city.import_city(path, name=name, progress=progress)
    finally:
        assert any(at.startswith(step) for at in steps)


def assert_untouched(town: CityFacts, data: Path) -> None:
    assert queries.get_city(town.id).version_id == town.version_id
    assert [name for name in os.listdir(data / "cities") if name.startswith(".")] == []


@pytest.mark.parametrize("step", ["streets", "map"])
def test_a_disk_that_is_full_in_the_middle_leaves_the_city_as_it_was(
    small_disk: Path, town: CityFacts, tmp_path: Path, step: str
) -> None:
    """The graph, or tippecanoe in a process of its own, finds no room."""
    path = larger_town(tmp_path) if step == "map" else small_town().write(tmp_path / "town.osm")
    with full_to_the_last_byte(small_disk) as fill, pytest.raises(city.DiskFull, match="Make room"):
        import_while(step, path, town.name, fill)
    assert_untouched(town, small_disk)


@pytest.mark.parametrize("most_bytes", [500, 16_000], ids=["graph", "map"])
def test_a_quota_that_is_used_up_in_the_middle_leaves_the_city_as_it_was(
    town: CityFacts, tmp_path: Path, most_bytes: int
) -> None:
    """The graph's files are the first that are too large, or tippecanoe's."""
    with no_file_grows_beyond(most_bytes) as forbid, pytest.raises(city.DiskFull, match="Make room"):
        import_while("streets", small_town().write(tmp_path / "town.osm"), town.name, forbid)
    assert_untouched(town, tmp_path / "data")
