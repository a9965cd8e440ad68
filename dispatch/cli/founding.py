"""Found a co-op that can work at once: its first rules, its zone, its people. Never commits."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from dispatch.coop import services as coops
from dispatch.coop.models import Coop
from dispatch.core import clock
from dispatch.core.db import db
from dispatch.geo import queries as cities
from dispatch.geo import services as geo
from dispatch.governance import services as governance
from dispatch.planning import rules as dispatch_rules
from merchants import tariff_rules
from riders import pay_rules

STARTS_BEFORE = timedelta(days=1)


def found(
    *, name: str, slug: str, timezone: str, currency: str, locale: str, city_id: UUID | None, is_demo: bool = False
) -> Coop:
    """A new co-op with version 1 of its pay, tariff and dispatch rules, and a zone over its city."""
    coop = coops.found_coop(name=name, slug=slug, timezone=timezone, currency=currency, locale=locale, is_demo=is_demo)
    active_from = clock.now() - STARTS_BEFORE
    for kind, document in (
        ("pay", pay_rules.DEFAULT),
        ("tariff", tariff_rules.DEFAULT),
        ("dispatch", dispatch_rules.DEFAULT),
    ):
        governance.adopt(coop.id, kind, dict(document), active_from=active_from)
    if city_id is not None:
        use_city(coop, city_id)
    return coop


def use_city(coop: Coop, city_id: UUID) -> None:
    """Let a co-op work in a city: the whole of it becomes its first zone."""
    city = cities.get_city(city_id)
    coop.city_id = city_id
    db.session.flush()
    geo.create_zone(coop.id, city_id, city.name)
