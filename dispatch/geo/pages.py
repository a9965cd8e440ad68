"""Serve the base map: the whole archive by byte ranges for desktops, single tiles for phones that keep them offline.

Public: the map holds nothing of a co-op. A version's tiles never change, so clients may keep them for ever.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from uuid import UUID

from flask import Blueprint, Response, send_file
from flask.typing import ResponseReturnValue

from dispatch.coop.auth import public
from dispatch.core.errors import NotFound

from . import queries
from .folders import ARCHIVE, version_folder
from .pmtiles import Archive

bp = Blueprint("geo", __name__)

_FOR_EVER = "public, max-age=31536000, immutable"


def tiles_url(city_id: UUID | None) -> str | None:
    """The address of a city's current archive; None when no city was imported. Phones replace the file by z/x/y."""
    version_id = queries.find_current_version_id(city_id) if city_id else None
    return f"/tiles/{version_id}/{ARCHIVE}" if version_id else None


def phone_tiles_url(city_id: UUID | None) -> str | None:
    """The address of a city's single tiles, for clients that keep them: a template with {z}, {x} and {y}."""
    version_id = queries.find_current_version_id(city_id) if city_id else None
    return f"/tiles/{version_id}/{{z}}/{{x}}/{{y}}.mvt" if version_id else None


@bp.get(f"/tiles/<uuid:version_id>/{ARCHIVE}")
@public
def archive(version_id: UUID) -> ResponseReturnValue:
    """The PMTiles archive, or the asked part of it (206)."""
    path = version_folder(version_id) / ARCHIVE
    response = send_file(path, mimetype="application/vnd.pmtiles", conditional=True, etag=str(version_id))
    response.headers["Cache-Control"] = _FOR_EVER
    return response


@bp.get("/tiles/<uuid:version_id>/<int:z>/<int:x>/<int:y>.mvt")
@public
def tile(version_id: UUID, z: int, x: int, y: int) -> ResponseReturnValue:
    """One vector tile; 204 where there is nothing to draw, which a client may remember too."""
    tiles = _open(version_folder(version_id) / ARCHIVE)
    if z > tiles.max_zoom:
        raise NotFound(f"tiles end at zoom {tiles.max_zoom}")
    data = tiles.tile(z, x, y)
    response = Response(data or b"", status=200 if data else 204, mimetype="application/vnd.mapbox-vector-tile")
    response.headers["Cache-Control"] = _FOR_EVER
    if data and tiles.is_gzipped:
        response.headers["Content-Encoding"] = "gzip"
    return response


@lru_cache(maxsize=8)
def _open(path: Path) -> Archive:
    return Archive(path)
