"""Tables of notify: where people can be reached, and what was sent to them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.core.db import Base, CoopOwned, Identified, coop_fk


class PushEndpoint(CoopOwned, Identified, Base):
    """One browser that asked for web push. Keys are the browser's public ones."""

    __tablename__ = "push_endpoint"
    __table_args__ = (coop_fk("member_id", "member", ondelete="CASCADE"), UniqueConstraint("coop_id", "endpoint"))

    member_id: Mapped[UUID]
    endpoint: Mapped[str]
    p256dh: Mapped[str]
    auth: Mapped[str]
    user_agent: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    gone_at: Mapped[datetime | None]


class Delivery(CoopOwned, Identified, Base):
    """One message to one recipient on one channel; unique per event, so that a repeat sends nothing new."""

    __tablename__ = "notify_delivery"
    __table_args__ = (
        UniqueConstraint("coop_id", "event_id", "recipient", "channel"),
        CheckConstraint("channel IN ('push', 'email', 'sms', 'null')", name="channel"),
    )

    event_id: Mapped[UUID]
    recipient: Mapped[str]
    channel: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    error: Mapped[str | None]
