"""What each rider's work brought lately, by which `routing.fairness` steers a little towards those who got less.

What the members share is work, so the measure is what pieces of work brought per credited hour over a fortnight: the
floor's top-up, which makes up for too little work, would hide that somebody got too little.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from dispatch.core import clock
from dispatch.core.errors import NotFound
from riders.earned import list_earned

SPAN = timedelta(days=14)
KEPT_S = 20.0
"""Real seconds for which a fortnight's pay is not read anew: it changes slowly."""


class RecentPay:
    """The hourly pay of each co-op's riders over the last fortnight, read at most every `KEPT_S`."""

    def __init__(self) -> None:
        self._kept: dict[UUID, tuple[float, dict[UUID, float]]] = {}

    def hourly(self, coop_id: UUID, now: datetime) -> dict[UUID, float]:
        """Minor units per credited hour from pieces of work, of riders who worked enough to say."""
        at_s = clock.monotonic_s()
        kept = self._kept.get(coop_id)
        if kept is None or at_s - kept[0] > KEPT_S:
            kept = self._kept[coop_id] = at_s, _hourly(coop_id, now)
        return kept[1]


def _hourly(coop_id: UUID, now: datetime) -> dict[UUID, float]:
    try:
        earned = list_earned(coop_id, (now - SPAN, now))
    except NotFound:
        return {}  # no pay rules yet: nobody has earned anything
    pay = {rider_id: one.hourly_piece_cents for rider_id, one in earned.items()}
    return {rider_id: cents for rider_id, cents in pay.items() if cents is not None}
