"""What a stretch of work came to for one rider. Pure."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_S = 1800
"""Less work than this says nothing about an hour's pay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned:
    """Credited seconds, stops, and pay without tips in minor units: in all, and what pieces of work brought."""

    credited_s: int
    pay_cents: int
    piece_cents: int
    stops: int

    @property
    def hourly_cents(self) -> float | None:
        """Pay per credited hour; None after too little work to say."""
        return self.pay_cents * 3600 / self.credited_s if self.credited_s >= LEAST_S else None

    @property
    def hourly_piece_cents(self) -> float | None:
        """What the pieces of work alone brought per credited hour; None after too little work to say."""
        return self.piece_cents * 3600 / self.credited_s if self.credited_s >= LEAST_S else None
