"""The board's JSON: its state, what coordinators decide, and the live stream. Every decision names the version seen."""

from __future__ import annotations

from uuid import UUID

import redis
from flask import Blueprint, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import Field

from dispatch.coop import services as coops
from dispatch.coop.auth import identity, require
from dispatch.coop.rules import PLAN_MODES
from dispatch.core.db import transaction
from dispatch.core.http import Body, parse_body, parse_id
from dispatch.core.live import LiveEvent, sse_response
from dispatch.orders import services as orders
from dispatch.planning import manual, proposals, weighing
from dispatch.planning.weighing import Taker
from riders import corrections

from . import board_json, lines, queries

bp = Blueprint("console_api", __name__, url_prefix="/board/api")

MODES = f"^({'|'.join(PLAN_MODES)})$"


class HandOver(Body):
    """Say who has the goods; their run was seen in this version."""

    rider_id: UUID
    run_version: int | None = None
    reason: str = Field(default="", max_length=500)


class Assign(HandOver):
    """Give an order to a rider whose run was seen in this version."""

    position: int | None = Field(default=None, ge=0, le=500)


class Unassign(Body):
    """Take an order out of the run that was seen in this version."""

    run_version: int | None = None
    reason: str = Field(default="", max_length=500)


class Cancel(Body):
    """Cancel an order."""

    reason: str = Field(default="", max_length=500)


class Reorder(Body):
    """A run's open stops in the wanted order."""

    version: int
    task_ids: list[UUID] = Field(max_length=500)
    reason: str = Field(default="", max_length=500)


class Accept(Body):
    """Which run's part of a proposal is accepted; all of it if none is named."""

    run_id: UUID | None = None


class Mode(Body):
    """How plans take effect."""

    mode: str = Field(pattern=MODES)


class OrderMode(Body):
    """How one order finds its rider; None: as all of the co-op's do."""

    mode: str | None = Field(default=None, pattern=MODES)


@bp.get("/state")
@require("coordinator")
def state() -> ResponseReturnValue:
    """The board of a zone now."""
    return jsonify(board_json.board_json(queries.get_board(g.coop_id, _zone_id(), current_app.extensions["redis"])))


@bp.get("/lines")
@require("coordinator")
def run_lines() -> ResponseReturnValue:
    """The streets that riders ride, run by run."""
    runs, is_complete = lines.lines_of(queries.get_board(g.coop_id, _zone_id()))
    return jsonify({"runs": runs, "is_complete": is_complete})


@bp.get("/live")
@require("coordinator")
def live() -> Response:
    """Everything that happens in the co-op, as it happens."""
    coop_id = g.coop_id

    def wanted(event: LiveEvent) -> bool:
        return event.coop_id == coop_id and event.kind != "TimesMoved"  # phones alone can use it

    return sse_response(current_app.extensions["live"], wanted)


@bp.post("/orders/<order_id>/assign")
@require("coordinator")
def assign(order_id: str) -> ResponseReturnValue:
    """Give an order to a rider."""
    wanted, order = parse_body(Assign), parse_id(order_id, "order")
    weighed = weighing.of_order(_redis(), g.coop_id, order, Taker(rider_id=wanted.rider_id, position=wanted.position))
    with transaction():
        manual.assign(
            g.coop_id,
            order,
            wanted.rider_id,
            _by(wanted.reason),
            run_version=wanted.run_version,
            position=wanted.position,
            weighed=weighed,
        )
    return jsonify({"ok": True})


@bp.post("/orders/<order_id>/unassign")
@require("coordinator")
def unassign(order_id: str) -> ResponseReturnValue:
    """Take an order from its rider."""
    wanted, order = parse_body(Unassign), parse_id(order_id, "order")
    weighed = weighing.of_order(_redis(), g.coop_id, order)
    with transaction():
        manual.unassign(g.coop_id, order, _by(wanted.reason), run_version=wanted.run_version, weighed=weighed)
    return jsonify({"ok": True})


@bp.post("/orders/<order_id>/hand-over")
@require("coordinator")
def hand_over(order_id: str) -> ResponseReturnValue:
    """A rider has the goods of one who has stopped."""
    wanted = parse_body(HandOver)
    with transaction():
        manual.hand_over(
            g.coop_id,
            parse_id(order_id, "order"),
            wanted.rider_id,
            _by(wanted.reason),
            run_version=wanted.run_version,
        )
    return jsonify({"ok": True})


@bp.post("/orders/<order_id>/release")
@require("coordinator")
def release(order_id: str) -> ResponseReturnValue:
    """Lift what was decided by hand about an order."""
    with transaction():
        manual.release(g.coop_id, parse_id(order_id, "order"))
    return jsonify({"ok": True})


@bp.post("/orders/<order_id>/mode")
@require("coordinator")
def order_mode(order_id: str) -> ResponseReturnValue:
    """Let one order be given, proposed, offered or picked, whatever the others are."""
    wanted = parse_body(OrderMode)
    with transaction():
        manual.set_mode(g.coop_id, parse_id(order_id, "order"), wanted.mode)
    return jsonify({"ok": True, "mode": wanted.mode})


@bp.post("/orders/<order_id>/cancel")
@require("coordinator")
def cancel(order_id: str) -> ResponseReturnValue:
    """Cancel an order of which nothing is picked up."""
    wanted = parse_body(Cancel)
    actor = orders.Actor(kind="coordinator", member_id=identity().member_id)
    with transaction():
        order = orders.cancel_order(
            g.coop_id, parse_id(order_id, "order"), reason=wanted.reason or "coordinator", actor=actor
        )
        answer = {"ok": True, "state": order.state}
    return jsonify(answer)


@bp.post("/orders/<order_id>/tasks/<task_id>/restore")
@require("coordinator")
def restore(order_id: str, task_id: str) -> ResponseReturnValue:
    """Open a stop again that was not as its rider's phone says; its pay is reversed."""
    with transaction():
        order = corrections.take_back_by_hand(
            g.coop_id, parse_id(order_id, "order"), parse_id(task_id, "task"), identity().member_id
        )
        answer = {"ok": True, "state": order.state}
    return jsonify(answer)


@bp.post("/runs/<run_id>/reorder")
@require("coordinator")
def reorder(run_id: str) -> ResponseReturnValue:
    """Put a run's stops into another order."""
    wanted, run = parse_body(Reorder), parse_id(run_id, "run")
    weighed = weighing.of_sequence(_redis(), g.coop_id, run, wanted.task_ids)
    with transaction():
        manual.reorder(g.coop_id, run, wanted.version, wanted.task_ids, _by(wanted.reason), weighed=weighed)
    return jsonify({"ok": True})


@bp.post("/runs/<run_id>/release")
@require("coordinator")
def release_run(run_id: str) -> ResponseReturnValue:
    """Let the planner order a run's stops again."""
    with transaction():
        manual.release_run(g.coop_id, parse_id(run_id, "run"))
    return jsonify({"ok": True})


@bp.post("/proposals/<proposal_id>/accept")
@require("coordinator")
def accept(proposal_id: str) -> ResponseReturnValue:
    """Put a proposed plan into force, or only one run's part of it."""
    wanted = parse_body(Accept)
    with transaction():
        proposals.accept(
            g.coop_id, parse_id(proposal_id, "proposal"), member_id=identity().member_id, run_id=wanted.run_id
        )
    return jsonify({"ok": True})


@bp.post("/proposals/<proposal_id>/reject")
@require("coordinator")
def reject(proposal_id: str) -> ResponseReturnValue:
    """Turn a proposed plan down."""
    with transaction():
        proposals.reject(g.coop_id, parse_id(proposal_id, "proposal"), member_id=identity().member_id)
    return jsonify({"ok": True})


@bp.post("/mode")
@require("coordinator")
def mode() -> ResponseReturnValue:
    """Choose how plans take effect."""
    wanted = parse_body(Mode)
    with transaction():
        coops.set_plan_mode(g.coop_id, wanted.mode)
        manual.replan_all(g.coop_id, "plan mode changed")
    return jsonify({"ok": True, "mode": wanted.mode})


def _by(reason: str) -> manual.Coordinator:
    who = identity()
    return manual.Coordinator(member_id=who.member_id, name=who.name, reason=reason)


def _redis() -> redis.Redis | None:
    client: redis.Redis | None = current_app.extensions.get("redis")
    return client


def _zone_id() -> UUID | None:
    text = request.args.get("zone")
    return parse_id(text, "zone") if text else None
