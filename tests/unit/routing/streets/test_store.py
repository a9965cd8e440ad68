"""Saving and loading: the same network comes back, and nothing half-written or foreign is ever taken for one."""

import json
import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from routing.streets.build import fingerprint
from routing.streets.errors import BadNetworkFolder
from routing.streets.network import ARRAYS
from routing.streets.store import load, save
from routing.streets.travel import Streets
from tests.unit.routing.streets.drawing import Drawing, place, square, town


@pytest.mark.parametrize("mmap", [True, False])
def test_what_is_saved_comes_back(drawing: Drawing, tmp_path: Path, mmap: bool) -> None:
    town(drawing)
    network = drawing.network()
    save(network, tmp_path / "network")
    again = load(tmp_path / "network", mmap=mmap)
    assert all(np.array_equal(getattr(network, name), getattr(again, name)) for name in ARRAYS)
    assert (again.names, again.info) == (network.names, network.info)
    points = [place(10, 0), place(500, 400)]
    assert np.array_equal(Streets(network).matrix(points, "cargo"), Streets(again).matrix(points, "cargo"))


def test_saving_again_replaces_the_old_one_under_its_readers(drawing: Drawing, tmp_path: Path) -> None:
    square(drawing)
    save(drawing.network(), tmp_path / "network")
    reader = Streets(load(tmp_path / "network"))
    town(drawing)
    save(drawing.network(), tmp_path / "network")
    assert reader.matrix([place(0, 0), place(400, 0)], "bike")[0, 1] > 0
    assert load(tmp_path / "network").edge_count > reader.network.edge_count
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["network"]


def test_two_imports_at_once_leave_one_whole_network(drawing: Drawing, tmp_path: Path) -> None:
    town(drawing)
    network = drawing.network()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: save(network, tmp_path / "network"), range(12)))
    assert load(tmp_path / "network").edge_count == network.edge_count
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["network"]


def test_a_folder_without_a_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadNetworkFolder, match="no saved network"):
        load(tmp_path)


def test_a_network_of_another_version_is_refused(drawing: Drawing, tmp_path: Path) -> None:
    square(drawing)
    save(drawing.network(), tmp_path / "network")
    manifest = tmp_path / "network" / "network.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 0}))
    with pytest.raises(BadNetworkFolder, match="another version"):
        load(tmp_path / "network")


@pytest.mark.parametrize("name", ["order", "arc_head", "cell_slot"])
def test_a_damaged_file_is_refused(drawing: Drawing, tmp_path: Path, name: str) -> None:
    square(drawing)
    save(drawing.network(), tmp_path / "network")
    path = tmp_path / "network" / f"{name}.npy"
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(BadNetworkFolder, match=name):
        load(tmp_path / "network")


@pytest.fixture
def no_room() -> Iterator[None]:
    """Files cannot grow beyond 2,000 bytes: writing fails half-way, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_old_network(drawing: Drawing, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    square(drawing)
    save(drawing.network(), tmp_path / "network")
    before = load(tmp_path / "network").edge_count
    town(drawing)
    larger = drawing.network()
    request.getfixturevalue("no_room")
    with pytest.raises(OSError, match="File too large"):
        save(larger, tmp_path / "network")
    assert load(tmp_path / "network").edge_count == before
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == ["network"]


def test_a_fingerprint_knows_the_file_and_the_tiles(drawing: Drawing, tmp_path: Path) -> None:
    square(drawing)
    first = fingerprint(drawing.write())
    assert first == fingerprint(drawing.path)
    assert first != fingerprint(drawing.path, tmp_path)
    square(drawing, oneway="yes")
    assert fingerprint(drawing.write()) != first
