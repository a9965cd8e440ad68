"""Ride times follow the city's version and the co-op's hazards, at once and in every process."""

import threading
import time
from contextlib import ExitStack
from uuid import uuid4

import numpy as np
import pytest

from dispatch.core.db import db, transaction, use_coop
from dispatch.core.errors import NotFound
from dispatch.core.units import LonLat
from dispatch.geo import travel
from dispatch.geo.hazard_services import HazardReport, clear_hazard, report_hazard, vote_on_hazard
from dispatch.geo.hazards import list_hazards
from dispatch.geo.services import create_zone
from dispatch.geo.zones import get_zone
from tests.factories.coops import make_coop, make_member
from tests.integration.geo.conftest import small_town
from tests.unit.geo.sketch import lonlat

WEST, EAST = LonLat(*lonlat(0, 200)), LonLat(*lonlat(500, 200))
MIDDLE = LonLat(*lonlat(250, 200))


def ride_s(town):
    return float(travel.matrix(town.id, [WEST, EAST], "bike")[0, 1])


def hazard(town, kind="works", at=MIDDLE):
    return HazardReport(id=uuid4(), city_id=town.id, kind=kind, at=at)


@pytest.fixture
def rider(coop_id):
    with transaction():
        return make_member(coop_id).id


def test_a_matrix_and_a_leg_tell_of_the_same_town(town):
    assert 60 < ride_s(town) < 300
    leg = travel.leg(town.id, WEST, EAST, "bike")
    assert leg.length_m == pytest.approx(500, rel=0.05)
    assert np.diag(travel.matrix(town.id, [WEST, EAST], "cargo")).tolist() == [0, 0]
    assert travel.table(town.id, [WEST], [EAST, MIDDLE], "ebike").shape == (1, 2)


def test_a_place_off_all_streets_is_named(town):
    with pytest.raises(travel.OffStreet) as error:
        travel.matrix(town.id, [WEST, LonLat(8.9, 49.9)], "bike")
    assert error.value.extra["indices"] == [1]


def test_a_city_that_was_never_imported_is_not_found(app):
    with pytest.raises(NotFound, match="paceline city import"):
        travel.matrix(uuid4(), [WEST], "bike")


def test_nobody_who_holds_a_connection_waits_for_a_second_one(town, coop_id):
    """With a hundred riders on shift, every connection was held by somebody who asked for the streets meanwhile."""
    pool = db.engine.pool
    with ExitStack() as held:
        for _ in range(pool.size() + pool._max_overflow - pool.checkedout()):
            held.enter_context(db.engine.connect())
        began_s = time.monotonic()
        assert ride_s(town) > 0
        assert time.monotonic() - began_s < pool._timeout / 2


def test_a_hazard_counts_50_ms_after_its_commit_and_ends_when_cleared(town, coop_id, rider):
    before = ride_s(town)
    with transaction():
        report_hazard(coop_id, rider, report := hazard(town))
    time.sleep(0.05)
    slowed = ride_s(town)
    assert slowed > before + 5
    with transaction():
        clear_hazard(coop_id, report.id)
    time.sleep(0.05)
    assert ride_s(town) == before


def test_a_hazard_slows_only_the_riders_of_its_co_op(town, coop_id, rider):
    before = ride_s(town)
    with transaction():
        report_hazard(coop_id, rider, hazard(town))
    use_coop(None)
    with transaction():
        other = make_coop("spokes").id
    time.sleep(0.05)
    use_coop(other)
    assert ride_s(town) == before
    use_coop(coop_id)
    assert ride_s(town) > before


def test_a_new_city_version_is_used_without_a_restart(town, import_sketch):
    before = ride_s(town)
    sketch = small_town()
    sketch._ways = [way for way in sketch._ways if "Nordweg 2" not in way]
    import_sketch(sketch)
    time.sleep(0.05)
    assert ride_s(town) > before + 20


def test_asking_for_ride_times_leaves_no_transaction_open(town, coop_id):
    db.session.rollback()
    ride_s(town)
    assert not db.session().in_transaction()


def test_many_threads_may_ask_while_hazards_change(app, town, coop_id, rider):
    plain, failures = ride_s(town), []

    def ask():
        with app.app_context():
            use_coop(coop_id)
            for _ in range(40):
                if not plain <= ride_s(town) < 3 * plain:
                    failures.append("wrong time")
            db.session.remove()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        with transaction():
            report_hazard(coop_id, rider, report := hazard(town))
        with transaction():
            clear_hazard(coop_id, report.id)
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_hazard_has_the_zone_around_it_planned_anew_once(town, coop_id, rider):
    with transaction():
        zone = create_zone(coop_id, town.id, "Town")
        report = hazard(town, "glass")
        report_hazard(coop_id, rider, report)
        report_hazard(coop_id, rider, report)
    assert get_zone(coop_id, zone.id).plan_wanted == 1
    assert [one.kind for one in list_hazards(coop_id, town.id)] == ["glass"]


def test_votes_of_two_riders_clear_a_hazard(town, coop_id, rider):
    with transaction():
        report_hazard(coop_id, rider, report := hazard(town, "glass"))
        for name in ("Ada", "Bo"):
            member = make_member(coop_id, name).id
            vote_on_hazard(coop_id, report.id, member, is_gone=True)
            vote_on_hazard(coop_id, report.id, member, is_gone=True)
    assert list_hazards(coop_id, town.id) == []
