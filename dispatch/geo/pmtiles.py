"""Read single tiles from a PMTiles archive (specification version 3), for clients that cannot ask for byte ranges.

Knows the format and nothing of the web. The archive is mapped into memory, so processes share its pages.
"""

from __future__ import annotations

import gzip
import mmap
import struct
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

HEADER_BYTES = 127
_GZIP = 2


class NotAnArchive(Exception):
    """The file is no PMTiles archive of version 3 with gzip directories."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A run of equal tiles from `tile_id` on; `run` 0 points to a leaf directory instead."""

    tile_id: int
    offset: int
    length: int
    run: int


class Archive:
    """One open archive. Safe for threads: nothing changes after opening but the cache of leaf directories."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._bytes = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        header = self._bytes[:HEADER_BYTES]
        if len(header) < HEADER_BYTES or header[:7] != b"PMTiles" or header[7] != 3 or header[97] != _GZIP:
            raise NotAnArchive(f"{path}: not a PMTiles 3 archive")
        root_offset, root_length = struct.unpack_from("<QQ", header, 8)
        self._leaves_offset, _, self._tiles_offset = struct.unpack_from("<QQQ", header, 40)
        self.is_gzipped = header[98] == _GZIP
        self.min_zoom, self.max_zoom = header[100], header[101]
        self._root = self._directory(root_offset, root_length)
        self._leaf = lru_cache(maxsize=64)(self._directory)

    def tile(self, z: int, x: int, y: int) -> bytes | None:
        """Return a tile as it is stored (see `is_gzipped`), None where the archive has none."""
        if not (self.min_zoom <= z <= self.max_zoom and 0 <= x < 1 << z and 0 <= y < 1 << z):
            return None
        wanted = tile_id(z, x, y)
        directory = self._root
        for _depth in range(4):
            entry = _find(directory, wanted)
            if entry is None:
                return None
            if entry.run:
                start = self._tiles_offset + entry.offset
                return self._bytes[start : start + entry.length]
            directory = self._leaf(self._leaves_offset + entry.offset, entry.length)
        return None

    def _directory(self, offset: int, length: int) -> tuple[Entry, ...]:
        numbers = _varints(gzip.decompress(self._bytes[offset : offset + length]))
        count = numbers[0]
        ids, runs, lengths, offsets = (numbers[1 + i * count : 1 + (i + 1) * count] for i in range(4))
        entries: list[Entry] = []
        at = 0
        for delta, run, size, place in zip(ids, runs, lengths, offsets, strict=True):
            at += delta
            start = place - 1 if place else entries[-1].offset + entries[-1].length
            entries.append(Entry(at, start, size, run))
        return tuple(entries)


def tile_id(z: int, x: int, y: int) -> int:
    """The place of a tile in the archive's order: all smaller zooms first, then along a Hilbert curve."""
    place = 0
    for bit in range(z - 1, -1, -1):
        side = 1 << bit
        right, low = int(bool(x & side)), int(bool(y & side))
        place += side * side * ((3 * right) ^ low)
        if not low:
            if right:
                x, y = (1 << z) - 1 - x, (1 << z) - 1 - y
            x, y = y, x
    return ((1 << 2 * z) - 1) // 3 + place


def _find(directory: tuple[Entry, ...], wanted: int) -> Entry | None:
    index = bisect_right(directory, wanted, key=lambda entry: entry.tile_id) - 1
    if index < 0:
        return None
    entry = directory[index]
    return entry if entry.run == 0 or wanted < entry.tile_id + entry.run else None


def _varints(data: bytes) -> list[int]:
    numbers, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        if byte & 0x80:
            shift += 7
        else:
            numbers.append(value)
            value, shift = 0, 0
    return numbers
