"""Price what riders would pay for each other's runs. Compiled; see `compiled`."""

from routing.engines.compiled import entry
from routing.engines.facts import Facts, Ints
from routing.engines.route_kernel import ANY_PRICE, BIG, evaluate
from routing.engines.state import State


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
