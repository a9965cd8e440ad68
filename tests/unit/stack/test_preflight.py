"""Each trouble before the start is one line that names what is wrong and how to mend it."""
import os
import re
import socket
import tempfile
from pathlib import Path

import pytest

from dispatch.stack.errors import StackError
from dispatch.stack.preflight import check_folder, check_port, free_port, only_one


def test_a_taken_port_names_the_next_one() -> None:
    """The most frequent trouble of all; the remedy must be a command to copy."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(StackError, match=f"port {port} is taken - .*make run PORT={port + 1}"):
            check_port("127.0.0.1", port)


def test_a_free_port_is_accepted() -> None:
    """A port that was just freed (TIME_WAIT) must not count as taken."""
    check_port("127.0.0.1", free_port())


def test_a_port_above_the_range_is_refused_in_words() -> None:
    """Python's own OverflowError would end in a traceback."""
    with pytest.raises(StackError, match="there is no port 70000"):
        check_port("127.0.0.1", 70_000)


def test_an_address_of_another_machine_is_refused_in_words() -> None:
    """HOST= with a typing error is not our port's fault."""
    with pytest.raises(StackError, match="cannot listen on 192.0.2.1"):
        check_port("192.0.2.1", 8080)


def test_a_full_disk_is_told_before_anything_starts(tmp_path: Path) -> None:
    """PostgreSQL on a full disk fails late and in many words."""
    with pytest.raises(StackError, match="is full"):
        check_folder(tmp_path, needed_bytes=10 ** 18)


def test_a_folder_below_a_file_is_told_in_words(tmp_path: Path) -> None:
    """A leftover file where the folder should be gives an OSError; the reader needs the path."""
    (tmp_path / "var").write_text("")
    with pytest.raises(StackError, match="cannot make the folder"):
        check_folder(tmp_path / "var" / "below")


def test_a_folder_that_root_has_made_is_told_with_the_command_that_gives_it_back(somebody_else) -> None:
    """`sudo make run` once, `make run` ever after: the most frequent trouble with permissions."""
    with tempfile.TemporaryDirectory() as parent:
        Path(parent).chmod(0o755)
        folder = Path(parent) / "var"
        folder.mkdir(mode=0o755 if os.geteuid() == 0 else 0o555)
        said = somebody_else(lambda: check_folder(folder))
    assert re.search(f"may not write in {folder} - .*sudo chown -R .* {folder}", said)


def test_a_second_start_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    """Two supervisors over one database would fight over every port and lock."""
    with only_one(tmp_path), pytest.raises(StackError, match="already runs here"):
        with only_one(tmp_path):
            pass


def test_the_folder_is_free_again_after_the_first_has_ended(tmp_path: Path) -> None:
    """The lock dies with its process, so a crash never needs a lock file removed by hand."""
    with only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass
