"""Price what riders would pay for each other's runs. Compiled; see `compiled`."""

from routing.engines.compiled import entry
from routing.engines.facts import Facts, Ints
from routing.engines.place_kernel import best_place
from routing.engines.route_kernel import ANY_PRICE, BIG, evaluate
from routing.engines.state import State


@entry
def price_trial(f: Facts, s: State, courier: int, count: int) -> int:
    """Price of the row written into `trial`, in a courier's hands; BIG if it cannot be."""
    return evaluate(f, s, s.trial, 0, count, courier)


@entry
def price_alone(f: Facts, s: State, order: int, prices: Ints) -> None:
    """Fill `prices`, by courier, with the cost of the present run with an order put in; BIG if it cannot be."""
    for courier in range(f.couriers):
        prices[courier] = BIG
        price = best_place(f, s, courier, order, ANY_PRICE)
        if price < ANY_PRICE:
            prices[courier] = price + s.run[courier].cost


@entry
def price_exchanges(f: Facts, s: State, prices: Ints) -> None:
    """Fill `prices`, giver by taker, with the cost of each present run in another courier's hands; BIG if it cannot be.

    Whoever has pinned stops or goods on board keeps to the own run. Every number below BIG is exact.
    """
    for giver in range(f.couriers):
        base, count = giver * f.row, s.run[giver].count
        for taker in range(f.couriers):
            k = giver * f.couriers + taker
            prices[k] = BIG
            if count == 0 or giver == taker or f.courier[taker].pinned or f.courier[taker].parcels_0:
                continue
            price = evaluate(f, s, s.nodes, base, count, taker)
            if price < ANY_PRICE:
                prices[k] = price
