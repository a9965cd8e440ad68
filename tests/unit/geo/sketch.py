"""Draw tiny towns as OpenStreetMap files, a few lines of XML each. Positions are metres east and north of a corner."""

from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

CORNER = (8.5, 49.5)
DEGREES_PER_METRE = (1 / 72_300, 1 / 111_195)  # at 49.5 degrees north

Spot = tuple[float, float]


def lonlat(east_m: float, north_m: float) -> Spot:
    """The place so many metres from the corner."""
    return CORNER[0] + east_m * DEGREES_PER_METRE[0], CORNER[1] + north_m * DEGREES_PER_METRE[1]


class Sketch:
    """Collects nodes and ways and writes them as an `.osm` file; ways meet where they share a spot."""

    def __init__(self) -> None:
        self._nodes: list[str] = []
        self._ways: list[str] = []
        self._last_id = 0
        self._crossings: dict[Spot, int] = {}

    def node(self, at: Spot, **tags: str) -> int:
        self._last_id += 1
        lon, lat = lonlat(*at)
        self._nodes.append(
            f'<node id="{self._last_id}" lon="{lon:.7f}" lat="{lat:.7f}" version="1">{_tags(tags)}</node>'
        )
        return self._last_id

    def way(self, *spots: Spot, **tags: str) -> None:
        self._last_id += 1
        own = self._last_id
        refs = "".join(f'<nd ref="{self._crossing(spot)}"/>' for spot in spots)
        self._ways.append(f'<way id="{own}" version="1">{refs}{_tags(tags)}</way>')

    def _crossing(self, spot: Spot) -> int:
        if spot not in self._crossings:
            self._crossings[spot] = self.node(spot)
        return self._crossings[spot]

    def street(self, name: str, *spots: Spot, **tags: str) -> None:
        self.way(*spots, highway="residential", name=name, **tags)

    def house(self, at: Spot, street: str, number: str, **tags: str) -> None:
        self.node(at, **{"addr:street": street, "addr:housenumber": number, **tags})

    def write(self, path: Path) -> Path:
        path.write_text(f'<osm version="0.6">{"".join(self._nodes)}{"".join(self._ways)}</osm>', encoding="utf-8")
        return path


def _tags(tags: dict[str, str]) -> str:
    return "".join(f"<tag k={quoteattr(key)} v={quoteattr(value)}/>" for key, value in tags.items())
