"""What a plan's shortcomings cost. The only numbers of taste in the optimiser; a co-op votes on them.

The unit of cost is one millisecond of riding: with it every weight is a whole number and every engine
prices a plan to the same integer.
"""

from dataclasses import dataclass, fields

LARGEST = 10**9
"""With it, the sum of all costs of a large day still fits into an int64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Cost in milliseconds of riding, per second or per event.

    Lateness is counted per stop, from the promise to the start of service, and rises after
    `steep_after_s` (soft windows: Taillard et al. 1997). An unserved shipment costs `unserved` x priority.
    A solidarity slot costs `solidarity_factor` times as much, its lateness as well, but at most 100 times.
    A stop announced to one courier and planned for another costs `moved_stop`; each time an announced stop
    comes before one that was announced earlier costs `resequenced_stop`. The fairness bias of a shipment
    and courier is cut to +-`fairness_cap`, so that it can never buy more than a few minutes of lateness.
    """

    riding_per_s: int = 1_000
    waiting_per_s: int = 300
    lateness_per_s: int = 10_000
    steep_lateness_per_s: int = 20_000
    steep_after_s: int = 900
    overtime_per_s: int = 5_000
    unserved: int = 200_000_000
    solidarity_factor: int = 1_000
    moved_stop: int = 200_000
    resequenced_stop: int = 45_000
    fairness_cap: int = 60_000

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= LARGEST:
                raise ValueError(f"weight {field.name} must be a whole number in 0..10^9, not {value!r}")
        if self.steep_lateness_per_s < self.lateness_per_s:
            raise ValueError("lateness must not become cheaper with time")
