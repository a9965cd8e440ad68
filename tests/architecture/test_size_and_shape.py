"""Code that stays readable: sizes, names of files, what a package's first file may hold, where imports stand."""
import ast
import re

import pytest

from tests.architecture.source import PACKAGES, ROOT, functions, name, python_files, tracked_files, tree

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
MOST_ARGUMENTS = 5
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "managers", "manager", "base", "common", "misc"}
GENERATED = {"dispatch/migrations/versions/0001_initial.py"}
"""The first migration is written by Alembic; nobody reads it from top to bottom."""

TEXT_SUFFIXES = {".py", ".html", ".js", ".css", ".md", ".yml", ".cfg", ".toml", ".sh", ".json", ".txt", ".po"}
NOT_TO_READ = {"requirements.lock", "node.lock", "installer.lock", "package-lock.json", "LICENSE"}
TOP_LEVEL = {"dispatch", "routing", "riders", "merchants", "worker", "tests", "docker-compose.yml", "setup.cfg",
             "README.md", "pyproject.toml", "requirements.lock", "Makefile", "LICENSE", "CHANGELOG.md"}


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    """Long files are where two subjects have grown together."""
    long = {name(path): lines for path in python_files(*PACKAGES, "tests")
            if (lines := len(path.read_text().splitlines())) > LONGEST_FILE and name(path) not in GENERATED}
    assert long == {}


def test_no_function_is_longer_than_sixty_lines() -> None:
    """A function is read at one glance."""
    long = {f"{name(path)}:{node.lineno} {node.name}": lines
            for path in python_files(*PACKAGES, "tests") for node in functions(path)
            if (lines := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
            and name(path) not in GENERATED}
    assert long == {}


def test_no_function_takes_more_than_five_arguments_by_position() -> None:
    """Beyond five, callers mix them up; keyword-only ones are named at the call and do not count.

    Left out are Numba's compiled kernels, which know no keyword-only arguments, and commands, which Click calls.
    """
    many = [f"{name(path)}:{node.lineno} {node.name}" for path in python_files() for node in functions(path)
            if len([one for one in (*node.args.posonlyargs, *node.args.args)
                    if one.arg not in ("self", "cls")]) > MOST_ARGUMENTS
            and not any(re.match(r"compiled$|click\.(option|argument)", ast.unparse(decorator))
                        for decorator in node.decorator_list)]
    assert many == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    """`utils` is where code goes whose owner nobody has looked for."""
    vague = [name(path) for path in python_files(*PACKAGES, "tests") if path.stem in VAGUE_NAMES]
    assert vague == []


def test_a_packages_first_file_holds_a_docstring_at_most() -> None:
    """Code in `__init__.py` runs on every import below it, and is where import cycles begin."""
    bad = [name(path) for path in python_files(*PACKAGES, "tests") if path.name == "__init__.py"
           for node in tree(path).body if not _is_docstring(node)]
    assert bad == []


def test_imports_stand_at_the_top() -> None:
    """An import inside a function hides a cycle instead of removing it."""
    hidden = [f"{name(path)}:{inner.lineno}" for path in python_files(*PACKAGES, "tests")
              for node in functions(path) for inner in ast.walk(node)
              if isinstance(inner, ast.Import | ast.ImportFrom)]
    assert hidden == []


def test_every_module_says_what_it_is() -> None:
    """The first lines of a module are its documentation."""
    silent = [name(path) for path in python_files() if path.read_text().strip() and not ast.get_docstring(tree(path))]
    assert silent == []


@pytest.mark.parametrize("package", [
    *PACKAGES, "dispatch/core", "dispatch/coop", "dispatch/geo", "dispatch/ledger", "dispatch/governance",
    "dispatch/notify", "dispatch/orders", "dispatch/planning", "dispatch/console", "dispatch/demo",
    "dispatch/stack", "tests"])
def test_every_package_has_a_readme(package: str) -> None:
    """What it owns and where to begin, beside the code that it describes."""
    assert (ROOT / package / "README.md").is_file()


def test_the_top_level_holds_nothing_else() -> None:
    """The listing of the repository is its table of contents."""
    found = {path.relative_to(ROOT).parts[0] for path in tracked_files()}
    assert {entry for entry in found if not entry.startswith(".")} <= TOP_LEVEL


def test_decision_records_have_numbers_of_their_own() -> None:
    """Others refer to them by number."""
    numbers = [path.name[:4] for path in tracked_files() if path.parent == ROOT / "dispatch" / "decisions"
               and path.name[:4].isdigit()]
    assert len(numbers) == len(set(numbers))


def test_no_file_names_a_folder_of_some_machine() -> None:
    """A checkout works anywhere; an absolute path of the author's machine works nowhere else."""
    private_root = "/" + "work" + "/"
    named = [name(path) for path in tracked_files()
             if path.suffix in TEXT_SUFFIXES and path.name not in NOT_TO_READ and private_root in path.read_text()]
    assert named == []


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
