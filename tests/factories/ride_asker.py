"""A process of its own that asks for ride times: `python -m tests.factories.ride_asker CITY COOP DATA`.

Every line `lon lat lon lat` it reads is answered by the seconds of that ride.
"""
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from dispatch.core.db import use_coop
from dispatch.core.units import LonLat
from dispatch.geo import travel
from tests.factories.application import make_app

ROOT = Path(__file__).resolve().parents[2]


class RideAsker:
    """The other end of its pipes."""

    def __init__(self, environment: Mapping[str, str], city_id: UUID, coop_id: UUID, data_dir: Path) -> None:
        command = [sys.executable, "-m", "tests.factories.ride_asker", str(city_id), str(coop_id), str(data_dir)]
        self._process = subprocess.Popen(
            command, env={**os.environ, **environment}, cwd=ROOT, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )

    def ride_s(self, start: LonLat, end: LonLat) -> float:
        """Seconds of a ride, asked for now, in the other process."""
        assert self._process.stdin is not None and self._process.stdout is not None
        print(start.lon, start.lat, end.lon, end.lat, file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=30)


def main(city: str, coop: str, data: str) -> None:
    """Answer until there are no more questions."""
    with make_app(os.environ, Path(data)).app_context():
        use_coop(UUID(coop))
        for line in sys.stdin:
            lons_lats = [float(text) for text in line.split()]
            start, end = LonLat(*lons_lats[:2]), LonLat(*lons_lats[2:])
            print(float(travel.matrix(UUID(city), [start, end], "bike")[0, 1]), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
