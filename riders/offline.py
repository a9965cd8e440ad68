"""What the phone keeps to work without a network: the list of files and a version made from all their bytes."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent / "dispatch" / "static"
SHARED_FILES = (
    "css/*.css",
    "icons.svg",
    "icons/*",
    "js/app.js",
    "js/http.js",
    "js/icon.js",
    "js/text.js",
    "js/controllers/*.js",
    "vendor/idb.js",
    "vendor/stimulus.js",
    "vendor/modern-normalize.css",
)
VERSIONED_ONLY = ("js/map*.js", "vendor/*")


@lru_cache(maxsize=1)
def shell() -> dict[str, Any]:
    """`{version, files, page}`: the map's files are not fetched at once, but a change in them is a new version too."""
    own = sorted((HERE / "static" / "app").glob("*"))
    shared = _found(SHARED_FILES)
    digest = hashlib.sha256()
    for path in [*own, *shared, *_found(VERSIONED_ONLY), *sorted((HERE / "templates" / "riders").glob("phone*"))]:
        digest.update(path.name.encode() + path.read_bytes())
    files = [f"/app/static/{path.name}" for path in own if path.name != "worker.js"]
    files += [f"/static/{path.relative_to(SHARED).as_posix()}" for path in shared]
    files.append("/app/manifest.webmanifest")
    return {"version": digest.hexdigest()[:16], "files": files, "page": "/app"}


def print_style() -> str:
    """The style sheet for paper."""
    return (SHARED / "css" / "print.css").read_text()


def _found(patterns: tuple[str, ...]) -> list[Path]:
    return sorted({path for pattern in patterns for path in SHARED.glob(pattern) if path.is_file()})
