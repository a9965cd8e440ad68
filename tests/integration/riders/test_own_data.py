"""What a rider may ask and take along: questions, reasons, privacy, export."""
import csv
import io
import json
import zipfile
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from dispatch.core import clock
from dispatch.core.db import db, transaction
from dispatch.core.errors import Conflict, NotFound
from dispatch.core.units import LonLat
from dispatch.orders import decisions
from riders import export, questions, services, why
from riders.models import Position
from riders.queries import RiderView
from tests.factories.coops import make_member
from tests.factories.day import Day
from tests.factories.town import make_order


def offer(rider: RiderView, cost: int) -> dict[str, object]:
    """A rider as a candidate of a decision."""
    terms = {"riding": cost * 1000, "lateness": 0}
    return {
        "rider_id": str(rider.id), "name": rider.name, "cost": cost * 1000, "failed": None, "terms": terms,
        "stops": 2, "first_stop_in_s": cost,
    }  # fmt: skip


def decide(day: Day, order_id, winner: RiderView, *others: RiderView) -> None:
    """Store a decision as the planner would."""
    candidates = [offer(winner, 300), *(offer(other, 900) for other in others)]
    record = {"winner": candidates[0], "candidates": candidates, "runner_up": None, "solver": {}, "seed": 1}
    made = {"mode": "automatic", "rule_version": "dispatch@1", "record": record}
    decisions.store(day.coop_id, order_id, rider_id=winner.id, run_id=None, **made)


def test_a_rider_asks_about_a_line_once_and_somebody_else_answers(day: Day) -> None:
    """One tap asks for a person; nobody judges their own question."""
    pickup, dropoff = day.order()
    day.act(pickup, "complete")
    day.act(dropoff, "complete")
    mine = day.rider.member_id
    with transaction():
        treasurer = make_member(day.coop_id, "Tom", roles=("treasurer",))
        first = questions.ask(day.coop_id, mine, "pay", f"task:{dropoff.id}:earning", "too little?")
        again = questions.ask(day.coop_id, mine, "pay", f"task:{dropoff.id}:earning", "too little?")
    assert first.id == again.id
    with pytest.raises(Conflict), transaction():
        questions.answer(day.coop_id, first.id, by=mine, words="fine")
    with transaction():
        questions.answer(day.coop_id, first.id, by=treasurer.id, words="1 km at 0.60, rule pay@1")
    (found,) = questions.list_of_member(day.coop_id, mine)
    assert found.answer == "1 km at 0.60, rule pay@1"
    assert questions.list_open(day.coop_id) == []


def test_a_line_of_another_member_cannot_be_asked_about(day: Day, second) -> None:
    """Its existence is nobody else's business."""
    bo, _ = second
    pickup, dropoff = day.order()
    day.act(pickup, "complete")
    day.act(dropoff, "complete")
    with pytest.raises(NotFound), transaction():
        questions.ask(day.coop_id, bo.member_id, "pay", f"task:{dropoff.id}:earning", "")


def test_why_me_is_told_to_the_rider_who_has_the_stop_and_to_nobody_else(day: Day, second) -> None:
    """Reasons in words, with the version of the rules and an id to ask a person about."""
    bo, _ = second
    pickup, _ = day.order()
    with transaction():
        decide(day, pickup.order_id, day.rider, bo)
    found = why.why_me(day.coop_id, day.rider.id, pickup.id)
    assert found["rule_version"] == "dispatch@1"
    assert found["headline"]
    with pytest.raises(NotFound):
        why.why_me(day.coop_id, bo.id, pickup.id)


def test_why_not_me_lists_what_went_to_others_during_my_shift(day: Day, second) -> None:
    """Not a secret ranking: each order with what it would have cost."""
    bo, _ = second
    with transaction():
        order = make_order(day.town)
        decide(day, order.id, bo, day.rider)
    (found,) = why.why_not_me(day.coop_id, day.rider.id)
    assert found["order_number"] == order.number
    assert why.why_not_me(day.coop_id, bo.id) == []


def test_everything_about_me_comes_in_open_formats_and_nothing_about_others(day: Day, second) -> None:
    """A member may leave with all of it."""
    bo, _ = second
    pickup, dropoff = day.order(tip_cents=100)
    day.act(pickup, "complete")
    day.act(dropoff, "complete")
    with transaction():
        services.record_position(day.coop_id, day.rider.id, LonLat(8.69, 49.41), at=clock.now(), accuracy_m=5)
    archive = zipfile.ZipFile(io.BytesIO(export.member_zip(day.coop_id, day.rider.member_id)))
    assert json.loads(archive.read("profile.json"))["rider"]["name"] == "Ada"
    lines = list(csv.DictReader(io.StringIO(archive.read("earnings.csv").decode("utf-8-sig"))))
    assert sum(int(line["amount_cents"]) for line in lines) == 480
    assert b'lat="49.41"' in archive.read("positions.gpx")
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert str(bo.id).encode() not in everything


def test_to_stop_sharing_deletes_what_was_kept(day: Day) -> None:
    """A switch that means what it says."""
    here = LonLat(8.69, 49.41)
    with transaction():
        assert services.record_position(day.coop_id, day.rider.id, here, at=clock.now(), accuracy_m=None)
    with transaction():
        services.share_position(day.coop_id, day.rider.id, False)
    with transaction():
        assert not services.record_position(day.coop_id, day.rider.id, here, at=clock.now(), accuracy_m=None)
    assert db.session.scalar(select(func.count()).select_from(Position)) == 0


def test_a_made_up_subject_is_refused(day: Day) -> None:
    """Neither a decision nor a line."""
    for kind, subject in (("pay", "task:x:earning"), ("decision", "x"), ("decision", str(uuid4()))):
        with pytest.raises(NotFound), transaction():
            questions.ask(day.coop_id, day.rider.member_id, kind, subject, "")
