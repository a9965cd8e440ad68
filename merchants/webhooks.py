"""Webhooks: Standard Webhooks 1.0, at least once with a stable id, on a schedule, each attempt logged.

The body is written once and signed as the exact bytes that are sent, so a repeat differs only in its timestamp.
"""

from __future__ import annotations

import ipaddress
import json
import random
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx
import structlog
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from standardwebhooks import Webhook

from dispatch.core import clock
from dispatch.core.db import db, end_read, transaction
from dispatch.core.errors import Invalid
from dispatch.core.settings import current
from dispatch.orders import queries as orders

from .models import WebhookEndpoint, WebhookMessage
from .views import order_json

RETRY_AFTER_S = (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
TIMEOUT_S = 15.0
LEASE_S = 60
BATCH = 50

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message ready to be sent, read out so that no transaction stays open while it travels."""

    id: UUID
    url: str
    body: str
    secrets: tuple[str, ...]
    attempts: int
    endpoint_id: UUID


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
    body = json.dumps(
        {"type": f"order.{payload['state']}", "timestamp": clock.real_now().isoformat(), "data": data}, default=str
    )
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
    """Send every message whose time has come; the number accepted. HTTP happens outside any transaction."""
    accepted = 0
    with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client:
        while batch := _take(coop_id):
            for message in batch:
                accepted += _attempt(coop_id, client, message)
    return accepted


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
                secrets=tuple(secret for secret in (endpoint.secret, endpoint.old_secret) if secret),
                attempts=message.attempts,
                endpoint_id=endpoint.id,
            )
            for message, endpoint in rows
        ]


def _attempt(coop_id: UUID, client: httpx.Client, message: Outgoing) -> int:
    status, error = None, ""
    try:
        check_target(message.url, allow_local=current().local_webhooks)
        answer = client.post(message.url, content=message.body.encode(), headers=signed_headers(message))
        status = answer.status_code
    except (httpx.HTTPError, Invalid) as failure:
        error = str(failure)[:300] or type(failure).__name__
    end_read()
    with transaction():
        _note(coop_id, message, status, error)
    log.info("webhook.attempt", message=str(message.id), status=status, attempt=message.attempts + 1)
    return int(status is not None and 200 <= status < 300)


def signed_headers(message: Outgoing) -> dict[str, str]:
    """Standard Webhooks headers; two signatures while a secret is being rotated."""
    at = clock.real_now()
    signatures = [Webhook(secret).sign(str(message.id), at, message.body) for secret in message.secrets]
    return {
        "content-type": "application/json",
        "webhook-id": str(message.id),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
        "user-agent": "Paceline-Webhooks/1",
    }


def _note(coop_id: UUID, message: Outgoing, status: int | None, error: str) -> None:
    """Write down an attempt and when the next one is due."""
    values: dict[str, object] = {"attempts": message.attempts + 1, "last_status": status, "last_error": error or None}
    now = clock.real_now()
    if status is not None and 200 <= status < 300:
        values["sent_at"] = now
    elif status == 410 or message.attempts + 1 >= len(RETRY_AFTER_S):
        values["given_up_at"] = now
    else:
        values["due_at"] = next_attempt_at(now, message.attempts + 1, random.random())
    db.session.execute(
        update(WebhookMessage)
        .where(WebhookMessage.coop_id == coop_id, WebhookMessage.id == message.id)
        .values(**values)
    )
    if status == 410:
        db.session.execute(
            update(WebhookEndpoint)
            .where(WebhookEndpoint.coop_id == coop_id, WebhookEndpoint.id == message.endpoint_id)
            .values(disabled_at=now, disabled_reason="the address answered 410 Gone")
        )


def next_attempt_at(now: datetime, attempts: int, luck: float) -> datetime:
    """When to try again after this many attempts; `luck` in [0, 1) spreads attempts over up to 20 % more."""
    wait_s = RETRY_AFTER_S[min(attempts, len(RETRY_AFTER_S) - 1)]
    return now + timedelta(seconds=wait_s * (1 + 0.2 * luck))


def check_target(url: str, *, allow_local: bool) -> None:
    """Invalid if an address leads into our own network (a merchant must not reach our services through us)."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise Invalid(f"webhook address {url[:100]!r}: use https://...")
    if allow_local:
        return
    if parts.scheme != "https":
        raise Invalid(f"webhook address {url[:100]!r} is not https")
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, proto=socket.IPPROTO_TCP)
    except OSError as error:
        raise Invalid(f"webhook host {parts.hostname!r} cannot be found") from error
    for *_, address in found:
        if not ipaddress.ip_address(address[0]).is_global:
            raise Invalid(f"webhook host {parts.hostname!r} is a private address: it is refused")


def replay(coop_id: UUID, merchant_id: UUID, message_id: UUID) -> None:
    """Send a message once more, under the same id."""
    owned = select(WebhookEndpoint.id).where(
        WebhookEndpoint.coop_id == coop_id, WebhookEndpoint.merchant_id == merchant_id
    )
    db.session.execute(
        update(WebhookMessage)
        .where(
            WebhookMessage.coop_id == coop_id,
            WebhookMessage.id == message_id,
            WebhookMessage.endpoint_id.in_(owned),
        )
        .values(sent_at=None, given_up_at=None, attempts=0, due_at=clock.real_now())
    )
