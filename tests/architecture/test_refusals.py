"""Every refusal has words for people, in every language, or is on the short list of those that only programs meet."""
import ast
import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from dispatch.core import errors, refusals
from dispatch.core.errors import Conflict, FieldError, Invalid, NotFound
from dispatch.planning.promise import REFUSALS
from tests.architecture.source import ROOT, python_files, tree

ERRORS = {name for name, kind in vars(errors).items()
          if isinstance(kind, type) and issubclass(kind, errors.PacelineError)}
PROMISED = {*REFUSALS, "not_serviceable"}
"""Why a merchant's order cannot be carried: these become codes of refusals as they are."""
WERKZEUGS = {"method_not_allowed"}
"""What the web framework itself refuses; others of its names are ours too."""


@pytest.fixture(scope="module")
def app() -> Flask:
    """Just enough of an application to ask for words."""
    app = Flask("dispatch")
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(ROOT / "dispatch" / "translations")
    Babel(app)
    return app


def test_every_code_of_a_refusal_has_words(app: Flask) -> None:
    """Else a French page says one English sentence, and nobody who reads English notices."""
    with app.app_context():
        known = refusals.known_codes() | refusals.FOR_PROGRAMS
    used = codes_of_refusals() | PROMISED
    assert len(used) > 80
    assert sorted(used - known) == []


def test_every_code_of_a_field_has_words(app: Flask) -> None:
    """The same for what stands beside a field of a form."""
    with app.app_context():
        known = refusals.known_fields() | refusals.FOR_PROGRAMS
    used = codes_of_fields() | PROMISED
    assert len(used) > 20
    assert sorted(used - known) == []


def test_no_words_are_kept_for_a_refusal_that_is_gone(app: Flask) -> None:
    """Words without a code would be translated for ever."""
    with app.app_context():
        known = refusals.known_codes() | refusals.FOR_PROGRAMS
    assert sorted(known - codes_of_refusals() - codes_of_fields() - PROMISED - WERKZEUGS) == []


def test_a_sentence_that_names_the_value_is_kept_where_english_is_read(app: Flask) -> None:
    """`zone 'North' exists` helps more than `such a zone exists`, but not somebody who cannot read it."""
    with app.test_request_context():
        taken = Conflict("there is a zone 'North' already", code="zone_exists")
        assert refusals.said(taken).endswith("'North' already")
        with force_locale("fr"):
            assert refusals.said(taken).startswith("Il y a")
            assert refusals.said(NotFound("order 4 does not exist")) != "order 4 does not exist"
            assert refusals.field_said(FieldError("/area", "bad_size", "too small")) != "too small"


def test_words_are_filled_in_from_the_refusal(app: Flask) -> None:
    """How many hours is a rule, not a word."""
    refusal = Conflict("it begins in less than 2 hours: call the coordinator", code="too_close", hours=2)
    with app.test_request_context():
        assert "2 hours" in refusals.said(refusal)


def test_a_refusal_without_errors_of_fields_is_said_as_a_whole(app: Flask) -> None:
    """A form shows it somewhere all the same."""
    with app.test_request_context(), force_locale("fr"):
        assert refusals.said(Invalid("x", code="quote_expired")) != "x"


def codes_of_refusals() -> set[str]:
    """Codes that are given to errors in our source: by their class, or by whoever raises them."""
    found = {kind.code for name, kind in vars(errors).items() if name in ERRORS}
    for module in _sources():
        classes = {node.name for node in ast.walk(module) if isinstance(node, ast.ClassDef) and _derives(node)}
        for node in ast.walk(module):
            if isinstance(node, ast.ClassDef) and node.name in classes:
                found |= {_text(each.value) for each in node.body if isinstance(each, ast.Assign)
                          and getattr(each.targets[0], "id", "") == "code"}
            elif isinstance(node, ast.Call) and _name(node) in ERRORS | classes:
                found |= {_text(each.value) for each in node.keywords if each.arg == "code"}
    return found - {""}


def codes_of_fields() -> set[str]:
    """Codes that are given to single fields, directly or by a module's own `_wrong(pointer, code, sentence)`."""
    found = set()
    for module in _sources():
        for node in ast.walk(module):
            if isinstance(node, ast.Call) and _name(node) in ("FieldError", "_wrong"):
                found |= {text for each in node.args[:2] if re.fullmatch("[a-z_]+", text := _text(each))}
    return found


def _sources() -> Iterator[ast.Module]:
    return (tree(path) for path in python_files("dispatch", "merchants", "riders", "worker"))


def _derives(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id in ERRORS for base in node.bases)


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")


def _text(node: ast.expr) -> str:
    """A literal; empty for what is known at run time only."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
