"""`paceline city`: street maps from OpenStreetMap extracts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click
import httpx
from tqdm import tqdm

from dispatch.coop.models import Coop
from dispatch.core.db import db, transaction
from dispatch.core.errors import Invalid
from dispatch.geo import city as cities
from dispatch.geo import queries

from .context import application, choose_coop
from .founding import use_city
from .refusals import says_errors

Command = TypeVar("Command", bound=Callable[..., Any])


@contextmanager
def local_extract(source: str) -> Iterator[Path]:
    """A file for a path or an http(s) address; what was fetched is deleted afterwards."""
    if urlsplit(source).scheme not in ("http", "https"):
        path = Path(source).expanduser()
        if not path.exists():
            raise Invalid(f"{source}: there is no such file: give the path or URL of an .osm.pbf extract")
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="paceline-") as folder:
        path = Path(folder) / (Path(urlsplit(source).path).name or "city.osm.pbf")
        _fetch(source, path)
        yield path


def _fetch(url: str, path: Path) -> None:
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=60) as answer:
            answer.raise_for_status()
            size = int(answer.headers.get("content-length", 0)) or None
            with path.open("wb") as file, tqdm(
                total=size, unit="B", unit_scale=True, desc="Fetching the extract"
            ) as bar:
                for chunk in answer.iter_bytes():
                    file.write(chunk)
                    bar.update(len(chunk))
    except (httpx.HTTPError, OSError) as error:
        raise Invalid(f"{url} cannot be fetched ({error}): check the address, or fetch it yourself") from error


@click.group()
def city() -> None:
    """Street maps from OpenStreetMap extracts."""


def says_how(command: Command) -> Command:
    """The options of whoever brings in an extract, by the names that `import_city` has for them."""
    tiles = click.Path(path_type=Path, exists=True)
    for option in (
        click.option("--flat", "allow_flat", is_flag=True, help="Leave the hills out though the city in use has them."),
        click.option("--allow-smaller", is_flag=True, help="Replace the city even by less than half of it."),
        click.option("--elevation", "elevation_dir", type=tiles, help="Folder of .hgt or .hgt.zip tiles."),
    ):
        command = option(command)
    return command


@city.command("import")
@click.argument("source")
@click.option("--name", help="What to call the city (default: from the file's name).")
@says_how
@says_errors
def import_(source: str, name: str | None, **how: Any) -> None:
    """Import an extract (.osm.pbf, path or URL): streets, addresses and map."""
    with application(), local_extract(source) as path:
        made = cities.import_city(path, name=name, progress=Bars(), **how)
        click.echo(f"{made.name}, version {made.number}: {counted(made.counts)}")


@city.command("update")
@click.argument("source")
@click.option("--name", help="The city to update (default: from the file's name).")
@says_how
@says_errors
def update(source: str, name: str | None, **how: Any) -> None:
    """Replace a city's extract under a running service; the old version is kept for rollback."""
    with application(), local_extract(source) as path:
        name = name or cities.city_name(path)
        if queries.find_city(name) is None:
            known = ", ".join(each.name for each in queries.list_cities()) or "none"
            raise Invalid(f"there is no city {name!r} to update; there are: {known}")
        made = cities.import_city(path, name=name, progress=Bars(), **how)
        click.echo(f"{made.name} now runs on version {made.number}: {counted(made.counts)}")


@city.command("list")
@says_errors
def list_() -> None:
    """Show the imported cities."""
    with application():
        for each in queries.list_cities():
            click.echo(f"{each.name}: version {each.number} of {each.source}, {counted(each.counts)}")


@city.command("use")
@click.argument("name")
@click.option("--coop", "slug")
@says_errors
def use(name: str, slug: str | None) -> None:
    """Let a co-op work in an imported city."""
    with application():
        coop = choose_coop(slug)
        known = queries.find_city(name)
        if known is None:
            raise Invalid(f"there is no city {name!r}: import it with `paceline city import FILE`")
        with transaction():
            use_city(db.session.get_one(Coop, coop.id), known.id)
        click.echo(f"{coop.name} works in {name}.")


@city.command("rollback")
@click.argument("name")
@click.argument("number", type=int)
@says_errors
def rollback(name: str, number: int) -> None:
    """Go back to a kept version of a city."""
    with application():
        known = queries.find_city(name)
        if known is None:
            raise Invalid(f"there is no city {name!r}")
        cities.use_version(known.id, number)
        click.echo(f"{name} runs on version {number}.")


def counted(counts: dict[str, int]) -> str:
    """What an import found, in words."""
    return ", ".join(f"{count:,} {what}" for what, count in counts.items() if isinstance(count, int))


class Bars:
    """Progress on a terminal: one bar per step, silent where nobody watches."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None  # type: ignore[type-arg]
        self._step = ""

    def __call__(self, step: str, count: int) -> None:
        if step != self._step:
            if self._bar is not None:
                self._bar.close()
            self._step, self._bar = step, tqdm(desc=step, unit="", unit_scale=True, leave=True, disable=None)
        assert self._bar is not None
        self._bar.update(count - self._bar.n)
