"""Standard Webhooks 1.0, decided: what is signed, when an attempt is repeated, what counts as accepted. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from standardwebhooks import Webhook

RETRY_AFTER_S = (0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
"""Seconds from each attempt to the next; after the last one the message is given up."""
MOST_JITTER = 0.2
GONE = 410


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One message ready to be sent, read out so that no transaction stays open while it travels."""

    id: UUID
    url: str
    body: str
    secrets: tuple[str, ...]
    attempts: int
    endpoint_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one attempt went: the answer's status, or why there was none."""

    at: datetime
    status: int | None
    error: str
    took_ms: int

    @property
    def is_accepted(self) -> bool:
        """Whether the receiver has taken the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants to hear no more."""
        return self.status == GONE

    def line(self) -> dict[str, object]:
        """What the delivery log says of it."""
        return {"at": self.at.isoformat(), "status": self.status, "error": self.error or None, "took_ms": self.took_ms}


def signed_headers(message: Outgoing, at: datetime) -> dict[str, str]:
    """Standard Webhooks headers; two signatures while a secret is being rotated."""
    signatures = [Webhook(secret).sign(str(message.id), at, message.body) for secret in message.secrets]
    return {
        "content-type": "application/json",
        "webhook-id": str(message.id),
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
        "user-agent": "Paceline-Webhooks/1",
    }


def next_attempt_at(now: datetime, attempts: int, luck: float) -> datetime | None:
    """When to try again after this many attempts, None if never; `luck` in [0, 1) spreads them over 20 % more."""
    if attempts >= len(RETRY_AFTER_S):
        return None
    return now + timedelta(seconds=RETRY_AFTER_S[attempts] * (1 + MOST_JITTER * luck))


def signing_secrets(secret: str, old_secret: str | None, old_until: datetime | None, now: datetime) -> tuple[str, ...]:
    """What signs: the secret, and the one before it while it is being rotated."""
    if old_secret and old_until and now < old_until:
        return secret, old_secret
    return (secret,)
