"""The demo town in a database of its own, imported once per worker; every test founds a co-op of its own in it.

Tenancy keeps tests apart: nothing is emptied between them, and what one co-op does is invisible to the next.
"""
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from dispatch.app import create_app
from dispatch.cli.founding import found
from dispatch.coop import services as people
from dispatch.core import settings
from dispatch.core.db import db, transaction, use_coop
from dispatch.core.units import LonLat
from dispatch.demo.town import write_town
from dispatch.geo import city as cities
from dispatch.geo import queries as city_queries
from merchants import services as merchants
from riders import services as riders
from tests.conftest import FOLDER_VARIABLE, TestStack, new_database, one_at_a_time

PASSWORD = "correct horse battery"
PLACES = text("""
    SELECT s.name || ' ' || a.number AS address, ST_X(a.at) AS lon, ST_Y(a.at) AS lat
    FROM geo_address a
    JOIN geo_street s ON s.version_id = a.version_id AND s.id = a.street_id
    JOIN city_version v ON v.id = a.version_id AND v.is_current AND v.city_id = :city
    WHERE a.id % 50 = 7 ORDER BY a.id LIMIT 30
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """The application over a database that holds the demo town."""

    app: Flask
    city_id: uuid.UUID
    centre: LonLat
    environment: dict[str, str]


@dataclass(kw_only=True)
class Cooperative:
    """A co-op with one merchant; `places` are addresses in town that it delivers to."""

    town: Town
    id: uuid.UUID
    slug: str
    merchant_id: uuid.UUID
    key: str
    places: list[tuple[str, LonLat]]
    people: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def session(self) -> Iterator[None]:
        """The database as this co-op sees it."""
        with self.town.app.app_context():
            use_coop(self.id)
            try:
                yield
            finally:
                db.session.remove()

    def client(self) -> FlaskClient:
        """A browser that is not signed in."""
        return self.town.app.test_client()

    def api(self, method: str, path: str, **kwargs: Any):
        """A merchant's request with the live key and, for a new order, a fresh idempotency key."""
        own = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": str(uuid.uuid4())}
        headers = {**own, **kwargs.pop("headers", {})}
        return self.client().open(f"/api/v1{path}", method=method, headers=headers, **kwargs)

    def order_body(self, number: int = 0, **more: Any) -> dict[str, Any]:
        """A plain order to the numbered address."""
        address, at = self.places[number]
        return {"dropoffs": [{"address": address, "lonlat": at.as_pair()}], **more}

    def place_order(self, number: int = 0, **more: Any) -> dict[str, Any]:
        """Place an order by API; what the merchant got back."""
        answer = self.api("POST", "/orders", json=self.order_body(number, **more))
        assert answer.status_code == 201, answer.get_data(as_text=True)
        return answer.get_json()

    def add_person(self, name: str, *roles: str, profile: str | None = None) -> str:
        """A person who can sign in with PASSWORD (a rider with a profile); the e-mail address."""
        email = f"{name.lower()}@{self.slug}.example"
        with self.session(), transaction():
            member = people.add_member(self.id, email=email, name=name, roles=roles, password=PASSWORD)
            if profile is not None:
                riders.add_rider(self.id, member.id, name=name, bike=riders.Bike(profile=profile, capacity_g=20_000))
            if "merchant" in roles:
                merchants.add_contact(self.id, self.merchant_id, member.id)
        self.people[name] = email
        return email

    def signed_in(self, email: str) -> FlaskClient:
        """A browser signed in as this person."""
        client = self.client()
        answer = client.post("/login", data={"email": email, "password": PASSWORD, "csrf_token": csrf(client)})
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return client


def csrf(client: FlaskClient) -> str:
    """The token of a form that this browser has loaded."""
    page = client.get("/login").get_data(as_text=True)
    found_token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found_token, page
    return found_token.group(1)


@cache
def town_file() -> Path:
    """The demo town, drawn once per test run."""
    folder = Path(os.environ[FOLDER_VARIABLE])
    with one_at_a_time(folder / "town.lock"):
        drawn = folder / "town.osm.pbf"
        if not drawn.exists():
            write_town(folder / "unfinished.osm.pbf")
            (folder / "unfinished.osm.pbf").rename(drawn)
    return drawn


@contextmanager
def open_town(stack: TestStack, folder: Path) -> Iterator[Town]:
    """The demo town, imported as any extract is."""
    with new_database(stack, "town") as name:
        environment = {
            "DATABASE_URL": stack.postgres.url("paceline_app", name),
            "DATABASE_URL_MIGRATE": stack.postgres.url("paceline", name),
            "DATABASE_URL_RELAY": stack.postgres.url("paceline_relay", name),
            "REDIS_URL": stack.environment()["REDIS_URL"],
            "SECRET_KEY": "a key for tests that signs nothing real",
            "PACELINE_DATA": str(folder),
            "PACELINE_NO_RATE_LIMITS": "1",
            "PACELINE_LOCAL_WEBHOOKS": "1",
            "LOG_LEVEL": "error",
        }
        with environ(environment):
            app = create_app(settings.current())
            with app.app_context():
                city = cities.import_city(town_file(), name="Town")
                centre = city_queries.get_city(city.id).centre
                db.session.remove()
            yield Town(app=app, city_id=city.id, centre=centre, environment=environment)
            with app.app_context():
                db.engine.dispose()


@contextmanager
def environ(values: dict[str, str]) -> Iterator[None]:
    """The process's settings come from these variables meanwhile."""
    before = dict(os.environ)
    os.environ.update(values)
    settings.current.cache_clear()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        settings.current.cache_clear()


def make_cooperative(town: Town) -> Cooperative:
    """Found a co-op with a merchant and look up some addresses."""
    slug = f"c{uuid.uuid4().hex[:10]}"
    with town.app.app_context():
        with transaction():
            made = found(name=f"Wheels {slug}", slug=slug, timezone="Europe/Paris", currency="EUR", locale="en",
                         city_id=town.city_id)
            places = list_places(town)
            merchant = merchants.add_merchant(made.id, name="Boulangerie", address=places[0][0], lonlat=places[0][1])
            key = merchants.issue_key(made.id, merchant.id, name="test")
        cooperative = Cooperative(town=town, id=made.id, slug=slug, merchant_id=merchant.id, key=key, places=places[1:])
        db.session.remove()
    return cooperative


def list_places(town: Town) -> list[tuple[str, LonLat]]:
    """Thirty addresses spread over the town, the same in every run."""
    rows = db.session.execute(PLACES, {"city": town.city_id}).all()
    return [(row.address, LonLat(row.lon, row.lat)) for row in rows]
