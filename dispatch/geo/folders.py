"""Where the files of cities lie: `<data directory>/cities/<city id>/<version number>/`."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from uuid import UUID

from flask import current_app

from dispatch.core.errors import NotFound
from dispatch.core.settings import Settings

from . import queries

GRAPH = "streets"
ARCHIVE = "city.pmtiles"


def data_dir() -> Path:
    """The data directory of this installation."""
    settings: Settings = current_app.extensions["settings"]
    return settings.data_dir


def version_folder(version_id: UUID) -> Path:
    """The folder of one city version; NotFound when it was pruned. A version's place never changes."""
    folder = data_dir() / _relative(version_id)
    if not folder.is_dir():
        raise NotFound(f"map {version_id}: its files are gone; import the city again")
    return folder


@lru_cache(maxsize=64)
def _relative(version_id: UUID) -> str:
    return queries.get_version(version_id).folder
