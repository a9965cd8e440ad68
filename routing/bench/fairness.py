"""The price of fairness: a fortnight of made-up evenings, lived again under several caps of the fairness term.

Riders begin where they live, on the bikes they have, so that the quickest plan gives some of them more than others.
Each evening is lived by `routing.replay`, with production's rolling policy, engine and steering, on what everybody
earned before. The answer is a curve: Gini of pay per hour against mean minutes from click to door.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np

from routing.bench.courier_town import BOX_ML, CAPACITY_G, RADIUS_M, SPEED_M_PER_S, disc, town_matrices
from routing.day import Day, DayOrder, Measures, gini
from routing.engines.ruin_recreate import RuinRecreate
from routing.engines.warm import warm
from routing.fairness import Shares
from routing.problem import Courier, Shipment, Stop, TravelMatrix
from routing.replay import Conduct, LiveDay
from routing.rolling import Policy
from routing.weights import Weights

CAPS_S = (0, 60, 240, 600)
"""Seconds of riding that the term may count for at most."""

PER_DELIVERY, PER_KM = 3.20, 0.60
"""What an order pays."""

POLICY = Policy(look_ahead_s=3600, leave_early_s=3600, every_s=60)
SHOPS = 20
SHIFT_S = 4 * 3600
LAST_ORDER_S = 200 * 60
PREPARED_S = (300, 1500)
"""Goods are ready so long after the order was placed."""

PROMISE_S = 2400
"""From ready to the door, besides the direct ride."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One cap and what it came to. Pay per hour is over all days, minutes are means over the days."""

    cap_s: int
    gini: float
    pay_p10: float
    pay_p50: float
    pay_p90: float
    click_to_door_min: float
    click_to_door_p90_min: float
    on_time_percent: float
    undelivered_percent: float


def fortnight(riders: int, orders: int, days: int, seed: int) -> list[Day]:
    """Evenings in one town: the same riders from the same homes and the same shops, other orders each time."""
    random = np.random.default_rng(seed)
    homes = disc(random, riders, RADIUS_M)
    shops = disc(random, 5, RADIUS_M * 0.5)[random.integers(0, 5, SHOPS)] + random.normal(0, 300, (SHOPS, 2))
    bikes = [str(bike) for bike in random.choice(list(SPEED_M_PER_S), size=riders, p=(0.6, 0.25, 0.15))]
    couriers = tuple(
        Courier(id=f"rider-{k}", place=k, shift_end_s=SHIFT_S, profile=bike, capacity_g=CAPACITY_G[bike],
                capacity_ml=BOX_ML)
        for k, bike in enumerate(bikes)
    )
    found = []
    for _ in range(days):
        matrices = town_matrices(np.concatenate([homes, shops, disc(random, orders, RADIUS_M)]))
        wanted = tuple(_order(random, k, riders, matrices["bike"]) for k in range(orders))
        found.append(Day(riders=couriers, orders=wanted, matrices=matrices))
    return found


def _order(random: np.random.Generator, number: int, riders: int, matrix: TravelMatrix) -> DayOrder:
    shop, home = riders + int(random.integers(0, SHOPS)), riders + SHOPS + number
    placed_s = int(random.integers(0, LAST_ORDER_S))
    ready_s = placed_s + int(random.integers(*PREPARED_S))
    due_s = ready_s + int(matrix.seconds[shop, home]) + PROMISE_S
    door = Stop(place=home, service_s=120, due_s=due_s, weight_g=2_000)
    pickup = Stop(place=shop, service_s=90, ready_s=ready_s)
    return DayOrder(shipment=Shipment(id=f"order-{number}", pickup=pickup, dropoffs=(door,)), placed_s=placed_s)


def live(days: Sequence[Day], cap_s: int, iterations: int, seed: int) -> Point:
    """All days one after the other under one cap, each with what everybody earned before."""
    conduct = Conduct(name=f"{cap_s} s", engine=RuinRecreate(), policy=POLICY, iterations=iterations,
                      weights=replace(Weights(), fairness_cap=1000 * cap_s), aim_early_s=300, overtime_limit_s=900)
    shares, measured = Shares(), []
    for number, day in enumerate(days):
        shares.worth = _pay(day.matrices["bike"])
        measured.append(LiveDay(day, conduct, seed + number, shares).live().measures)
        shares.end_day(day.riders)
    hourly = list(shares.hourly(days[-1].riders, 0).values())
    p10, p50, p90 = np.percentile(hourly, (10, 50, 90)).round(2).tolist()
    return Point(cap_s=cap_s, gini=round(gini(hourly), 4), pay_p10=p10, pay_p50=p50, pay_p90=p90,
                 click_to_door_min=_mean(measured, lambda day: day.click_to_door_min),
                 click_to_door_p90_min=_mean(measured, lambda day: day.click_to_door_p90_min),
                 on_time_percent=_mean(measured, lambda day: day.on_time_percent),
                 undelivered_percent=_mean(measured, lambda day: day.undelivered_percent))


def _pay(matrix: TravelMatrix) -> Callable[[DayOrder], float]:
    """By the piece and by the planned kilometre, on a day with these streets."""
    def worth(order: DayOrder) -> float:
        shop, home = order.shipment.stop(0).place, order.shipment.dropoffs[-1].place
        return PER_DELIVERY + PER_KM * float(matrix.seconds[shop, home]) * SPEED_M_PER_S["bike"] / 1000

    return worth


def _mean(measured: Sequence[Measures], of: Callable[[Measures], float]) -> float:
    return round(sum(of(day) for day in measured) / len(measured), 3)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument("--riders", type=int, default=16)
    parser.add_argument("--orders", type=int, default=100, help="each evening")
    parser.add_argument("--days", type=int, default=8)
    parser.add_argument("--caps", type=lambda text: [int(cap) for cap in text.split(",")], default=list(CAPS_S),
                        help="seconds of riding, separated by commas; the first is compared with")
    parser.add_argument("--iterations", type=int, default=60, help="of the search, every minute")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="one JSON line instead of a table")


def run(args: argparse.Namespace) -> int:
    """Live the days under each cap; 0, or 1 if no cap halves the Gini for half a minute."""
    warm()
    days = fortnight(args.riders, args.orders, args.days, args.seed)
    points: list[Point] = []
    for cap_s in args.caps:
        points.append(live(days, cap_s, args.iterations, args.seed))
        if not args.json:
            _print(points)
    reached = [point.cap_s for point in points if _is_worth_it(points[0], point)]
    if args.json:
        print(json.dumps({"riders": args.riders, "orders": args.orders, "days": args.days, "seed": args.seed,
                          "iterations": args.iterations, "curve": [asdict(point) for point in points],
                          "halved_at_s": reached}))
    elif reached:
        print(f"Gini halved for at most half a minute with a cap of {reached[0]} s")
    return 0 if reached else 1


def _is_worth_it(without: Point, point: Point) -> bool:
    return 2 * point.gini <= without.gini and point.click_to_door_min - without.click_to_door_min <= 0.5


def _print(points: Sequence[Point]) -> None:
    if len(points) == 1:
        print(f"{'cap s':>6}{'Gini':>8}{'pay p10':>9}{'p50':>7}{'p90':>7}{'door min':>10}{'price':>8}{'p90':>7}"
              f"{'on time %':>11}{'undel %':>9}")
    row = points[-1]
    price = row.click_to_door_min - points[0].click_to_door_min
    print(f"{row.cap_s:6d}{row.gini:8.4f}{row.pay_p10:9.2f}{row.pay_p50:7.2f}{row.pay_p90:7.2f}"
          f"{row.click_to_door_min:10.2f}{price:+8.2f}{row.click_to_door_p90_min:7.1f}{row.on_time_percent:11.1f}"
          f"{row.undelivered_percent:9.2f}", flush=True)
