"""A question that nobody sees is no review: who may answer is told, and who asked is told of the answer."""
from uuid import uuid4

import pytest
from flask import Flask

from dispatch.console import alerts
from dispatch.core.db import db, transaction
from dispatch.core.outbox import OutboxEvent
from dispatch.notify import services as notify
from riders import messages, questions
from tests.factories.coops import make_member
from tests.factories.day import Day, make_day
from tests.factories.push_service import push_service


@pytest.fixture
def day(app: Flask) -> Day:
    """Ada on shift."""
    return make_day()


def test_a_question_reaches_whoever_may_answer_and_the_answer_whoever_asked(day: Day) -> None:
    """Encrypted like everything else; the words themselves stay on the page."""
    pickup, dropoff = day.order()
    day.act(pickup, "complete")
    day.act(dropoff, "complete")
    with push_service() as treasurers, push_service() as adas:
        with transaction():
            treasurer = make_member(day.coop_id, "Tom", roles=("treasurer",))
            notify.add_endpoint(day.coop_id, treasurer.id, treasurers.subscription(), user_agent="test")
            notify.add_endpoint(day.coop_id, day.rider.member_id, adas.subscription(), user_agent="test")
            key = f"task:{dropoff.id}:earning"
            question = questions.ask(day.coop_id, day.rider.member_id, "pay", key, "too little?")
        alerts.alert_question(day.coop_id, uuid4(), question.id)
        (asked,) = treasurers.messages
        assert asked["notification"]["title"] == "Ada asks for a person to look"
        assert adas.messages == []
        with transaction():
            questions.answer(day.coop_id, question.id, by=treasurer.id, words="1 km at 0.60")
        messages.push_question_answer(day.coop_id, uuid4(), day.rider.member_id)
        (told,) = adas.messages
    assert told["notification"]["navigate"].endswith("/app/questions") and "0.60" not in str(told)
    kinds = [event.kind for event in db.session.query(OutboxEvent) if event.kind.startswith("Question")]
    assert kinds == ["QuestionAsked", "QuestionAnswered"]
