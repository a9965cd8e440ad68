"""What the phone keeps to work without a network: the list of files and a version made from all their bytes."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from dispatch.core import assets

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent / "dispatch" / "static"
SHARED_FILES = ("css/print.css", "icons.svg", "icons/*")
WITHOUT = ("worker.js",)
OWN = "/app/static/"
IMPORT = re.compile(r"""^import (?:[^"';]+ from )?["'](\.?/[^"']+)["'];""", re.MULTILINE)


def shell() -> dict[str, Any]:
    """`{version, files, page}`: the map's files are not fetched at once, but a change in them is a new version too."""
    files = [f"/app/static/{path.name}" for path in _own() if path.name not in WITHOUT]
    files += [f"/static/{path.relative_to(SHARED).as_posix()}" for path in _found(SHARED_FILES)]
    shared = [address for address in modules(assets.current().version()) if address not in files]
    files += ["/static/css/site.css", *shared]
    addresses = [assets.current().address(plain) for plain in files]
    return {"version": version(), "files": [*addresses, "/app/manifest.webmanifest"], "page": "/app"}


@lru_cache(maxsize=1)
def modules(_version: str) -> list[str]:
    """Addresses of all scripts that the page of a version needs at once, to be fetched side by side."""
    found: dict[str, Path] = {}
    wanted = ["/app/static/phone.js"]
    while wanted:
        address = wanted.pop()
        if address in found:
            continue
        found[address] = _path(address)
        for name in IMPORT.findall(found[address].read_text()):
            wanted.append(name if name.startswith("/") else str(PurePosixPath(address).parent / name))
    return sorted(found)


def version() -> str:
    """Changes with any file that the page is made of, so that a page and its files are kept or replaced together."""
    digest = hashlib.sha256(assets.current().version().encode())
    for path in sorted((HERE / "templates" / "riders").glob("phone*")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _path(address: str) -> Path:
    if address.startswith(OWN):
        return HERE / "static" / "app" / address.removeprefix(OWN)
    return SHARED / address.removeprefix("/static/")


def _own() -> list[Path]:
    return sorted((HERE / "static" / "app").glob("*"))


def _found(patterns: tuple[str, ...]) -> list[Path]:
    return sorted({path for pattern in patterns for path in SHARED.glob(pattern) if path.is_file()})
