"""Units and places: what numbers mean, and the one `LonLat`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_008.8


@dataclass(frozen=True, slots=True)
class LonLat:
    """A place in WGS 84 degrees, longitude first. ValueError outside the world, so that swapped pairs are noticed."""

    lon: float
    lat: float

    def __post_init__(self) -> None:
        if not (-180.0 <= self.lon <= 180.0 and -90.0 <= self.lat <= 90.0):
            raise ValueError(f"not a place on Earth: lon {self.lon}, lat {self.lat}")

    def as_pair(self) -> list[float]:
        """GeoJSON position `[lon, lat]`."""
        return [self.lon, self.lat]


def distance_m(a: LonLat, b: LonLat) -> float:
    """Great-circle distance in metres (haversine, mean Earth radius)."""
    lat_a, lat_b = radians(a.lat), radians(b.lat)
    half_lat = (lat_b - lat_a) / 2
    half_lon = radians(b.lon - a.lon) / 2
    chord = sin(half_lat) ** 2 + cos(lat_a) * cos(lat_b) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(chord))
