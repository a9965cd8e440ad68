"""One day of a co-op as a file: who rode when, what was ordered when, how long rides took, what became of it.

Pure. Times are whole seconds since the day's epoch, places are indices into the travel matrices; no names, addresses
or coordinates are needed to live it again. `routing.replay` does; `measure` says how good a day was, lived or real.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from routing.problem import Courier, Shipment, Stop, TimeWindow, TravelMatrix

FORMAT = 1
"""Of the file; another number is refused."""


class DayError(ValueError):
    """A file holds no day; the message says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOrder:
    """An order, not known before `placed_s`; cancelled at a moment, if it was."""

    shipment: Shipment
    placed_s: int
    cancelled_s: int | None = None

    @property
    def opens_s(self) -> int:
        """When its pickup opens; never before it was placed."""
        return max(self.placed_s, self.shipment.stop(0).opens_s)

    @property
    def due_s(self) -> int | None:
        """The promise for the last dropoff."""
        return self.shipment.dropoffs[-1].promised_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What became of one order: by whom, service at the counter begun, at the last door begun."""

    order_id: str
    courier_id: str
    picked_s: int
    dropped_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Everything that happened to happen, whoever plans. `riders` begin at `ready_s`; `rules` were in force.

    `served` is how the day went in truth; empty where nobody knows.
    """

    riders: tuple[Courier, ...]
    orders: tuple[DayOrder, ...]
    matrices: Mapping[str, TravelMatrix]
    rules: Mapping[str, Any] = field(default_factory=dict)
    served: tuple[Served, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """How good a day was; minutes are means over delivered orders unless said otherwise.

    `gini` is that of orders per hour on shift: 0 when all riders carried alike.
    """

    orders: int
    delivered: int
    undelivered_percent: float
    on_time_percent: float
    click_to_door_min: float
    click_to_door_p90_min: float
    ready_to_pickup_min: float
    late_min: float
    gini: float


def measure(day: Day, served: Sequence[Served]) -> Measures:
    """The measures of a day that went like this. Cancelled orders do not count."""
    wanted = {order.shipment.id: order for order in day.orders if order.cancelled_s is None}
    rows = [(wanted[row.order_id], row) for row in served if row.order_id in wanted]
    click = [row.dropped_s - order.placed_s for order, row in rows]
    late = [max(0, row.dropped_s - order.due_s) for order, row in rows if order.due_s is not None]
    waits = [max(0, row.picked_s - order.opens_s) for order, row in rows]
    return Measures(
        orders=len(wanted), delivered=len(rows),
        undelivered_percent=round(100 * (1 - len(rows) / max(1, len(wanted))), 2),
        on_time_percent=round(100 * sum(seconds == 0 for seconds in late) / max(1, len(late)), 1),
        click_to_door_min=_minutes(click), click_to_door_p90_min=round(float(np.percentile(click or [0], 90)) / 60, 2),
        ready_to_pickup_min=_minutes(waits), late_min=_minutes(late),
        gini=round(gini(_per_hour(day, served)), 3),
    )


def _minutes(seconds: Sequence[int]) -> float:
    return round(sum(seconds) / max(1, len(seconds)) / 60, 2)


def _per_hour(day: Day, served: Iterable[Served]) -> list[float]:
    carried = Counter(row.courier_id for row in served)
    return [
        carried[rider.id] * 3600 / (rider.shift_end_s - rider.ready_s)
        for rider in day.riders
        if rider.shift_end_s > rider.ready_s
    ]


def gini(values: Sequence[float]) -> float:
    """Inequality of shares: 0 all alike, towards 1 all with one; 0 where there is nothing to share."""
    ranked = sorted(values)
    total = sum(ranked)
    if total <= 0:
        return 0.0
    count = len(ranked)
    return sum((2 * rank - count - 1) * value for rank, value in enumerate(ranked, start=1)) / (count * total)


def dump(day: Day) -> str:
    """The day as JSON, one line; `load` gives it back."""
    return json.dumps({
        "format": FORMAT,
        "rules": dict(day.rules),
        "matrices": {name: matrix.seconds.tolist() for name, matrix in day.matrices.items()},
        "riders": [_rider_json(rider) for rider in day.riders],
        "orders": [_order_json(order) for order in day.orders],
        "served": [{"order": row.order_id, "rider": row.courier_id, "picked_s": row.picked_s,
                    "dropped_s": row.dropped_s} for row in day.served],
    }, separators=(",", ":"), ensure_ascii=False)


def _rider_json(rider: Courier) -> dict[str, Any]:
    return {"id": rider.id, "place": rider.place, "profile": rider.profile, "starts_s": rider.ready_s,
            "ends_s": rider.shift_end_s, "capacity_g": rider.capacity_g, "capacity_ml": rider.capacity_ml,
            "skills": sorted(rider.skills), "is_deep_box": rider.is_deep_box}


def _order_json(order: DayOrder) -> dict[str, Any]:
    return {"id": order.shipment.id, "placed_s": order.placed_s, "cancelled_s": order.cancelled_s,
            "priority": order.shipment.priority, "skills": sorted(order.shipment.skills),
            "longest_ride_s": order.shipment.longest_ride_s, "solidarity": order.shipment.solidarity,
            "pickup": _stop_json(order.shipment.stop(0)),
            "dropoffs": [_stop_json(stop) for stop in order.shipment.dropoffs]}


def _stop_json(stop: Stop) -> dict[str, Any]:
    window = None if stop.window is None else [stop.window.opens_s, stop.window.closes_s]
    return {"place": stop.place, "service_s": stop.service_s, "ready_s": stop.ready_s, "due_s": stop.due_s,
            "window_s": window, "weight_g": stop.weight_g, "volume_ml": stop.volume_ml}


def load(text: str) -> Day:
    """The day in a JSON text; DayError says what is wrong with it."""
    try:
        facts = json.loads(text)
        if not isinstance(facts, dict) or facts.get("format") != FORMAT:
            raise DayError(
                f"this is no day of format {FORMAT}: `paceline day` and `paceline rehearse --day` write one, "
                "while `rehearse --json` writes figures"
            )
        return Day(
            rules=dict(facts["rules"]),
            matrices={name: TravelMatrix(seconds=np.array(rows, dtype=np.int32))
                      for name, rows in facts["matrices"].items()},
            riders=tuple(Courier(id=row["id"], place=row["place"], profile=row["profile"], ready_s=row["starts_s"],
                                 shift_end_s=row["ends_s"], capacity_g=row["capacity_g"],
                                 capacity_ml=row["capacity_ml"], skills=frozenset(row.get("skills", ())),
                                 is_deep_box=row.get("is_deep_box", False)) for row in facts["riders"]),
            orders=tuple(_order(row) for row in facts["orders"]),
            served=tuple(Served(order_id=row["order"], courier_id=row["rider"], picked_s=row["picked_s"],
                                dropped_s=row["dropped_s"]) for row in facts["served"]),
        )
    except DayError:
        raise
    except json.JSONDecodeError as error:
        raise DayError(f"not JSON: {error}") from error
    except KeyError as error:
        raise DayError(f"{error} is missing") from error
    except (ValueError, TypeError, AttributeError, IndexError) as error:
        raise DayError(str(error)) from error


def _order(row: Mapping[str, Any]) -> DayOrder:
    shipment = Shipment(id=row["id"], pickup=_stop(row["pickup"]), priority=row["priority"],
                        skills=frozenset(row.get("skills", ())), longest_ride_s=row.get("longest_ride_s"),
                        solidarity=row.get("solidarity", False),
                        dropoffs=tuple(_stop(stop) for stop in row["dropoffs"]))
    return DayOrder(shipment=shipment, placed_s=row["placed_s"], cancelled_s=row["cancelled_s"])


def _stop(row: Mapping[str, Any]) -> Stop:
    window = row["window_s"]
    return Stop(
        place=row["place"], service_s=row["service_s"], ready_s=row["ready_s"], due_s=row["due_s"],
        window=None if window is None else TimeWindow(opens_s=window[0], closes_s=window[1]),
        weight_g=row["weight_g"], volume_ml=row["volume_ml"],
    )
