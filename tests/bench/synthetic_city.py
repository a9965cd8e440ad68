"""A city of any size for benchmarks: streets with German-like names on a grid, numbered houses. Seeded."""

from __future__ import annotations

import random

import shapely

from dispatch.geo.extract import AddressPoint, Coordinate, Extract, StreetPiece

STARTS = (
    "Birken Eichen Linden Ahorn Garten Schul Kirch Mühlen Berg Tal See Wald Wiesen Brunnen Markt Bahnhof Haupt Neben "
    "Ober Unter Rosen Tulpen Nelken Amsel Drossel Finken Schwalben Adler Falken Bäcker Schmiede Weber Gerber Färber "
    "Goethe Schiller Lessing Heine Kant Hegel Bach Mozart Händel Haydn Wagner Dürer Holbein Kepler Gauß Röntgen"
).split()
MIDDLES = "acker feld hof stein bach au hain grund rain anger brücken hügel höhen moor teich winkel".split() + [""]
ENDS = "straße weg platz gasse allee ring steig ufer".split()
PER_STREET = 30
SIDE_DEG = 0.0015


def draw(rows: int, seed: int = 3) -> Extract:
    """An extract with `rows` addresses, 30 to a street."""
    random_ = random.Random(seed)
    names = [f"{start}{middle}{end}" for start in STARTS for middle in MIDDLES for end in ENDS]
    random_.shuffle(names)
    count = max(1, rows // PER_STREET)
    side = int(count**0.5) + 1
    streets, addresses = [], []
    for i in range(count):
        name = names[i % len(names)] if i < len(names) else f"{names[i % len(names)]} {i // len(names) + 1}"
        west: Coordinate = (8.0 + (i % side) * 2 * SIDE_DEG, 49.0 + (i // side) * SIDE_DEG)
        streets.append(StreetPiece(names=(name,), line=(west, (west[0] + 1.6 * SIDE_DEG, west[1]))))
        for house in range(PER_STREET):
            at = (west[0] + house // 2 * SIDE_DEG / 10, west[1] + (0.0001 if house % 2 else -0.0001))
            addresses.append(
                AddressPoint(
                    street=name, number=str(house + 1), postcode="", locality="Rasterstadt", at=at, on_building=False
                )
            )
    area = shapely.box(7.99, 48.99, 8.01 + side * 2 * SIDE_DEG, 49.01 + side * SIDE_DEG)
    return Extract(addresses=addresses, streets=streets, places=[], area=area, densest=(8.2, 49.1))
