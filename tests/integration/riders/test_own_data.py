"""What a rider may ask and take along: questions, reasons, privacy, export."""
import csv
import io
import json
import zipfile
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Uuid, func, select, update

from dispatch.core import clock
from dispatch.core.db import Base, db, transaction
from dispatch.core.errors import Conflict, NotFound
from dispatch.core.units import LonLat
from dispatch.orders import decisions
from dispatch.orders.models import Order, Task, TaskEvent
from dispatch.planning import apply, own_data
from dispatch.planning.models import WorkOffer
from riders import question_words, questions, services, why
from riders.models import Position, Shift
from riders.queries import RiderView
from tests.factories.coops import make_member
from tests.factories.day import Day
from tests.factories.town import make_order

IN_EXPORT = {
    "member": "profile.json", "member_role": "profile.json", "login": "profile.json", "rider": "profile.json",
    "rider_device": "profile.json", "push_endpoint": "profile.json", "shift": "shifts.csv", "rider_break": "breaks.csv",
    "rider_certificate": "certificates.csv", "rider_availability": "availability.csv",
    "rider_position": "positions.gpx", "run": "runs.csv",
    "task_event": "actions.csv", "proof": "proofs.csv", "decision": "decisions.json", "pay_statement": "statements.csv",
    "rider_question": "questions.json", "incident": "incidents.csv", "hazard": "hazards.csv",
    "hazard_vote": "hazards.csv", "hazard_photo": "hazards.csv", "work_offer": "offers.csv",
    "rider_choice": "choices.csv", "ridden_leg": "rides.csv", "rider_pace": "pace.json",
    "nudge": "hints.csv", "notify_delivery": "messages.csv",
}  # fmt: skip
"""Where a table that tells of a member is in the member's archive."""

NOT_ABOUT_THEM = {
    "task": "who ended a stop is in actions.csv; whom a coordinator chose is in decisions.json",
    "merchant_contact": "a merchant's people, who do not ride",
    "rule_set": "who wrote a draft: the office's work",
    "pay_period": "who closed it: the office's work",
    "plan_proposal": "who decided it: the office's work",
    "riders_apart": "one row names two people: a coordinator tells each, so that no file tells of the other",
    "shift_opening": "who published it: the office's work",
    "ledger_account": "its postings are in earnings.csv",
}
PERSON = ("member_id", "rider_id", "from_rider_id", "pinned_rider_id", "owner_id")


def export_of(day: Day) -> zipfile.ZipFile:
    """Ada's archive."""
    return zipfile.ZipFile(io.BytesIO(own_data.archive(day.coop_id, day.rider.member_id)))


def an_old_tap(day: Day, task: Task, at: datetime) -> TaskEvent:
    """A tap of a month ago, with its place."""
    return TaskEvent(
        coop_id=day.coop_id, id=uuid4(), task_id=task.id, action="arrive", state_before="started",
        state_after="arrived", actor="rider", rider_id=day.rider.id, happened_at=at, received_at=at,
        lonlat=LonLat(8.69, 49.41),
    )  # fmt: skip


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
        db.session.execute(update(Shift).values(signed_on_at=clock.now() - timedelta(minutes=1)))
        for north, ago_s in ((49.41, 30), (49.411, 15), (49.412, 0)):
            at = clock.now() - timedelta(seconds=ago_s)
            services.record_position(day.coop_id, day.rider.id, LonLat(8.69, north), at=at, accuracy_m=5)
    archive = export_of(day)
    (shift,) = csv.DictReader(io.StringIO(archive.read("shifts.csv").decode("utf-8-sig")))
    assert shift["ridden_m"] == "222"
    assert json.loads(archive.read("profile.json"))["rider"]["name"] == "Ada"
    lines = list(csv.DictReader(io.StringIO(archive.read("earnings.csv").decode("utf-8-sig"))))
    assert sum(int(line["amount_cents"]) for line in lines) == 480
    assert b'lat="49.41"' in archive.read("positions.gpx")
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert str(bo.id).encode() not in everything


def test_no_table_that_tells_of_a_member_is_missing_in_the_archive(day: Day) -> None:
    """Whoever adds one decides where a member finds it, or why it is not about them."""
    tables = {
        table.name
        for table in Base.metadata.sorted_tables
        if any(
            column.name in PERSON or column.name.endswith("_by") and isinstance(column.type, Uuid)
            for column in table.columns
        )
    }
    assert tables - IN_EXPORT.keys() - NOT_ABOUT_THEM.keys() == set()
    assert set(IN_EXPORT.values()) <= set(export_of(day).namelist())


def test_what_is_kept_for_thirty_days_is_gone_after_thirty_days(day: Day) -> None:
    """As the page about privacy says: positions, also those of taps and of signing on, and answers to offers."""
    pickup, _ = day.order()
    day.act(pickup, "arrive")
    long_ago = clock.now() - timedelta(days=31)
    with transaction():
        services.record_position(day.coop_id, day.rider.id, LonLat(8.69, 49.41), at=clock.now(), accuracy_m=5)
        db.session.execute(update(Position).values(at=long_ago))
        db.session.add(an_old_tap(day, pickup, long_ago))
        db.session.execute(update(Shift).values(signed_on_at=long_ago, start_lonlat=LonLat(8.7, 49.4)))
        order = db.session.get_one(Order, (day.coop_id, pickup.order_id))
        order.ended_at, order.barred_riders = long_ago, [str(day.rider.id)]
        facts = {"order_id": order.id, "zone_id": day.town.zone_id, "rider_id": day.rider.id, "run_id": day.run.id}
        times = {"made_at": long_ago, "expires_at": long_ago}
        db.session.add(WorkOffer(coop_id=day.coop_id, id=uuid4(), source="planner", state="declined", **facts, **times))
    with transaction():
        services.forget_positions(day.coop_id)
        apply.forget_old(day.coop_id)
    db.session.rollback()
    assert db.session.scalars(select(TaskEvent.lonlat).where(TaskEvent.lonlat.is_not(None))).all() == []
    assert db.session.scalars(select(Position.id)).all() == db.session.scalars(select(WorkOffer.id)).all() == []
    assert db.session.scalars(select(Shift.start_lonlat)).one() != LonLat(8.7, 49.4)
    assert db.session.scalars(select(Order.barred_riders)).one() == []


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


@pytest.mark.parametrize(
    ("mode", "record", "words"),
    [
        ("manual", {"override": {"by": "Cora", "member_id": str(uuid4()), "reason": "asked for"}}, "Cora decided this"),
        ("picked", {"override": None}, "picked it from the open board"),
    ],
)
def test_why_not_me_never_says_that_i_was_absent_when_nothing_was_weighed(
    day: Day, second, mode: str, record: dict[str, object], words: str
) -> None:
    """A person chose: the phone says who, not that the rider was off."""
    bo, _ = second
    made = {"candidates": [], "winner": {"rider_id": str(bo.id), "name": "Bo"}, "runner_up": None, **record}
    with transaction():
        order = make_order(day.town)
        decisions.store(day.coop_id, order.id, rider_id=bo.id, run_id=None, mode=mode, rule_version="", record=made)
    (found,) = why.why_not_me(day.coop_id, day.rider.id)
    assert words in found["headline"]


@pytest.mark.parametrize(("answer", "words"), [("declined", "left it to others"), ("handed_back", "handed it back")])
def test_who_left_an_order_to_others_is_told_just_that(day: Day, second, answer: str, words: str) -> None:
    """Not that a coordinator ruled them out, and that it counts for nothing."""
    bo, _ = second
    barred = {**offer(day.rider, 300), "cost": None, "failed": "not_allowed"}
    record = {"winner": offer(bo, 300), "candidates": [offer(bo, 300), barred], "runner_up": None}
    record["asked"] = [{"rider_id": str(day.rider.id), "name": "Ada", "answer": answer}]
    with transaction():
        order = make_order(day.town)
        made = {"mode": "offered", "rule_version": "dispatch@1", "record": record}
        decisions.store(day.coop_id, order.id, rider_id=bo.id, run_id=None, **made)
    (found,) = why.why_not_me(day.coop_id, day.rider.id)
    assert words in found["headline"] and "counts for nothing" in found["headline"]


@pytest.mark.parametrize("part", ["override", "accepted_by"])
def test_a_decision_is_reviewed_by_somebody_who_had_no_part_in_it(day: Day, second, part: str) -> None:
    """Neither who made it by hand nor who accepted it when Paceline proposed it."""
    bo, _ = second
    with transaction():
        cora = make_member(day.coop_id, "Cora", roles=("coordinator",))
        dan = make_member(day.coop_id, "Dan", roles=("coordinator",))
        order = make_order(day.town)
        by = str(cora.id)
        record = {"winner": offer(bo, 300), "candidates": [], "override": None, "accepted_by": by}
        if part == "override":
            record |= {"override": {"by": "Cora", "member_id": by, "reason": ""}, "accepted_by": None}
        made = {"mode": "proposed", "rule_version": "dispatch@1", "record": record}
        decisions.store(day.coop_id, order.id, rider_id=bo.id, run_id=None, **made)
        decision = decisions.list_for_order(day.coop_id, order.id)[0]
        question = questions.ask(day.coop_id, day.rider.member_id, "decision", str(decision.id), "")
    with pytest.raises(Conflict) as refused, transaction():
        questions.answer(day.coop_id, question.id, by=cora.id, words="fine")
    assert refused.value.code == "involved"
    with transaction():
        questions.answer(day.coop_id, question.id, by=dan.id, words="Bo was nearer.")


def test_who_answers_reads_what_a_question_is_about(day: Day) -> None:
    """The line with its rule and order, not a key of the ledger."""
    pickup, dropoff = day.order()
    day.act(pickup, "complete")
    day.act(dropoff, "complete")
    with transaction():
        questions.ask(day.coop_id, day.rider.member_id, "pay", f"task:{dropoff.id}:earning", "")
    (waiting,) = questions.list_open(day.coop_id)
    words, order_id = question_words.about(day.coop_id, waiting)
    assert "Delivery" in words and "pay@1" in words
    assert order_id == dropoff.order_id


def test_a_made_up_subject_is_refused(day: Day) -> None:
    """Neither a decision nor a line."""
    for kind, subject in (("pay", "task:x:earning"), ("decision", "x"), ("decision", str(uuid4()))):
        with pytest.raises(NotFound), transaction():
            questions.ask(day.coop_id, day.rider.member_id, kind, subject, "")
