"""The only writers of merchants, their contacts, keys and webhook endpoints."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import Conflict, Invalid, NotFound
from dispatch.core.units import LonLat
from dispatch.orders.need_rules import Needs
from dispatch.orders.rules import PROOF_KINDS

from .models import ApiKey, Merchant, MerchantContact, WebhookEndpoint

BOTH_SECRETS = timedelta(hours=24)


def add_merchant(
    coop_id: UUID, *, name: str, address: str, lonlat: LonLat, phone: str = "", email: str = "", note: str = ""
) -> Merchant:
    """A new merchant with one store; Conflict if the name is taken."""
    if db.session.scalar(select(Merchant.id).where(Merchant.coop_id == coop_id, Merchant.name == name)):
        raise Conflict(f"a merchant called {name!r} exists already")
    merchant = Merchant(
        coop_id=coop_id,
        id=uuid4(),
        name=name,
        store_address=address,
        store_lonlat=lonlat,
        store_note=note,
        phone=phone,
        email=email,
        required_proof=[],
        created_at=clock.now(),
    )
    db.session.add(merchant)
    db.session.flush()
    return merchant


def require_proof(coop_id: UUID, merchant_id: UUID, kinds: Sequence[str]) -> None:
    """What proves this merchant's deliveries from now on; an order may still ask for something else."""
    merchant = db.session.get_one(Merchant, (coop_id, merchant_id))
    unknown = [kind for kind in kinds if kind not in PROOF_KINDS]
    if unknown:
        raise Invalid(f"proof kind {unknown[0]!r}: use one of {', '.join(PROOF_KINDS)}")
    merchant.required_proof = [kind for kind in PROOF_KINDS if kind in kinds]
    db.session.flush()


def agree_terms(coop_id: UUID, merchant_id: UUID, *, handling_s: int | None, needs: Needs) -> None:
    """What holds for all of this merchant's orders from now on: time at the counter, and what the planner keeps to."""
    merchant = db.session.get(Merchant, (coop_id, merchant_id), with_for_update=True, populate_existing=True)
    if merchant is None:
        raise NotFound(f"merchant {merchant_id} does not exist")
    if handling_s is not None and not 0 <= handling_s <= 3600:
        raise Invalid(f"{handling_s} s at the counter: use at most an hour")
    merchant.handling_s = handling_s
    merchant.priority, merchant.skills = needs.priority, list(needs.skills)
    merchant.longest_ride_s, merchant.is_solidarity = needs.longest_ride_s, needs.is_solidarity
    db.session.flush()


def add_contact(coop_id: UUID, merchant_id: UUID, member_id: UUID) -> None:
    """Let a person with the role merchant speak for a merchant."""
    db.session.add(MerchantContact(coop_id=coop_id, member_id=member_id, merchant_id=merchant_id))
    db.session.flush()


def issue_key(
    coop_id: UUID, merchant_id: UUID, *, name: str, is_test: bool = False, expires_at: datetime | None = None
) -> str:
    """A new API key; its text is returned once and only its hash is kept."""
    coop = get_coop(coop_id)
    text = f"{'test' if is_test else 'live'}_{coop.key}_{secrets.token_urlsafe(24)}"
    db.session.add(
        ApiKey(
            coop_id=coop_id,
            id=uuid4(),
            merchant_id=merchant_id,
            name=name,
            start=text[:16],
            secret_sha256=key_hash(text),
            is_test=is_test,
            created_at=clock.real_now(),
            expires_at=expires_at,
        )
    )
    db.session.flush()
    return text


def key_hash(text: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(text.encode()).hexdigest()


def revoke_key(coop_id: UUID, merchant_id: UUID, key_id: UUID) -> None:
    """End a key at once; a repeat is harmless."""
    key = db.session.get(ApiKey, (coop_id, key_id))
    if key is None or key.merchant_id != merchant_id:
        raise NotFound(f"key {key_id} does not exist")
    key.revoked_at = key.revoked_at or clock.real_now()


def add_webhook(coop_id: UUID, merchant_id: UUID, url: str) -> WebhookEndpoint:
    """A new endpoint with a secret of its own."""
    endpoint = WebhookEndpoint(
        coop_id=coop_id,
        id=uuid4(),
        merchant_id=merchant_id,
        url=url,
        secret=_new_secret(),
        created_at=clock.real_now(),
    )
    db.session.add(endpoint)
    db.session.flush()
    return endpoint


def rotate_secret(coop_id: UUID, merchant_id: UUID, endpoint_id: UUID) -> WebhookEndpoint:
    """Give an endpoint a new secret; the one before signs beside it for a day, so that no receiver fails meanwhile."""
    endpoint = _own_webhook(coop_id, merchant_id, endpoint_id)
    endpoint.old_secret, endpoint.old_secret_until = endpoint.secret, clock.real_now() + BOTH_SECRETS
    endpoint.secret = _new_secret()
    db.session.flush()
    return endpoint


def remove_webhook(coop_id: UUID, merchant_id: UUID, endpoint_id: UUID) -> None:
    """Forget an endpoint and what was still to be sent to it."""
    db.session.delete(_own_webhook(coop_id, merchant_id, endpoint_id))


def _own_webhook(coop_id: UUID, merchant_id: UUID, endpoint_id: UUID) -> WebhookEndpoint:
    endpoint = db.session.get(WebhookEndpoint, (coop_id, endpoint_id), with_for_update=True)
    if endpoint is None or endpoint.merchant_id != merchant_id:
        raise NotFound(f"webhook {endpoint_id} does not exist")
    return endpoint


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
