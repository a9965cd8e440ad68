"""An import either gives a whole new city or leaves the old one as it was."""

import os
import re
import shutil
from math import floor

import numpy as np
import pytest
from sqlalchemy import func, select

from dispatch.core.db import db, transaction, use_coop
from dispatch.core.errors import Conflict
from dispatch.core.units import LonLat
from dispatch.geo import city, folders, geocode, queries, travel
from dispatch.geo.city_checks import Elsewhere, HillsLost, MuchSmaller
from dispatch.geo.extract import UnusableExtract
from dispatch.geo.models import CityVersion, GeoName
from dispatch.geo.services import save_place
from tests.integration.geo.conftest import small_town
from tests.unit.geo.sketch import Sketch, lonlat


def left_over(tmp_path):
    return [name for name in os.listdir(tmp_path / "data" / "cities") if name.startswith(".")]


def test_an_import_makes_streets_addresses_and_map(town, tmp_path):
    folder = folders.version_folder(town.version_id)
    assert town.counts["addresses"] == 20 and town.counts["streets"] == 12
    assert (folder / "city.pmtiles").read_bytes()[:7] == b"PMTiles"
    assert (folder / "streets").is_dir()
    assert left_over(tmp_path) == []
    west, south, east, north = town.bbox
    assert west < town.centre.lon < east and south < town.centre.lat < north


def test_a_second_import_replaces_the_first_and_keeps_it_for_rollback(town, import_sketch):
    sketch = small_town()
    sketch.street("Neuer Weg", (0, 600), (500, 600))
    sketch.street("Stich", (0, 500), (0, 600))
    updated = import_sketch(sketch)
    assert (updated.id, updated.number) == (town.id, 2)
    assert geocode.search(None, town.id, "Neuer Weg")
    city.use_version(town.id, 1)
    assert queries.get_city(town.id).version_id == town.version_id
    assert geocode.search(None, town.id, "Neuer Weg") == []


def test_rolling_back_to_a_version_that_is_gone_names_those_there_are(town):
    with pytest.raises(Conflict, match="there are 1"):
        city.use_version(town.id, 7)


def test_old_versions_are_pruned_with_their_rows_and_files(town, import_sketch):
    for _ in range(3):
        newest = import_sketch()
    assert [version.number for version in queries.list_versions(town.id)] == [4, 3, 2]
    versions = select(func.count(func.distinct(GeoName.version_id)))
    assert db.session.scalar(versions) == 3
    assert not (folders.data_dir() / town.folder).exists()
    assert newest.is_current


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff\xe0" * 99, b'<osm version="0.6"><node id="1" lon="8" lat="49"/></osm>']
)
def test_a_useless_file_leaves_the_city_as_it_was(town, tmp_path, content):
    path = tmp_path / "useless.osm"
    path.write_bytes(content)
    with pytest.raises(UnusableExtract):
        city.import_city(path, name=town.name)
    assert queries.get_city(town.id).version_id == town.version_id
    assert left_over(tmp_path) == []


def test_half_of_a_real_file_leaves_the_city_as_it_was(town, tmp_path, real_extract):
    """A download that stopped."""
    whole = real_extract("helsinki-centre").read_bytes()
    path = tmp_path / "half.osm.pbf"
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnusableExtract, match="damaged or cut short"):
        city.import_city(path, name=town.name)
    assert queries.get_city(town.id).version_id == town.version_id


def test_hostile_tags_and_shapes_do_no_harm(town, tmp_path):
    """What vandals and slips leave behind: everything is drawn, ridden and found that can be, and nothing breaks."""
    sketch = small_town()
    long_name, spiral = "Ä" * 255, [(50 + i % 100, 510 + i // 100) for i in range(10_000)]
    sketch.street(long_name, (0, 0), (100, 0), maxspeed="warp", lanes="∞", maxwidth="99999999", incline="-999999%")
    sketch.street("Zebra\u202eweg 🚲", (0, 500), (50, 510), oneway="maybe", layer="high", surface="lava")
    sketch.street("Spirale", (0, 500), *spiral)
    sketch.street("Kreis", (200, 200), (210, 200), (200, 200), (200, 200))
    sketch.way((10, 10), (20, 20), (10, 20), (20, 10), (10, 10), building="yes", height="-∞", layer="1e99")
    for number in ("१२", "12; DROP TABLE city", "1-999999", "-", "٣" * 500, "0", "00000007"):
        sketch.house((30, 30), "Nordweg", number, **{"addr:city": long_name, "addr:postcode": "😀"})
    sketch.node((60, 60), place="village", name=long_name, population="many")
    sketch._ways.append('<way id="999999" version="1"><nd ref="1"/><nd ref="99999"/><tag k="highway" v="path"/></way>')
    updated = city.import_city(sketch.write(tmp_path / "hostile.osm"), name=town.name)
    assert updated.number == 2
    assert geocode.search(None, town.id, "Nordweg 3")[0].name == "Nordweg"
    assert geocode.search(None, town.id, "zebra weg")[0].kind == "street"
    assert np.isfinite(travel.matrix(town.id, [LonLat(*lonlat(150, 505)), LonLat(*lonlat(490, 10))], "cargo")).all()


def test_of_two_imports_at_once_the_second_is_refused(town, tmp_path):
    """It comes while the first is at work, asks for the same city, and does the first no harm."""
    refused = []

    def second(step, _count):
        if step == "addresses" and not refused:
            with pytest.raises(city.ImportRunning, match="try again when it is done") as error:
                city.import_city(path, name=town.name)
            refused.append(error.value)

    path = small_town().write(tmp_path / "town.osm")
    assert city.import_city(path, name=town.name, progress=second).number == 2
    assert len(refused) == 1
    assert city.import_city(path, name=town.name).number == 3


def test_a_disk_that_fills_half_way_leaves_the_city_as_it_was(town, import_sketch, tmp_path):
    """A file where the new folder belongs makes the last step fail like a full disk does: after all was built."""
    blocked = tmp_path / "data" / "cities" / str(town.id)
    shutil.rmtree(blocked)
    blocked.write_text("in the way")
    with pytest.raises(OSError):
        import_sketch()
    assert db.session.scalar(select(func.count()).select_from(CityVersion)) == 1
    assert queries.get_city(town.id).version_id == town.version_id
    assert left_over(tmp_path) == []


def test_a_file_that_the_disk_has_no_room_for_is_told_with_the_remedy(town, tmp_path):
    """/dev/full refuses every byte as a full disk does."""
    cities = tmp_path / "data" / "cities"
    with pytest.raises(city.DiskFull, match="Make room"), city._scratch_folder(cities, tmp_path / "town.osm"):
        with open("/dev/full", "wb", buffering=0) as full:
            full.write(b"a graph")
    assert left_over(tmp_path) == []


def test_a_database_without_room_leaves_the_city_as_it_was(town, import_sketch, database, tmp_path):
    """The last rows of the index find no room; streets and addresses are written by then."""
    with database.superuser() as owner:
        owner.execute(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS"
            " $$BEGIN RAISE SQLSTATE '53100' USING MESSAGE = 'could not extend file'; END$$"
        )
        owner.execute("CREATE TRIGGER no_room BEFORE INSERT ON geo_name EXECUTE FUNCTION no_room()")
        try:
            with pytest.raises(city.DiskFull, match="the database: the disk is full"):
                import_sketch()
        finally:
            owner.execute("DROP FUNCTION no_room CASCADE")
    assert db.session.scalar(select(func.count()).select_from(CityVersion)) == 1
    assert queries.get_city(town.id).version_id == town.version_id
    assert left_over(tmp_path) == []
    assert import_sketch().number == 2


def test_a_city_is_named_after_its_file(tmp_path):
    assert city.city_name(tmp_path / "helsinki-centre.osm.pbf") == "Helsinki Centre"
    assert city.city_name(tmp_path / "andorra-latest.osm.pbf") == "Andorra"


def test_an_extract_of_half_the_town_is_refused_unless_it_is_meant(town, tmp_path):
    """Most likely the wrong file."""
    sketch = Sketch()
    for i in range(6):
        sketch.street(f"Weg {i}", *[(100 * j, 100 * i) for j in range(3)])
    for j in range(3):
        sketch.street(f"Quergasse {j}", *[(100 * j, 100 * i) for i in range(6)])
    path = sketch.write(tmp_path / "half.osm")
    with pytest.raises(MuchSmaller, match="0 addresses"):
        city.import_city(path, name=town.name)
    assert queries.get_city(town.id).version_id == town.version_id
    assert city.import_city(path, name=town.name, allow_smaller=True).number == 2


def test_a_town_in_pieces_is_refused(app, tmp_path):
    sketch = Sketch()
    for i in range(12):
        sketch.street(f"Weg {i}", (0, 100 * i), (60, 100 * i), (90, 100 * i))
    with pytest.raises(UnusableExtract):
        city.import_city(sketch.write(tmp_path / "pieces.osm"), name="Pieces")
    assert queries.find_city("Pieces") is None


def test_saved_places_survive_an_update_and_a_rollback(town, import_sketch, coop_id):
    """A pin that somebody moved is the co-op's own: no new extract takes it away."""
    door = LonLat(*lonlat(130, 40))
    with transaction():
        save_place(coop_id, town.id, "Nordweg 7", door)
    for change in (import_sketch, lambda: city.use_version(town.id, 1)):
        change()
        use_coop(coop_id)
        assert geocode.search(coop_id, town.id, "Nordweg 7", limit=1)[0].at == door


def test_an_extract_of_another_town_is_refused_under_this_name(town, tmp_path):
    """As large, but elsewhere: zones and saved places would lie nowhere."""
    path = small_town().write(tmp_path / "moved.osm")
    path.write_text(re.sub(r'lat="49\.', 'lat="51.', path.read_text()))
    with pytest.raises(Elsewhere, match="around 51.*--name"):
        city.import_city(path, name=town.name, allow_smaller=True)
    assert queries.get_city(town.id).version_id == town.version_id
    assert left_over(tmp_path) == []


def test_a_gigantic_file_is_refused_before_it_is_read(town, tmp_path):
    """A continent by mistake."""
    path = tmp_path / "planet.osm.pbf"
    with path.open("wb") as file:
        file.truncate(3_000_000_000)
    with pytest.raises(UnusableExtract, match="more than one city"):
        city.import_city(path, name=town.name)


def test_a_city_with_hills_is_not_made_flat_unasked(town, tmp_path):
    """Whoever forgets the tiles in an update is told so, and the hills stay."""
    path, tiles = small_town().write(tmp_path / "again.osm"), tmp_path / "tiles"
    tiles.mkdir()
    west, south, east, north = (floor(value) for value in town.area.bounds)
    for corner in {f"N{lat:02d}E{lon:03d}" for lat in range(south, north + 1) for lon in range(west, east + 1)}:
        (tiles / f"{corner}.hgt").write_bytes(np.tile(np.arange(1201, dtype=">i2"), (1201, 1)).tobytes())
    assert city.import_city(path, name=town.name, elevation_dir=tiles).number == 2
    with pytest.raises(HillsLost, match="--elevation"):
        city.import_city(path, name=town.name)
    assert queries.get_city(town.id).number == 2
    assert city.import_city(path, name=town.name, allow_flat=True).number == 3
    assert city.import_city(path, name=town.name).number == 4


def test_a_damaged_tile_beside_the_town_is_named(town, tmp_path):
    """The map's height lines look at more tiles than the streets do."""
    path, tiles = small_town().write(tmp_path / "again.osm"), tmp_path / "tiles"
    tiles.mkdir()
    west, south, *_ = (floor(value) for value in town.area.bounds)
    (tiles / f"N{south:02d}E{west:03d}.hgt").write_bytes(b"no square")
    with pytest.raises(UnusableExtract, match="no square SRTM tile"):
        city.import_city(path, name=town.name, elevation_dir=tiles)
    assert queries.get_city(town.id).version_id == town.version_id
