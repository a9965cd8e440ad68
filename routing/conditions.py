"""State what must hold for a plan as a whole, beyond each rider's own limits. How a plan keeps to it: `excess`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

NO_LIMIT = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What must hold for a plan as a whole. Empty: nothing beyond each run's own limits.

    `most_moved`: orders that may go to another rider than announced. `most_each`: orders that one rider has at once,
    `most_orders`: the same by courier. `scarce`: riders of a bike profile who may be out at once. All of them bind what
    is still open: what is pinned or on board is as it is. Own engines never bring a plan farther from them; OR-Tools'
    routing model does not know them. (Riders to be kept apart are a limit that no answer may break.)
    """

    most_moved: int | None = None
    most_each: int | None = None
    most_orders: Mapping[str, int] = field(default_factory=dict)
    scarce: Mapping[str, int] = field(default_factory=dict)

    def share_of(self, courier_id: str) -> int:
        """Open orders that a rider may have at once."""
        most = NO_LIMIT if self.most_each is None else self.most_each
        return min(most, self.most_orders.get(courier_id, NO_LIMIT))


ANYTHING = Conditions()
