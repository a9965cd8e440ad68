"""The woven log misses no line, whatever happens to the files it follows."""
from pathlib import Path

import pytest

from dispatch.stack.logbook import Logbook


@pytest.fixture
def book(tmp_path: Path) -> Logbook:
    """A log book over two processes that have not written yet."""
    return Logbook(tmp_path, ["web", "worker"])


def test_each_line_bears_the_name_of_its_process(book: Logbook, tmp_path: Path) -> None:
    """One file to read instead of six."""
    _write(tmp_path / "web.log", "ready\n")
    _write(tmp_path / "worker.log", "task done\n")
    book.follow()
    assert book.path.read_text() == "web    | ready\nworker | task done\n"


def test_a_line_is_copied_once_and_whole(book: Logbook, tmp_path: Path) -> None:
    """A process may be caught in the middle of writing a line."""
    _write(tmp_path / "web.log", "half a ")
    assert book.follow() == 0
    _write(tmp_path / "web.log", "line\n")
    assert book.follow() == 1
    assert book.follow() == 0
    assert book.path.read_text() == "web    | half a line\n"


def test_the_successor_of_a_turned_over_log_is_followed(book: Logbook, tmp_path: Path) -> None:
    """supervisord renames a full log and opens a new one."""
    _write(tmp_path / "web.log", "old\n")
    book.follow()
    _write(tmp_path / "web.log", "last of the old\n")
    (tmp_path / "web.log").rename(tmp_path / "web.log.1")
    _write(tmp_path / "web.log", "first of the new\n")
    book.follow()
    assert book.path.read_text().splitlines() == [
        "web    | old", "web    | last of the old", "web    | first of the new"]


def test_lines_of_earlier_runs_are_left_out(book: Logbook, tmp_path: Path) -> None:
    """A second start continues the book where the first has ended."""
    _write(tmp_path / "web.log", "yesterday\n")
    book.skip_to_end()
    _write(tmp_path / "web.log", "today\n")
    book.close()
    assert book.path.read_text() == "web    | today\n"


def _write(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)
