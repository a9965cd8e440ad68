"""What a phone is told when something is not taken: the right status, in the rider's language, and nothing is kept."""
import io
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from dispatch.coop.models import Member
from dispatch.core import http
from dispatch.core.db import db, transaction
from dispatch.core.errors import Invalid
from dispatch.orders.models import Proof
from merchants import forms
from merchants.bodies import OrderIn
from tests.conftest import TestStack
from tests.factories.application import open_app
from tests.factories.day import Day
from tests.factories.phone import Phone
from tests.factories.town import make_order, tasks_of


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The application, with a context for the test itself."""
    with open_app(database, tmp_path) as app:
        yield app


@pytest.fixture
def phone(app: Flask, day: Day) -> Phone:
    """Ada's phone; Ada reads French."""
    member = db.session.get(Member, (day.coop_id, day.rider.member_id))
    member.locale = "fr"
    email = member.email
    db.session.commit()
    return Phone(app, email)


def png(width: int, height: int) -> bytes:
    """A PNG of some bytes that claims to be so large."""
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(bytes(10_000))))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in (*chunks, (b"IEND", b""))
    )


def gif() -> bytes:
    """A picture of a kind that no camera takes."""
    out = io.BytesIO()
    Image.new("P", (8, 8)).save(out, "GIF")
    return out.getvalue()


def given(kind: str, text: str) -> dict[str, str]:
    """A proof as it stands in an action."""
    return {"client_uuid": str(uuid4()), "kind": kind, "text": text}


def kept() -> set[tuple[str, str | None]]:
    """The proofs on the server: kind and text, each once."""
    db.session.rollback()
    rows = db.session.execute(select(Proof.kind, Proof.text)).tuples().all()
    assert len(rows) == len(set(rows))
    return set(rows)


HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00" + bytes(2000)
SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"


@pytest.mark.parametrize(
    ("data", "name", "status"),
    [
        (b"", "door.jpg", 422),
        (bytes(50 * 1024 * 1024), "door.jpg", 413),
        (HEIC, "door.heic", 415),
        (SVG, "door.jpg", 415),
        (gif(), "door.jpg", 415),
        (png(60_000, 60_000), "door.png", 422),
        (png(6_000, 6_000), "door.png", 422),
        (b"%PDF-1.7 " + bytes(4000), "door.jpg", 415),
    ],
    ids=["zero bytes", "50 MB", "HEIC", "SVG as JPEG", "GIF as JPEG", "bomb", "truncated", "PDF as JPEG"],
)
def test_a_bad_photo_is_refused_over_http_and_leaves_nothing(
    day: Day, phone: Phone, data: bytes, name: str, status: int
) -> None:
    """The form's own word for the type counts for nothing; the bytes are looked at."""
    _, dropoff = day.order()
    answer = phone.send_photo(dropoff.id, data, name)
    assert answer.status_code == status, answer.get_data(as_text=True)
    db.session.rollback()
    assert db.session.scalars(select(Proof.id)).all() == []


@pytest.mark.parametrize(
    ("verb", "words"), [("complete", "prendre le colis"), ("restore", "entre-temps")]
)
def test_a_refusal_is_said_in_the_riders_language(day: Day, phone: Phone, verb: str, words: str) -> None:
    """It stands on the phone's screen as it comes."""
    _, dropoff = day.order()
    answer = phone.act(dropoff.id, verb)
    assert answer.status_code == 409
    assert words in answer.json["detail"]


def test_a_bad_photo_is_explained_in_the_riders_language(day: Day, phone: Phone) -> None:
    """At a door there is no dictionary."""
    _, dropoff = day.order()
    assert "JPEG dans les réglages" in phone.send_photo(dropoff.id, HEIC).json["detail"]


def test_what_was_given_at_the_door_is_kept_although_the_action_is_refused(day: Day, phone: Phone) -> None:
    """The name and the barcode are evidence of what happened; sent again, they stand once."""
    _, dropoff = day.order()
    proofs = [given("name", "Kim"), given("barcode", "0123")]
    for _ in range(2):
        assert phone.act(dropoff.id, "complete", proofs=proofs).json["code"] == "pickup_first"
    assert kept() == {("name", "Kim"), ("barcode", "0123")}


def test_a_code_that_does_not_fit_proves_nothing_but_what_came_with_it_stays(day: Day, phone: Phone) -> None:
    """So that no sheet of proof shows a wrong code, and a garbled weight is in nobody's way the next time."""
    pickup, dropoff = day.order(code="4711")
    phone.act(pickup.id, "complete")
    wrong = [given("code", "1234"), given("name", "Kim"), given("weight", "heavy")]
    assert phone.act(dropoff.id, "complete", proofs=wrong).status_code == 422
    assert kept() == {("name", "Kim")}
    assert phone.act(dropoff.id, "complete", proofs=[given("code", "4711")]).status_code == 200


def test_nobody_keeps_proofs_with_a_stop_that_never_was_theirs(day: Day, phone: Phone) -> None:
    """A refusal is no way into the orders of others."""
    with transaction():
        order = make_order(day.town)
        task_id = tasks_of(order)[1].id
    assert phone.act(task_id, "complete", proofs=[given("name", "Kim")]).status_code == 404
    assert kept() == set()


def test_merchants_programs_read_english_whatever_they_accept(app: Flask, day: Day) -> None:
    """A sentence in a log file should be found by whoever wrote the program."""
    answer = app.test_client().get(f"/api/v1/orders/{uuid4()}", headers={"Accept-Language": "fr"})
    assert (answer.status_code, answer.json["code"]) == (401, "key_missing")
    assert "send your key" in answer.json["detail"]


def test_the_order_form_says_in_french_what_is_wrong(app: Flask) -> None:
    """By field, for people who never heard of Pydantic."""
    from_form = {"dropoff": "", "contact_phone": "12", "nonce": "n"}
    with app.test_request_context("/portal?lang=fr"):
        with pytest.raises(Invalid) as refused:
            http.validate(OrderIn, forms.order_body(from_form, "Europe/Paris"))
        said = forms.errors_by_field(refused.value)
    assert "indicatif" in said["contact_phone"]
