"""Read how work and pay were shared over the last day, week and fortnight."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from riders.earned import list_earned

from .rules import Shares, shares

SPANS = (timedelta(days=1), timedelta(days=7), timedelta(days=14))


def shares_by_span(coop_id: UUID, now: datetime) -> list[tuple[timedelta, Shares | None]]:
    """The spread over each span; None where too few riders worked."""
    return [(span, shares(list_earned(coop_id, (now - span, now)))) for span in SPANS]
