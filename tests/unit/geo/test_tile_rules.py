"""The style draws what these rules let through; a wrong attribute is a wrong map."""

import pytest

from dispatch.geo.tile_rules import MAX_ZOOM, MIN_ZOOM, area_features, line_features, name_apart, point_features


def road(**tags):
    (feature,) = line_features(tags)
    assert feature.layer == "road"
    return feature.attributes


@pytest.mark.parametrize(
    ("highway", "kind"),
    [
        ("primary", "primary"),
        ("living_street", "residential"),
        ("cycleway", "cycleway"),
        ("footway", "path"),
        ("steps", "steps"),
    ],
)
def test_roads_have_few_kinds(highway, kind):
    assert road(highway=highway)["kind"] == kind


def test_a_link_is_its_road_and_says_so():
    assert road(highway="trunk_link") == {"kind": "trunk", "link": 1}


def test_a_path_made_for_bikes_stands_out_as_cycleway():
    assert road(highway="path", bicycle="designated")["kind"] == "cycleway"


@pytest.mark.parametrize(
    "tags", [{"oneway:bicycle": "no"}, {"cycleway": "opposite_lane"}, {"cycleway:left": "opposite_track"}]
)
def test_contraflow_is_marked_on_oneway_streets(tags):
    drawn = road(highway="residential", oneway="yes", **tags)
    assert (drawn["oneway"], drawn["contraflow"]) == (1, 1)


def test_contraflow_needs_a_oneway():
    assert "contraflow" not in road(highway="residential", **{"oneway:bicycle": "no"})


def test_a_reversed_oneway_points_against_the_line():
    assert road(highway="residential", oneway="-1")["oneway"] == -1


def test_a_roundabout_is_oneway_without_saying_so():
    assert road(highway="residential", junction="roundabout")["oneway"] == 1


@pytest.mark.parametrize(
    ("tags", "forbidden"),
    [
        ({"highway": "motorway"}, True),
        ({"highway": "primary", "bicycle": "no"}, True),
        ({"highway": "primary", "motorroad": "yes"}, True),
        ({"highway": "service", "access": "private"}, True),
        ({"highway": "service", "access": "private", "bicycle": "yes"}, False),
        ({"highway": "residential"}, False),
    ],
)
def test_streets_closed_to_bikes_are_marked(tags, forbidden):
    assert ("nobike" in road(**tags)) is forbidden


@pytest.mark.parametrize(
    "tags",
    [{"highway": "proposed"}, {"highway": "bus_stop"}, {"waterway": "river", "tunnel": "culvert"}, {"fence": "y"}],
)
def test_the_map_leaves_out_what_is_not_there(tags):
    assert line_features(tags) == []


@pytest.mark.parametrize(
    ("tags", "layer", "kind"),
    [
        ({"natural": "water", "water": "river"}, "water", "river"),
        ({"landuse": "reservoir"}, "water", "basin"),
        ({"leisure": "park", "name": "Stadtpark"}, "landuse", "park"),
        ({"landuse": "forest"}, "landuse", "wood"),
        ({"amenity": "school", "building": "yes"}, "building", None),
    ],
)
def test_surfaces_have_a_layer_and_a_kind(tags, layer, kind):
    (feature,) = area_features(tags)
    assert (feature.layer, feature.attributes.get("kind")) == (layer, kind)


@pytest.mark.parametrize(
    ("tags", "height"), [({"height": "12.5 m"}, 12.5), ({"building:levels": "4"}, 12.0), ({"height": "tall"}, None)]
)
def test_a_building_has_a_height_when_the_tags_make_sense(tags, height):
    (feature,) = area_features({"building": "yes", **tags})
    assert feature.attributes.get("height") == height


def test_house_numbers_are_kept_for_the_closest_zoom():
    (feature,) = point_features({"addr:housenumber": "12a"})
    assert (feature.layer, feature.attributes, feature.min_zoom) == ("address", {"number": "12a"}, MAX_ZOOM)


@pytest.mark.parametrize(("tagged", "shown"), [
    ("14 - 18", ["14-18"]), ("2;4", ["2, 4"]), ("8, Floor 6", ["8"]), ("12 A", ["12a"]), ("n/a", []),
    ("1;2;3;4;5;6", ["1..."]),
])
def test_a_house_number_is_drawn_as_on_its_sign(tagged, shown):
    assert [feature.attributes["number"] for feature in point_features({"addr:housenumber": tagged})] == shown


def test_a_surface_and_its_name_are_drawn_apart():
    """A park that several tiles cut is named once."""
    (park,) = area_features({"leisure": "park", "name": "Stadtpark"})
    surface, name = name_apart(park)
    assert surface.attributes == {"kind": "park"}
    assert (name.layer, name.attributes) == ("surface_name", {"kind": "park", "name": "Stadtpark"})
    assert name_apart(surface) == (surface, None)


def test_a_pavement_along_a_street_is_no_path_of_its_own():
    assert line_features({"highway": "footway", "footway": "sidewalk"})[0].attributes == {"kind": "path", "beside": 1}


def test_a_nameless_shop_is_no_symbol_but_a_pump_is():
    assert point_features({"shop": "bakery"}) == []
    assert point_features({"amenity": "compressed_air"})[0].attributes == {"kind": "pump"}


def test_a_population_that_is_no_number_is_left_out():
    (feature,) = point_features({"place": "town", "name": "Seestadt", "population": "about 9000"})
    assert feature.attributes == {"kind": "town", "name": "Seestadt"}


def test_no_feature_starts_outside_the_zooms_of_the_archive():
    for tags in ({"highway": "primary"}, {"waterway": "ditch"}, {"boundary": "administrative", "admin_level": "8"}):
        assert all(MIN_ZOOM <= feature.min_zoom <= MAX_ZOOM for feature in line_features(tags))
