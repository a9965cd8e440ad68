"""Small days of the Meal Delivery Routing Problem to test with."""

from hypothesis import strategies as st

from routing.bench.mdrp_files import Instance, MealCourier, MealOrder, Terms

TERMS = Terms(metres_per_min=100, pickup_min=4, dropoff_min=4, target_min=40, longest_min=90, pay_per_order=10,
              pay_per_hour=15)


def meal(id_: str, x: float, placed: int, ready: int, restaurant: str = "r1") -> MealOrder:
    """A meal for a door on the main street."""
    return MealOrder(id=id_, x=x, y=0, placed_min=placed, restaurant=restaurant, ready_min=ready)


def courier(id_: str = "c1", x: float = 0, on: int = 0, off: int = 120) -> MealCourier:
    """A courier who begins on the main street."""
    return MealCourier(id=id_, x=x, y=0, on_min=on, off_min=off)


def instance(orders: list[MealOrder], couriers: list[MealCourier], terms: Terms = TERMS) -> Instance:
    """One street, 100 m a minute: restaurant r1 at 500 m, r2 at 1,500 m."""
    places = {"r1": (500.0, 0.0), "r2": (1500.0, 0.0)}
    places |= {order.id: (order.x, order.y) for order in orders} | {c.id: (c.x, c.y) for c in couriers}
    return Instance(name="street", terms=terms, places=places, orders={order.id: order for order in orders},
                    couriers={c.id: c for c in couriers})


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    """Any small day: short shifts, meals ready at once or late, odd service times, doors at the counter."""
    where = st.sampled_from([0.0, 130.0, 500.0, 900.0, 1500.0, 2500.0])
    orders = []
    for number in range(draw(st.integers(1, 6))):
        placed = draw(st.integers(0, 40))
        orders.append(meal(f"o{number}", draw(where), placed, placed + draw(st.integers(0, 30)),
                           draw(st.sampled_from(["r1", "r2"]))))
    couriers = []
    for number in range(draw(st.integers(1, 3))):
        on = draw(st.integers(0, 40))
        couriers.append(courier(f"c{number}", draw(where), on, on + draw(st.integers(0, 90))))
    odd = draw(st.sampled_from([4, 5, 1, 2]))
    terms = Terms(metres_per_min=draw(st.sampled_from([100.0, 33.3])), pickup_min=odd, dropoff_min=4, target_min=40,
                  longest_min=90, pay_per_order=10, pay_per_hour=15)
    return instance(orders, couriers, terms)
