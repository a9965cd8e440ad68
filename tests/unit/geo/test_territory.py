"""Extracts carry strays; the map must open on the town."""

import numpy as np

from dispatch.geo.territory import densest_point, main_area

RANDOM = np.random.default_rng(1)
TOWN = RANDOM.normal((8.69, 49.41), 0.008, (2_000, 2))


def test_a_motorway_80_km_away_is_not_part_of_the_town():
    stray = np.column_stack((np.linspace(7.7, 7.9, 40), np.linspace(49.3, 49.35, 40)))
    west, _, east, _ = main_area(np.concatenate((TOWN, stray))).bounds
    assert 8.6 < west < east < 8.8


def test_the_liveliest_part_is_found_among_suburbs():
    village = RANDOM.normal((8.90, 49.45), 0.002, (150, 2))
    lon, lat = densest_point(np.concatenate((TOWN, village)))
    assert abs(lon - 8.69) < 0.01 and abs(lat - 49.41) < 0.01


def test_a_single_street_is_enough():
    line = np.array([[8.0, 49.0], [8.001, 49.0]])
    assert main_area(line).area > 0
    assert densest_point(line)[1] == 49.0
