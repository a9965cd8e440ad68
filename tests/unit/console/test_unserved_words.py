"""Of each order without a rider a person can read why, and what would help."""
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import Babel

from dispatch.console.words import why_unserved
from dispatch.planning.rounds import REFUSED
from routing.solution import Reason


@pytest.fixture(autouse=True)
def app() -> Iterator[None]:
    """Words, and nothing else."""
    app = Flask("words")
    Babel(app)
    with app.test_request_context():
        yield


def test_every_reason_of_the_optimiser_has_words_of_its_own() -> None:
    """The sentence for what nobody foresaw sends a coordinator to look at runs, whatever is the matter."""
    unforeseen = why_unserved({"code": "?"})
    said = [why_unserved({"code": str(reason)}) for reason in (*Reason, REFUSED)]
    assert unforeseen not in said and len(set(said)) == len(said)
    assert all(why.reason and why.remedy for why in said)
