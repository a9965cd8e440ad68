"""Tables of the merchants' side: merchants, their keys, quotes, and webhooks."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.core.db import Base, CoopOwned, Identified, coop_fk
from dispatch.core.units import LonLat


class Merchant(CoopOwned, Identified, Base):
    """A business that places deliveries, with the store its pickups start from.

    What holds for all its deliveries, as agreed with it: `handling_s` at the counter (None: as the rules say),
    `longest_ride_s` of goods that must not be long under way, `skills` they need, how urgent they are, and whether they
    are solidarity work, whose place no paid work takes.
    """

    __tablename__ = "merchant"
    __table_args__ = (UniqueConstraint("coop_id", "name"),)

    name: Mapped[str]
    store_address: Mapped[str]
    store_lonlat: Mapped[LonLat]
    store_note: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    required_proof: Mapped[list[Any]] = mapped_column(default=list)
    handling_s: Mapped[int | None]
    longest_ride_s: Mapped[int | None]
    skills: Mapped[list[Any]] = mapped_column(default=list)
    priority: Mapped[int] = mapped_column(default=1)
    is_solidarity: Mapped[bool] = mapped_column(default=False)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class MerchantContact(CoopOwned, Base):
    """Which person (role merchant) speaks for which merchant."""

    __tablename__ = "merchant_contact"
    __table_args__ = (
        coop_fk("merchant_id", "merchant", ondelete="CASCADE"),
        coop_fk("member_id", "member", ondelete="CASCADE"),
    )

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    merchant_id: Mapped[UUID]


class ApiKey(CoopOwned, Identified, Base):
    """One API key; only its SHA-256 is kept. The text is `live_<coop key>_<secret>` or `test_...`."""

    __tablename__ = "api_key"
    __table_args__ = (
        coop_fk("merchant_id", "merchant", ondelete="CASCADE"),
        UniqueConstraint("coop_id", "secret_sha256"),
    )

    merchant_id: Mapped[UUID]
    name: Mapped[str]
    start: Mapped[str]
    secret_sha256: Mapped[str]
    is_test: Mapped[bool]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Quote(CoopOwned, Identified, Base):
    """One price and promise that holds for 15 minutes."""

    __tablename__ = "quote"
    __table_args__ = (coop_fk("merchant_id", "merchant"),)

    merchant_id: Mapped[UUID]
    content_sha256: Mapped[str]
    answer: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class WebhookEndpoint(CoopOwned, Identified, Base):
    """An address that is told of status changes; `secret` signs, `old_secret` signs too until `old_secret_until`."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (coop_fk("merchant_id", "merchant", ondelete="CASCADE"),)

    merchant_id: Mapped[UUID]
    url: Mapped[str]
    secret: Mapped[str]
    old_secret: Mapped[str | None]
    old_secret_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    disabled_reason: Mapped[str | None]


class WebhookMessage(CoopOwned, Identified, Base):
    """One message to one endpoint, with a stable id; sent at least once, on a schedule, until accepted or given up.

    `log` holds one line per attempt: when, the answer's status or what went wrong, and how long it took.
    """

    __tablename__ = "webhook_message"
    __table_args__ = (
        coop_fk("endpoint_id", "webhook_endpoint", ondelete="CASCADE"),
        UniqueConstraint("coop_id", "endpoint_id", "event_id"),
        CheckConstraint("attempts >= 0", name="attempts"),
        Index("ix_webhook_message_due", "due_at", postgresql_where=text("sent_at IS NULL AND given_up_at IS NULL")),
    )

    endpoint_id: Mapped[UUID]
    event_id: Mapped[UUID]
    kind: Mapped[str]
    body: Mapped[str]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    last_status: Mapped[int | None]
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    log: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))

    @property
    def state(self) -> str:
        """`waiting` for its next attempt, `delivered`, or `given_up`."""
        if self.sent_at is not None:
            return "delivered"
        return "waiting" if self.given_up_at is None else "given_up"
