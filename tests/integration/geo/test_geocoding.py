"""Search and reverse against PostGIS, as merchants and riders use them."""

import pytest
import shapely
from sqlalchemy import text

from dispatch.core.db import db, transaction, use_coop
from dispatch.core.errors import Invalid
from dispatch.core.units import LonLat, distance_m
from dispatch.geo import geocode, services
from dispatch.geo.extract import AddressPoint, Extract, StreetPiece, read_extract
from tests.factories.coops import make_coop
from tests.integration.geo.stored_city import store_index
from tests.unit.geo.sketch import lonlat


def test_an_address_is_found_however_it_is_written(town):
    written = ("Nordweg 7", "nordweg 7", "7 Nordweg", "Nordweg 7, Seestadt", "Norweg 7", "Nrodweg 7", "NORDWEG 7,")
    for typed in written:
        best = geocode.search(None, town.id, typed)[0]
        assert best.label == "Nordweg 7, Seestadt", typed
        assert distance_m(best.at, LonLat(*lonlat(175, 8))) < 5


def test_half_a_name_and_a_number_are_enough(town):
    assert geocode.search(None, town.id, "nord 12")[0].label == "Nordweg 12, Seestadt"


def test_of_hundreds_of_streets_that_begin_alike_the_nearest_comes_first(app):
    """Half a name fits more streets of a large city than are looked at: those with the number, then the nearest."""
    spots = [(8.0 + 0.01 * i, 49.0) for i in range(400)]
    names = [f"Linden{chr(97 + i // 20)}{chr(97 + i % 20)}weg" for i in range(400)]
    doors = [(name, spot, "7") for name, spot in zip(names, spots)] + [(names[399], spots[399], "8")]
    plain = {"postcode": "", "locality": "", "on_building": True}
    extract = Extract(
        addresses=[AddressPoint(street=name, at=spot, number=number, **plain) for name, spot, number in doors],
        streets=[StreetPiece(names=(name,), line=(at, (at[0] + 0.001, 49.0))) for name, at in zip(names, spots)],
        places=[],
        area=shapely.box(7.9, 48.9, 12.1, 49.1),
        densest=spots[0],
    )
    with transaction():
        city_id = store_index(extract, "Lindenstadt")
    for i in (0, 150, 399):
        assert geocode.search(None, city_id, "linden 7", near=LonLat(*spots[i]))[0].name == names[i]
        assert geocode.search(None, city_id, "linden 8", near=LonLat(*spots[i]))[0].name == names[399]


def test_a_number_after_the_last_house_is_near_it_and_says_so(town):
    best = geocode.search(None, town.id, "Nordweg 25")[0]
    assert best.is_approximate and best.number == "25"


def test_a_street_and_a_shop_are_found_by_name(town):
    assert geocode.search(None, town.id, "Ostweg")[0].kind == "street"
    assert geocode.search(None, town.id, "backerei brot")[0].name == "Bäckerei Brot"


def test_a_search_leaves_the_transaction_as_it_was(town):
    """An order that is placed in the same transaction is planned by PostgreSQL as any other."""
    names = "enable_seqscan", "plan_cache_mode", "pg_trgm.similarity_threshold"
    settings = text("SELECT " + ", ".join(f"current_setting('{name}')" for name in names))
    geocode.search(None, town.id, "")  # loads the extension's settings
    before = db.session.execute(settings).one()
    for typed in ("Nordweg 7", "", "xylophon"):
        geocode.search(None, town.id, typed)
        assert db.session.execute(settings).one() == before == ("on", "auto", "0.3")


def test_the_query_planner_knows_a_city_that_has_just_come_in(town):
    """No minute of slow searches until PostgreSQL has counted the rows by itself."""
    for table in ("geo_street", "geo_address", "geo_place", "geo_name"):
        known, there = f"SELECT reltuples FROM pg_class WHERE relname = '{table}'", f"SELECT count(*) FROM {table}"
        assert db.session.scalar(text(known)) == db.session.scalar(text(there)) > 0, table


def test_nonsense_finds_nothing_and_breaks_nothing(town):
    for typed in ("xylophon", "", "   ", "....", "%", "_", "'; DROP TABLE city; --", "\\", "\x00", "日本", "9" * 200):
        assert geocode.search(None, town.id, typed) == [], typed


def test_an_endless_text_is_refused(town):
    with pytest.raises(Invalid, match="at most 200"):
        geocode.search(None, town.id, "a" * 201)


def test_reverse_names_the_house_else_the_street_else_the_pin(town):
    assert geocode.reverse(None, town.id, LonLat(*lonlat(176, 12))).label == "Nordweg 7, Seestadt"
    assert geocode.reverse(None, town.id, LonLat(*lonlat(250, 510))).kind == "street"
    far = LonLat(*lonlat(9_000, 9_000))
    assert geocode.reverse(None, town.id, far).at == far
    assert geocode.reverse(None, town.id, far).kind == "pin"


def test_a_corrected_pin_is_found_first_and_only_by_its_co_op(town, coop_id):
    gate = LonLat(*lonlat(180, 60))
    with transaction():
        services.save_place(coop_id, town.id, "Nordweg 7, Seestadt", gate)
    first = geocode.search(coop_id, town.id, "nordweg 7")
    assert (first[0].kind, first[0].at) == ("saved", gate)
    assert all(one.number != "7" for one in first[1:])
    assert geocode.reverse(coop_id, town.id, LonLat(*lonlat(182, 61))).kind == "saved"
    use_coop(None)
    with transaction():
        other = make_coop("spokes").id
    use_coop(other)
    assert geocode.search(other, town.id, "nordweg 7")[0].kind == "address"


def test_the_latest_correction_counts(town, coop_id):
    for north in (50, 70):
        with transaction():
            services.save_place(coop_id, town.id, "Nordweg 7", LonLat(*lonlat(180, north)))
    assert geocode.search(coop_id, town.id, "nordweg 7")[0].at == LonLat(*lonlat(180, 70))


def test_corrected_pins_survive_a_new_extract(town, coop_id, import_sketch):
    gate = LonLat(*lonlat(180, 60))
    with transaction():
        services.save_place(coop_id, town.id, "Nordweg 7", gate)
    import_sketch()
    use_coop(coop_id)
    assert geocode.search(coop_id, town.id, "nordweg 7")[0].at == gate


REAL = {
    "helsinki-centre": {
        "Mannerheimintie 14": "Mannerheimintie 14, 00100 Helsinki",
        "mannerheimvagen 14": "Mannerheimintie 14, 00100 Helsinki",
        "Bulevrdi 5": "Bulevardi 5, 00120 Helsinki",
    },
    "andorra": {"av meritxell 61": "Avinguda Meritxell 61, AD500 Andorra la Vella"},
    "heidelberg": {
        "im neuenheimer feld 234": "Im Neuenheimer Feld 234-236, 69120 Heidelberg",
        "Voßstr. 2": "Voßstraße 2, 69115 Heidelberg",
    },
}


@pytest.mark.parametrize("name", REAL)
def test_real_addresses_are_found(app, real_extract, name):
    with transaction():
        city_id = store_index(read_extract(real_extract(name)), name)
    for typed, label in REAL[name].items():
        assert geocode.search(None, city_id, typed)[0].label == label
