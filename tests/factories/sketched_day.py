"""A rider's day in a town with real streets: a grid of 100 m, imported as any extract would be."""
from pathlib import Path

from dispatch.coop.models import Coop
from dispatch.core.db import db, transaction, use_coop
from dispatch.core.units import LonLat
from dispatch.geo import city
from dispatch.geo.services import create_zone
from dispatch.governance import services as governance
from dispatch.orders.models import Run
from riders import pay_rules, queries
from tests.factories.coops import make_coop, make_member
from tests.factories.day import Day
from tests.factories.town import PAST, Town, make_merchant, make_order, make_rider, make_run
from tests.unit.geo.sketch import Sketch, lonlat


def spot(east_m: float, north_m: float) -> LonLat:
    """The place so many metres from the town's south-west corner."""
    return LonLat(*lonlat(east_m, north_m))


def make_sketched_day(folder: Path, slug: str = "wheels") -> Day:
    """A co-op in the grid town with Ada on shift at its west end; the session is confined to it.

    Cora coordinates. `order_along` gives Ada something to do.
    """
    sketch = Sketch()
    for i in range(6):
        crossings = [100 * j for j in range(6)]
        sketch.street(f"Nordweg {i}", *[(east, 100 * i) for east in crossings])
        sketch.street(f"Ostweg {i}", *[(100 * i, north) for north in crossings])
    facts = city.import_city(sketch.write(folder / "grid.osm"), name="Grid")
    with transaction():
        coop = make_coop(slug)
        db.session.get_one(Coop, coop.id).city_id = facts.id
        zone = create_zone(coop.id, facts.id, "Grid")
        merchant = make_merchant(coop.id)
        town = Town(coop_id=coop.id, coop_key=coop.key, city_id=facts.id, zone_id=zone.id, merchant_id=merchant.id)
        governance.adopt(coop.id, "pay", pay_rules.DEFAULT, active_from=PAST)
        make_member(coop.id, "Cora", roles=("coordinator",))
        row = make_rider(coop.id)
        run = make_run(town, row, place=spot(0, 200))
    use_coop(coop.id)
    return Day(town=town, rider=queries.get_rider(coop.id, row.id), run=run)


def order_along(day: Day, *drops: LonLat, run: Run | None = None) -> None:
    """Give Ada an order from where she is to these places; with `run`, the rider of that."""
    with transaction():
        day.give(make_order(day.town, pickup=spot(0, 200), drops=list(drops)), run=run)
