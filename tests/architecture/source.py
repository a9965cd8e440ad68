"""Our own source as syntax trees, for tests that read code instead of running it."""
import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("dispatch", "routing", "riders", "merchants", "worker")


@cache
def tracked_files() -> tuple[Path, ...]:
    """Every file of the project, new ones included, that git does not ignore."""
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"],
                            cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(path for name in listed.splitlines() if (path := ROOT / name).is_file())


def python_files(*tops: str) -> list[Path]:
    """The Python files below these top-level folders; by default our packages."""
    return [path for path in tracked_files()
            if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in (tops or PACKAGES)]


@cache
def tree(path: Path) -> ast.Module:
    """A file's syntax tree."""
    return ast.parse(path.read_text(), filename=str(path))


def name(path: Path) -> str:
    """A file's name as messages show it."""
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function and method of a file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(path: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a file calls, such as (12, "session.commit")."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            yield node.lineno, ast.unparse(node.func)
