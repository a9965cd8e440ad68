"""Real extracts write one street in pieces and one address five times; people search for one of each."""

import pytest

from dispatch.geo.address_index import build_index
from dispatch.geo.extract import read_extract
from tests.unit.geo.sketch import Sketch, lonlat


@pytest.fixture
def index_of(tmp_path):
    def build(sketch):
        return build_index(read_extract(sketch.write(tmp_path / "town.osm")))

    return build


def numbers(index, name):
    ids = {street.id for street in index.streets if street.names[0] == name}
    return [(one.key, one.at) for one in index.addresses if one.street_id in ids]


def test_pieces_with_other_capitals_are_one_street(index_of):
    sketch = Sketch()
    sketch.street("Seestraße", (0, 0), (100, 0))
    sketch.street("Seestraße", (100, 0), (200, 0))
    sketch.street("SEESTRASSE", (200, 0), (300, 0))
    index = index_of(sketch)
    assert [street.names for street in index.streets] == [("Seestraße", "SEESTRASSE")]
    assert index.streets[0].length_m == pytest.approx(300, abs=2)


def test_streets_of_one_name_in_two_villages_stay_two(index_of):
    sketch = Sketch()
    sketch.street("Hauptstraße", (0, 0), (200, 0))
    sketch.street("Hauptstraße", (5_000, 0), (5_200, 0))
    sketch.node((0, 50), place="village", name="Westheim")
    sketch.node((5_000, 50), place="village", name="Ostheim")
    assert {street.locality for street in index_of(sketch).streets} == {"Westheim", "Ostheim"}


def test_an_address_on_several_shops_is_one_address(index_of):
    sketch = Sketch()
    sketch.street("Seestraße", (0, 0), (300, 0))
    for east in (40, 50, 60):
        sketch.house((east, 10), "Seestraße", "7", shop="yes", name=f"Shop {east}")
    (found,) = numbers(index_of(sketch), "Seestraße")
    assert found[0] == "7" and found[1] == pytest.approx(lonlat(50, 10), abs=1e-6)


def test_one_number_in_two_places_stays_two_the_better_known_first(index_of):
    sketch = Sketch()
    sketch.street("Seestraße", (0, 0), (900, 0))
    sketch.house((40, 10), "Seestraße", "7")
    for east in (700, 710):
        sketch.house((east, 10), "Seestraße", "7")
    first, second = numbers(index_of(sketch), "Seestraße")
    assert first[1][0] > second[1][0]


def test_a_house_of_its_own_is_truer_than_one_inside_a_range(index_of):
    sketch = Sketch()
    sketch.street("Seestraße", (0, 0), (300, 0))
    sketch.house((40, 10), "Seestraße", "12-16")
    sketch.house((200, 10), "Seestraße", "14")
    keys = dict(numbers(index_of(sketch), "Seestraße"))
    assert keys["14"] == pytest.approx(lonlat(200, 10), abs=1e-6)
    assert keys["12"] == keys["16"] == pytest.approx(lonlat(40, 10), abs=1e-6)


def test_a_number_goes_to_the_nearest_street_of_its_name(index_of):
    sketch = Sketch()
    sketch.street("Hauptstraße", (0, 0), (200, 0))
    sketch.street("Hauptstraße", (5_000, 0), (5_200, 0))
    sketch.house((5_050, 10), "Hauptstr.", "3")
    index = index_of(sketch)
    (address,) = index.addresses
    assert index.streets[address.street_id].middle[0] > lonlat(4_000, 0)[0]


def test_a_misspelt_street_on_an_address_belongs_to_the_real_one_beside_it(index_of):
    """Tagged `Avigunda Meritxell`: found as the avenue, and under the tagged spelling too."""
    sketch = Sketch()
    sketch.street("Avinguda Meritxell", (0, 0), (300, 0))
    sketch.house((40, 10), "Avigunda Meritxell", "3")
    index = index_of(sketch)
    assert [street.names for street in index.streets] == [("Avinguda Meritxell", "Avigunda Meritxell")]
    assert len(index.addresses) == 1


def test_a_number_whose_street_has_no_way_makes_the_street(index_of):
    sketch = Sketch()
    sketch.street("Seestraße", (0, 0), (300, 0))
    sketch.house((40, 400), "Hofgut Rosenau", "1")
    index = index_of(sketch)
    (street,) = (one for one in index.streets if one.names[0] == "Hofgut Rosenau")
    assert street.lines == [] and street.middle == pytest.approx(lonlat(40, 400), abs=1e-6)


def test_a_number_without_a_street_takes_the_nearest(index_of):
    sketch = Sketch()
    sketch.street("Seestraße", (0, 0), (300, 0))
    sketch.house((40, 10), "", "5")
    sketch.house((40, 900), "", "6")
    assert [key for key, _ in numbers(index_of(sketch), "Seestraße")] == ["5"]


def test_every_language_of_a_street_is_searched(index_of):
    sketch = Sketch()
    for name, swedish in (("Annankatu", "Annegatan"), ("Mikonkatu", "Mikaelsgatan")):
        sketch.street(name, (0, 0), (100, 0), **{"name:sv": swedish})
    index = index_of(sketch)
    assert {"annankatu", "annegatan", "mikonkatu", "mikaelsgatan"} <= {name for name, _, _ in index.names}
    assert set(index.languages) == {"fi", "sv"}


def test_a_shop_drawn_twice_is_one_place(index_of):
    sketch = Sketch()
    sketch.street("Seestraße", (0, 0), (300, 0))
    sketch.node((40, 10), shop="bakery", name="Brot & Butter")
    sketch.node((55, 10), shop="bakery", name="Brot und Butter")
    sketch.node((50, 12), shop="bakery", name="BROT & BUTTER")
    assert len(index_of(sketch).places) == 2
