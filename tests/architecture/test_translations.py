"""The French catalogue: whole, certain, and with the same blanks to fill in as the English words."""
import re
from functools import cache

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.architecture.source import PACKAGES, ROOT

TRANSLATIONS = ROOT / "dispatch" / "translations"
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}")
"""What Python fills in, %(name)s, and what scripts fill in, {name}."""


@cache
def words() -> frozenset[str | tuple[str, ...]]:
    """Every text that our code and templates ask a translation for; with a plural, both forms."""
    with (TRANSLATIONS / "babel.cfg").open() as cfg:
        methods, options = parse_mapping_cfg(cfg)
    return frozenset(text for package in PACKAGES
                     for _, _, text, _, _ in extract_from_dir(ROOT / package, methods, options, KEYWORDS))


@cache
def french() -> Catalog:
    """The catalogue as committed."""
    with (TRANSLATIONS / "fr" / "LC_MESSAGES" / "messages.po").open("rb") as po:
        return read_po(po, locale="fr")


def entries() -> list[Message]:
    """The catalogue without its header."""
    return [message for message in french() if message.id]


def forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """A text's singular and plural, or its only form."""
    return (text,) if isinstance(text, str) else tuple(text)


def test_every_word_of_the_interface_is_in_french() -> None:
    """One English button in a French page, and nobody trusts the rest."""
    written = {message.id for message in entries() if all(forms(message.string))}
    assert len(words()) > 500
    assert sorted(words() - written, key=str) == []


def test_french_keeps_no_words_that_nobody_asks_for() -> None:
    """A catalogue with leftovers is reviewed twice and believed once."""
    assert sorted({message.id for message in entries()} - words(), key=str) == []


def test_no_french_word_is_a_guess() -> None:
    """A fuzzy entry is a machine's guess from a similar text; compiled, it is skipped."""
    assert [message.id for message in entries() if message.fuzzy] == []


def test_french_fills_in_the_same_blanks() -> None:
    """A missing %(name)s loses a fact; a misspelt one is an error page."""
    differing = [message.id for message in entries()
                 for english, own in zip(forms(message.id), forms(message.string), strict=False) if own
                 and sorted(PLACEHOLDER.findall(english)) != sorted(PLACEHOLDER.findall(own))]
    assert differing == []


def test_french_has_its_plural_forms() -> None:
    """French says 0 arrêt, 1 arrêt, 2 arrêts."""
    assert french().num_plurals == 2
    assert french().plural_expr == "(n > 1)"
    short = [message.id for message in entries()
             if isinstance(message.id, tuple) and not (len(message.string) == 2 and all(message.string))]
    assert short == []


@pytest.mark.parametrize("apart", ["'", " ;", " :", " !", " ?", "« ", " »", "..."])
def test_french_is_set_as_in_print(apart: str) -> None:
    """A question mark alone on the next line is what a no-break space prevents."""
    found = [own for message in entries() for own in forms(message.string)
             if apart in own.replace("https://...", "")]
    assert found == []
