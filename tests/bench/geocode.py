"""Quality and speed of geocoding on real extracts: python -m tests.bench.geocode FILE... [--rows 300000] [--json OUT].

Queries are made from the addresses tagged in the extract itself, one half of them (by hash) held back from tuning;
the other half is for whoever changes the ranking (`--tuning`). A hit is an answer within 60 m of the tagged point, or
the very street and number within 200 m (a large block's entrance and its middle). Half a name fits many streets of a
large city: "at most" is the share of hits that no order of them can exceed while the text is all that is known, and
"from a store" asks as merchants do, from a place within 2 km. Besides the time that passed it prints the time on a
processor, of this process and its PostgreSQL backend together: on a busy machine that is the figure to compare. Needs
DATABASE_URL, REDIS_URL and SECRET_KEY of a migrated database; imports each file there as `bench NAME`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

from flask import Flask

from dispatch.core import settings
from dispatch.core.db import db, end_read, engine_options, transaction
from dispatch.core.units import LonLat, distance_m
from dispatch.geo import city, geocode, queries
from dispatch.geo.address_index import METRES_PER_DEGREE
from dispatch.geo.extract import AddressPoint, read_extract
from dispatch.geo.normalise import fold, number_keys
from tests.bench.synthetic_city import draw
from tests.integration.geo.stored_city import store_index

MOST = 250
STORE_WITHIN_M = 2_000.0
LETTERS = "abcdefghijklmnoprstuvwz"


def exact(point: AddressPoint, _random: random.Random) -> str:
    return f"{point.street} {point.number}"


def number_first(point: AddressPoint, _random: random.Random) -> str:
    return f"{point.number} {point.street}"


def no_accents(point: AddressPoint, _random: random.Random) -> str:
    return f"{fold(point.street)} {point.number}"


def with_locality(point: AddressPoint, _random: random.Random) -> str:
    return f"{point.street} {point.number}, {point.postcode} {point.locality}".strip(" ,")


def one_typo(point: AddressPoint, random_: random.Random) -> str:
    """Swap, drop, double or replace one letter, not the first."""
    name = point.street
    spots = [i for i in range(1, len(name) - 1) if name[i].isalpha() and name[i + 1].isalpha()]
    if not spots:
        return exact(point, random_)
    i = random_.choice(spots)
    typo = random_.choice(("swap", "drop", "double", "replace"))
    new = {
        "swap": name[i + 1] + name[i],
        "drop": name[i + 1],
        "double": name[i] * 2 + name[i + 1],
        "replace": random_.choice(LETTERS) + name[i + 1],
    }[typo]
    return f"{name[:i]}{new}{name[i + 2:]} {point.number}"


def first_letter(point: AddressPoint, random_: random.Random) -> str:
    """The first letter swapped with the next one, dropped or replaced."""
    name = point.street
    if len(name) < 3 or not name[:2].isalpha():
        return exact(point, random_)
    new = random_.choice((name[1] + name[0] + name[2:], name[1:], random_.choice(LETTERS).upper() + name[1:]))
    return f"{new} {point.number}"


def prefix_and_number(point: AddressPoint, random_: random.Random) -> str:
    """The first half of the name, at least five letters: what one types before looking up."""
    return f"{point.street[: max(5, (len(point.street) + 1) // 2)]} {point.number}"


def store_near(point: AddressPoint, random_: random.Random) -> LonLat:
    """A place anywhere within 2 km of the address."""
    away, turn = STORE_WITHIN_M * math.sqrt(random_.random()), random_.uniform(0, 2 * math.pi)
    lon, lat = point.at
    east, north = away * math.cos(turn) / math.cos(math.radians(lat)), away * math.sin(turn)
    return LonLat(lon + east / METRES_PER_DEGREE, lat + north / METRES_PER_DEGREE)


@dataclass(frozen=True)
class Kind:
    """One way to ask: among how many answers the right one must be, and how often."""

    name: str
    ask: Callable[[AddressPoint, random.Random], str]
    among: int
    goal: float
    from_store: bool = False


KINDS = (
    Kind("exact hit@1", exact, 1, 0.99),
    Kind("with postcode and town hit@1", with_locality, 1, 0.99),
    Kind("number first hit@1", number_first, 1, 0.99),
    Kind("without accents hit@1", no_accents, 1, 0.99),
    Kind("one typo hit@5", one_typo, 5, 0.97),
    Kind("first letter wrong hit@5", first_letter, 5, 0.97),
    Kind("prefix + number hit@5", prefix_and_number, 5, 0.95),
    Kind("the same from a store hit@5", prefix_and_number, 5, 0.95, from_store=True),
)


def askable(points: list[AddressPoint], tuning: bool) -> list[AddressPoint]:
    """Addresses with a street and one clean number, of the wanted half, at most 250."""
    chosen = []
    for point in points:
        digest = hashlib.sha256(f"{point.street}{point.number}".encode()).digest()[0]
        if point.street and len(number_keys(point.number)) == 1 and (digest % 2 == 0) == tuning:
            chosen.append(point)
    random.Random(7).shuffle(chosen)
    return chosen[:MOST]


def is_hit(point: AddressPoint, found: geocode.Found) -> bool:
    away_m = distance_m(found.at, LonLat(*point.at))
    same = found.number and fold(found.name) == fold(point.street) and found.number == number_keys(point.number)[0][0]
    return away_m <= 60 or (bool(same) and away_m <= 200)


def at_most(point: AddressPoint, text_: str, among: int, houses: dict[str, set[str]]) -> float:
    """The chance that it is among the first answers if streets that fit the text equally are drawn by lot."""
    asked = fold(text_.rpartition(" ")[0])
    fitting = sum(name.startswith(asked) for name in houses[fold(point.number)])
    return min(1.0, among / max(fitting, 1))


def measure(city_id: UUID, points: list[AddressPoint], all_: list[AddressPoint]) -> Iterator[dict[str, object]]:
    """One row per kind of query: share of hits and milliseconds."""
    houses: dict[str, set[str]] = defaultdict(set)
    for point in all_:
        houses[fold(point.number)].add(fold(point.street))
    for point in points[:20]:
        geocode.search(None, city_id, exact(point, random.Random(1)))
        end_read()
    for kind in KINDS:
        random_, hits, took, worked, missed = random.Random(5), 0, [], [], []
        possible = 0.0
        for point in points:
            text_ = kind.ask(point, random_)
            near = store_near(point, random.Random(text_)) if kind.from_store else None
            sought = kind.ask is prefix_and_number and not kind.from_store
            possible += at_most(point, text_, kind.among, houses) if sought else 1.0
            begun, busy = time.perf_counter(), _busy_ms()
            found = geocode.search(None, city_id, text_, limit=kind.among, near=near)
            end_read()
            took.append((time.perf_counter() - begun) * 1000)
            worked.append(_busy_ms() - busy)
            if any(is_hit(point, one) for one in found):
                hits += 1
            else:
                missed.append((text_, [one.label for one in found[:3]]))
        yield {
            "kind": kind.name,
            "queries": len(points),
            "share": round(hits / max(len(points), 1), 4),
            "at_most": round(possible / max(len(points), 1), 4),
            "goal": kind.goal,
            "p50_ms": round(statistics.median(took), 2),
            "p95_ms": _p95(took),
            "p50_cpu_ms": round(statistics.median(worked), 2),
            "p95_cpu_ms": _p95(worked),
            "missed": missed[:12],
        }


def _p95(values: list[float]) -> float:
    return round(sorted(values)[int(len(values) * 0.95)], 2)


def _busy_ms() -> float:
    """Milliseconds this process and its PostgreSQL backend have been on a processor; Linux, same machine."""
    with db.engine.connect() as connection:  # the pool has this one only; asked without SQL, so that plans are kept
        driver = connection.connection.driver_connection
        backend = driver.info.backend_pid if driver else 0
    schedule = Path(f"/proc/{backend}/schedstat")
    served_ns = int(schedule.read_text().split()[0]) if schedule.exists() else 0
    return time.process_time() * 1000 + served_ns / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure geocoding.")
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rows", type=int, default=0, help="also a synthetic city with this many addresses")
    parser.add_argument("--tuning", action="store_true", help="use the other half of the addresses")
    parser.add_argument("--misses", action="store_true", help="print what was missed")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    report = {}
    with _app().app_context():
        for path in options.files:
            facts = _imported(path)
            known = read_extract(path).addresses
            report[path.name] = list(measure(facts.id, askable(known, options.tuning), known))
            _print(path.name, report[path.name], options.misses)
        if options.rows:
            extract = draw(options.rows)
            with transaction():
                city_id = store_index(extract, f"bench {options.rows} rows {uuid4().hex[:6]}")
            known = extract.addresses
            report[f"{options.rows} rows"] = list(measure(city_id, askable(known, options.tuning), known))
            _print(f"{options.rows} rows", report[f"{options.rows} rows"], options.misses)
    if options.json:
        options.json.write_text(json.dumps(report, indent=1, ensure_ascii=False))


def _app() -> Flask:
    known = settings.current()
    app = Flask("geocode-bench")
    app.config.update(SQLALCHEMY_DATABASE_URI=known.database_url, SQLALCHEMY_ENGINE_OPTIONS=engine_options())
    app.extensions["settings"] = known
    db.init_app(app)
    return app


def _imported(path: Path) -> queries.CityFacts:
    name = f"bench {path.name}"
    return queries.find_city(name) or city.import_city(path, name=name)


def _print(title: str, rows: list[dict[str, object]], misses: bool) -> None:
    sys.stdout.write(f"\n{title}\n")
    for row in rows:
        line = (
            "{kind:<30} {queries:>4} queries {share:>8.2%} (goal {goal:.0%}, at most {at_most:.0%})  "
            "p50 {p50_ms:>6} ms  p95 {p95_ms:>6} ms  on a processor: p50 {p50_cpu_ms:>5} ms  p95 {p95_cpu_ms:>5} ms\n"
        )
        sys.stdout.write(line.format(**row))
        if misses:
            for asked, labels in row["missed"]:  # type: ignore[attr-defined]
                sys.stdout.write(f"      {asked!r}: {labels}\n")


if __name__ == "__main__":
    main()
