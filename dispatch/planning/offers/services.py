"""What riders decide about work: yes or no to an offer, pick, hand back, ask a colleague, swap. Never commits.

Each decision comes from a phone under a UUID of its own, perhaps twice, perhaps late; a repeat gets the first answer.
Locks: the UUID, runs by id, orders by id, tasks, offers, and the zone last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from dispatch.core import clock, events, outbox
from dispatch.core.db import db, take_turns
from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.geo.services import want_plan
from dispatch.orders import decisions
from dispatch.orders import queries as orders
from dispatch.orders import runs
from dispatch.orders import services as order_services
from dispatch.orders.by_hand import NO_PLAN
from dispatch.orders.views import RunView
from dispatch.planning.models import RiderChoice, WorkOffer
from dispatch.planning.snapshot import active_rules
from riders.queries import RiderView, get_rider, get_shift

from . import offering, queries, rules
from .desk import Desk, leave, open_desk, take

VERBS = ("accept", "decline", "withdraw", "swap", "pick", "hand-back", "ask")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One thing a rider decided. The subject is an offer (accept, decline, withdraw, swap) or an order (the others).

    `colleague_id` is who is asked, `order_id` what is given in return. `weighed` is what `weighing` found, by order.
    """

    verb: str
    subject_id: UUID
    client_uuid: UUID
    device_at: datetime | None = None
    colleague_id: UUID | None = None
    order_id: UUID | None = None
    weighed: Mapping[UUID, Mapping[str, Any]] = field(default_factory=dict)


def decide(coop_id: UUID, rider: RiderView, choice: Choice) -> dict[str, Any]:
    """Do what a rider decided, or answer a repeat like the first time.

    NotFound for what was never put before this rider, Conflict in words for what happened meanwhile.
    """
    _one_at_a_time(choice.client_uuid)
    before = db.session.scalar(
        select(RiderChoice).where(RiderChoice.coop_id == coop_id, RiderChoice.client_uuid == choice.client_uuid)
    )
    if before is not None:
        return _repeated(rider, choice, before)
    act = {
        "accept": _accept,
        "decline": _decline,
        "withdraw": _withdraw,
        "swap": _swap,
        "pick": _pick,
        "hand-back": _hand_back,
        "ask": _ask,
    }[choice.verb]
    answer = act(coop_id, rider, choice)
    db.session.add(
        RiderChoice(
            coop_id=coop_id,
            id=uuid4(),
            client_uuid=choice.client_uuid,
            rider_id=rider.id,
            verb=choice.verb,
            subject_id=choice.subject_id,
            device_at=choice.device_at,
            made_at=clock.now(),
            answer=answer,
        )
    )
    return answer


def _accept(coop_id: UUID, rider: RiderView, choice: Choice) -> dict[str, Any]:
    offer = _offer_to(coop_id, rider.id, choice.subject_id)
    if offer.swap_for_id is not None:
        return _exchange(coop_id, rider, offer, choice)
    desk = open_desk(coop_id, rider, offer.order_id)
    offer = _lock_offer(coop_id, offer.id)
    giver = offer.run_id if offer.source == "colleague" else None
    rules.check_accept(offer.state, desk.facts, giver=giver)
    desk.check_fits(rider, desk.shift)
    offering.answer(offer, "accept")
    if offer.source == "colleague":
        _take_over(desk, offer, choice)
    else:
        take(desk, offer.plan)
        asked = queries.asked_before(coop_id, offer.order_id)
        _remember(desk, "offered", offer.rule_version, {**offer.record, "asked": asked})
    _plan_again(desk, "a rider said yes")
    return _answer("accepted", desk)


def _exchange(coop_id: UUID, rider: RiderView, swap: WorkOffer, choice: Choice) -> dict[str, Any]:
    """Say yes to an order in return for the one that this rider gave away: both change hands, or neither."""
    asked = db.session.get_one(WorkOffer, (coop_id, swap.swap_for_id))
    _lock_both(coop_id, swap.order_id, asked.order_id)
    colleague = get_rider(coop_id, asked.rider_id)
    _run_of_colleague(coop_id, colleague, swap.zone_id)
    mine, theirs = open_desk(coop_id, rider, swap.order_id), open_desk(coop_id, colleague, asked.order_id)
    pairs = ((mine, _lock_offer(coop_id, swap.id)), (theirs, _lock_offer(coop_id, asked.id)))
    for desk, offer in pairs:
        rules.check_accept(offer.state, desk.facts, giver=offer.run_id)
        desk.check_fits(desk.rider, desk.shift)
    for _, offer in pairs:
        offering.answer(offer, "accept")
    for desk, offer in pairs:
        _take_over(desk, offer, choice)
    _plan_again(mine, "two riders swapped")
    return _answer("accepted", mine)


def _lock_both(coop_id: UUID, *order_ids: UUID) -> None:
    """Before the desks of two orders are opened, one after the other: nobody waits in a circle."""
    runs.lock_runs_of(coop_id, order_ids)
    order_services.lock_orders(coop_id, order_ids)


def _take_over(desk: Desk, offer: WorkOffer, choice: Choice) -> None:
    """An order passes from the colleague who asked into the run of who said yes."""
    record = _by_choice(desk, choice)
    if offer.from_rider_id is not None:
        record["from"] = {
            "rider_id": str(offer.from_rider_id),
            "name": get_rider(desk.coop_id, offer.from_rider_id).name,
        }
    take(desk, [])
    _remember(desk, "swapped", offer.rule_version, record)


def _decline(coop_id: UUID, rider: RiderView, choice: Choice) -> dict[str, Any]:
    offer = _offer_to(coop_id, rider.id, choice.subject_id)
    order = order_services.lock_order(coop_id, offer.order_id)
    offer = _lock_offer(coop_id, offer.id)
    if offer.state in ("lapsed", "withdrawn"):
        # a no that comes late changes nothing, and nobody has to hear that it did
        return {"state": offer.state, "order_number": order.number}
    offering.answer(offer, "decline")
    if offer.source == "planner":
        offering.bar(order, rider.id)
        want_plan(coop_id, offer.zone_id)
    return {"state": "declined", "order_number": order.number}


def _withdraw(coop_id: UUID, rider: RiderView, choice: Choice) -> dict[str, Any]:
    offer = _find_offer(coop_id, choice.subject_id)
    if offer is None or offer.from_rider_id != rider.id:
        raise NotFound(f"question {choice.subject_id} does not exist")
    order = order_services.lock_order(coop_id, offer.order_id)
    offer = _lock_offer(coop_id, offer.id)
    if offer.state == "accepted":
        raise Conflict("your colleague said yes a moment before: the order is theirs", code="offer_over")
    if offer.state == "open":
        offering.answer(offer, "withdraw")
    return {"state": offer.state, "order_number": order.number}


def _pick(coop_id: UUID, rider: RiderView, choice: Choice) -> dict[str, Any]:
    desk = open_desk(coop_id, rider, choice.subject_id)
    if desk.order.is_test or desk.order.zone_id != desk.run.zone_id:
        raise NotFound(f"order {choice.subject_id} does not exist")
    rules.check_pick(desk.mode, desk.facts, me=rider.id)
    desk.check_fits(rider, desk.shift)
    rules.check_share(desk.waiting, active_rules(coop_id, clock.now()).conditions.most_each)
    if desk.offer is not None:
        offering.answer(desk.offer, "accept")
    else:
        _note_picked(desk)
    take(desk, [])
    _remember(desk, "picked", "", _by_choice(desk, choice))
    _plan_again(desk, "picked from the open board")
    outbox.record(coop_id, events.OpenBoardChanged(zone_id=desk.order.zone_id))
    return _answer("picked", desk)


def _hand_back(coop_id: UUID, rider: RiderView, choice: Choice) -> dict[str, Any]:
    desk = open_desk(coop_id, rider, choice.subject_id)
    if not _was_ever_mine(desk):
        raise NotFound(f"order {choice.subject_id} does not exist")
    rules.check_give_away(desk.facts, mine=desk.run.id)
    offering.withdraw_open(coop_id, desk.order.id)
    _end_accepted(desk)
    leave(desk.coop_id, desk.run.id, desk.order.id, rider.member_id)
    for task in desk.tasks:
        task.pinned_rider_id, task.is_sequenced = None, False
    offering.bar(desk.order, rider.id)
    order_services.settle_state(desk.order, order_services.list_tasks(coop_id, desk.order.id))
    _plan_again(desk, "handed back")
    return _answer("handed_back", desk)


def _ask(coop_id: UUID, rider: RiderView, choice: Choice) -> dict[str, Any]:
    if choice.colleague_id is None or choice.colleague_id == rider.id:
        raise Invalid("say which colleague to ask", code="colleague_missing")
    desk = open_desk(coop_id, rider, choice.subject_id)
    if not _was_ever_mine(desk):
        raise NotFound(f"order {choice.subject_id} does not exist")
    rules.check_give_away(desk.facts, mine=desk.run.id)
    offer = _ask_about(desk, get_rider(coop_id, choice.colleague_id))
    return {"state": "asked", "offer_id": str(offer.id), "order_number": desk.order.number}


def _swap(coop_id: UUID, rider: RiderView, choice: Choice) -> dict[str, Any]:
    """Answer a colleague's question with an order of one's own: they take that one, or nothing changes hands."""
    asked = _offer_to(coop_id, rider.id, choice.subject_id)
    if choice.order_id is None or choice.order_id == asked.order_id:
        raise Invalid("say which of your orders you give in return", code="order_missing")
    _lock_both(coop_id, asked.order_id, choice.order_id)
    theirs, mine = open_desk(coop_id, rider, asked.order_id), open_desk(coop_id, rider, choice.order_id)
    if not _was_ever_mine(mine):
        raise NotFound(f"order {choice.order_id} does not exist")
    asked = _lock_offer(coop_id, asked.id)
    giver = asked.run_id if asked.source == "colleague" else None
    rules.check_swap(asked.state, theirs.facts, giver=giver, is_answer=asked.swap_for_id is not None)
    theirs.check_fits(rider, theirs.shift)
    rules.check_give_away(mine.facts, mine=mine.run.id)
    if asked.from_rider_id is None or queries.list_open(coop_id, WorkOffer.swap_for_id == asked.id):
        raise Conflict("you have offered an order in return already", code="already_asked")
    offer = _ask_about(mine, get_rider(coop_id, asked.from_rider_id), swap_for_id=asked.id)
    asked.expires_at = max(asked.expires_at, offer.expires_at)
    return {"state": "asked", "offer_id": str(offer.id), "order_number": mine.order.number}


def _ask_about(desk: Desk, colleague: RiderView, *, swap_for_id: UUID | None = None) -> WorkOffer:
    """Put the order before a colleague who is at work and may carry it."""
    theirs = _run_of_colleague(desk.coop_id, colleague, desk.run.zone_id)
    desk.check_fits(colleague, get_shift(desk.coop_id, theirs.shift_id))
    if desk.offer is not None:
        raise Conflict("somebody is being asked for this order already", code="already_asked")
    if len(queries.list_asked_by(desk.coop_id, desk.rider.id)) >= rules.MOST_ASKED:
        raise Conflict("you are asking several colleagues already: wait for one answer", code="asked_enough")
    now = clock.now()
    offer = WorkOffer(
        coop_id=desk.coop_id,
        id=uuid4(),
        order_id=desk.order.id,
        zone_id=desk.run.zone_id,
        rider_id=colleague.id,
        run_id=desk.run.id,
        from_rider_id=desk.rider.id,
        swap_for_id=swap_for_id,
        source="colleague",
        state="open",
        made_at=now,
        expires_at=now + rules.COLLEAGUE_ANSWERS_IN,
        plan=[],
        record={},
    )
    offering.announce(offer)
    return offer


def _run_of_colleague(coop_id: UUID, colleague: RiderView, zone_id: UUID) -> RunView:
    """The run of a colleague who is at work in this zone; Conflict for one who is not."""
    theirs = orders.find_open_run_of_rider(coop_id, colleague.id)
    if theirs is None or theirs.zone_id != zone_id:
        raise Conflict(f"{colleague.name} is not at work here just now", code="rider_off")
    return theirs


def _was_ever_mine(desk: Desk) -> bool:
    """Whether the rider may hear of the order: it is in their run, or was given to them before."""
    if desk.holder == desk.run.id or any(task.run_id == desk.run.id for task in desk.tasks):
        return True
    given = decisions.list_for_order(desk.coop_id, desk.order.id)
    return any(decision.rider_id == desk.rider.id for decision in given)


def _by_choice(desk: Desk, choice: Choice) -> dict[str, Any]:
    """The record of an order that a rider took by their own choice, and what it would have cost others."""
    return {
        "candidates": [],
        **choice.weighed.get(desk.order.id, {"not_weighed": NO_PLAN}),
        "winner": {"run_id": str(desk.run.id), "rider_id": str(desk.rider.id), "name": desk.rider.name},
        "runner_up": None,
        "override": None,
        "asked": queries.asked_before(desk.coop_id, desk.order.id),
    }


def _remember(desk: Desk, mode: str, rule_version: str, record: dict[str, Any]) -> None:
    decisions.store(
        desk.coop_id,
        desk.order.id,
        rider_id=desk.rider.id,
        run_id=desk.run.id,
        mode=mode,
        rule_version=rule_version,
        record=record,
    )


def _note_picked(desk: Desk) -> None:
    now = clock.now()
    db.session.add(
        WorkOffer(
            coop_id=desk.coop_id,
            id=uuid4(),
            order_id=desk.order.id,
            zone_id=desk.run.zone_id,
            rider_id=desk.rider.id,
            run_id=desk.run.id,
            source="board",
            state="accepted",
            made_at=now,
            expires_at=now,
            seen_at=now,
            answered_at=now,
            plan=[],
            record={},
        )
    )


def _end_accepted(desk: Desk) -> None:
    """Note on the offer that was accepted that the order came back."""
    row = db.session.scalar(
        select(WorkOffer)
        .where(
            WorkOffer.coop_id == desk.coop_id,
            WorkOffer.order_id == desk.order.id,
            WorkOffer.rider_id == desk.rider.id,
            WorkOffer.state == "accepted",
        )
        .order_by(WorkOffer.made_at.desc())
        .limit(1)
        .with_for_update()
    )
    if row is not None:
        offering.answer(row, "hand_back")


def _plan_again(desk: Desk, reason: str) -> None:
    db.session.flush()
    outbox.record(desk.coop_id, events.PlanWanted(zone_id=desk.order.zone_id, reason=reason))
    want_plan(desk.coop_id, desk.order.zone_id)


def _answer(state: str, desk: Desk) -> dict[str, Any]:
    return {"state": state, "order_id": str(desk.order.id), "order_number": desk.order.number}


def _repeated(rider: RiderView, choice: Choice, before: RiderChoice) -> dict[str, Any]:
    if before.rider_id != rider.id:
        raise NotFound(f"{choice.subject_id} does not exist")
    if (before.verb, before.subject_id) != (choice.verb, choice.subject_id):
        raise Conflict(f"the UUID {choice.client_uuid} was used for another decision", code="uuid_reused")
    return dict(before.answer)


def _one_at_a_time(client_uuid: UUID) -> None:
    """The same tap arriving twice at once has one effect."""
    take_turns(f"choice {client_uuid}")


def _find_offer(coop_id: UUID, offer_id: UUID) -> WorkOffer | None:
    return db.session.scalar(select(WorkOffer).where(WorkOffer.coop_id == coop_id, WorkOffer.id == offer_id))


def _offer_to(coop_id: UUID, rider_id: UUID, offer_id: UUID) -> WorkOffer:
    offer = _find_offer(coop_id, offer_id)
    if offer is None or offer.rider_id != rider_id:
        raise NotFound(f"offer {offer_id} does not exist")
    return offer


def _lock_offer(coop_id: UUID, offer_id: UUID) -> WorkOffer:
    return db.session.scalars(
        select(WorkOffer)
        .where(WorkOffer.coop_id == coop_id, WorkOffer.id == offer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
