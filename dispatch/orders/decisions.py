"""Keep decisions and put them into words: why this rider, why not another, in the reader's language.

Planning makes the records; this page never decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import ColumnElement, delete, select

from dispatch.core import clock
from dispatch.core.db import db

from . import by_hand
from .models import Decision

REORDERED = "reordered"
"""How the decision is called that leaves an order with its rider and moves its stops within the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionView:
    """Why one order went to one rider at one moment."""

    id: UUID
    order_id: UUID
    rider_id: UUID | None
    run_id: UUID | None
    decided_at: datetime
    mode: str
    rule_version: str
    record: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One part of an explanation: words, and the seconds of riding it counted for (None: it ruled the rider out)."""

    text: str
    seconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A decision in words: a headline, its parts, and what it rests on."""

    headline: str
    lines: tuple[Line, ...]
    basis: str


def store(
    coop_id: UUID,
    order_id: UUID,
    *,
    rider_id: UUID | None,
    run_id: UUID | None,
    mode: str,
    rule_version: str,
    record: dict[str, Any],
) -> None:
    """Keep a decision record; it is never changed afterwards."""
    db.session.add(
        Decision(
            coop_id=coop_id,
            id=uuid4(),
            order_id=order_id,
            rider_id=rider_id,
            run_id=run_id,
            decided_at=clock.now(),
            mode=mode,
            rule_version=rule_version,
            record=record,
        )
    )


def list_for_order(coop_id: UUID, order_id: UUID) -> list[DecisionView]:
    """Who was to bring an order, newest first."""
    return _list(coop_id, order_id, Decision.mode != REORDERED)


def list_sequences(coop_id: UUID, order_id: UUID) -> list[DecisionView]:
    """How an order was moved within its run by hand, newest first."""
    return _list(coop_id, order_id, Decision.mode == REORDERED)


def _list(coop_id: UUID, order_id: UUID, which: ColumnElement[bool]) -> list[DecisionView]:
    rows = db.session.scalars(
        select(Decision)
        .where(Decision.coop_id == coop_id, Decision.order_id == order_id, which)
        .order_by(Decision.decided_at.desc())
    )
    return [view(row) for row in rows]


def view(row: Decision) -> DecisionView:
    """A record as others may read it."""
    return DecisionView(**{field.name: getattr(row, field.name) for field in fields(DecisionView)})


def forget_before(coop_id: UUID, before: datetime) -> int:
    """Delete records past their 12 months; the number deleted."""
    done = db.session.execute(
        delete(Decision).where(Decision.coop_id == coop_id, Decision.decided_at < before)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def why_me(decision: DecisionView) -> Explanation:
    """Why the rider who has the order has it, told to that rider."""
    if _is_brief(decision.record):
        headline = _("The planner gave you this order. What other riders would have cost was not recorded.")
    elif _is_dearer(decision.record):
        headline = _("You have this order because the best plan found for all orders together gives it to you.")
    else:
        headline = _("You have this order because it costs the least with you.")
    return _why(decision, headline)


def why_them(decision: DecisionView) -> Explanation:
    """Why the rider who has the order has it, told to a coordinator."""
    winner = decision.record["winner"]  # nobody where a coordinator took it away
    name = winner["name"] if winner else ""
    if _is_brief(decision.record):
        headline = _("The planner gave it to %(name)s. What others would have cost was not recorded.", name=name)
    elif _is_dearer(decision.record):
        headline = _("The best plan found for all orders together gives it to %(name)s.", name=name)
    else:
        headline = _("%(name)s has this order because it costs the least there.", name=name)
    return _why(decision, headline)


def why_there(decision: DecisionView) -> Explanation:
    """Why an order stands where it does in its run, told to its rider and to a coordinator."""
    told = by_hand.sequence_parts(decision.record, decision.order_id)
    lines = tuple(Line(text=text, seconds=seconds) for text, seconds in told)
    return Explanation(headline=by_hand.headline(decision.record), lines=lines, basis=_basis(decision))


def why_not(decision: DecisionView, rider_id: UUID, *, is_self: bool = True) -> Explanation:
    """Why a rider did not get the order: what ruled them out, or what would have cost more.

    `is_self`: told to that rider; otherwise to a coordinator about them.
    """
    record, basis = decision.record, _basis(decision)
    if record.get("override") and (is_self or record["winner"] is None or _is_brief(record)):
        lines = _by_hand_for(record, str(rider_id)) if is_self else ()
        return Explanation(headline=by_hand.headline(record), lines=lines, basis=basis)
    if decision.mode in ("picked", "swapped"):
        return Explanation(headline=_chosen(decision), lines=(), basis=basis)
    if asked := next((entry for entry in record.get("asked", ()) if entry["rider_id"] == str(rider_id)), None):
        return Explanation(headline=_was_asked(asked) if is_self else _asked_line(asked), lines=(), basis=basis)
    winner = record["winner"]
    if _is_brief(record):
        brief = _("It went to %(name)s. What others would have cost was not recorded.", name=winner["name"])
        return Explanation(headline=brief, lines=(), basis=basis)
    candidates = {offer["rider_id"]: offer for offer in record["candidates"]}
    mine, best = candidates.get(str(rider_id)), candidates.get(winner["rider_id"])
    if mine is None or best is None:
        absent = _("You were not signed on then, or on a break.") if is_self else _("This rider was not at work then.")
        return Explanation(headline=absent, lines=(), basis=basis)
    if mine["cost"] is None:
        return Explanation(
            headline=_("It could not go to you.") if is_self else _("It could not go to %(name)s.", name=mine["name"]),
            lines=(Line(text=failed_words(mine["failed"]), seconds=None),),
            basis=basis,
        )
    return Explanation(headline=_outbid(mine, best, is_self=is_self), lines=_differences(mine, best), basis=basis)


def why_for_merchant(decision: DecisionView) -> str:
    """One sentence for a merchant; nobody's name, no rider's numbers."""
    if decision.record.get("override"):
        return by_hand.for_merchant(decision.record)
    if decision.mode in ("picked", "swapped"):
        return _("The rider chose to bring it.")
    count = sum(offer["cost"] is not None for offer in decision.record.get("candidates", ()))
    if count == 0 or _is_dearer(decision.record):
        return _("The planner chose the rider while looking at all orders together.")
    return ngettext(
        "The one rider who could take it was chosen.",
        "Chosen from %(num)d riders: the one who brings it with the least detour and lateness for everybody.",
        count,
    )


def failed_words(code: str | None) -> str:
    """What ruled a rider out."""
    return {
        "not_allowed": _("left to others or handed back before, or ruled out by a coordinator"),
        "skills": _("a certificate is missing"),
        "too_heavy": _("too heavy for the bike"),
        "too_bulky": _("too bulky for the bike"),
        "unreachable": _("no way leads there for this bike"),
        "window_closed": _("the time window would be over"),
        "shift_ends": _("the shift would be over"),
        "ride_too_long": _("the goods would ride too long"),
        "too_far": _("beyond the rider's distance for the day"),
        "beyond_rules": _("beyond the co-op's rules: orders at once, bikes out at once, or orders that change hands"),
    }.get(code or "", _("no room left in the run"))


def term_words(term: str) -> str:
    """The name of a cost term."""
    return {
        "riding": _("riding"),
        "waiting": _("waiting"),
        "lateness": _("lateness"),
        "overtime": _("overtime"),
        "moved": _("taking announced stops from a rider"),
        "resequenced": _("changing the order of announced stops"),
        "fairness": _("fair shares"),
    }.get(term, term)


def engine_words(name: str) -> str:
    """What the program does that found a plan, for people."""
    return {
        "insertion": _("a program that puts each new order in the cheapest place"),
        "ruin_recreate": _("a program that takes plans apart and looks for better ones"),
        "fewest_couriers": _("a program that takes plans apart and looks for better ones"),
        "ortools": _("two programs in turn, the second of them OR-Tools"),
    }.get(name, _("a program"))


def _winners(record: Mapping[str, Any]) -> dict[str, Any] | None:
    """What the order costs with the rider who got it."""
    name = (record["winner"] or {}).get("rider_id")
    return next((offer for offer in record.get("candidates", ()) if offer["rider_id"] == name), None)


def _is_brief(record: Mapping[str, Any]) -> bool:
    """Whether only the outcome was kept, as in a flood of orders: then nothing is known of the others."""
    return _winners(record) is None


def _is_dearer(record: Mapping[str, Any]) -> bool:
    """Whether another rider would have been cheaper for this order alone: a search weighs all orders together."""
    best, runner_up = _winners(record), record.get("runner_up")
    if best is None or runner_up is None:
        return False
    return best["cost"] is None or _gap_s(runner_up, best) < 0


def _gap_s(other: Mapping[str, Any], best: Mapping[str, Any]) -> int:
    """How much more an order costs with another rider, in seconds of riding."""
    return round((other["cost"] - best["cost"]) / 1000)


def _outbid(mine: Mapping[str, Any], best: Mapping[str, Any], *, is_self: bool) -> str:
    """Why a rider who could have taken an order did not get it."""
    gap_s = -1 if best["cost"] is None else _gap_s(mine, best)
    if gap_s < 0:
        name = best["name"]
        return (
            _("It went to %(name)s: the best plan found for all orders together gives it there.", name=name)
            if is_self
            else _("%(name)s would have cost less for this order alone.", name=mine["name"])
        )
    if is_self:
        return _("It went to %(name)s.", name=best["name"])
    if gap_s == 0:
        return _("%(name)s would have cost as much.", name=mine["name"])
    return _("%(name)s would have cost more.", name=mine["name"])


def _why(decision: DecisionView, headline: str) -> Explanation:
    record = decision.record
    best = _winners(record)
    lines = [] if best is None else list(_terms(best))
    if record.get("override"):
        lines += [Line(text=text, seconds=seconds) for text, seconds in by_hand.parts(record)]
        return Explanation(headline=by_hand.headline(record), lines=tuple(lines), basis=_basis(decision))
    if decision.mode in ("picked", "swapped"):
        return Explanation(headline=_chosen(decision), lines=(*lines, *_asked(record)), basis=_basis(decision))
    runner_up = record.get("runner_up")
    if best is not None and best["cost"] is not None and runner_up is not None:
        gap_s, name = _gap_s(runner_up, best), runner_up["name"]
        text = _("next best: %(name)s", name=name) if gap_s >= 0 else _("cheaper for this alone: %(name)s", name=name)
        lines.append(Line(text=text, seconds=gap_s))
    lines += _asked(record)
    able = [offer for offer in record.get("candidates", ()) if offer["cost"] is not None]
    if able == [best]:
        headline = _("%(name)s was the only one who could take it.", name=record["winner"]["name"])
    return Explanation(headline=headline, lines=tuple(lines), basis=_basis(decision))


def _by_hand_for(record: Mapping[str, Any], rider_id: str) -> tuple[Line, ...]:
    """How a choice by hand compares with a rider who did not get the order, told to that rider."""
    offers = {offer["rider_id"]: offer for offer in record.get("candidates", ())}
    mine, best = offers.get(rider_id), _winners(record)
    told = [Line(text=text, seconds=seconds) for text, seconds in by_hand.parts(record, reader=rider_id)]
    if mine is not None and mine["cost"] is None:
        told.append(Line(text=failed_words(mine["failed"]), seconds=None))
    elif mine is not None and best is not None:
        told += _differences(mine, best)
    return tuple(told)


def _chosen(decision: DecisionView) -> str:
    """Who took an order by their own choice."""
    name = decision.record["winner"]["name"]
    if giver := decision.record.get("from"):
        return _("%(name)s took it over from %(giver)s, who had asked.", name=name, giver=giver["name"])
    return _("%(name)s picked it from the open board.", name=name)


def _asked(record: Mapping[str, Any]) -> list[Line]:
    """Who was asked before, as facts: it counts for nothing."""
    return [Line(text=_asked_line(entry), seconds=None) for entry in record.get("asked", ())]


def _asked_line(entry: Mapping[str, str]) -> str:
    words = {
        "declined": _("%(name)s was asked before and left it to others"),
        "lapsed": _("%(name)s was asked before; no answer came in time"),
        "handed_back": _("%(name)s had it before and handed it back"),
    }
    return words[entry["answer"]] % {"name": entry["name"]}


def _was_asked(entry: Mapping[str, str]) -> str:
    """The same, told to the rider who was asked."""
    return {
        "declined": _("You were asked and left it to others. That counts for nothing."),
        "lapsed": _("You were asked; no answer came in time. That counts for nothing."),
        "handed_back": _("You had it and handed it back. That counts for nothing."),
    }[entry["answer"]]


def _terms(offer: Mapping[str, Any]) -> tuple[Line, ...]:
    terms: Mapping[str, int] = offer.get("terms", {})
    ranked = sorted(terms.items(), key=lambda item: -abs(item[1]))
    return tuple(Line(text=term_words(n), seconds=round(value / 1000)) for n, value in ranked if abs(value) >= 1000)


def _differences(mine: Mapping[str, Any], best: Mapping[str, Any]) -> tuple[Line, ...]:
    """What was different with the winner, in seconds of riding: above 0 speaks for the winner."""
    lines = []
    if "first_stop_in_s" in mine and "first_stop_in_s" in best:
        minutes = round((mine["first_stop_in_s"] - best["first_stop_in_s"]) / 60)
        if minutes >= 1:
            words = ngettext("%(num)d min sooner there", "%(num)d min sooner there", minutes)
            lines.append(Line(text=words, seconds=None))
    jobs = mine["stops"] - best["stops"]
    if jobs >= 1:
        words = ngettext("%(num)d stop fewer in the run", "%(num)d stops fewer in the run", jobs)
        lines.append(Line(text=words, seconds=None))
    if best["cost"] is None:
        return tuple(lines)
    if "terms" in mine and "terms" in best:
        names = [name for name in {**mine["terms"], **best["terms"]}]
        gaps = {name: mine["terms"].get(name, 0) - best["terms"].get(name, 0) for name in names}
        ranked = sorted(gaps.items(), key=lambda item: -abs(item[1]))
        lines += [Line(text=term_words(n), seconds=round(gap / 1000)) for n, gap in ranked if abs(gap) >= 1000]
    else:
        lines.append(Line(text=_("in all"), seconds=_gap_s(mine, best)))
    return tuple(lines)


def _basis(decision: DecisionView) -> str:
    if decision.mode in ("manual", REORDERED):
        rule = decision.rule_version
        return _("decided by hand; what it costs is by rule %(rule)s", rule=rule) if rule else _("decided by hand")
    if decision.mode in ("picked", "swapped"):
        return _("decided by the riders themselves")
    rule = decision.rule_version
    if decision.mode == "offered":
        return _("rule %(rule)s, offered by Paceline and accepted by the rider", rule=rule)
    if decision.mode == "proposed":
        return _("rule %(rule)s, proposed by Paceline and accepted by a person", rule=rule)
    engine = engine_words(decision.record.get("engine", ""))
    return _("rule %(rule)s, decided automatically by %(engine)s", rule=rule, engine=engine)
