"""Houses stand free: not on each other, on streets or in water."""

import pytest
from shapely import STRtree

from dispatch.demo.blocks import sites
from dispatch.demo.buildings import House, build
from dispatch.demo.layout import lay_out
from dispatch.demo.streets import Street, name_streets
from dispatch.demo.terrain import Terrain


@pytest.fixture(scope="module")
def built() -> tuple[list[Street], list[House]]:
    terrain = Terrain()
    layout = lay_out(terrain, 1)
    streets = name_streets(layout, terrain)
    return streets, build(streets, sites(layout, terrain), terrain, 1)


def test_no_two_buildings_touch(built: tuple[list[Street], list[House]]):
    shapes = [house.shape for house in built[1]]
    pairs = STRtree(shapes).query(shapes, predicate="intersects").T
    assert [(a, b) for a, b in pairs.tolist() if a != b] == []


def test_no_building_stands_on_a_street_or_in_the_river(built: tuple[list[Street], list[House]]):
    streets, houses = built
    lines = [piece.geometry for street in streets for piece in street.pieces]
    tree = STRtree([*lines, Terrain().river])
    assert tree.query([house.shape for house in houses], predicate="intersects").size == 0


def test_every_building_is_a_valid_polygon(built: tuple[list[Street], list[House]]):
    assert all(house.shape.is_valid for house in built[1])
