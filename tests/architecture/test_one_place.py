"""Things that happen in one place only: commits, reading the clock, waiting, patching nowhere at all."""
import ast
import re

from tests.architecture.source import ROOT, calls, name, python_files, tracked_files, tree

COMMITS = {"dispatch/core/db.py"}
READS_TIME = {"dispatch/core/clock.py"}
MEASURES = {"dispatch/stack", "routing", "dispatch/core", "dispatch/demo"}
"""May ask for monotonic time or sleep, which domain time never touches."""

DOMAIN_TIME = re.compile(r"^(datetime\.(datetime\.)?(now|utcnow|today)|date\.today|time\.time(_ns)?)$")
SQL_TIME = re.compile(r"\b(now\s*\(\s*\)|CURRENT_(TIMESTAMP|DATE|TIME)\b|clock_timestamp|transaction_timestamp"
                      r"|statement_timestamp)", re.IGNORECASE)


def test_only_the_kernel_commits() -> None:
    """The entry point owns the transaction; a service that commits leaves half-done work when the next fails."""
    found = [f"{name(path)}:{line}" for path in python_files() if name(path) not in COMMITS
             for line, called in calls(path) if called.split(".")[-1] == "commit"]
    assert found == []


def test_only_the_clock_reads_domain_time() -> None:
    """A rehearsal runs the clock faster; one stray datetime.now() and a day no longer adds up."""
    found = [f"{name(path)}:{line} {called}" for path in python_files() if name(path) not in READS_TIME
             for line, called in calls(path) if DOMAIN_TIME.match(called)]
    assert found == []


def test_sql_never_asks_for_the_time() -> None:
    """The database's clock is real time, never domain time."""
    found = [f"{name(path)}:{node.lineno}" for path in python_files() for node in ast.walk(tree(path))
             if isinstance(node, ast.Constant) and isinstance(node.value, str)
             and _looks_like_sql(node.value) and SQL_TIME.search(node.value)]
    found += [f"{name(path)}:{line}" for path in python_files() for line, called in calls(path)
              if re.match(r"(sa|sqlalchemy)?\.?func\.(now|current_timestamp|clock_timestamp)$", called)]
    assert found == []


def test_nothing_is_pickled() -> None:
    """A pickle in a queue or a cache runs code of whoever wrote it. Benchmarks talk to their own child only."""
    found = [f"{name(path)}:{line}" for path in python_files() for line, called in calls(path)
             if called.startswith("pickle.") and not name(path).startswith("routing/bench/")]
    assert found == []


def test_no_error_is_swallowed_whole() -> None:
    """`except Exception: pass` hides the bug that the next person looks for."""
    found = [f"{name(path)}:{node.lineno}" for path in python_files() for node in ast.walk(tree(path))
             if isinstance(node, ast.ExceptHandler) and _catches_all(node)
             and all(isinstance(inner, ast.Pass) for inner in node.body)]
    assert found == []


def test_no_test_patches_our_own_code() -> None:
    """A patched test proves that the patch works."""
    patching = re.compile(r"(^|\.)(patch|patch\.object|MagicMock|Mock|create_autospec)$|^monkeypatch\.setattr$")
    found = [f"{name(path)}:{line} {called}" for path in python_files("tests")
             for line, called in calls(path) if patching.search(called)]
    assert found == []


def test_tests_are_named_as_sentences() -> None:
    """A failing test's name says what no longer holds."""
    short = [f"{name(path)} {node.name}" for path in python_files("tests") for node in ast.walk(tree(path))
             if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and node.name.count("_") < 3]
    assert short == []


def test_pages_hold_no_inline_script_or_style() -> None:
    """The content security policy would block them, silently."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"(application/json|importmap)\")[^>]*>|<style\b"
                        r"|\sstyle=\"|\son[a-z]+=\"", re.IGNORECASE)
    found = [f"{name(path)}: {match.group(0)}" for path in _pages() for match in inline.finditer(path.read_text())]
    assert found == []


def test_pages_load_nothing_from_elsewhere() -> None:
    """No page tells a third party who reads it, and everything works without the outside network."""
    foreign = re.compile(r"(src|href|action)=\"(https?:)?//|@import\s+[\"']?https?:|url\([\"']?https?:")
    outward_links = re.compile(r"<a\s[^>]*>")
    found = [f"{name(path)}: {match.group(0)}" for path in _pages(".html", ".css", ".svg")
             for match in foreign.finditer(outward_links.sub("", path.read_text()))]
    assert found == []


def _pages(*suffixes: str) -> list:
    vendored = ROOT / "dispatch" / "static" / "vendor"
    return [path for path in tracked_files() if path.suffix in (suffixes or (".html",))
            and not path.is_relative_to(vendored) and not path.is_relative_to(ROOT / "tests")]


def _looks_like_sql(text: str) -> bool:
    return bool(re.search(r"\b(SELECT|INSERT|UPDATE|DELETE|WHERE|VALUES|DEFAULT)\b", text))


def _catches_all(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException")
