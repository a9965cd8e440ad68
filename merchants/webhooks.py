"""Webhooks: Standard Webhooks 1.0, at least once with a stable id, on a schedule, each attempt logged.

The body is written once and signed as the exact bytes that are sent, so a repeat differs only in its timestamp.
"""

from __future__ import annotations

import ipaddress
import json
import os
import random
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import structlog
from sqlalchemy import delete, or_, select, type_coerce, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from dispatch.core import clock, outbox
from dispatch.core.db import db, end_read, transaction
from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.core.settings import current
from dispatch.orders import queries as orders

from .models import WebhookEndpoint, WebhookMessage
from .views import order_json
from .webhook_rules import Attempt, Outgoing, next_attempt_at, signed_headers, signing_secrets

TIMEOUT_S = 15.0
AT_ONCE = 8
BATCH = 24
LEASE_S = 60
"""Longer than a batch can take in which nobody answers: BATCH / AT_ONCE rounds of TIMEOUT_S."""
KEPT = timedelta(days=30)
"""Messages name recipients, so they are forgotten like everything else that does."""

log = structlog.get_logger()


def queue_status(coop_id: UUID, event_id: UUID, payload: dict[str, str]) -> None:
    """Write one message per endpoint of the order's merchant; unique per (event, endpoint)."""
    endpoints = db.session.scalars(
        select(WebhookEndpoint).where(
            WebhookEndpoint.coop_id == coop_id,
            WebhookEndpoint.merchant_id == UUID(payload["merchant_id"]),
            WebhookEndpoint.disabled_at.is_(None),
        )
    ).all()
    if not endpoints:
        return
    order = orders.get_order(coop_id, UUID(payload["order_id"]))
    data = order_json(order) | {"state": payload["state"], "status_seq": int(payload["status_seq"])}
    happened_at = outbox.occurred_at(coop_id, event_id).isoformat()
    body = json.dumps({"type": f"order.{payload['state']}", "timestamp": happened_at, "data": data}, default=str)
    for endpoint in endpoints:
        db.session.execute(
            insert(WebhookMessage)
            .values(
                coop_id=coop_id,
                id=uuid4(),
                endpoint_id=endpoint.id,
                event_id=event_id,
                kind=f"order.{payload['state']}",
                body=body,
                attempts=0,
                created_at=clock.real_now(),
                due_at=clock.real_now(),
            )
            .on_conflict_do_nothing(index_elements=["coop_id", "endpoint_id", "event_id"])
        )


def send_due(coop_id: UUID) -> int:
    """Send every message whose time has come; the number accepted. HTTP happens outside any transaction.

    Several travel at once, so that one receiver that does not answer holds up nobody else's messages.
    """
    accepted, allow_local = 0, current().local_webhooks
    batch = _take(coop_id)
    if not batch:
        return 0
    client = _client()
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook") as pool:
        while batch:
            attempts = pool.map(lambda message: attempt(client, message, allow_local=allow_local), batch)
            for message, made in zip(batch, attempts, strict=True):
                end_read()
                with transaction():
                    _note(coop_id, message, made)
                log.info("webhook.attempt", message=str(message.id), status=made.status, attempt=message.attempts + 1)
                accepted += made.is_accepted
            batch = _take(coop_id) if len(batch) == BATCH else []
    return accepted


@cache
def _client() -> httpx.Client:
    """Kept with its connections for the next messages: to make it takes as long as to send one. No cookies: it serves
    all co-ops."""
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.Client(timeout=TIMEOUT_S, follow_redirects=False, cookies=no_cookies)


os.register_at_fork(after_in_child=_client.cache_clear)


def _take(coop_id: UUID) -> list[Outgoing]:
    """Lease due messages: they are due again after a minute, should this process die meanwhile."""
    now = clock.real_now()
    with transaction():
        rows = db.session.execute(
            select(WebhookMessage, WebhookEndpoint)
            .join(
                WebhookEndpoint,
                (WebhookEndpoint.coop_id == WebhookMessage.coop_id)
                & (WebhookEndpoint.id == WebhookMessage.endpoint_id),
            )
            .where(
                WebhookMessage.coop_id == coop_id,
                WebhookMessage.sent_at.is_(None),
                WebhookMessage.given_up_at.is_(None),
                WebhookMessage.due_at <= now,
                WebhookEndpoint.disabled_at.is_(None),
            )
            .order_by(WebhookMessage.due_at)
            .limit(BATCH)
            .with_for_update(of=WebhookMessage, skip_locked=True)
        ).all()
        for message, _endpoint in rows:
            message.due_at = now + timedelta(seconds=LEASE_S)
        return [
            Outgoing(
                id=message.id,
                url=endpoint.url,
                body=message.body,
                secrets=signing_secrets(endpoint.secret, endpoint.old_secret, endpoint.old_secret_until, now),
                attempts=message.attempts,
                endpoint_id=endpoint.id,
            )
            for message, endpoint in rows
        ]


def attempt(client: httpx.Client, message: Outgoing, *, allow_local: bool) -> Attempt:
    """Send one message once. Runs in a thread of its own: no database."""
    at, started = clock.real_now(), clock.monotonic_s()
    status, error = None, ""
    try:
        check_target(message.url, allow_local=allow_local)
        answer = client.post(message.url, content=message.body.encode(), headers=signed_headers(message, at))
        status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL, Invalid) as failure:
        error = str(failure)[:300] or type(failure).__name__
    return Attempt(at=at, status=status, error=error, took_ms=round((clock.monotonic_s() - started) * 1000))


def _note(coop_id: UUID, message: Outgoing, made: Attempt) -> None:
    """Write down an attempt and when the next one is due."""
    now = clock.real_now()
    again_at = None if made.is_gone else next_attempt_at(now, message.attempts + 1, random.random())
    values: dict[str, object] = {
        "attempts": message.attempts + 1,
        "last_status": made.status,
        "last_error": made.error or None,
        "log": WebhookMessage.log.op("||")(type_coerce([made.line()], JSONB)),
    }
    if made.is_accepted:
        values["sent_at"] = now
    elif again_at is None:
        values["given_up_at"] = now
    else:
        values["due_at"] = again_at
    db.session.execute(
        update(WebhookMessage)
        .where(WebhookMessage.coop_id == coop_id, WebhookMessage.id == message.id)
        .values(**values)
    )
    if made.is_gone:
        db.session.execute(
            update(WebhookEndpoint)
            .where(WebhookEndpoint.coop_id == coop_id, WebhookEndpoint.id == message.endpoint_id)
            .values(disabled_at=now, disabled_reason="the address answered 410 Gone")
        )


def check_target(url: str, *, allow_local: bool) -> None:
    """Invalid if an address leads into our own network (a merchant must not reach our services through us)."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError as error:
        raise Invalid(f"webhook address {url[:100]!r} cannot be read: {error}", code="webhook_not_https") from error
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Invalid(f"webhook address {url[:100]!r}: use https://...", code="webhook_not_https")
    if allow_local:
        return
    if parts.scheme != "https":
        raise Invalid(f"webhook address {url[:100]!r} is not https", code="webhook_not_https")
    try:
        found = socket.getaddrinfo(parts.hostname, port, proto=socket.IPPROTO_TCP)
    except OSError as error:
        raise Invalid(f"webhook host {parts.hostname!r} cannot be found", code="webhook_unknown_host") from error
    for *_, address in found:
        if not ipaddress.ip_address(address[0]).is_global:
            raise Invalid(
                f"webhook host {parts.hostname!r} is a private address: it is refused", code="webhook_private"
            )


def replay(coop_id: UUID, merchant_id: UUID, message_id: UUID) -> None:
    """Send a message once more, under the same id, and again on the whole schedule if it is not accepted."""
    found = db.session.execute(
        select(WebhookMessage, WebhookEndpoint.disabled_reason)
        .join(
            WebhookEndpoint,
            (WebhookEndpoint.coop_id == WebhookMessage.coop_id) & (WebhookEndpoint.id == WebhookMessage.endpoint_id),
        )
        .where(
            WebhookMessage.coop_id == coop_id,
            WebhookMessage.id == message_id,
            WebhookEndpoint.merchant_id == merchant_id,
        )
        .with_for_update(of=WebhookMessage)
    ).one_or_none()
    if found is None:
        raise NotFound(f"message {message_id} does not exist")
    message, disabled_reason = found
    if disabled_reason is not None:
        raise Conflict(
            f"this address is switched off because {disabled_reason}: remove it and add it again",
            code="webhook_disabled",
        )
    message.sent_at = message.given_up_at = None
    message.attempts, message.due_at = 0, clock.real_now()


def forget_old(coop_id: UUID) -> int:
    """Drop messages that came to their end 30 days ago; the number dropped."""
    before = clock.real_now() - KEPT
    done = db.session.execute(
        delete(WebhookMessage).where(
            WebhookMessage.coop_id == coop_id,
            WebhookMessage.created_at < before,
            or_(WebhookMessage.sent_at < before, WebhookMessage.given_up_at < before),
        )
    )
    return int(done.rowcount)  # type: ignore[attr-defined]
