"""What pages load is what the list names."""
import json
from pathlib import Path

from dispatch.stack.vendor import FRONTEND, list_missing


def test_a_listed_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """A new version of a library may move its files; better to hear it here than to see a blank map."""
    listed = [{"from": "a/a.js", "to": "a.js"}, {"from": "b/b.js", "to": "b.js"}]
    (tmp_path / "vendor.json").write_text(json.dumps(listed))
    (tmp_path / "a.js").write_text("")
    assert list_missing(tmp_path, tmp_path) == ["b.js"]


def test_every_listed_file_comes_from_a_locked_package() -> None:
    """Whatever a page loads has a hash in the lock file."""
    locked = json.loads((FRONTEND / "package-lock.json").read_text())["packages"]
    listed = json.loads((FRONTEND / "vendor.json").read_text())
    packages = {"/".join(entry["from"].split("/")[:2 if entry["from"].startswith("@") else 1]) for entry in listed}
    assert {name for name in packages if f"node_modules/{name}" not in locked} == set()
