"""A file from outside is the first thing a new co-op gives us: it must work or say why not."""

import pytest

from dispatch.geo.extract import MAX_EXTRACT_BYTES, UnusableExtract, read_extract
from tests.unit.geo.sketch import Sketch, lonlat


def test_addresses_streets_and_places_are_read(tmp_path):
    sketch = Sketch()
    sketch.street("Seeweg", (0, 0), (200, 0), **{"name:fr": "Chemin du Lac", "old_name": "Am Teich; Teichweg"})
    sketch.house((50, 10), "Seeweg", "12-14", **{"addr:postcode": "69117", "addr:city": "Seestadt"})
    sketch.node((100, 20), shop="bakery", name="Brot")
    sketch.node((100, 100), place="suburb", name="Altstadt")
    extract = read_extract(sketch.write(tmp_path / "town.osm"))
    assert [piece.names for piece in extract.streets] == [("Seeweg", "Chemin du Lac", "Am Teich", "Teichweg")]
    assert [(a.street, a.number, a.postcode, a.locality) for a in extract.addresses] == [
        ("Seeweg", "12-14", "69117", "Seestadt")
    ]
    assert {(place.names[0], place.kind, place.is_locality) for place in extract.places} == {
        ("Brot", "bakery", False),
        ("Altstadt", "suburb", True),
    }


def test_an_address_on_a_building_lies_in_its_middle(tmp_path):
    sketch = Sketch()
    sketch.street("Seeweg", (0, 0), (200, 0))
    corners = [(20, 10), (40, 10), (40, 30), (20, 30), (20, 10)]
    sketch.way(*corners, building="yes", **{"addr:street": "Seeweg", "addr:housenumber": "3"})
    (address,) = read_extract(sketch.write(tmp_path / "town.osm")).addresses
    assert address.at == pytest.approx(lonlat(30, 20), abs=1e-6)
    assert address.on_building


def test_a_motorway_has_no_addresses(tmp_path):
    sketch = Sketch()
    sketch.way((0, 0), (900, 0), highway="motorway", name="A 5")
    assert read_extract(sketch.write(tmp_path / "town.osm")).streets == []


@pytest.mark.parametrize(
    ("name", "content", "remedy"),
    [
        ("empty.osm.pbf", b"", "empty"),
        ("holiday.jpg", b"\xff\xd8\xff\xe0" * 50, "not an OpenStreetMap file"),
        ("noise.osm.pbf", b"\x00\x01\x02\x03" * 500, "damaged or cut short"),
        ("page.osm", b"<html>404 not found</html>", "damaged or cut short"),
    ],
)
def test_a_wrong_file_is_named_with_the_remedy(tmp_path, name, content, remedy):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnusableExtract, match=remedy) as error:
        read_extract(path)
    assert str(path) in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UnusableExtract, match="no such file"):
        read_extract(tmp_path / "nowhere.osm.pbf")


def test_a_file_without_streets_is_refused(tmp_path):
    sketch = Sketch()
    sketch.node((0, 0), name="Somewhere", place="village")
    with pytest.raises(UnusableExtract, match="no street"):
        read_extract(sketch.write(tmp_path / "sea.osm"))


def test_a_planet_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "planet.osm.pbf"
    with path.open("wb") as file:
        file.truncate(MAX_EXTRACT_BYTES + 1)
    with pytest.raises(UnusableExtract, match="osmium extract"):
        read_extract(path)


def test_hostile_things_are_passed_over(tmp_path):
    """Ways of one node, unknown nodes, a name of nothing but blanks."""
    sketch = Sketch()
    sketch.street("Seeweg", (0, 0), (200, 0))
    sketch.street("   ", (0, 0), (10, 0))
    sketch.street("Punkt", (5, 5))
    sketch._ways.append('<way id="900" version="1"><nd ref="12345"/><tag k="highway" v="residential"/></way>')
    sketch.house((50, 10), "", "")
    extract = read_extract(sketch.write(tmp_path / "town.osm"))
    assert [piece.names[0] for piece in extract.streets] == ["Seeweg"]
    assert extract.addresses == []
