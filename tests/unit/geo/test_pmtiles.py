"""Tiles come out of the archive as they went in."""

import gzip
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.geo.pmtiles import Archive, NotAnArchive, tile_id


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def write_archive(path, entries, data, leaves=b""):
    """An archive from (tile id, run, length, offset) entries."""
    columns = [[e[0] - (entries[i - 1][0] if i else 0) for i, e in enumerate(entries)]]
    columns += [[e[k] for e in entries] for k in (1, 2)] + [[e[3] + 1 for e in entries]]
    root = gzip.compress(varint(len(entries)) + b"".join(varint(n) for column in columns for n in column))
    header = bytearray(127)
    header[:8] = b"PMTiles\x03"
    struct.pack_into("<QQ", header, 8, 127, len(root))
    struct.pack_into("<QQQ", header, 40, 127 + len(root), len(leaves), 127 + len(root) + len(leaves))
    header[97:102] = bytes([2, 2, 1, 0, 3])
    path.write_bytes(bytes(header) + root + leaves + data)
    return path


@pytest.mark.parametrize(
    ("z", "x", "y", "place"), [(0, 0, 0, 0), (1, 0, 0, 1), (1, 0, 1, 2), (1, 1, 1, 3), (1, 1, 0, 4), (2, 0, 0, 5)]
)
def test_tiles_are_numbered_as_the_specification_says(z, x, y, place):
    assert tile_id(z, x, y) == place


@given(st.integers(1, 6))
def test_no_two_tiles_of_a_zoom_share_a_number(z):
    numbers = {tile_id(z, x, y) for x in range(1 << z) for y in range(1 << z)}
    assert numbers == set(range(tile_id(z, 0, 0), tile_id(z, 0, 0) + 4**z))


def test_a_run_of_equal_tiles_is_stored_once(tmp_path):
    archive = Archive(write_archive(tmp_path / "a.pmtiles", [(1, 3, 3, 0), (4, 1, 2, 3)], b"seala"))
    assert archive.tile(1, 0, 0) == archive.tile(1, 1, 1) == b"sea"
    assert archive.tile(1, 1, 0) == b"la"


def test_tiles_outside_are_none(tmp_path):
    archive = Archive(write_archive(tmp_path / "a.pmtiles", [(1, 1, 3, 0)], b"sea"))
    assert archive.tile(2, 0, 0) is None
    assert archive.tile(1, 2, 0) is None
    assert archive.tile(9, 0, 0) is None


@pytest.mark.parametrize("content", [b"PMTiles\x02" + bytes(200), b"x" * 300, b"PMTiles"])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "b.pmtiles"
    path.write_bytes(content)
    with pytest.raises(NotAnArchive):
        Archive(path)
