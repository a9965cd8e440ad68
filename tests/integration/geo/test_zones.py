"""Which zone a place is in decides who plans for it."""

import pytest
import shapely

from dispatch.core.db import transaction, use_coop
from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.core.units import LonLat
from dispatch.geo.services import create_zone, finish_plan, is_plan_urgent, is_plan_wanted, redraw_zone, want_plan
from dispatch.geo.zones import find_zone_at, get_zone, list_zones
from tests.factories.coops import make_coop
from tests.unit.geo.sketch import lonlat

INSIDE, OUTSIDE = LonLat(*lonlat(250, 250)), LonLat(*lonlat(9_000, 250))


def box(west, south, east, north):
    return shapely.box(*lonlat(west, south), *lonlat(east, north))


@pytest.fixture
def zone(town, coop_id):
    with transaction():
        return create_zone(coop_id, town.id, "Town")


def test_the_first_zone_is_the_whole_town(zone, coop_id):
    assert find_zone_at(coop_id, INSIDE).id == zone.id
    assert find_zone_at(coop_id, OUTSIDE) is None


def test_of_overlapping_zones_the_smaller_counts(zone, town, coop_id):
    with transaction():
        centre = create_zone(coop_id, town.id, "Centre", box(200, 200, 300, 300))
    assert find_zone_at(coop_id, INSIDE).id == centre.id
    assert [one.name for one in list_zones(coop_id)] == ["Centre", "Town"]


def test_a_zone_name_is_used_once(zone, town, coop_id):
    with pytest.raises(Conflict), transaction():
        create_zone(coop_id, town.id, "Town")


def test_a_zone_outside_the_city_is_refused(town, coop_id):
    with pytest.raises(Invalid, match="outside"), transaction():
        create_zone(coop_id, town.id, "Moon", shapely.box(100, 10, 101, 11))


def test_another_co_ops_zone_does_not_exist(zone):
    use_coop(None)
    with transaction():
        other = make_coop("spokes").id
    use_coop(other)
    assert find_zone_at(other, INSIDE) is None
    with pytest.raises(NotFound):
        get_zone(other, zone.id)


def test_redrawing_a_zone_wants_a_new_plan(zone, coop_id):
    with transaction():
        redrawn = redraw_zone(coop_id, zone.id, box(0, 0, 100, 100))
    assert find_zone_at(coop_id, INSIDE) is None
    assert redrawn.plan_wanted == 1


def test_progress_makes_a_plan_wanted_but_not_urgent(zone, coop_id):
    with transaction():
        want_plan(coop_id, zone.id)
        finish_plan(coop_id, zone.id, 1)
        want_plan(coop_id, zone.id, is_urgent=False)
    assert is_plan_wanted(coop_id, zone.id) and not is_plan_urgent(coop_id, zone.id)
    with transaction():
        want_plan(coop_id, zone.id)
        want_plan(coop_id, zone.id, is_urgent=False)
    assert is_plan_urgent(coop_id, zone.id)
    with transaction():
        finish_plan(coop_id, zone.id, 3)
    assert is_plan_wanted(coop_id, zone.id) and not is_plan_urgent(coop_id, zone.id)


def test_a_plan_is_owed_until_the_last_wish_is_planned(zone, coop_id):
    """Two wishes while one plan was made: the plan satisfied the first only."""
    with transaction():
        want_plan(coop_id, zone.id)
        want_plan(coop_id, zone.id)
        finish_plan(coop_id, zone.id, 1)
    assert is_plan_wanted(coop_id, zone.id)
    with transaction():
        finish_plan(coop_id, zone.id, 2)
        finish_plan(coop_id, zone.id, 1)
    assert not is_plan_wanted(coop_id, zone.id)
