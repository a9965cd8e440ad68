"""The demo town is believable, connected and always the same."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import osmium
import pytest

from dispatch.demo.draft import Draft
from dispatch.demo.network import Groups
from dispatch.demo.town import draw_town, write_town

NOT_FOR_BICYCLES = {"steps", "footway"}


@cache
def town_of(seed: int) -> Draft:
    """Drawing takes two seconds; no test changes the drawing."""
    return draw_town(seed)


@pytest.fixture
def town() -> Draft:
    return town_of(1)


def test_same_seed_gives_the_same_file_byte_for_byte(tmp_path: Path):
    """Imports are cached by content; a town that changed by itself would rebuild the graph on every start."""
    for name in ("one", "two"):
        write_town(tmp_path / f"{name}.osm.pbf", seed=3)
    assert (tmp_path / "one.osm.pbf").read_bytes() == (tmp_path / "two.osm.pbf").read_bytes()


def test_file_reads_back_with_everything_that_was_drawn(town: Draft, tmp_path: Path):
    """The town must be a real extract to any reader, with nodes before ways before relations."""
    path = tmp_path / "town.osm.pbf"
    town.write(path)
    kinds = [
        ("n" if obj.is_node() else "w" if obj.is_way() else "r") for obj in osmium.FileProcessor(str(path))
    ]
    assert kinds == ["n"] * len(town.nodes) + ["w"] * len(town.ways) + ["r"] * len(town.relations)


def test_every_node_of_every_way_exists(town: Draft):
    assert {ref for refs, _ in town.ways.values() for ref in refs} <= town.nodes.keys()
    assert all(len(refs) >= 2 for refs, _ in town.ways.values())


def test_every_member_of_every_relation_exists(town: Draft):
    known = {"n": town.nodes, "w": town.ways, "r": town.relations}
    assert all(ref in known[kind] for members, _ in town.relations.values() for kind, ref, _ in members)


@pytest.mark.parametrize("seed", [1, 2])
def test_there_are_about_1500_addresses_and_more_than_60_shops(seed: int):
    tags = all_tags(town_of(seed))
    addresses = {(tag["addr:street"], tag["addr:housenumber"]) for tag in tags if "addr:housenumber" in tag}
    assert 1400 <= len(addresses) <= 1700
    assert sum(number.endswith("a") for _, number in addresses) >= 5
    named = [tag for tag in tags if "name" in tag and ("shop" in tag or "amenity" in tag)]
    assert len(named) >= 60
    assert {"pharmacy", "restaurant", "cafe"} <= {tag.get("amenity") for tag in named}


def test_every_address_lies_on_a_street_of_that_name(town: Draft):
    """The geocoder finds streets first, then numbers."""
    tags = all_tags(town)
    streets = {tag["name"] for tag in tags if "highway" in tag and "name" in tag}
    assert {tag["addr:street"] for tag in tags if "addr:street" in tag} <= streets


def test_three_bridges_cross_the_river_and_one_is_for_foot_and_cycle(town: Draft):
    bridges = [tags for _, tags in town.ways.values() if tags.get("bridge") == "yes"]
    assert len({tags["name"] for tags in bridges}) == 3
    assert Counter(tags["highway"] == "cycleway" for tags in bridges)[True] == 1


@pytest.mark.parametrize(
    "tag",
    [
        "oneway:bicycle=no",
        "cycleway=opposite_lane",
        "cycleway:left=lane",
        "highway=steps",
        "barrier=cycle_barrier",
        "highway=traffic_signals",
        "railway=level_crossing",
        "railway=station",
        "amenity=hospital",
        "amenity=school",
        "leisure=park",
        "natural=water",
        "natural=wood",
        "surface=sett",
        "place=town",
        "place=suburb",
        "restriction=no_left_turn",
        "except=bicycle",
        "highway=living_street",
        "cycleway:both=lane",
    ],
)
def test_town_has_what_an_import_must_understand(town: Draft, tag: str):
    key, value = tag.split("=")
    assert any(tags.get(key) == value for tags in all_tags(town))


def test_steep_streets_say_so(town: Draft):
    inclines = [tags["incline"] for _, tags in town.ways.values() if tags.get("incline", "").endswith("%")]
    assert max(abs(int(incline.rstrip("%"))) for incline in inclines) >= 8


@pytest.mark.parametrize("seed", [1, 2])
def test_bike_network_is_one_large_component(seed: int):
    town = town_of(seed)
    groups = Groups()
    used = set()
    for refs, tags in town.ways.values():
        if "highway" in tags and tags["highway"] not in NOT_FOR_BICYCLES and "area" not in tags:
            used.update(refs)
            for ref in refs[1:]:
                groups.join(refs[0], ref)
    sizes = Counter(groups.find(ref) for ref in used)
    assert max(sizes.values()) > 0.99 * len(used)


def test_names_have_accents_and_an_apostrophe(town: Draft):
    names = {tags["name"] for tags in all_tags(town) if "name" in tags}
    assert any("'" in name for name in names)
    assert any(re.search("[éèêâÉß]", name) for name in names)


def test_no_tag_is_empty_or_too_long_for_openstreetmap(town: Draft):
    assert all(0 < len(value) <= 255 for tags in all_tags(town) for value in tags.values())


def all_tags(town: Draft) -> list[dict[str, str]]:
    nodes = [tags for _, tags in town.nodes.values()]
    return nodes + [tags for _, tags in town.ways.values()] + [tags for _, tags in town.relations.values()]
