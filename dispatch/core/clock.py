"""The only reader of time.

Domain time (windows, shifts, promises, quotes) may run faster than real time in a rehearsal; leases, sessions, rate
limits and signatures use real time. Both are aware UTC.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Scale:
    """Domain time = `domain_anchor` + (real - `real_anchor`) x `speed`."""

    real_anchor: datetime
    domain_anchor: datetime
    speed: float

    @staticmethod
    def parse(text: str) -> Scale:
        """Read `SPEED@REAL_ISO@DOMAIN_ISO`; ValueError names what is wrong."""
        try:
            speed_text, real_text, domain_text = text.split("@")
            scale = Scale(
                real_anchor=datetime.fromisoformat(real_text),
                domain_anchor=datetime.fromisoformat(domain_text),
                speed=float(speed_text),
            )
        except ValueError as error:
            raise ValueError(f"PACELINE_CLOCK={text!r}: expected SPEED@REAL_ISO@DOMAIN_ISO") from error
        if scale.speed <= 0 or scale.real_anchor.tzinfo is None or scale.domain_anchor.tzinfo is None:
            raise ValueError(f"PACELINE_CLOCK={text!r}: speed must be positive and both times need a zone")
        return scale

    def __str__(self) -> str:
        return f"{self.speed}@{self.real_anchor.isoformat()}@{self.domain_anchor.isoformat()}"

    def domain(self, real: datetime) -> datetime:
        """Domain time at a real time."""
        return self.domain_anchor + (real - self.real_anchor) * self.speed


_scale: Scale | None = None


def use_scale(scale: Scale | None) -> None:
    """Let domain time follow this scale from now on (None: real time)."""
    global _scale
    _scale = scale


def speed() -> float:
    """Domain seconds per real second; 1.0 outside a rehearsal."""
    return _scale.speed if _scale else 1.0


def real_now() -> datetime:
    """Real time, aware UTC."""
    return datetime.now(UTC)


def now() -> datetime:
    """Domain time, aware UTC."""
    real = real_now()
    return _scale.domain(real) if _scale else real


def real_duration(domain: timedelta) -> timedelta:
    """How long a stretch of domain time takes in real time."""
    return domain / speed()


def monotonic_s() -> float:
    """Seconds on a clock that never jumps; only for measuring durations."""
    return time.monotonic()


def sleep_s(seconds: float) -> None:
    """Wait real seconds."""
    time.sleep(seconds)
