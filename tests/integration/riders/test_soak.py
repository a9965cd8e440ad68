"""A soak: random days of one phone in bad networks, while the planner moves orders; `make soak` lives 1,000 of them.

A page that is killed and a server that restarts look the same from here: an answer that never arrives, so that the
phone sends the same item again. Each finished stop has a photo, which follows whatever became of the action itself, and
texts (who took it, its barcode, its weight), which come inside the action and are kept even if that is refused.
"""
import os
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from dispatch.core.db import db, transaction
from dispatch.core.errors import PacelineError
from dispatch.ledger import queries as ledger
from dispatch.orders.models import Proof, Task, TaskEvent
from dispatch.orders.queries import list_history
from riders import earnings, proofs
from riders.actions import Given
from riders.proofs import SentProof
from tests.factories.day import Day, make_day, replan
from tests.factories.phone import photo
from tests.factories.town import make_order, make_rider, make_run, tasks_of

DAYS = int(os.environ.get("PACELINE_SOAK", "50"))
PICTURE = photo(8, 8)
ORDINARY = {
    "wrong_state", "pickup_first", "reassigned_meanwhile", "cancelled_meanwhile", "return_fails", "not_found",
    "drop_done", "return_placed",
}  # fmt: skip
TAPS = st.sampled_from(["start", "arrive", "complete", "complete", "fail", "restore"])
FATES = st.sampled_from(["through", "through", "answer_lost", "lost", "twice"])
TEXTS = {"name": "Kim", "barcode": "0123", "weight": "2450"}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("tap"), st.integers(0, 5), TAPS),
        st.tuples(st.just("send"), FATES, st.integers(1, 4)),
        st.tuples(st.just("plan"), st.integers(0, 2), st.booleans()),
    ),
    min_size=8,
    max_size=40,
)


@dataclass
class Tapped:
    """One action in the phone's outbox, or the picture of one (`verb` is photo)."""

    task: Task
    verb: str
    seq: int
    client_uuid: UUID = field(default_factory=uuid4)
    texts: tuple[Given, ...] = ()


class BadPhone:
    """Keeps what was tapped and sends it in order; some answers never arrive, so some things are sent again."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.waiting: list[Tapped] = []
        self.confirmed: list[Tapped] = []
        self.refused: list[Tapped] = []
        self.texts: list[Given] = []
        self.count = 0

    def send(self, fate: str) -> None:
        """The oldest item meets its fate on the network."""
        if not self.waiting or fate == "lost":
            return
        item = self.waiting[0]
        for _ in range(2 if fate == "twice" else 1):
            is_done = self._post(item)
        if fate != "answer_lost":
            self.waiting.pop(0)
            (self.confirmed if is_done else self.refused).append(item)

    def tap(self, task: Task, verb: str) -> None:
        """The rider does something; a finished stop has a picture, which waits behind it."""
        for what in (verb, "photo") if verb == "complete" else (verb,):
            self.count += 1
            self.waiting.append(Tapped(task, what, self.count, texts=self._given() if what == "complete" else ()))

    def _given(self) -> tuple[Given, ...]:
        fresh = tuple(Given(client_uuid=uuid4(), kind=kind, text=text) for kind, text in TEXTS.items())
        self.texts.extend(fresh)
        return fresh

    def _post(self, item: Tapped) -> bool:
        more = {"reason": "nobody_home"} if item.verb == "fail" else {}
        try:
            if item.verb == "photo":
                return self._post_picture(item)
            self.day.act(item.task, item.verb, client_uuid=item.client_uuid, seq=item.seq, proofs=item.texts, **more)
        except PacelineError as error:
            assert error.code in ORDINARY, error.message
            return False
        return True

    def _post_picture(self, item: Tapped) -> bool:
        sent = SentProof(client_uuid=item.client_uuid, kind="photo", data=PICTURE)
        with transaction():
            proofs.keep(self.day.coop_id, self.day.rider.id, item.task.id, sent)
        return True


@seed(int(os.environ.get("PACELINE_SOAK_SEED", "20261120")))
@settings(
    max_examples=DAYS,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_what_the_phone_saw_confirmed_is_on_the_server_exactly_once(
    app: Flask, steps: list[tuple[str, int, str]]
) -> None:
    """Whatever is lost, doubled or reassigned: no action twice, no pay twice, books that add up."""
    day = make_day(f"day-{uuid4().hex[:12]}")
    with transaction():
        bos_run = make_run(day.town, make_rider(day.coop_id, "Bo"))
        placed = [make_order(day.town) for _ in range(3)]
        day.give(*placed)
    tasks = [task for order in placed for task in tasks_of(order)]
    phone = BadPhone(day)
    for kind, first, then in steps:
        if kind == "tap":
            phone.tap(tasks[first], then)
        elif kind == "send":
            for _ in range(then):
                phone.send(first)
        else:
            with transaction():
                replan(day, bos_run, placed[first], then)
    while phone.waiting:
        phone.send("through")
    check(day, phone, tasks)


def check(day: Day, phone: BadPhone, tasks: list[Task]) -> None:
    """What must hold at the end of any day."""
    db.session.rollback()
    pictures = {item.client_uuid for item in phone.confirmed if item.verb == "photo"}
    assert not [item for item in phone.refused if item.verb == "photo"], "a picture is kept whatever happened meanwhile"
    kept = db.session.scalars(select(Proof.client_uuid).where(Proof.client_uuid.in_(pictures))).all()
    assert sorted(kept) == sorted(pictures)
    texts = sorted((text.client_uuid, text.text) for text in phone.texts)
    stood = select(Proof.client_uuid, Proof.text).where(Proof.client_uuid.in_([uuid for uuid, _ in texts]))
    assert sorted(db.session.execute(stood).tuples().all()) == texts, "what was given at the door is kept, once"
    uuids = [item.client_uuid for item in phone.confirmed if item.verb != "photo"]
    stored = select(TaskEvent.client_uuid, func.count()).where(TaskEvent.client_uuid.in_(uuids))
    counts = dict(db.session.execute(stored.group_by(TaskEvent.client_uuid)).tuples().all())
    assert counts == {client_uuid: 1 for client_uuid in uuids}
    refused = {item.client_uuid for item in phone.refused}
    assert not db.session.scalars(select(TaskEvent.id).where(TaskEvent.client_uuid.in_(refused))).all()
    for order_id in {task.order_id for task in tasks}:
        own = [event.device_seq for event in list_history(day.coop_id, order_id) if event.device_seq is not None]
        assert own == sorted(own), "history stands as the phone counted"
    for task in tasks:
        ended = db.session.scalar(select(Task.state).where(Task.id == task.id)) in ("done", "failed")
        codes = Counter()
        for line in earnings.list_task_lines(day.coop_id, task.id):
            codes[line.code] += -1 if line.is_reversal else 1
        assert codes["per_delivery"] == int(ended and (task.kind == "dropoff" or is_failed(task)))
    audit = ledger.audit(day.coop_id)
    assert (audit.unbalanced, audit.sum_cents, audit.broken_at) == ((), 0, None)


def is_failed(task: Task) -> bool:
    """Whether the task ended in failure."""
    return db.session.scalar(select(Task.state).where(Task.id == task.id)) == "failed"
