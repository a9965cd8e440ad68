"""What pages load is what the list names: nothing missing, nothing left from before."""
import json
from pathlib import Path

import pytest

from dispatch.stack.errors import StackError
from dispatch.stack.vendor import copy_listed


@pytest.fixture
def frontend(tmp_path: Path) -> Path:
    """A front end with one installed library of a file and a folder."""
    library = tmp_path / "node_modules" / "library"
    (library / "fonts").mkdir(parents=True)
    (library / "library.js").write_text("export {}")
    (library / "fonts" / "a.woff2").write_text("font")
    return tmp_path


def test_listed_files_and_folders_are_copied(frontend: Path, tmp_path: Path) -> None:
    """A page names `/static/vendor/library.js`, whatever npm calls it."""
    _list(frontend, {"library/library.js": "library.js", "library/fonts": "fonts"})
    assert copy_listed(frontend, tmp_path / "vendor") == 2
    assert (tmp_path / "vendor" / "library.js").read_text() == "export {}"
    assert (tmp_path / "vendor" / "fonts" / "a.woff2").exists()


def test_a_listed_file_that_npm_did_not_bring_is_named(frontend: Path, tmp_path: Path) -> None:
    """A new version of a library may move its files; better to fail here than with a blank map."""
    _list(frontend, {"library/moved.js": "library.js"})
    with pytest.raises(StackError, match="library/moved.js"):
        copy_listed(frontend, tmp_path / "vendor")


def test_what_is_no_longer_listed_goes(frontend: Path, tmp_path: Path) -> None:
    """An old library must not be served for ever."""
    _list(frontend, {"library/library.js": "old.js"})
    copy_listed(frontend, tmp_path / "vendor")
    _list(frontend, {"library/library.js": "new.js"})
    copy_listed(frontend, tmp_path / "vendor")
    assert not (tmp_path / "vendor" / "old.js").exists()


def _list(frontend: Path, listed: dict[str, str]) -> None:
    (frontend / "vendor.json").write_text(json.dumps(listed))
