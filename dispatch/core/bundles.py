"""Pages whose modules were joined into one file beforehand (`frontend/bundle.mjs`), sent only while up to date.

Beside each bundle lies the hash of every module in it. One changed module, and the page gets its plain modules again:
who edits a script sees the edit, and a bundle that is missing or old is no error.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

BUNDLED = "bundled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One joined script: the address it stands for, its content, and the addresses of the modules in it."""

    entry: str
    content: bytes
    modules: tuple[str, ...]


def read_bundles(folder: Path, path_of: Callable[[str], Path | None]) -> dict[str, Bundle]:
    """The bundles of a folder that hold exactly what lies at their modules' addresses, by entry."""
    bundles = {}
    for listing in sorted(folder.glob("*.json")):
        listed = json.loads(listing.read_text())
        if all(_hash(path_of(address)) == known for address, known in listed["inputs"].items()):
            content = listing.with_suffix(".js").read_bytes()
            bundle = Bundle(entry=listed["entry"], content=content, modules=tuple(listed["inputs"]))
            bundles[bundle.entry] = bundle
    return bundles


def _hash(path: Path | None) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path is not None and path.is_file() else ""
