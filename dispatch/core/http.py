"""Speaking HTTP: bodies in, problem+json out, ETags, idempotency keys and cursors."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from flask import Response, current_app, jsonify, make_response, request
from flask.json.provider import DefaultJSONProvider
from psycopg.errors import LockNotAvailable
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticSerializationError, to_json
from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Mapped, mapped_column

from . import clock
from .db import Base, CoopOwned, db, transaction
from .errors import BadRequest, Conflict, FieldError, Invalid, NotFound, PacelineError, StaleVersion, WrongContentType

B = TypeVar("B", bound=BaseModel)

IDEMPOTENCY_KEPT = timedelta(hours=24)
IDEMPOTENCY_WAIT_S = 3
MAX_KEY_LENGTH = 255
LONGEST_NUMBER = 6  # digits


class Body(BaseModel):
    """Base of request bodies: unknown fields are refused by name, texts are stripped."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)


class QuickJson(DefaultJSONProvider):
    """Answers written by pydantic's serialiser: a phone's run, mostly coordinates, takes a fifth of the time.

    What it cannot write, such as half of a surrogate pair that an error repeats, Python's own encoder writes.
    """

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """The answer with these contents, compact, keys in the order they were given."""
        body = self._prepare_response_obj(args, kwargs)
        try:
            text = to_json(body, inf_nan_mode="null")
        except PydanticSerializationError:
            text = self.dumps(body, separators=(",", ":")).encode()
        return Response(text, mimetype=self.mimetype)


class IdempotencyKey(CoopOwned, Base):
    """One remembered request of one caller: same key and body -> the same answer for 24 hours."""

    __tablename__ = "idempotency_key"

    caller: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_sha256: Mapped[str]
    created_at: Mapped[datetime]
    status: Mapped[int | None]
    response: Mapped[dict[str, Any] | None]


def parse_body(kind: type[B]) -> B:
    """The request's JSON body as `kind`; errors name each wrong field by JSON pointer."""
    if not request.is_json:
        raise WrongContentType(f"Content-Type is {request.content_type or 'missing'!r}: send application/json")
    data = request.get_json(silent=True, cache=True)
    if data is None:
        raise BadRequest("the body is not valid JSON")
    return validate(kind, data)


def validate(kind: type[B], data: object) -> B:
    """`data` as `kind`; Invalid lists every wrong field."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        raise Invalid("some fields are not acceptable", errors=field_errors(error)) from error


def field_errors(error: ValidationError) -> tuple[FieldError, ...]:
    """Pydantic's findings as JSON pointers, codes and sentences; a list is not blamed for a wrong item in it."""
    found = [
        FieldError(
            pointer="/" + "/".join(str(part) for part in finding["loc"]),
            code=finding["type"],
            message=finding["msg"],
        )
        for finding in error.errors(include_url=False, include_input=False)
    ]
    inner = [each.pointer for each in found]
    return tuple(each for each in found if not any(other.startswith(each.pointer + "/") for other in inner))


def problem(
    error: PacelineError, detail: str | None = None, of_field: Callable[[FieldError], str] | None = None
) -> Response:
    """RFC 9457 answer to an error; `detail` and `of_field` say it in other words, to a person."""
    body: dict[str, Any] = {
        "type": f"about:blank#{error.code}",
        "title": error.code.replace("_", " "),
        "status": error.http_status,
        "detail": detail or error.message,
        "code": error.code,
        **error.extra,
    }
    if isinstance(error, Invalid):
        body["errors"] = [
            {"pointer": item.pointer, "code": item.code, "message": of_field(item) if of_field else item.message}
            for item in error.errors
        ]
    response = jsonify(body)
    response.status_code = error.http_status
    response.content_type = "application/problem+json"
    response.headers.update(retry_after(error))
    return response


def retry_after(error: PacelineError) -> dict[str, str]:
    """The header that says when to come back, where the error knows it."""
    return {"Retry-After": str(error.extra["retry_after_s"])} if "retry_after_s" in error.extra else {}


def wants_json() -> bool:
    """Whether the caller should get JSON rather than a page."""
    if request.path.startswith(("/api/", "/app/api/", "/board/api/", "/geo/")):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return best == "application/json"


def etag(response: Response, version: object) -> Response:
    """Give a response its ETag, and answer 304 if the caller has it already."""
    response.set_etag(hashlib.sha256(str(version).encode()).hexdigest()[:32])
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)  # type: ignore[return-value]


def require_match(version: object) -> None:
    """StaleVersion unless the request's If-Match (when given) names this version.

    Packing on the way makes a tag weak, though the version behind it is exact: so both forms are taken.
    """
    given = request.if_match
    if given and not given.contains_weak(hashlib.sha256(str(version).encode()).hexdigest()[:32]):
        raise StaleVersion("someone changed this since you read it: read it again and decide again")


def parse_id(text: str, what: str) -> UUID:
    """A UUID from an address; NotFound if it is none, so that foreign ids look like absent ones."""
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound(f"{what} {text[:80]!r} does not exist") from error


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page of a list ended: time and id of its last row, newest first."""

    at: datetime
    id: UUID

    def encode(self) -> str:
        """Opaque text for `next_cursor`."""
        return base64.urlsafe_b64encode(f"{self.at.isoformat()}|{self.id}".encode()).decode().rstrip("=")

    @staticmethod
    def decode(text: str | None) -> Cursor | None:
        """The cursor in a query string; BadRequest if it was not made by us."""
        if not text:
            return None
        try:
            raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
            at, row_id = raw.split("|")
            return Cursor(datetime.fromisoformat(at), UUID(row_id))
        except ValueError as error:
            raise BadRequest(f"cursor {text[:80]!r} is not one of ours: leave it out to start again") from error


def page_limit(default: int = 50, most: int = 200) -> int:
    """`?limit=` between 1 and `most`."""
    text = request.args.get("limit")
    if text is None:
        return default
    limit = whole_number(text, most)
    if limit is None:
        raise BadRequest(f"limit={text[:20]!r}: use a whole number from 1 to {most}")
    return limit


def whole_number(text: str, most: int) -> int | None:
    """The number from 1 to `most` that a text says; None if it says none. Short texts only: digits without end cost."""
    number = int(text) if text.isdecimal() and len(text) <= LONGEST_NUMBER else 0
    return number if 1 <= number <= most else None


def idempotent(
    coop_id: UUID, caller: str, act: Callable[[], tuple[dict[str, Any], int]], *, required: bool
) -> Response:
    """Run `act` in one transaction, once per (caller, Idempotency-Key).

    A repeat with the same body gets the stored answer; with another body 422; while the first still runs 409; no key
    where one is required 400. `act` returns the JSON answer and its status; a refusal is not remembered.
    """
    key = request.headers.get("Idempotency-Key", "").strip().strip('"')
    if not key:
        if required:
            raise BadRequest("Idempotency-Key is missing: send a new UUID per order", code="idempotency_key_missing")
        with transaction():
            body, status = act()
        return make_response(jsonify(body), status)
    if len(key) > MAX_KEY_LENGTH:
        raise BadRequest(f"Idempotency-Key is longer than {MAX_KEY_LENGTH} characters")
    digest = hashlib.sha256(request.method.encode() + request.path.encode() + request.get_data()).hexdigest()
    with transaction():
        stored = _reserve(coop_id, caller, key, digest)
        if stored is not None:
            body, status = stored
            response = make_response(jsonify(body), status)
            response.headers["Idempotency-Replayed"] = "true"
            return response
        body, status = act()
        row = db.session.get_one(IdempotencyKey, (coop_id, caller, key))
        row.status, row.response = status, json.loads(current_app.json.dumps(body))
    return make_response(jsonify(body), status)


def _reserve(coop_id: UUID, caller: str, key: str, digest: str) -> tuple[dict[str, Any], int] | None:
    """Take the key for this transaction, or return what the first request got; waits for a first one that runs."""
    db.session.execute(text(f"SET LOCAL lock_timeout = '{IDEMPOTENCY_WAIT_S}s'"))
    try:
        db.session.execute(
            insert(IdempotencyKey)
            .values(coop_id=coop_id, caller=caller, key=key, body_sha256=digest, created_at=clock.real_now())
            .on_conflict_do_nothing()
        )
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise Conflict(
                "the first request with this Idempotency-Key is still running: ask again in a moment",
                code="idempotency_in_progress",
            ) from error
        raise
    db.session.execute(text("SET LOCAL lock_timeout TO DEFAULT"))
    row = db.session.scalar(
        select(IdempotencyKey)
        .where(IdempotencyKey.coop_id == coop_id, IdempotencyKey.caller == caller, IdempotencyKey.key == key)
        .with_for_update()
    )
    assert row is not None
    if row.body_sha256 != digest:
        raise Invalid(
            "this Idempotency-Key was used with another request: use a new key", code="idempotency_key_reused"
        )
    if row.status is None or row.response is None:
        return None
    return row.response, row.status


def forget_old_keys(coop_id: UUID) -> int:
    """Drop idempotency keys past their 24 hours; the number dropped."""
    done = db.session.execute(
        delete(IdempotencyKey).where(
            IdempotencyKey.coop_id == coop_id, IdempotencyKey.created_at < clock.real_now() - IDEMPOTENCY_KEPT
        )
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
