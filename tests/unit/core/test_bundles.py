"""Joined scripts: sent while they are what lies on the disk, and never a moment longer."""
import hashlib
import json
from pathlib import Path

import pytest

from dispatch.core.assets import Assets


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Two modules and the script that joins them."""
    (tmp_path / "page").mkdir()
    (tmp_path / "bundled").mkdir()
    inputs = {}
    for name, text in {"a.js": 'import "./b.js";', "b.js": "export const b = 1;"}.items():
        (tmp_path / "page" / name).write_text(text)
        inputs[f"/page/{name}"] = hashlib.sha256(text.encode()).hexdigest()
    (tmp_path / "bundled" / "a.js").write_text('const b=1;import("/page/later.js")')
    (tmp_path / "bundled" / "a.json").write_text(json.dumps({"entry": "/page/a.js", "inputs": inputs}))
    return tmp_path


def assets_of(site: Path) -> Assets:
    """The files as a process that starts now finds them."""
    return Assets({"/page": site / "page"}, site / "packed", bundled=site / "bundled", look_every_s=0)


def test_a_page_gets_its_script_joined_with_the_modules_it_needs(site: Path) -> None:
    """One file instead of a round trip for each; what comes later keeps its address, with the version."""
    assets = assets_of(site)
    asset, _ = assets.find("/page/a.js")
    assert asset.content.decode() == f'const b=1;import("/page/-{assets.version()}/later.js")'
    assert assets.bundle("/page/a.js").modules == ("/page/a.js", "/page/b.js")


def test_a_changed_module_is_seen_at_once_and_without_joining_again(site: Path) -> None:
    """Who edits a script must not look for the edit in a file that was made yesterday."""
    assets = assets_of(site)
    before = assets.version()
    (site / "page" / "b.js").write_text("export const b = 2;")
    asset, _ = assets.find("/page/a.js")
    assert asset.content == b'import "./b.js";'
    assert assets.bundle("/page/a.js") is None
    assert assets.version() != before


def test_nothing_joined_is_no_error(site: Path) -> None:
    """A checkout without Node.js serves plain modules."""
    for path in (site / "bundled").iterdir():
        path.unlink()
    asset, _ = assets_of(site).find("/page/a.js")
    assert asset.content == b'import "./b.js";'
