"""`make install` looks before it begins: where it may not write, or where there is no room, it ends with one line."""
import tempfile
from pathlib import Path

import pytest

from dispatch.stack.system_packages import check_checkout


def test_a_full_disk_ends_it_before_anything_is_fetched(tmp_path: Path) -> None:
    """pip on a full disk says it in thirty lines, after minutes."""
    with pytest.raises(SystemExit, match=r"^paceline: the disk of .* is full: \d+ MB are free - free at least \d+ MB$"):
        check_checkout(tmp_path, needed=10**18)


def test_where_there_is_room_it_goes_on(tmp_path: Path) -> None:
    """And says nothing."""
    check_checkout(tmp_path, needed=1)


def test_a_checkout_of_somebody_else_ends_it_with_the_remedy(somebody_else) -> None:
    """Cloned as root, installed as a user."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        said = somebody_else(lambda: check_checkout(Path(folder), needed=1))
    assert said.startswith(f"paceline: may not write in {folder} - was it made by root? sudo chown -R ")
