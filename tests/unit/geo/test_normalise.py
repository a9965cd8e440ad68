"""Addresses are written in a hundred ways; index and search must agree on one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.geo.normalise import Reading, detect_languages, fold, normalise, number_keys, readings


@pytest.mark.parametrize(
    ("languages", "written", "meant"),
    [
        (("de",), "Hauptstr. ", "Hauptstraße"),
        (("de",), "Bahnhofstr", "Bahnhofstraße"),
        (("de",), "Muehlstrasse", "Mühlstraße"),
        (("de",), "St. Anna Gasse", "Sankt-Anna-Gasse"),
        (("fr",), "12 av. de l'Opera", "12 Avenue de l’Opéra"),
        (("fr",), "Bd St-Michel", "boulevard saint Michel"),
        (("ca",), "Av. Meritxell", "AVINGUDA MERITXELL"),
        (("ca",), "C/ Prat de la Creu", "Carrer Prat de la Creu"),
        (("es",), "Pza. Mayor", "Plaza Mayor"),
        (("en",), "Church St", "Church Street"),
        (("fi",), "Mannerheimint.", "Mannerheimintie"),
        (("sv",), "Alexandersg.", "Alexandersgatan"),
    ],
)
def test_an_abbreviation_is_the_same_as_the_word(languages, written, meant):
    assert normalise(written, languages) == normalise(meant, languages)


@pytest.mark.parametrize(
    ("signed", "typed"),
    [
        ("улица Ленина", "ulitsa lenina"),
        ("Οδός Ερμού", "odos ermoy"),
        ("Łódź Żółta", "lodz zolta"),
        ("Ørsteds Plads", "orsteds plads"),
        ("Mühlstraße", "MUHLSTRASSE"),
        ("l’Àngel", "l'angel"),
    ],
)
def test_a_keyboard_without_these_letters_finds_the_street(signed, typed):
    assert fold(signed) == fold(typed)


def test_the_same_abbreviation_means_what_the_towns_language_says():
    """`St` is a street in York and a saint in Lyon."""
    assert normalise("St Jean", ("fr",)) == "saint jean"
    assert normalise("Church St", ("en",)) == "church street"


def test_languages_are_told_from_the_street_names():
    assert detect_languages(["Hauptstraße", "Am Markt", "Bergweg"]) == ("de",)
    assert set(detect_languages(["Annankatu", "Mikonkatu", "Annegatan", "Mikaelsgatan"])) == {"fi", "sv"}
    assert detect_languages([]) == ()


@given(st.text(max_size=60))
def test_normalising_twice_changes_nothing_more(text):
    """Otherwise a stored name and a typed one could meet only by luck."""
    once = fold(text)
    assert fold(once) == once
    assert set(once) <= set("abcdefghijklmnopqrstuvwxyz0123456789 ")


@pytest.mark.parametrize(
    ("tagged", "found_by"),
    [
        ("12", {"12"}),
        ("12 A", {"12a"}),
        ("12-16", {"12", "14", "16", "12-16"}),
        ("12;14", {"12", "14"}),
        ("1,3", {"1", "3"}),
        ("30a-c", {"30a", "30b", "30c", "30a-c"}),
        ("20 bis", {"20bis"}),
        ("118/2", {"118/2"}),
        ("2, 2. krs./Floor 2", {"2"}),
        ("2-998", {"2", "998", "2-998"}),
        ("km. 22", set()),
        ("A1", set()),
        ("", set()),
    ],
)
def test_a_house_is_found_by_every_number_on_its_sign(tagged, found_by):
    assert {key for _, key in number_keys(tagged)} == found_by


@given(st.text(max_size=20))
def test_no_tagged_number_breaks_the_index(tagged):
    for label, key in number_keys(tagged):
        assert label and key and key[0].isdigit()


@pytest.mark.parametrize(
    ("typed", "likeliest"),
    [
        ("Hauptstraße 12", Reading("Hauptstraße", "12")),
        ("12 rue de la Paix", Reading("rue de la Paix", "12")),
        ("Hauptstr. 12 b, 69117 Heidelberg", Reading("Hauptstr. Heidelberg", "12b")),
        ("Bulevardi 46-48", Reading("Bulevardi", "46-48")),
        ("Bulevardi 46 - 48", Reading("Bulevardi", "46-48")),
        ("Straße des 17. Juni 135", Reading("Straße des 17. Juni", "135")),
        ("Q7, 24", Reading("Q7", "24")),
        ("Avinguda Meritxell", Reading("Avinguda Meritxell")),
    ],
)
def test_the_number_is_found_wherever_it_stands(typed, likeliest):
    assert readings(typed)[0] == likeliest


def test_a_number_may_always_be_part_of_the_name():
    """Rue du 8 Mai 1945 is a street without a house."""
    assert Reading("Rue du 8 Mai 1945") in readings("Rue du 8 Mai 1945")


def test_a_postcode_of_the_town_is_no_house_number():
    """Andorra's are often written with three digits."""
    assert readings("Carrer Major 32, 500", frozenset({"500"}))[0] == Reading("Carrer Major", "32")
    assert readings("Carrer Major 500", frozenset({"500"}))[0] == Reading("Carrer Major", "500")


def test_the_part_beside_the_number_is_tried_on_its_own():
    assert Reading("Aleksanterinkatu", "42") in readings("Galleria Esplanad, Aleksanterinkatu 42")


@given(st.text(max_size=200))
def test_whatever_is_typed_can_be_read(text):
    assert 1 <= len(readings(text)) <= 5
