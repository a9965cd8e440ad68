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
ENTRY = f"{OWN}phone.js"
LATER = ("/app/static/map_worker.mjs", "/static/vendor/maplibre-gl.css", "/static/vendor/zxing_reader.wasm")
LATER_MODULES = ("/static/js/map.js", "/static/vendor/zxing.js")
IMPORT = re.compile(r"""(?:^import |\bfrom) ?["'](\.?/[^"']+)["']""", re.MULTILINE)


def shell() -> dict[str, Any]:
    """`{version, files, later, page}`; `later`: the map and the reader of codes, fetched once the run is shown."""
    joined = assets.current().bundle(ENTRY)
    inside = set(joined.modules) - {ENTRY} if joined else set()
    own = [OWN + path.name for path in _own() if path.name not in WITHOUT]
    files = [address for address in own if address not in inside]
    files += [f"/static/{path.relative_to(SHARED).as_posix()}" for path in _found(SHARED_FILES)]
    shared = [address for address in modules() if address not in files]
    files += ["/static/css/site.css", *shared]
    addresses = [assets.current().address(plain) for plain in files]
    wanted_later = (*LATER, *_closure(assets.current().version(), LATER_MODULES))
    later = [assets.current().address(plain) for plain in wanted_later]
    return {
        "version": version(),
        "files": [*addresses, "/app/manifest.webmanifest"],
        "later": [address for address in later if address not in addresses],
        "page": "/app",
    }


def modules() -> list[str]:
    """Addresses of all scripts that the page needs at once, to be fetched side by side."""
    return [ENTRY] if assets.current().bundle(ENTRY) else _closure(assets.current().version(), (ENTRY,))


@lru_cache(maxsize=4)
def _closure(_version: str, entries: tuple[str, ...]) -> list[str]:
    """These modules and all that they import at once."""
    found: dict[str, Path] = {}
    wanted = list(entries)
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
