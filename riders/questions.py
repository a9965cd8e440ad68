"""Ask a person to look at a line of pay or a decision; somebody else answers within seven days. Never commits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, select

from dispatch.coop.models import Member
from dispatch.core import clock, events, outbox
from dispatch.core.db import db
from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.ledger import services as ledger
from dispatch.orders.models import Decision

from . import earnings
from .models import Question

ANSWER_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionView:
    """One question with its answer, if there is one."""

    id: UUID
    member_id: UUID
    member_name: str
    kind: str
    subject: str
    words: str
    asked_at: datetime
    answer_by: datetime
    answered_at: datetime | None
    answer: str | None


def ask(coop_id: UUID, member_id: UUID, kind: str, subject: str, words: str) -> Question:
    """Ask about one thing; asking again returns the question that is there. NotFound for what is not the member's."""
    known = db.session.scalar(
        select(Question).where(
            Question.coop_id == coop_id,
            Question.member_id == member_id,
            Question.kind == kind,
            Question.subject == subject,
        )
    )
    if known is not None:
        return known
    _check_subject(coop_id, member_id, kind, subject)
    question = Question(
        coop_id=coop_id,
        id=uuid4(),
        member_id=member_id,
        kind=kind,
        subject=subject,
        words=words.strip(),
        asked_at=clock.now(),
    )
    db.session.add(question)
    db.session.flush()
    outbox.record(coop_id, events.QuestionAsked(question_id=question.id))
    return question


def answer(coop_id: UUID, question_id: UUID, *, by: UUID, words: str) -> Question:
    """Answer in writing, and tell who asked.

    Conflict if it is answered, if one would answer oneself, or made or accepted the decision; Invalid without words.
    """
    question = db.session.scalar(
        select(Question).where(Question.coop_id == coop_id, Question.id == question_id).with_for_update()
    )
    if question is None:
        raise NotFound(f"question {question_id} does not exist")
    if question.answered_at is not None:
        raise Conflict("this question is answered already", code="answered")
    if question.member_id == by:
        raise Conflict("somebody else must answer your question", code="own_question")
    if question.kind == "decision" and by in _involved(coop_id, question.subject):
        raise Conflict("somebody who had no part in this decision must answer", code="involved")
    if not words.strip():
        raise Invalid("write an answer", code="text_missing")
    question.answer, question.answered_at, question.answered_by = words.strip()[:2000], clock.now(), by
    db.session.flush()
    outbox.record(coop_id, events.QuestionAnswered(question_id=question.id, member_id=question.member_id))
    return question


def get(coop_id: UUID, question_id: UUID) -> QuestionView:
    """One question; NotFound if there is none."""
    found = _questions(coop_id, Question.id == question_id)
    if not found:
        raise NotFound(f"question {question_id} does not exist")
    return found[0]


def list_of_member(coop_id: UUID, member_id: UUID) -> list[QuestionView]:
    """A member's questions, newest first."""
    return _questions(coop_id, Question.member_id == member_id)[::-1]


def list_open(coop_id: UUID) -> list[QuestionView]:
    """Questions nobody has answered, the oldest first."""
    return _questions(coop_id, Question.answered_at.is_(None))


def _check_subject(coop_id: UUID, member_id: UUID, kind: str, subject: str) -> None:
    if kind == "pay":
        entry = ledger.find_entry(coop_id, subject)
        if entry is None or not earnings.is_of_member(coop_id, entry.id, member_id):
            raise NotFound(f"line {subject[:80]!r} does not exist")
        return
    found = db.session.scalar(select(Decision.id).where(Decision.coop_id == coop_id, Decision.id == _uuid(subject)))
    if found is None:
        raise NotFound(f"decision {subject[:80]!r} does not exist")


def _involved(coop_id: UUID, subject: str) -> set[UUID]:
    """Who made a decision by hand, or accepted it when it was proposed."""
    record = db.session.scalar(
        select(Decision.record).where(Decision.coop_id == coop_id, Decision.id == _uuid(subject))
    )
    record = record or {}
    names = ((record.get("override") or {}).get("member_id"), record.get("accepted_by"))
    return {UUID(name) for name in names if name}


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(f"decision {text[:80]!r} does not exist") from error


def _questions(coop_id: UUID, *where: ColumnElement[bool]) -> list[QuestionView]:
    rows = db.session.execute(
        select(Question, Member.name)
        .join(Member, and_(Member.coop_id == Question.coop_id, Member.id == Question.member_id))
        .where(Question.coop_id == coop_id, *where)
        .order_by(Question.asked_at, Question.id)
    )
    return [
        QuestionView(
            id=row.id,
            member_id=row.member_id,
            member_name=name,
            kind=row.kind,
            subject=row.subject,
            words=row.words,
            asked_at=row.asked_at,
            answer_by=row.asked_at + ANSWER_WITHIN,
            answered_at=row.answered_at,
            answer=row.answer,
        )
        for row, name in rows
    ]
