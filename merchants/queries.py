"""Read merchants, keys and webhook endpoints."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_

from dispatch.coop.queries import find_coop_by_key
from dispatch.core import clock
from dispatch.core.db import db, use_coop
from dispatch.core.errors import NotFound, Unauthenticated
from dispatch.core.http import Cursor

from .models import ApiKey, Merchant, MerchantContact, WebhookEndpoint, WebhookMessage
from .services import key_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who an API key speaks for."""

    coop_id: UUID
    merchant: Merchant
    key_id: UUID
    is_test: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """An API key as its owner may see it."""

    id: UUID
    name: str
    start: str
    is_test: bool
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def authenticate(text: str) -> Caller:
    """Who holds this API key, the session confined to their co-op; Unauthenticated if it opens nothing (any more)."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] not in ("live", "test"):
        raise Unauthenticated("send your key as `Authorization: Bearer live_...`", code="key_missing")
    coop = find_coop_by_key(parts[1])
    if coop is None:
        raise Unauthenticated("this key is not known", code="key_unknown")
    use_coop(coop.id)
    key = db.session.scalar(select(ApiKey).where(ApiKey.coop_id == coop.id, ApiKey.secret_sha256 == key_hash(text)))
    if key is None:
        raise Unauthenticated("this key is not known", code="key_unknown")
    if key.revoked_at is not None:
        raise Unauthenticated(f"key {key.start}... was revoked: make a new one in the portal", code="key_revoked")
    if key.expires_at is not None and key.expires_at <= clock.real_now():
        raise Unauthenticated(f"key {key.start}... has expired: make a new one in the portal", code="key_expired")
    merchant = get_merchant(coop.id, key.merchant_id)
    if not merchant.is_active:
        raise Unauthenticated("this merchant's account is closed", code="merchant_closed")
    return Caller(coop_id=coop.id, merchant=merchant, key_id=key.id, is_test=key.is_test)


def get_merchant(coop_id: UUID, merchant_id: UUID) -> Merchant:
    """One merchant; NotFound if there is none."""
    merchant = db.session.get(Merchant, (coop_id, merchant_id))
    if merchant is None:
        raise NotFound(f"merchant {merchant_id} does not exist")
    return merchant


def get_merchant_of(coop_id: UUID, member_id: UUID) -> Merchant:
    """The merchant a signed-in contact speaks for; NotFound if they speak for none."""
    contact = db.session.get(MerchantContact, (coop_id, member_id))
    if contact is None:
        raise NotFound("your account is not linked to a merchant yet: ask the co-op", code="no_merchant")
    return get_merchant(coop_id, contact.merchant_id)


def list_merchants(coop_id: UUID) -> list[Merchant]:
    """All merchants of a co-op by name."""
    return list(db.session.scalars(select(Merchant).where(Merchant.coop_id == coop_id).order_by(Merchant.name)))


def list_keys(coop_id: UUID, merchant_id: UUID) -> list[KeyView]:
    """A merchant's keys, newest first."""
    rows = db.session.scalars(
        select(ApiKey)
        .where(ApiKey.coop_id == coop_id, ApiKey.merchant_id == merchant_id)
        .order_by(ApiKey.created_at.desc())
    )
    names = [each.name for each in fields(KeyView)]
    return [KeyView(**{name: getattr(row, name) for name in names}) for row in rows]


def list_webhooks(coop_id: UUID, merchant_id: UUID) -> list[WebhookEndpoint]:
    """A merchant's webhook endpoints, oldest first."""
    return list(
        db.session.scalars(
            select(WebhookEndpoint)
            .where(WebhookEndpoint.coop_id == coop_id, WebhookEndpoint.merchant_id == merchant_id)
            .order_by(WebhookEndpoint.created_at)
        )
    )


def get_webhook(coop_id: UUID, merchant_id: UUID, endpoint_id: UUID) -> WebhookEndpoint:
    """One endpoint of a merchant; NotFound if it has none of that id."""
    endpoint = db.session.get(WebhookEndpoint, (coop_id, endpoint_id))
    if endpoint is None or endpoint.merchant_id != merchant_id:
        raise NotFound(f"webhook {endpoint_id} does not exist")
    return endpoint


def list_messages(
    coop_id: UUID, endpoint_id: UUID, *, before: Cursor | None = None, limit: int = 50
) -> list[WebhookMessage]:
    """Messages to an endpoint, newest first: its delivery log."""
    statement = select(WebhookMessage).where(
        WebhookMessage.coop_id == coop_id, WebhookMessage.endpoint_id == endpoint_id
    )
    if before is not None:
        statement = statement.where(tuple_(WebhookMessage.created_at, WebhookMessage.id) < (before.at, before.id))
    newest_first = statement.order_by(WebhookMessage.created_at.desc(), WebhookMessage.id.desc())
    return list(db.session.scalars(newest_first.limit(limit)))
