"""Make answers small for the way: Brotli where the browser takes it, else gzip. Pure but for the store of packed files.

A packed file lies in the store under the hash of what is in it, so a store can be incomplete but never out of date.
"""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

import brotli
from werkzeug.datastructures import Accept

LEAST_BYTES = 860
"""Below this an answer fits into one packet anyway."""
QUICK = {"br": 5, "gzip": 6}
THOROUGH = {"br": 11, "gzip": 9}
SMALL_ALREADY = ("image/png", "image/jpeg", "image/webp", "font/woff2", "application/zip", "application/pdf")


def choose(accepted: Accept, content_type: str, size: int) -> str | None:
    """The encoding to send: `br`, `gzip`, or None where packing would not pay or is not understood."""
    if size < LEAST_BYTES or content_type.split(";")[0] in SMALL_ALREADY:
        return None
    return next((name for name in ("br", "gzip") if accepted.quality(name) > 0), None)


def pack(content: bytes, encoding: str, effort: dict[str, int] = QUICK) -> bytes:
    """The content packed; the same bytes give the same result."""
    if encoding == "br":
        packed: bytes = brotli.compress(content, quality=effort["br"])
        return packed
    return gzip.compress(content, effort["gzip"], mtime=0)


class Store:
    """Files packed thoroughly beforehand; what is missing is packed quickly when first asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._quick = lru_cache(maxsize=400)(pack)

    def packed(self, content: bytes, encoding: str) -> bytes:
        """The content packed, from the store if it is there."""
        path = self._path(content, encoding)
        return path.read_bytes() if path.is_file() else self._quick(content, encoding)

    def fill(self, contents: list[bytes]) -> int:
        """Pack all of these and drop what nobody asks for any more; the bytes saved with Brotli."""
        self._folder.mkdir(parents=True, exist_ok=True)
        wanted = {self._path(content, encoding): (content, encoding) for content in contents for encoding in THOROUGH}
        for path in set(self._folder.iterdir()) - set(wanted):
            path.unlink()
        for path, (content, encoding) in wanted.items():
            if not path.exists():
                path.write_bytes(pack(content, encoding, THOROUGH))
        return sum(len(content) - self._path(content, "br").stat().st_size for content in contents)

    def _path(self, content: bytes, encoding: str) -> Path:
        return self._folder / f"{hashlib.sha256(content).hexdigest()}.{encoding}"
