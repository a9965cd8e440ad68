"""The phone's JSON about work that waits for a yes, beside the riders' own under `/app/api`."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, current_app, g, jsonify
from flask.typing import ResponseReturnValue
from pydantic import AwareDatetime, Field

from dispatch.coop.auth import identity, require
from dispatch.core.db import transaction
from dispatch.core.http import Body, parse_body, parse_id
from dispatch.planning import weighing
from riders.queries import RiderView, get_rider_of

from . import queries, services, work

bp = Blueprint("offers_api", __name__, url_prefix="/app/api")


class Decided(Body):
    """One decision, as the phone's outbox sends it."""

    client_uuid: UUID
    device_at: AwareDatetime | None = None
    queued_s: float = Field(default=0, ge=0, le=30 * 86_400)


class Asked(Decided):
    """Which colleague is asked."""

    rider_id: UUID


class Swapped(Decided):
    """Which of the rider's own orders is given in return."""

    order_id: UUID


@bp.get("/work")
@require("member")
def show_work() -> ResponseReturnValue:
    """What is offered to me, what I ask colleagues, and what I may pick."""
    rider = _me()
    offers = queries.list_concerning(g.coop_id, rider.id)
    answer = work.work_json(g.coop_id, rider, offers)
    if any(offer.rider_id == rider.id and offer.seen_at is None for offer in offers):
        with transaction():
            work.note_seen(g.coop_id, rider.id)
    return jsonify(answer)


@bp.post("/offers/<offer_id>/<any(accept, decline, withdraw):verb>")
@require("member")
def answer_offer(offer_id: str, verb: str) -> ResponseReturnValue:
    """Say yes or no, or take a question to a colleague back."""
    return _decide(verb, parse_id(offer_id, "offer"), parse_body(Decided))


@bp.post("/offers/<offer_id>/swap")
@require("member")
def swap_offer(offer_id: str) -> ResponseReturnValue:
    """Take a colleague's order if they take one of mine."""
    body = parse_body(Swapped)
    return _decide("swap", parse_id(offer_id, "offer"), body, order_id=body.order_id)


@bp.post('/orders/<order_id>/<any(pick, "hand-back"):verb>')
@require("member")
def pick_or_hand_back(order_id: str, verb: str) -> ResponseReturnValue:
    """Take an order from the open board, or give one back that is not picked up."""
    return _decide(verb, parse_id(order_id, "order"), parse_body(Decided))


@bp.post("/orders/<order_id>/ask")
@require("member")
def ask_colleague(order_id: str) -> ResponseReturnValue:
    """Ask a colleague to take an order over."""
    body = parse_body(Asked)
    return _decide("ask", parse_id(order_id, "order"), body, colleague_id=body.rider_id)


def _decide(
    verb: str, subject_id: UUID, body: Decided, *, colleague_id: UUID | None = None, order_id: UUID | None = None
) -> ResponseReturnValue:
    rider = _me()
    taken = {subject_id: rider.id} if verb == "pick" else {}
    if verb == "accept":
        taken = queries.list_takers(g.coop_id, rider.id, subject_id)
    client = current_app.extensions["redis"]
    choice = services.Choice(
        verb=verb,
        subject_id=subject_id,
        client_uuid=body.client_uuid,
        device_at=body.device_at,
        colleague_id=colleague_id,
        order_id=order_id,
        weighed={
            order: weighing.of_order(client, g.coop_id, order, weighing.Taker(rider_id=taker))
            for order, taker in taken.items()
        },
    )
    with transaction():
        answer = services.decide(g.coop_id, rider, choice)
    return jsonify(answer)


def _me() -> RiderView:
    return get_rider_of(g.coop_id, identity().member_id)
