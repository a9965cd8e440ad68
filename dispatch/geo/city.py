"""Make a city out of one OpenStreetMap extract: street graph, address index and map, swapped in whole or not at all.

An import builds everything in a folder of its own while the service goes on with the old version. Only then one
transaction stores the rows and makes the new version current; whatever fails before leaves no trace. Old versions
are kept for `use_version` (rollback). Importing is an entry point of its own: it opens its transactions itself,
because none may be open while it works for minutes.
"""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import shapely
import structlog
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import OperationalError

from dispatch.core import clock
from dispatch.core.db import db, transaction
from dispatch.core.errors import Conflict, PacelineError
from dispatch.core.units import LonLat
from routing.streets.build import build_network
from routing.streets.errors import StreetsError
from routing.streets.store import save

from . import city_rows, queries
from .address_index import AddressIndex, build_index
from .city_checks import check_hills, check_place, check_rideable, check_size
from .extract import Extract, Progress, UnusableExtract, check_file, read_extract
from .folders import ARCHIVE, GRAPH, data_dir
from .models import City, CityVersion
from .queries import CityFacts
from .tiles import Sheet, build_tiles

KEPT_VERSIONS = 3
_IMPORT_LOCK = 0x9ACE_C171  # key of the advisory lock; any constant of our own
_SPACE_PER_EXTRACT_BYTE = 12
_LEAST_SPACE_BYTES = 50_000_000

log = structlog.get_logger()


class ImportRunning(Conflict):
    """Another import is at work on this installation: wait for it."""

    code = "import_running"


class DiskFull(PacelineError):
    """There is no room for a new city version; the old one stays in use."""

    code = "disk_full"
    http_status = 507


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltCity:
    """All that one extract gives, before anything is stored."""

    extract: Extract = field(repr=False)
    index: AddressIndex = field(repr=False)
    counts: dict[str, Any]


def import_city(
    path: Path,
    *,
    name: str | None = None,
    elevation_dir: Path | None = None,
    allow_smaller: bool = False,
    allow_flat: bool = False,
    progress: Progress | None = None,
) -> CityFacts:
    """Import `path` as the new current version of the city `name` (default: from the file's name).

    Raise UnusableExtract, Elsewhere, MuchSmaller, HillsLost, ImportRunning or DiskFull with the remedy; the city then
    is as it was before.
    """
    check_file(path)
    name = name or city_name(path)
    cities = data_dir() / "cities"
    if elevation_dir is None and not allow_flat:
        with transaction():
            in_use = queries.find_city(name)
        if in_use is not None:
            check_hills(name, data_dir() / in_use.folder / GRAPH)
    with _only_import(), _scratch_folder(cities, path) as folder:
        built = _build(path, folder, name, elevation_dir, progress or (lambda _step, _count: None))
        with transaction():
            if old := queries.find_city(name):
                check_place(name, built.extract.area, old.area)
                if not allow_smaller:
                    check_size(name, built.counts, old.counts)
            db.session.execute(text("SET LOCAL statement_timeout = 0"))
            city = _publish(name, path, folder, built)
    prune(city.id)
    log.info("city.imported", city=name, version=city.number, **built.counts)
    return city


def city_name(path: Path) -> str:
    """Return a name from a file name: `helsinki-centre.osm.pbf` is Helsinki Centre."""
    words = re.split(r"[^\w]+", path.name.split(".")[0].replace("_", " "))
    return " ".join(word.capitalize() for word in words if word and word != "latest") or "City"


def use_version(city_id: UUID, number: int) -> None:
    """Make a kept version of a city the current one; Conflict names the versions there are."""
    with transaction():
        versions = {version.number: version for version in queries.list_versions(city_id)}
        if number not in versions:
            raise Conflict(f"version {number} is not kept; there are {', '.join(map(str, sorted(versions)))}")
        _make_current(city_id, versions[number].version_id)


def prune(city_id: UUID) -> None:
    """Delete all but the newest versions of a city, never the current one, from the database and the disk."""
    with transaction():
        old = [v for v in queries.list_versions(city_id)[KEPT_VERSIONS:] if not v.is_current]
        db.session.execute(delete(CityVersion).where(CityVersion.id.in_([v.version_id for v in old])))
    for version in old:
        shutil.rmtree(data_dir() / version.folder, ignore_errors=True)


def _build(path: Path, folder: Path, name: str, elevation_dir: Path | None, progress: Progress) -> BuiltCity:
    started = clock.monotonic_s()
    extract = read_extract(path, progress)
    index = build_index(extract)
    try:
        network = build_network(
            path, elevation_dir=elevation_dir, progress=lambda stage, _share: progress(f"streets: {stage}", 0)
        )
        check_rideable(path, network, extract)
        save(network, folder / GRAPH)
        sheet = Sheet(name=name, bounds=extract.area.bounds, elevation_dir=elevation_dir)
        drawn = build_tiles(path, folder / ARCHIVE, sheet, progress)
    except StreetsError as error:
        raise UnusableExtract(f"{path}: {error}") from error
    counts = {
        "streets": len(index.streets),
        "addresses": len(index.addresses),
        "places": len(index.places),
        "nodes": network.node_count,
        "arcs": len(network.arc_tail),
        "map_features": drawn,
        "seconds": round(clock.monotonic_s() - started, 1),
    }
    return BuiltCity(extract=extract, index=index, counts=counts)


def _publish(name: str, path: Path, folder: Path, built: BuiltCity) -> CityFacts:
    """Store the rows, move the folder to its place and make it current; all in the caller's transaction."""
    city_id = db.session.scalar(select(City.id).where(City.name == name))
    if city_id is None:
        city = City(name=name)
        db.session.add(city)
        db.session.flush()
        city_id = city.id
    number = 1 + max((version.number for version in queries.list_versions(city_id)), default=0)
    place = Path("cities") / str(city_id) / str(number)
    version = CityVersion(
        id=uuid4(),
        city_id=city_id,
        number=number,
        folder=str(place),
        source=path.name,
        source_sha256=_sha256(path),
        area=f"SRID=4326;{shapely.to_wkt(built.extract.area, rounding_precision=6)}",
        centre=LonLat(*built.extract.densest),
        languages=list(built.index.languages),
        counts=built.counts,
        imported_at=clock.real_now(),
    )
    db.session.add(version)
    db.session.flush()
    city_rows.write_index(version.id, built.index)
    _make_current(city_id, version.id)
    target = data_dir() / place
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target, ignore_errors=True)
    folder.rename(target)
    return queries.get_city(city_id)


def _make_current(city_id: UUID, version_id: UUID) -> None:
    versions = update(CityVersion).where(CityVersion.city_id == city_id)
    db.session.execute(versions.values(is_current=False))
    db.session.execute(versions.where(CityVersion.id == version_id).values(is_current=True))
    db.session.expire_all()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _full(where: object) -> DiskFull:
    return DiskFull(
        f"{where}: the disk is full. Make room and run the import again; the city in use is unchanged."
    )


@contextmanager
def _only_import() -> Iterator[None]:
    """Hold the installation's import lock; it dies with the connection, so a killed import leaves no lock."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": _IMPORT_LOCK}):
            raise ImportRunning("another city import is running on this installation; try again when it is done")
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _IMPORT_LOCK})


@contextmanager
def _scratch_folder(cities: Path, path: Path) -> Iterator[Path]:
    """A new folder beside the final one; gone afterwards unless it was moved. Full disks become DiskFull."""
    cities.mkdir(parents=True, exist_ok=True)
    wanted = max(path.stat().st_size * _SPACE_PER_EXTRACT_BYTE, _LEAST_SPACE_BYTES)
    free = shutil.disk_usage(cities).free
    if free < wanted:
        raise DiskFull(
            f"{cities}: {free / 1e6:.0f} MB free, {path.name} needs about {wanted / 1e6:.0f} MB. Make room and run "
            "the import again; the city in use is unchanged."
        )
    folder = cities / f".import-{uuid4().hex}"
    folder.mkdir()
    try:
        yield folder
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise _full(cities) from error
        raise
    except (psycopg.errors.DiskFull, OperationalError) as error:
        if isinstance(getattr(error, "orig", error), psycopg.errors.DiskFull):
            raise _full("the database") from error
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
