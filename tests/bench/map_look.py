"""How the base map looks and how soon it is there: python -m tests.bench.map_look demo FILE... --out FOLDER.

Draws each extract's map (`--elevation DIR` for its hills; the demo town has its own) and shows it in Chromium with
software GL under the real content security policy, by day and by night, on a desktop and on a phone, from afar and in
a street, with a run, its stops and hazards on it; keeps a picture of each. Prints seconds of drawing, milliseconds
from the import of the map's module to the first idle, beside what Chromium worked on processors for it (on a busy
machine that is the figure to compare), and requests that went elsewhere. Exit status 1: a goal missed.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from flask import send_file
from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

from dispatch.demo.elevation import write_elevation
from dispatch.demo.town import write_town
from dispatch.geo.extract import read_extract
from dispatch.geo.tiles import Sheet, build_tiles
from routing.streets.build import build_network
from routing.streets.sample import street_points
from routing.streets.travel import Streets
from tests.functional.conftest import launch
from tests.functional.design.conftest import guide_app

MOST_TILES_S, MOST_IDLE_MS = 15.0, 3_000.0
SIZES = {"desktop": (1440, 900), "phone": (390, 844)}
ZOOMS = {"town": 13.3, "quarter": 15.2, "street": 17.3}
SCHEMES = ("day", "night")
SHOW = """async ({ tiles, scheme, zoom, centre, run, stops, hazards }) => {
  const began = performance.now();
  const { createMap } = await import("/static/js/map.js");
  const box = Object.assign(document.createElement("div"), { className: "map map-fill" });
  document.body.replaceChildren(box);
  const view = await createMap(box, { tiles, scheme, zoom, centre });
  view.setRuns([{ id: "run", colour: 2, coordinates: run }]);
  view.setStops(stops);
  view.setHazards(hazards);
  await new Promise((idle) => view.onIdle(idle));
  return performance.now() - began;
}"""


@dataclass(frozen=True, kw_only=True)
class Town:
    """A drawn map and what is shown on it."""

    name: str
    archive: Path
    tiles_s: float
    centre: tuple[float, float]
    run: list[tuple[float, float]]
    stops: list[dict[str, Any]]
    hazards: list[dict[str, Any]]


def draw(source: str, folder: Path, elevation: Path | None) -> Town:
    """Build the map of one extract; a ride of three stops crosses its middle."""
    path = Path(source)
    if source == "demo":
        path, elevation = folder / "demo.osm.pbf", folder
        write_town(path)
        write_elevation(folder)
    extract = read_extract(path)
    archive = folder / f"{path.name.split('.')[0]}.pmtiles"
    begun = time.perf_counter()
    build_tiles(path, archive, Sheet(name=source, bounds=extract.area.bounds, elevation_dir=elevation))
    tiles_s = time.perf_counter() - begun
    streets = Streets(build_network(path))
    places = street_points(streets.network, 6, 4, near=extract.densest, radius_m=500).tolist()
    legs = [streets.leg(a, b, "bike").coordinates for a, b in zip(places[:3], places[1:4])]
    ends = [leg[0] for leg in legs] + [legs[-1][-1]]
    states = ("done", "next", "open", "late")
    stops = [
        {"id": i, "run_id": "run", "number": i + 1, "lon": lon, "lat": lat, "colour": 2, "state": state,
         "kind": "dropoff" if i else "pickup"}
        for i, ((lon, lat), state) in enumerate(zip(ends, states))
    ]  # fmt: skip
    hazards = [{"id": i, "kind": "works", "lon": lon, "lat": lat} for i, (lon, lat) in enumerate(places[4:])]
    run = [spot for leg in legs for spot in leg]
    return Town(
        name=archive.stem, archive=archive, tiles_s=tiles_s, centre=extract.densest, run=run, stops=stops,
        hazards=hazards,
    )  # fmt: skip


@contextmanager
def served(towns: list[Town]) -> Iterator[str]:
    """The address of a server with the application's scripts and styles, and the maps."""
    app = guide_app()
    archives = {town.name: town.archive for town in towns}
    app.add_url_rule("/tiles/<name>", "tiles", lambda name: send_file(archives[name], conditional=True))
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def look(browser: Browser, address: str, town: Town, folder: Path) -> tuple[float, int]:
    """Take all pictures of one town; the longest time to the first idle, and requests that went elsewhere."""
    slowest, foreign = 0.0, []
    for (size, (width, height)), (far, zoom), scheme in product(SIZES.items(), ZOOMS.items(), SCHEMES):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="light" if scheme == "day" else "dark"
        )
        page = context.new_page()
        page.on("request", lambda r: None if r.url.startswith((address, "blob:", "data:")) else foreign.append(r.url))
        page.goto(f"{address}/styleguide")
        shown = {"tiles": f"/tiles/{town.name}", "scheme": scheme, "zoom": zoom, "centre": list(town.centre)}
        busy_ms = worked_ms()
        idle_ms = page.evaluate(SHOW, shown | {"run": town.run, "stops": town.stops, "hazards": town.hazards})
        busy_ms = worked_ms() - busy_ms
        page.screenshot(path=folder / f"{town.name}-{size}-{far}-{scheme}.png")
        sys.stdout.write(f"  {size:8} {far:8} {scheme:6} first idle {idle_ms:6.0f} ms, worked {busy_ms:6.0f} ms\n")
        slowest = max(slowest, idle_ms)
        context.close()
    return slowest, len(foreign)


def worked_ms() -> float:
    """Processor time of all that this process has started: Chromium, with its software GL; Linux."""
    parents, worked = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        parents[int(stat.parent.name)] = int(fields[1])
        worked[int(stat.parent.name)] = sum(map(int, fields[11:15]))  # its own and its ended children's, in ticks
    family = {os.getpid()}
    while found := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= found
    return 1000.0 * sum(worked[pid] for pid in family - {os.getpid()}) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Draw, show, print; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(description="Look at the base map.")
    parser.add_argument("sources", nargs="+", help="demo, or OpenStreetMap extracts (.osm.pbf)")
    parser.add_argument("--out", type=Path, required=True, help="folder for the pictures")
    parser.add_argument("--elevation", type=Path, help="folder of SRTM tiles")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    missed = False
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        towns = [draw(source, Path(folder), options.elevation) for source in options.sources]
        browser = launch(playwright, is_whole=True)
        with served(towns) as address:
            for town in towns:
                sys.stdout.write(f"{town.name}: map drawn in {town.tiles_s:.1f} s (goal {MOST_TILES_S:.0f} s)\n")
                idle_ms, foreign = look(browser, address, town, options.out)
                sys.stdout.write(f"  slowest {idle_ms:.0f} ms (goal {MOST_IDLE_MS:.0f}), {foreign} foreign requests\n")
                missed |= town.tiles_s > MOST_TILES_S or idle_ms > MOST_IDLE_MS or foreign > 0
        browser.close()
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
