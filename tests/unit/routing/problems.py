"""Problems to test with: a small square town, and random ones that use every rule there is."""

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st

from routing.problem import Break, Courier, Plan, Problem, Shipment, Stop, StopRef, TimeWindow, TravelMatrix
from routing.weights import Weights

PLACES = 9


def square_town(side: int = 3, leg_s: int = 100) -> TravelMatrix:
    """Places on a grid, numbered row by row; riding follows the streets."""
    at = np.array([(k % side, k // side) for k in range(side * side)])
    blocks = np.abs(at[:, None] - at[None, :]).sum(axis=2)
    return TravelMatrix(seconds=(blocks * leg_s).astype(np.int32), metres=(blocks * 400).astype(np.int32))


def stop(place: int, **facts: object) -> Stop:
    """A stop with a minute of service unless said otherwise."""
    return Stop(place=place, **({"service_s": 60} | facts))  # type: ignore[arg-type]


def shipment(id_: str, a: int, b: int, **facts: object) -> Shipment:
    """From place a to place b, due an hour after the epoch, 1 kg."""
    return Shipment(id=id_, pickup=stop(a), dropoffs=(stop(b, due_s=3600, weight_g=1000),), **facts)  # type: ignore


def problem(couriers: tuple[Courier, ...], shipments: tuple[Shipment, ...], **facts: object) -> Problem:
    """A problem in the square town."""
    matrices = {"bike": square_town(), "trailer": square_town(leg_s=150)}
    return Problem(couriers=couriers, shipments=shipments, matrices=matrices, **facts)  # type: ignore[arg-type]


@st.composite
def stops(draw: Callable, weight: bool) -> Stop:
    """Any stop: early or late, promised or not, closing or not."""
    ready = draw(st.integers(0, 2000))
    window = None
    if draw(st.integers(0, 4)) == 0:
        window = TimeWindow(opens_s=ready, closes_s=ready + draw(st.integers(200, 4000)))
    due = draw(st.none() | st.integers(100, 3000))
    grams = draw(st.integers(0, 9000)) if weight else 0
    return Stop(place=draw(st.integers(0, PLACES - 1)), service_s=draw(st.integers(0, 200)), ready_s=ready,
                due_s=due, window=window, weight_g=grams, volume_ml=2 * grams)


@st.composite
def shipments(draw: Callable, number: int, couriers: tuple[Courier, ...]) -> Shipment:
    """Any shipment: plain, on board, several dropoffs, picky about riders or hot."""
    someone = st.sampled_from([courier.id for courier in couriers])
    on_board_of = draw(someone) if draw(st.integers(0, 5)) == 0 else None
    left_s = draw(st.none() | st.integers(-1500, 300)) if on_board_of else None
    is_picky = draw(st.integers(0, 4)) == 0
    return Shipment(
        id=f"s{number}",
        pickup=None if on_board_of else draw(stops(weight=False)),
        dropoffs=tuple(draw(st.lists(stops(weight=True), min_size=1, max_size=3 if number % 3 == 0 else 1))),
        priority=draw(st.integers(1, 3)),
        skills=frozenset({"heavy"} if draw(st.integers(0, 6)) == 0 else ()),
        longest_ride_s=draw(st.integers(200, 2500)) if draw(st.integers(0, 3)) == 0 else None,
        forbidden_couriers=frozenset({draw(someone)} if is_picky and not on_board_of else ()),
        on_board_of=on_board_of,
        left_s=left_s,
        solidarity=draw(st.integers(0, 8)) == 0,
    )


@st.composite
def riders(draw: Callable, number: int) -> Courier:
    """Any courier."""
    rest = Break(id=f"b{number}", opens_s=600, due_s=1800, duration_s=900)
    return Courier(
        id=f"c{number}", place=draw(st.integers(0, PLACES - 1)), ready_s=draw(st.integers(-100, 900)),
        shift_end_s=draw(st.integers(1000, 6000)),
        latest_end_s=draw(st.none() | st.integers(2000, 8000)),
        end_place=draw(st.none() | st.integers(0, PLACES - 1)),
        profile=draw(st.sampled_from(["bike", "trailer"])),
        capacity_g=draw(st.integers(8000, 30000)), capacity_ml=draw(st.integers(16000, 80000)),
        skills=frozenset({"heavy"} if draw(st.booleans()) else ()),
        breaks=(rest,) if draw(st.integers(0, 3)) == 0 else (),
        max_distance_m=draw(st.none() | st.integers(2000, 20000)),
        is_deep_box=draw(st.integers(0, 3)) == 0,
        last_pickup_s=draw(st.integers(0, 4000)) if draw(st.integers(0, 3)) == 0 else None,
        is_single_origin=draw(st.integers(0, 3)) == 0,
    )


@st.composite
def problems(draw: Callable, is_square: bool = True) -> Problem:
    """Any small problem, with a plan announced in some cases and stops pinned in others."""
    couriers = tuple(draw(riders(number=k)) for k in range(draw(st.integers(1, 4))))
    orders = tuple(draw(shipments(number=k, couriers=couriers)) for k in range(draw(st.integers(1, 8))))
    announced: dict[str, list[StopRef]] = {}
    if draw(st.booleans()):
        for order in orders:
            owner = order.on_board_of or draw(st.sampled_from(couriers)).id
            announced.setdefault(owner, []).extend(order.refs)
    plan = {owner: tuple(refs) for owner, refs in announced.items()}
    matrices = {"bike": square_town(), "trailer": square_town(leg_s=150)}
    if not is_square:
        legs = draw(st.lists(st.integers(0, 900), min_size=PLACES**2, max_size=PLACES**2))
        wild = np.array(legs, dtype=np.int32).reshape(PLACES, PLACES)
        matrices["bike"] = TravelMatrix(seconds=wild, metres=wild)
    bias = {(order.id, courier.id): draw(st.integers(-90_000, 90_000))
            for order in orders for courier in couriers if draw(st.integers(0, 9)) == 0}
    is_calm = len(couriers) < 2 or draw(st.integers(0, 2))
    return Problem(couriers=couriers, shipments=orders, matrices=matrices, announced=plan, bias=bias,
                   pinned=draw(pins(plan, orders, couriers)), weights=Weights(),
                   apart=() if is_calm else ((couriers[0].id, couriers[1].id),))


@st.composite
def pins(draw: Callable, plan: Plan, orders: tuple[Shipment, ...], couriers: tuple[Courier, ...]) -> Plan:
    """Some leading stops of announced runs."""
    bound = {order.id: order.forbidden_couriers for order in orders}
    pinned = {}
    for owner, refs in plan.items():
        leading = refs[: draw(st.integers(0, 3))]
        if leading and all(owner not in bound[ref.shipment_id] for ref in leading):
            pinned[owner] = leading
    return pinned
