"""`paceline init`, `member`, `merchant`: a real co-op and its people."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import click

from dispatch.coop import services as people
from dispatch.coop.rules import ROLES
from dispatch.core.db import transaction
from dispatch.core.errors import Invalid
from dispatch.geo import city, geocode
from dispatch.geo import queries as cities
from merchants import services as merchants
from riders import services as riders

from .context import application, choose_coop
from .founding import found
from .refusals import says_errors


@click.command()
@click.option("--name", prompt="Name of the co-op")
@click.option("--slug", prompt="Short name for addresses (a-z, 0-9, hyphens)")
@click.option("--timezone", prompt="Time zone", default="Europe/Paris", show_default=True)
@click.option("--currency", prompt="Currency", default="EUR", show_default=True)
@click.option("--locale", type=click.Choice(["en", "fr"]), default="en", show_default=True, prompt="Language")
@click.option("--extract", "extract", type=click.Path(path_type=Path), help="An .osm.pbf to import as its city.")
@click.option("--city", "city_name", help="The name of a city that is imported already.")
@click.option("--admin-email", prompt="E-mail address of the first coordinator")
@click.option("--admin-name", prompt="Name of the first coordinator")
@click.option("--admin-password", prompt="Password (10 or more characters)", hide_input=True, confirmation_prompt=True)
@says_errors
def init(  # noqa: PLR0913 - one option per question
    name: str,
    slug: str,
    timezone: str,
    currency: str,
    locale: str,
    extract: Path | None,
    city_name: str | None,
    admin_email: str,
    admin_name: str,
    admin_password: str,
) -> None:
    """Make a co-op: its rules, its city and its first coordinator."""
    with application():
        city_id = _city_id(extract, city_name)
        with transaction():
            coop = found(name=name, slug=slug, timezone=timezone, currency=currency, locale=locale, city_id=city_id)
            people.add_member(
                coop.id,
                email=admin_email,
                name=admin_name,
                roles=("member", "coordinator", "treasurer", "admin"),
                password=admin_password,
            )
        click.echo(f"{name} is ready: sign in as {admin_email}.")
        if city_id is None:
            click.echo("It has no street map yet: paceline city import FILE.osm.pbf, then paceline city use NAME.")


def _city_id(extract: Path | None, name: str | None) -> UUID | None:
    if extract is not None:
        return city.import_city(extract, name=name).id
    if name is not None:
        known = cities.find_city(name)
        if known is None:
            raise Invalid(f"there is no city {name!r}: import one with `paceline city import FILE`")
        return known.id
    found_cities = cities.list_cities()
    return found_cities[0].id if len(found_cities) == 1 else None


@click.group()
def member() -> None:
    """People who can sign in."""


@member.command("add")
@click.option("--coop", "slug")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", "roles", multiple=True, type=click.Choice(ROLES), default=("member",))
@click.option("--profile", type=click.Choice(["bike", "ebike", "cargo", "trailer"]), help="Makes the member a rider.")
@click.option("--capacity-kg", type=float, default=15.0, show_default=True)
@click.password_option()
@says_errors
def add_member(  # noqa: PLR0913 - one option per fact
    slug: str | None,
    email: str,
    name: str,
    roles: tuple[str, ...],
    profile: str | None,
    capacity_kg: float,
    password: str,
) -> None:
    """Add a worker-member, coordinator or merchant's contact."""
    with application():
        coop = choose_coop(slug)
        with transaction():
            added = people.add_member(coop.id, email=email, name=name, roles=roles, password=password)
            if profile is not None:
                bike = riders.Bike(profile=profile, capacity_g=round(capacity_kg * 1000))
                riders.add_rider(coop.id, added.id, name=name, bike=bike)
        click.echo(f"{name} can sign in as {email}.")


@click.group()
def merchant() -> None:
    """Businesses that place deliveries."""


@merchant.command("add")
@click.option("--coop", "slug")
@click.option("--name", required=True)
@click.option("--address", required=True, help="The store's address.")
@click.option("--contact-email", help="Also make a sign-in for the portal.")
@click.option("--contact-password", help="At least 10 characters.")
@says_errors
def add_merchant(
    slug: str | None, name: str, address: str, contact_email: str | None, contact_password: str | None
) -> None:
    """Add a merchant and print its API key (shown once)."""
    with application():
        coop = choose_coop(slug)
        if coop.city_id is None:
            raise Invalid(f"{coop.name} has no street map yet: paceline city import FILE")
        places = geocode.search(coop.id, coop.city_id, address, limit=1)
        if not places:
            raise Invalid(f"no place found for {address!r}: check the spelling")
        with transaction():
            added = merchants.add_merchant(coop.id, name=name, address=address, lonlat=places[0].at)
            key = merchants.issue_key(coop.id, added.id, name="first key")
            if contact_email is not None:
                contact = people.add_member(
                    coop.id, email=contact_email, name=name, roles=("merchant",), password=contact_password
                )
                merchants.add_contact(coop.id, added.id, contact.id)
        click.echo(f"{name} at {places[0].label}\nAPI key (keep it, it is not shown again): {key}")
