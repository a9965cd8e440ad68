"""The phone's JSON under `/app/api`: every action may be sent twice, late and out of order."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, g, jsonify, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from dispatch.coop.auth import identity, require
from dispatch.core import clock
from dispatch.core.db import db, need_not_wait_for_disk, transaction
from dispatch.core.errors import BadRequest, PacelineError
from dispatch.core.http import etag, parse_body, parse_id, validate
from dispatch.core.live import LiveEvent, publish_fleeting, sse_response
from dispatch.core.units import LonLat
from dispatch.geo import hazard_services
from dispatch.geo.hazard_services import HazardPicture
from dispatch.notify import channels
from dispatch.notify import services as notify
from dispatch.orders import queries as orders
from dispatch.orders import runs
from dispatch.orders.views import RunMark, RunView

from . import actions, bodies, heard, me_view, meter, photos, proofs, queries, questions, run_view, services, why
from .proofs import SentProof
from .queries import RiderView

bp = Blueprint("riders_api", __name__, url_prefix="/app/api")

PICTURES = ("riders_api.add_proof", "riders_api.add_hazard_photo")
FOR_ALL = ("PeriodClosed", "HazardReported", "HazardChanged", "OpenBoardChanged")
"""Events that every rider of the co-op hears of, not only the one they are about."""


def me() -> RiderView:
    """The rider who asks; NotFound for a member who does not ride."""
    return queries.get_rider_of(g.coop_id, identity().member_id)


@bp.url_value_preprocessor
def _allow_pictures(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """Photos are larger than other bodies; said before anything reads the form."""
    if endpoint in PICTURES:
        request.max_content_length = photos.MOST_BYTES * 3 // 2
        request.max_form_memory_size = photos.MOST_BYTES * 3 // 2


@bp.after_request
def _note_heard(response: Response) -> Response:
    """Whatever a phone asks is a sign of life; places are another matter."""
    who = g.get("identity")
    if who is not None and response.status_code < 400:
        heard.note(current_app.extensions["redis"], g.coop_id, who.member_id, clock.now())
    return response


@bp.get("/me")
@require("member")
def show_me() -> ResponseReturnValue:
    """Who I am, my shift, and what the phone needs to keep time with us."""
    return jsonify(me_view.me_json(g.coop_id, me()) | {"csrf_token": generate_csrf()})


@bp.post("/shift/on")
@require("member")
def sign_on() -> ResponseReturnValue:
    """Begin a shift."""
    body = parse_body(bodies.ShiftOn)
    wish = services.SignOn(
        client_uuid=body.client_uuid,
        device_at=body.device_at,
        queued_s=body.queued_s,
        lonlat=body.lonlat(),
        shift_id=body.shift_id,
        ends_at=body.ends_at,
        profile=body.profile,
        bike_id=body.bike_id,
        capacity_g=body.capacity_g,
        bike_check=body.bike_check.model_dump() if body.bike_check else {},
    )
    with transaction():
        shift, run_id, is_new = services.sign_on(g.coop_id, me().id, wish)
        answer = {"shift": me_view.shift_json(shift, run_id), "run_id": str(run_id)}
    return jsonify(answer), 201 if is_new else 200


@bp.post("/shift/off")
@require("member")
def sign_off() -> ResponseReturnValue:
    """End the shift; what is not begun is handed back."""
    body = parse_body(bodies.ShiftOff)
    with transaction():
        shift = services.sign_off(
            g.coop_id, me().id, body.client_uuid, device_at=body.device_at, queued_s=body.queued_s
        )
        answer = {"shift": me_view.shift_json(shift, None), "handed_back": shift.handed_back}
    return jsonify(answer)


@bp.get("/run")
@require("member")
def show_run() -> ResponseReturnValue:
    """The whole run, or 304 if the phone has it already."""
    rider = me()
    mark = orders.find_mark_of_rider(g.coop_id, rider.id)
    unchanged = etag(Response(), run_view.run_key(g.coop_id, mark))
    if unchanged.status_code == 304:
        _note_seen(mark)
        return unchanged
    run = orders.find_open_run_of_rider(g.coop_id, rider.id)
    key = run_view.run_key(g.coop_id, run)  # before the rides are drawn: what changes meanwhile is asked for again
    whole = etag(jsonify(run_view.run_json(g.coop_id, run)), key)
    _note_seen(run)
    return whole


def _note_seen(run: RunMark | RunView | None) -> None:
    """Last, because a commit forgets what was read; a crash that loses it costs one more look."""
    if run is not None and run.unseen_since is not None:
        with transaction():
            need_not_wait_for_disk()
            runs.note_seen(g.coop_id, run.id, run.version)


@bp.post("/tasks/<task_id>/<any(start, arrive, complete, fail, restore):verb>")
@require("member")
def act(task_id: str, verb: str) -> ResponseReturnValue:
    """Do something to a task; the same UUID gets the same answer."""
    action = parse_body(bodies.TaskAction).action(parse_id(task_id, "task"), verb)
    try:
        with transaction():
            rider = me()
            outcome = actions.act(g.coop_id, rider, action)
            actions.note_device(g.coop_id, rider, action.stamp)
            answer = _outcome_json(outcome)
    except PacelineError:
        with transaction():
            actions.keep_texts(g.coop_id, me(), action)
        raise
    return jsonify(answer)


@bp.post("/tasks/<task_id>/proofs")
@require("member")
def add_proof(task_id: str) -> ResponseReturnValue:
    """Keep a photo, a signature or a text; may come before or after the action it belongs to."""
    sent = _sent_proof()
    with transaction():
        proof, is_new = proofs.keep(g.coop_id, me().id, parse_id(task_id, "task"), sent)
        answer = {"proof": {"id": str(proof.id), "kind": proof.kind}}
    return jsonify(answer), 201 if is_new else 200


@bp.post("/hazards/<hazard_id>/photo")
@require("member", "coordinator")
def add_hazard_photo(hazard_id: str) -> ResponseReturnValue:
    """Keep a picture of a hazard that I reported or that I coordinate; the last one counts, a repeat is harmless."""
    file = request.files.get("file")
    if file is None:
        raise BadRequest("send the picture as a file")
    picture = photos.clean_photo(file.read())
    found, who = parse_id(hazard_id, "hazard"), identity()
    new = HazardPicture(
        member_id=who.member_id,
        content=picture.content,
        content_type=picture.content_type,
        by_coordinator=who.has("coordinator"),
    )
    with transaction():
        hazard_services.add_photo(g.coop_id, found, new)
    return jsonify(ok=True), 201


@bp.get("/earnings")
@require("member")
def show_earnings() -> ResponseReturnValue:
    """What a day earned so far, line by line."""
    day = meter.parse_day(g.coop_id, request.args.get("day"))
    return jsonify(meter.day_json(g.coop_id, me(), day))


@bp.get("/tasks/<task_id>/why")
@require("member")
def why_me(task_id: str) -> ResponseReturnValue:
    """Why this stop is mine, in words."""
    return jsonify(why.why_me(g.coop_id, me().id, parse_id(task_id, "task")))


@bp.get("/why-not")
@require("member")
def why_not_me() -> ResponseReturnValue:
    """Which orders of this shift went to somebody else, and why."""
    return jsonify(orders=why.why_not_me(g.coop_id, me().id))


@bp.post("/questions")
@require("member")
def ask() -> ResponseReturnValue:
    """Ask a person to look at a line of pay or a decision; asking twice is asking once."""
    body = parse_body(bodies.QuestionBody)
    with transaction():
        question = questions.ask(g.coop_id, identity().member_id, body.kind, body.subject, body.words)
        answer = {"question": {"id": str(question.id), "kind": question.kind, "subject": question.subject}}
    return jsonify(answer), 201


@bp.post("/position")
@require("member")
def record_position() -> ResponseReturnValue:
    """Where the phone is; kept only inside a shift, and only if the rider shares it."""
    body = parse_body(bodies.PositionBody)
    accuracy_m = round(body.accuracy_m) if body.accuracy_m is not None else None
    lonlat = LonLat(body.lon, body.lat)
    with transaction():
        need_not_wait_for_disk()
        rider = me()
        kept = services.record_position(g.coop_id, rider.id, lonlat, at=body.at, accuracy_m=accuracy_m)
    if kept:
        _tell_position(rider.id, lonlat)
    return "", 204


@bp.post("/position/sharing")
@require("member")
def share_position() -> ResponseReturnValue:
    """Share positions in shifts, or stop it and delete what was kept; saying it twice changes nothing more."""
    body = parse_body(bodies.SharingBody)
    with transaction():
        services.share_position(g.coop_id, me().id, body.is_shared)
    return jsonify(shares_position=body.is_shared)


@bp.get("/push/key")
@require("member")
def push_key() -> ResponseReturnValue:
    """The public key with which a browser asks for messages."""
    return jsonify(public_key=channels.vapid_public_key())


@bp.post("/push")
@require("member")
def add_push() -> ResponseReturnValue:
    """Remember a browser that wants messages."""
    body = parse_body(bodies.PushBody)
    if body.keys is None:
        raise BadRequest("keys are missing: send the whole subscription")
    with transaction():
        notify.add_endpoint(
            g.coop_id,
            identity().member_id,
            notify.Subscription(endpoint=body.endpoint, p256dh=body.keys.p256dh, auth=body.keys.auth),
            user_agent=request.user_agent.string[:200],
        )
    return jsonify(ok=True), 201


@bp.delete("/push")
@require("member")
def drop_push() -> ResponseReturnValue:
    """Forget a browser."""
    body = parse_body(bodies.PushBody)
    with transaction():
        notify.drop_endpoint(g.coop_id, identity().member_id, body.endpoint)
    return "", 204


@bp.post("/push/test")
@require("member")
def test_push() -> ResponseReturnValue:
    """Ask for a trial message on my phones."""
    with transaction():
        notify.want_test(g.coop_id, identity().member_id)
    return jsonify(ok=True), 202


@bp.get("/live")
@require("member")
def live() -> ResponseReturnValue:
    """My own events as they happen; resumes after Last-Event-ID."""
    coop_id, rider_id = g.coop_id, str(me().id)
    db.session.remove()

    def wanted(event: LiveEvent) -> bool:
        if event.coop_id != coop_id:
            return False
        mine = rider_id in (event.payload.get("rider_id"), event.payload.get("from_rider_id"))
        return mine or event.kind in FOR_ALL

    return sse_response(current_app.extensions["live"], wanted)


def _sent_proof() -> SentProof:
    if request.is_json:
        body = parse_body(bodies.ProofBody)
        data = bodies.picture_bytes(body.data_url) if body.data_url is not None else None
    else:
        body = validate(bodies.ProofBody, request.form.to_dict())
        file = request.files.get("file")
        data = file.read() if file is not None else None
    return SentProof(
        client_uuid=body.client_uuid, kind=body.kind, text=body.text, data=data, taken_at=body.taken_at
    )


def _tell_position(rider_id: UUID, lonlat: LonLat) -> None:
    publish_fleeting(
        current_app.extensions["redis"],
        g.coop_id,
        "RiderMoved",
        {"rider_id": str(rider_id), "lonlat": lonlat.as_pair(), "at": clock.now().isoformat()},
    )


def _outcome_json(outcome: actions.Outcome) -> dict[str, Any]:
    return {
        "task": {"id": str(outcome.task_id), "state": outcome.task_state},
        "order": {"id": str(outcome.order_id), "state": outcome.order_state},
        "run": {"id": str(outcome.run_id), "version": outcome.run_version, "touched": outcome.run_touched}
        if outcome.run_id
        else None,
        "return_order_id": str(outcome.return_order_id) if outcome.return_order_id else None,
        "earned": [meter.line_json(line) for line in outcome.earned],
    }
