"""Hills: from SRTM tiles, from tags, and what riders make of them."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from routing.streets.elevation import VOID, Elevation
from routing.streets.profiles import PROFILES, pushing_factors
from routing.streets.travel import Streets
from tests.unit.routing.streets.drawing import Drawing, place, square

SIDE = 1201


def _slope(permille_east: float) -> np.ndarray:
    """A tile that rises evenly to the east."""
    metres = np.linspace(0, 111_195 * np.cos(np.radians(49.0)), SIDE)
    return np.tile(metres * permille_east / 1000.0, (SIDE, 1)).round().astype(">i2")


def _write(folder: Path, tile: np.ndarray, zipped: bool = False) -> Path:
    folder.mkdir(exist_ok=True)
    if zipped:
        with zipfile.ZipFile(folder / "N49E008.hgt.zip", "w") as archive:
            archive.writestr("N49E008.hgt", tile.tobytes())
    else:
        (folder / "N49E008.hgt").write_bytes(tile.tobytes())
    return folder


def _both_ways(drawing: Drawing, tiles: Path | None, profile: str = "bike") -> tuple[float, float]:
    streets = Streets(drawing.network(tiles))
    points = [place(50, 0), place(350, 0)]
    matrix = streets.matrix(points, profile)
    return float(matrix[0, 1]), float(matrix[1, 0])


@pytest.mark.parametrize("zipped", [False, True])
def test_uphill_takes_longer_than_downhill(drawing: Drawing, tmp_path: Path, zipped: bool) -> None:
    square(drawing)
    tiles = _write(tmp_path / "srtm", _slope(60), zipped)
    up, down = _both_ways(drawing, tiles)
    flat, _ = _both_ways(drawing, None)
    assert up > 1.4 * flat
    assert down == pytest.approx(flat / PROFILES["bike"].downhill_factor, rel=0.05)


def test_without_tiles_the_incline_tag_counts(drawing: Drawing) -> None:
    square(drawing, incline="6%")
    up, down = _both_ways(drawing, None)
    assert up > 1.5 * down


def test_the_incline_of_a_way_drawn_downhill_counts_backwards(drawing: Drawing) -> None:
    square(drawing, "b a", incline="-6%")
    up, down = _both_ways(drawing, None)
    assert up > 1.5 * down


def test_a_void_in_the_tile_falls_back_to_the_tag(drawing: Drawing, tmp_path: Path) -> None:
    square(drawing, incline="6%")
    tiles = _write(tmp_path / "srtm", np.full((SIDE, SIDE), VOID, dtype=">i2"))
    up, down = _both_ways(drawing, tiles)
    assert up > 1.5 * down


def test_a_single_void_takes_the_height_of_its_neighbours(tmp_path: Path) -> None:
    tile = np.full((3, 3), 100, dtype=">i2")
    tile[1, 1] = VOID
    elevation = Elevation(_write(tmp_path / "srtm", tile))
    heights = elevation.heights_m(np.array([8.45, 8.5, 8.9]), np.array([49.55, 49.5, 49.1]))
    assert heights[0] == pytest.approx(100)
    assert np.isnan(heights[1])
    assert heights[2] == pytest.approx(100)


def test_heights_are_bilinear_and_north_is_up(tmp_path: Path) -> None:
    tile = np.array([[0, 100], [200, 300]], dtype=">i2")
    elevation = Elevation(_write(tmp_path / "srtm", tile))
    lon, lat = np.array([8.0, 8.5, 8.25]), np.array([49.999999, 49.5, 49.0])
    assert elevation.heights_m(lon, lat) == pytest.approx([0, 150, 225], abs=0.01)


def test_no_tile_means_no_height(tmp_path: Path) -> None:
    elevation = Elevation(_write(tmp_path / "srtm", _slope(0)))
    assert np.isnan(elevation.heights_m(np.array([12.5]), np.array([-3.2])))[0]


def test_a_bridge_does_not_dip_into_the_valley(tmp_path: Path) -> None:
    """The ground falls 60 m and rises again under the bridge; who rides over it stays level."""
    tile = np.zeros((SIDE, SIDE), dtype=">i2")
    metres = np.linspace(0, 111_195 * np.cos(np.radians(49.0)), SIDE)
    tile[:, (metres > 100) & (metres < 300)] = -60
    tiles = _write(tmp_path / "srtm", tile)
    seconds = []
    for tags, folder in (({}, tiles), ({"bridge": "yes"}, tiles), ({}, None)):
        drawing = Drawing(tmp_path)
        for x_m in range(50, 400, 50):
            drawing.node(f"m{x_m}", x_m, 0)
        square(drawing, "a m50 m100 m150 m200 m250 m300 m350 b", **tags)
        for corner, x_m in (("a", -60), ("b", 460)):
            drawing.node(f"beyond{corner}", x_m, 0)
            drawing.way(f"{corner} beyond{corner}")
        seconds.append(_both_ways(drawing, folder)[0])
    valley, bridge, flat = seconds
    assert bridge == pytest.approx(flat, rel=0.02)
    assert valley > 1.2 * flat


@pytest.mark.parametrize("name", PROFILES)
def test_steeper_is_never_faster(name: str) -> None:
    factors = PROFILES[name].grade_factors()
    assert (np.diff(factors[0]) <= 1e-9).all()
    assert factors[0, 150] == pytest.approx(1.0, abs=0.01)
    assert factors.max() <= PROFILES[name].downhill_factor
    assert factors[0].min() * PROFILES[name].cruise_ms >= PROFILES[name].push_ms - 1e-9


def test_a_motor_helps_uphill() -> None:
    at_eight_percent = 150 + 80
    speeds = {name: PROFILES[name].cruise_ms * PROFILES[name].grade_factors()[0, at_eight_percent] for name in PROFILES}
    assert speeds["ebike"] > 1.5 * speeds["bike"]
    assert speeds["cargo"] > speeds["trailer"]


def test_pushing_uphill_follows_tobler() -> None:
    factors = pushing_factors()
    assert factors[150] == pytest.approx(1.0)
    assert factors[150 + 100] == pytest.approx(np.exp(-0.35), abs=1e-9)
    assert factors.max() <= 1.0
