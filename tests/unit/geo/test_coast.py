"""The sea is whatever lies right of the shore."""

import pytest
import shapely

from dispatch.geo.coast import sea

BOX = (0.0, 0.0, 0.1, 0.1)


def is_wet(parts, x, y):
    return any(part.contains(shapely.Point(x, y)) for part in parts)


def test_water_is_on_the_right_of_a_shore():
    northward = [(0.05, -0.1), (0.05, 0.2)]
    assert is_wet(sea([northward], BOX), 0.09, 0.05) and not is_wet(sea([northward], BOX), 0.01, 0.05)
    southward = northward[::-1]
    assert is_wet(sea([southward], BOX), 0.01, 0.05) and not is_wet(sea([southward], BOX), 0.09, 0.05)


def test_an_island_is_dry_and_the_water_around_it_wet():
    """Round an island anticlockwise: land on the left."""
    island = [(0.04, 0.04), (0.06, 0.04), (0.06, 0.06), (0.04, 0.06), (0.04, 0.04)]
    parts = sea([island], BOX)
    assert is_wet(parts, 0.01, 0.01) and not is_wet(parts, 0.05, 0.05)


def test_a_shore_in_pieces_is_one_shore():
    assert is_wet(sea([[(0.05, -0.1), (0.05, 0.05)], [(0.05, 0.05), (0.05, 0.2)]], BOX), 0.09, 0.05)


def test_a_shore_cut_just_inside_the_map_still_divides_it():
    """Extracts end a little within the area that the map shows."""
    assert is_wet(sea([[(0.05, 0.002), (0.05, 0.097)]], BOX), 0.09, 0.05)


@pytest.mark.parametrize("shores", [[], [[(0.05, 0.05)]], [[(0.04, 0.05), (0.06, 0.05)]], [[(5, 5), (6, 6)]]])
def test_without_a_shore_that_divides_the_map_there_is_no_sea(shores):
    """A map that is all land is better than one that is all water."""
    assert sea(shores, BOX) == []


def test_a_quay_with_a_gap_is_one_shore_that_leaves_the_map_where_it_was_heading():
    """Two short pieces near the east edge, a gap between them: one water beside both, down to the south edge."""
    quay = [[(0.098, 0.004), (0.098, 0.012)], [(0.098, 0.013), (0.098, 0.02), (0.0985, 0.02)]]
    parts = sea(quay, BOX)
    for north in (0.002, 0.008, 0.0125, 0.018):
        assert is_wet(parts, 0.0995, north) and not is_wet(parts, 0.096, north), north
    assert not is_wet(parts, 0.0995, 0.03)
