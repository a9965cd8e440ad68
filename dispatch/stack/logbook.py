"""Weave the logs of all processes into one readable file, each line with the name of its process."""
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

LOGBOOK_BYTES = 10_000_000


class Logbook:
    """One file that follows many: `var/log/paceline.log`, turned over once at 10 MB."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.path = folder / "paceline.log"
        self._sources = {name: folder / f"{name}.log" for name in names}
        self._width = max(map(len, names), default=0)
        self._open: dict[str, BinaryIO] = {}
        self._unfinished: dict[str, bytes] = {}

    def skip_to_end(self) -> None:
        """Leave out what earlier runs have written."""
        for name in self._sources:
            self._read(name, from_end=True)

    def follow(self) -> int:
        """Copy the lines written since the last call; how many."""
        lines = [f"{name:<{self._width}} | {line}\n" for name in self._sources for line in self._new_lines(name)]
        if lines:
            if self.path.exists() and self.path.stat().st_size > LOGBOOK_BYTES:
                self.path.replace(self.path.with_suffix(".log.1"))
            with self.path.open("a") as book:
                book.writelines(lines)
        return len(lines)

    def close(self) -> None:
        """Copy the rest and let go of the files."""
        self.follow()
        for source in self._open.values():
            source.close()
        self._open.clear()

    def _new_lines(self, name: str) -> list[str]:
        *whole, rest = (self._unfinished.get(name, b"") + self._read(name)).split(b"\n")
        self._unfinished[name] = rest
        return [line.decode(errors="replace") for line in whole if line.strip()]

    def _read(self, name: str, *, from_end: bool = False) -> bytes:
        """What is new in one log; follows the file to its successor after supervisord has turned it over."""
        text = self._read_open(name)
        path = self._sources[name]
        if name not in self._open or not _is_same_file(self._open[name], path):
            if name in self._open:
                self._open.pop(name).close()
            if not path.exists():
                return text
            self._open[name] = path.open("rb")
            if from_end:
                self._open[name].seek(0, 2)
            text += self._read_open(name)
        return text

    def _read_open(self, name: str) -> bytes:
        return self._open[name].read() if name in self._open else b""


def _is_same_file(opened: BinaryIO, path: Path) -> bool:
    try:
        found = path.stat()
    except FileNotFoundError:
        return True                         # between turning over and the next line: keep the old one
    return found.st_size >= opened.tell() and _inode(opened) == found.st_ino


def _inode(opened: BinaryIO) -> int:
    return os.fstat(opened.fileno()).st_ino
