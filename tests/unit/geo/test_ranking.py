"""The order of answers is what people judge a search by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.core.units import LonLat
from dispatch.geo import ranking
from dispatch.geo.ranking import Asked, NameRow, NumberRow, Wanted

HERE = LonLat(8.69, 49.41)
FAR = LonLat(8.80, 49.41)


def wanted(name, number=None, *, locality="", postcodes=()):
    return Wanted(
        asked={name: Asked(name=name, number=number, locality=locality)}, postcodes=frozenset(postcodes), near=HERE
    )


def street(name, street_id=1, *, at=HERE, locality=""):
    return NameRow(
        name=name, street_id=street_id, place_id=None, label=name.title(), kind="street", locality=locality,
        address="", length_m=500, at=at,
    )  # fmt: skip


def house(number, *, street_id=1, east=0.0):
    at = LonLat(HERE.lon + east, HERE.lat)
    return NumberRow(
        street_id=street_id, key=str(number), number=str(number), value=number, postcode="69117", locality="", at=at
    )


def answers(asked, rows, exact=None, around=None):
    scored = ranking.best_names(rows, asked)
    found = [one for s in scored for one in ranking.addresses(s, asked, exact or {}, around or {})]
    return ranking.choose(found, asked, 5)


@pytest.mark.parametrize(
    ("asked", "better", "worse"),
    [
        ("hauptstrasse", "hauptstrasse", "hauptstrasse 2"),
        ("haupt", "hauptstrasse", "obere hauptstrasse"),
        ("bulevrdi", "bulevardi", "bulevardin klinikka"),
        ("meritxell", "avinguda meritxell", "avinguda tarragona"),
        ("maria pla", "carrer maria pla", "placeta na maria pla"),
    ],
)
def test_the_likelier_name_wins(asked, better, worse):
    assert ranking.likeness(asked, better) > ranking.likeness(asked, worse)


@given(st.text("abcdefgh ", min_size=1, max_size=30), st.text("abcdefgh ", min_size=1, max_size=30))
def test_likeness_is_a_share_and_full_only_for_equals(one, other):
    assert 0 <= ranking.likeness(one, other) <= 100
    assert (ranking.likeness(one, other) == 100) == (one == other) or one.split() == other.split()


def test_an_exact_name_far_away_beats_a_similar_one_next_door():
    """Nearness orders equals; it never carries a wrong name past a right one."""
    found = answers(wanted("seeweg"), [street("seesteg", 1), street("seeweg", 2, at=FAR)])
    assert found[0].name == "Seeweg"


def test_of_two_streets_of_one_name_the_nearer_comes_first():
    found = answers(wanted("seeweg"), [street("seeweg", 1, at=FAR), street("seeweg", 2, at=HERE)])
    assert [one.at for one in found] == [HERE, FAR]


def test_the_street_that_has_the_number_comes_before_its_namesake():
    asked = wanted("see", "7")
    rows = [street("seeweg", 1), street("seestrasse", 2)]
    found = answers(asked, rows, exact={(2, "7"): [house(7, street_id=2)]})
    assert (found[0].name, found[0].number) == ("Seestrasse", "7")


def test_a_named_locality_decides_between_namesakes():
    asked = wanted("hauptstrasse", locality="dossenheim")
    rows = [street("hauptstrasse", 1, locality="Heidelberg"), street("hauptstrasse", 2, at=FAR, locality="Dossenheim")]
    assert answers(asked, rows)[0].locality == "Dossenheim"


def test_a_missing_number_is_put_between_its_neighbours_and_says_so():
    asked = wanted("seeweg", "15")
    around = {(1, 15): [house(11, east=0.0), house(19, east=0.002)]}
    found = answers(asked, [street("seeweg")], around=around)[0]
    assert found.is_approximate and found.number == "15"
    assert found.at.lon == pytest.approx(HERE.lon + 0.001)


@pytest.mark.parametrize(("number", "is_sure"), [("17", True), ("23", True), ("25", False), ("75", False)])
def test_a_number_well_past_the_last_house_is_no_door(number, is_sure):
    """A rider sent to the end of a street finds nobody; next door a house may have been built."""
    around = {(1, int(number)): [house(19)] if int(number) > 19 else [house(11), house(19)]}
    found = answers(wanted("seeweg", number), [street("seeweg")], around=around)[0]
    assert (found.number, found.is_sure) == (number, is_sure)


def test_a_number_far_beyond_the_last_house_is_not_invented():
    asked = wanted("seeweg", "951")
    found = answers(asked, [street("seeweg")], around={(1, 951): [house(11)]})[0]
    assert (found.kind, found.number) == ("street", "")


def test_nothing_alike_is_no_answer():
    """A wrong place is worse than none: the pin on the map is always there."""
    assert answers(wanted("xylophon"), [street("seeweg")]) == []


def test_a_corrected_pin_replaces_the_maps_own_answer():
    asked = wanted("seeweg", "7")
    scored = ranking.best_names([street("seeweg")], asked)
    found = ranking.addresses(scored[0], asked, {(1, "7"): [house(7)]}, {})
    pin = NameRow(
        name="seeweg 7", street_id=None, place_id=None, label="Seeweg 7", kind="saved", locality="", address="",
        length_m=0, at=FAR,
    )  # fmt: skip
    best = ranking.choose(ranking.with_saved(found, [pin], asked), asked, 5)
    assert [(one.kind, one.at) for one in best] == [("saved", FAR)]


def saved(name, label, locality=""):
    return NameRow(
        name=name, street_id=None, place_id=None, label=label, kind="saved", locality=locality, address="",
        length_m=0, at=FAR,
    )  # fmt: skip


def test_a_corrected_pin_of_the_next_house_is_no_answer():
    """One figure apart, and a rider stands at the wrong door."""
    asked = wanted("seeweg", "12")
    assert ranking.with_saved([], [saved("seeweg 13", "Seeweg 13")], asked) == []
    assert ranking.with_saved([], [saved("seeweg 12", "Seeweg 12")], asked) != []


def test_a_corrected_pin_of_another_village_is_not_sure():
    asked = wanted("seeweg", "12", locality="seestadt")
    there, elsewhere = (ranking.with_saved([], [saved("seeweg 12", f"Seeweg 12, {town}", town.casefold())], asked)[0]
                        for town in ("Seestadt", "Bergdorf"))
    assert there.score == elsewhere.score + 10


def test_one_answer_stands_for_the_same_label_at_the_same_place():
    one = ranking.Found(kind="address", label="Seeweg 7", name="Seeweg", at=HERE, score=100)
    twin = ranking.Found(kind="address", label="SEEWEG 7", name="Seeweg", at=LonLat(8.6905, 49.41), score=99)
    assert ranking.choose([one, twin], wanted("seeweg"), 5) == [one]


def test_an_answer_is_a_geojson_feature():
    feature = ranking.pin(HERE).feature()
    assert feature["geometry"] == {"type": "Point", "coordinates": [8.69, 49.41]}
    assert 0 <= feature["properties"]["score"] <= 1
