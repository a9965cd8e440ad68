"""`paceline demo`: a co-op with robots in a generated town, or in a real extract."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dispatch.coop.queries import find_coop_by_slug
from dispatch.core.db import transaction, use_coop
from dispatch.core.settings import current
from dispatch.demo import seed as seeding
from dispatch.demo.robots import crew
from dispatch.demo.town import write_town
from dispatch.geo import city as cities
from dispatch.geo import queries

from .cities import Bars, local_extract
from .context import application
from .founding import found
from .refusals import says_errors

TOWN = "Marévelle"
LOGINS = (
    ("coordinator", "coordinator@{domain}"),
    ("rider", "rider1@{domain}  (rider1 to rider{riders})"),
    ("merchant", "merchant@{domain}"),
    ("treasurer", "treasurer@{domain}"),
)


@click.group()
def demo() -> None:
    """A co-op to look at, with robots that work in it."""


@demo.command("create")
@click.option("--city", "source", help="An .osm.pbf (path or URL) instead of the generated town.")
@click.option("--elevation", type=click.Path(path_type=Path, exists=True))
@click.option("--riders", default=8, show_default=True)
@click.option("--merchants", default=12, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--cast", "cast_file", type=click.Path(path_type=Path), help="Also write who is who here, as JSON.")
@says_errors
def create(
    source: str | None, elevation: Path | None, riders: int, merchants: int, seed: int, cast_file: Path | None
) -> None:
    """Make the demo co-op unless it exists; print its logins."""
    with application():
        name = cities.city_name(Path(source)) if source else TOWN
        slug = "demo" if source is None else "demo-" + "".join(c for c in name.lower() if c.isascii() and c.isalnum())
        path = cast_path(slug)
        if find_coop_by_slug(slug) is None or not path.exists():
            city_id = _city_id(source, name, elevation)
            with transaction():
                coop = found(
                    name=f"{name} Couriers", slug=slug, timezone="Europe/Paris", currency="EUR", locale="en",
                    city_id=city_id, is_demo=True,
                )  # fmt: skip
                cast = seeding.populate(
                    coop.id, city_id, coop_name=coop.name, mail_domain=f"{slug}.example", rider_count=riders,
                    store_count=merchants, seed=seed,
                )  # fmt: skip
            path.parent.mkdir(parents=True, exist_ok=True)
            cast.write(path)
            use_coop(None)
        if cast_file is not None:
            cast_file.write_text(path.read_text())
        current_link(slug)
        _print_logins(slug, riders)


def cast_path(slug: str) -> Path:
    """Where the robots find who they play."""
    return current().data_dir / "demo" / f"{slug}.json"


def current_link(slug: str) -> None:
    """Remember which demo co-op the robots work for."""
    (current().data_dir / "demo" / "current").write_text(slug)


def _city_id(source: str | None, name: str, elevation: Path | None):  # type: ignore[no-untyped-def]
    known = queries.find_city(name)
    if known is not None:
        return known.id
    if source is not None:
        with local_extract(source) as path:
            return cities.import_city(path, name=name, elevation_dir=elevation, progress=Bars()).id
    path = current().data_dir / "demo" / "marevelle.osm.pbf"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_town(path)
    return cities.import_city(path, name=name, elevation_dir=elevation, progress=Bars()).id


def _print_logins(slug: str, riders: int) -> None:
    click.echo(f"Logins (password {seeding.PASSWORD}):")
    for role, email in LOGINS:
        click.echo(f"  {role:<12} {email.format(domain=f'{slug}.example', riders=riders)}")


@demo.command("robots")
@click.option("--url", envvar="PACELINE_LOCAL_URL", required=True)
@says_errors
def robots(url: str) -> None:
    """Let robot merchants and riders work in the demo co-op until stopped."""
    slug = (current().data_dir / "demo" / "current").read_text().strip()
    sys.exit(crew.work_forever(url, cast_path(slug)))
