"""Coordinators say on their pages what orders need, what riders may do and what bikes have; the plan keeps to it."""
from datetime import timedelta

from dispatch.core import clock
from dispatch.core.db import db, transaction, use_coop
from dispatch.geo.zones import get_zone
from dispatch.orders import queries
from dispatch.planning.services import Effort, plan_zone
from merchants.models import Merchant
from riders import able
from riders.services import plan_shift
from riders.shifts.queries import list_bikes
from tests.factories.town import Town, at, make_order, make_rider, make_run
from tests.integration.console.conftest import Browser


def plan(town: Town, effort: Effort) -> None:
    """One call of the planner."""
    use_coop(town.coop_id)
    plan_zone(town.coop_id, town.zone_id, effort)
    use_coop(town.coop_id)


def test_certificate_and_need_are_noted_and_decide_who_gets_the_order(
    town: Town, effort: Effort, cora: Browser
) -> None:
    """From two forms to the plan, and back when the certificate is taken away."""
    with transaction():
        make_run(town, make_rider(town.coop_id, "Near"))
        holder = make_rider(town.coop_id, "Holder")
        make_run(town, holder, place=at(4000, 0))
        order = make_order(town)
    until = (clock.now() + timedelta(days=30)).date()
    held = {"rider_id": str(holder.id), "skill": "Medicines"}
    cora.form("/people/certificates", held | {"valid_until": until.isoformat()})
    assert "medicines" in cora.page("/people")
    cora.form(f"/board/orders/{order.id}/needs", {"skills": "medicines", "priority": "3", "longest_ride_min": "20"})
    plan(town, effort)
    seen = queries.get_order(town.coop_id, order.id)
    assert (seen.rider_id, seen.skills, seen.priority, seen.longest_ride_s) == (holder.id, ("medicines",), 3, 1200)
    page = cora.page(f"/board/orders/{order.id}")
    assert "medicines, Important, at most 20 min under way" in page and "a certificate is missing" in page
    cora.form("/people/certificates/drop", {"rider_id": str(holder.id), "skill": "medicines"})
    plan(town, effort)
    assert queries.get_order(town.coop_id, order.id).rider_id is None
    assert "Nobody at work has what it needs: medicines." in cora.page(f"/board/orders/{order.id}")


def test_nonsense_in_a_form_is_said_and_changes_nothing(town: Town, cora: Browser) -> None:
    """A priority that is none, a certificate with no name or of another co-op's rider."""
    with transaction():
        order = make_order(town)
    cora.form(f"/board/orders/{order.id}/needs", {"priority": "7"})
    cora.form(f"/board/orders/{order.id}/needs", {"skills": "x" * 300})
    cora.form("/people/certificates", {"rider_id": str(make_rider(town.coop_id).id), "skill": "  "})
    use_coop(town.coop_id)
    assert queries.get_order(town.coop_id, order.id).priority == 1 and able.list_certificates(town.coop_id) == []


def test_bike_tells_what_it_has_on_it(town: Town, cora: Browser) -> None:
    """A deep box, a cooled box, and that it comes back."""
    cora.form("/board/shifts/bikes", {"name": "Long John", "profile": "cargo", "kilograms": "80"})
    use_coop(town.coop_id)
    (bike,) = list_bikes(town.coop_id)
    db.session.rollback()
    fittings = {"is_deep_box": "1", "returns_to_depot": "1", "equipment": "Cooled box, straps"}
    cora.form(f"/board/shifts/bikes/{bike.id}/fittings", fittings)
    page = cora.page("/board/shifts")
    assert "deep box, comes back to the depot, cooled box, straps" in page
    use_coop(town.coop_id)
    (bike,) = list_bikes(town.coop_id)
    assert bike.is_deep_box and bike.returns_to_depot and bike.equipment == ("cooled box", "straps")


def test_page_of_shifts_says_how_full_the_coming_hours_are(town: Town, cora: Browser) -> None:
    """By the shifts that riders have agreed to, and the orders that are due."""
    hour = (clock.now() + timedelta(hours=3)).replace(minute=0, second=0, microsecond=0)
    with transaction():
        plan_shift(town.coop_id, make_rider(town.coop_id).id, town.zone_id, hour, hour + timedelta(hours=2))
        make_order(town, due_in_s=round((hour + timedelta(minutes=30) - clock.now()).total_seconds()))
    page = cora.page("/board/shifts")
    assert 'data-label="Orders">1</td><td class="number" data-label="Room for">3</td>' in page


def test_what_was_agreed_with_a_merchant_is_kept(town: Town, cora: Browser) -> None:
    """Time at the counter, hot food, certificates, priority, solidarity."""
    page = cora.page(f"/merchants/{town.merchant_id}/terms")
    assert "Bakery" in page and f"/merchants/{town.merchant_id}/terms" in cora.page("/board/merchants")
    terms = {"handling_min": "6", "longest_ride_min": "25", "skills": "medicines", "priority": "10",
             "is_solidarity": "1"}  # fmt: skip
    cora.form(f"/merchants/{town.merchant_id}/terms", terms)
    use_coop(town.coop_id)
    merchant = db.session.get_one(Merchant, (town.coop_id, town.merchant_id), populate_existing=True)
    agreed = merchant.handling_s, merchant.longest_ride_s, merchant.skills, merchant.priority, merchant.is_solidarity
    assert agreed == (360, 1500, ["medicines"], 10, True)
    db.session.rollback()
    cora.form(f"/merchants/{town.merchant_id}/terms", {"priority": "1"})
    use_coop(town.coop_id)
    merchant = db.session.get_one(Merchant, (town.coop_id, town.merchant_id), populate_existing=True)
    assert (merchant.handling_s, merchant.longest_ride_s, merchant.is_solidarity) == (None, None, False)


def test_depot_that_nobody_finds_is_refused_in_words(town: Town, cora: Browser) -> None:
    """Without a map no address is found; an empty one takes the depot away."""
    cora.form(f"/board/zones/{town.zone_id}/depot", {"depot": "Nowhere 1"})
    cora.form(f"/board/zones/{town.zone_id}/depot", {"depot": ""})
    use_coop(town.coop_id)
    assert get_zone(town.coop_id, town.zone_id).depot_lonlat is None
