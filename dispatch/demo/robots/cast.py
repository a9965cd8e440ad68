"""Who plays in a demo or rehearsal: accounts, keys and places, as the server's seed hands them over in JSON."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who can sign in."""

    name: str
    email: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere to deliver to; `address` may be empty where an extract has none: then the pin counts."""

    address: str
    lonlat: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """A merchant, its API key and where its parcels wait."""

    name: str
    api_key: str
    at: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """All players and the addresses people order to."""

    coop: str
    coordinator: Account
    riders: tuple[Account, ...]
    stores: tuple[Store, ...]
    places: tuple[Place, ...]

    def write(self, path: Path) -> None:
        """Write the cast as JSON, readable by its owner only: it holds passwords and keys."""
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1))


def read_cast(path: Path) -> Cast:
    """Return the cast in a file; KeyError or ValueError if it is none."""
    return cast_from(json.loads(path.read_text()))


def cast_from(facts: dict[str, Any]) -> Cast:
    """Return the cast in parsed JSON."""
    return Cast(
        coop=facts["coop"],
        coordinator=Account(**facts["coordinator"]),
        riders=tuple(Account(**rider) for rider in facts["riders"]),
        stores=tuple(Store(name=s["name"], api_key=s["api_key"], at=_place(s["at"])) for s in facts["stores"]),
        places=tuple(_place(place) for place in facts["places"]),
    )


def _place(facts: dict[str, Any]) -> Place:
    lon, lat = facts["lonlat"]
    return Place(address=facts["address"], lonlat=(lon, lat))
