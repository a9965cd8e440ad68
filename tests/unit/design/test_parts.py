"""What templates and scripts name does exist: icons, classes, controllers, vendored files, words."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
DISPATCH = ROOT / "dispatch"
STATIC = DISPATCH / "static"
OWNERS = [ROOT / name for name in ("dispatch", "riders", "merchants")]
SCRIPTS = sorted(path for owner in OWNERS for path in owner.glob("static/**/*.js") if "vendor" not in path.parts)
SHEETS = sorted(path for owner in OWNERS for path in owner.glob("static/**/*.css") if "vendor" not in path.parts)
TEMPLATES = sorted(path for owner in OWNERS for path in owner.rglob("*.html") if "node_modules" not in path.parts)
NO_STYLE = {"maplibregl-map", "is-open"}
"""Classes that only scripts or MapLibre's own sheet know."""


def read(paths: list[Path]) -> dict[str, str]:
    """Text of each file by its path from the root."""
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths}


def classes_of(template: str) -> set[str]:
    """Class words that stand literally in a template; those made by Jinja are left out."""
    words: set[str] = set()
    for value in re.findall(r'class="([^"]*)"', re.sub(r"\{#.*?#\}", "", template, flags=re.DOTALL)):
        bare = re.sub(r"\{%.*?%\}", " ", re.sub(r"\{\{.*?\}\}", "*", value))
        words.update(word for word in bare.split() if re.fullmatch(r"[a-z][\w-]*", word))
    return words


def test_icons_of_a_template_are_in_the_sprite() -> None:
    """A missing symbol is an empty square that nobody notices."""
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text()))
    missing = {path: set(re.findall(r'\bicon\("([\w-]+)"', text)) - drawn for path, text in read(TEMPLATES).items()}
    assert {path: names for path, names in missing.items() if names} == {}


def test_classes_of_a_template_have_a_style() -> None:
    """A class without a rule is a page that was meant to look otherwise."""
    known = set(re.findall(r"\.([a-z][\w-]*)", "\n".join(read(SHEETS).values()))) | NO_STYLE
    missing = {path: classes_of(text) - known for path, text in read(TEMPLATES).items()}
    assert {path: names for path, names in missing.items() if names} == {}


def test_templates_obey_the_content_security_policy() -> None:
    """The browser would refuse inline styles, scripts and handlers, silently for the reader."""
    for path, text in read(TEMPLATES).items():
        assert not re.search(r"\sstyle=|<style|\son\w+=\"|javascript:", text), path
        assert all("src=" in tag or "application/" in tag for tag in re.findall(r"<script[^>]*>", text)), path


def test_controllers_of_templates_are_registered() -> None:
    """Stimulus says nothing about a name that it does not know."""
    registered = set(re.findall(r'application\.register\("([\w-]+)"', "\n".join(read(SCRIPTS).values())))
    used = {
        name
        for text in read(TEMPLATES).values()
        for value in re.findall(r'data-controller="([^"{]*)"', text)
        for name in value.split()
    }
    assert used <= registered


def test_scripts_import_files_that_exist() -> None:
    """Modules are found by address; nothing checks them before the browser does."""
    entries = json.loads((DISPATCH / "frontend" / "vendor.json").read_text())
    vendored = {f"/static/vendor/{entry['to']}" for entry in entries}
    for path, text in read(SCRIPTS).items():
        for address in re.findall(r'from "(/static/[^"]+)"', text):
            there = address in vendored if "/vendor/" in address else (DISPATCH / address.lstrip("/")).exists()
            assert there, f"{path} imports {address}"


def test_words_of_scripts_are_translated() -> None:
    """text("…") shows its key when ui/texts.html has no words for it."""
    words = (DISPATCH / "templates" / "ui" / "texts.html").read_text()
    known = set(re.findall(r'^  "(\w+)": _\(', words, re.MULTILINE))
    shared = "\n".join(text for path, text in read(SCRIPTS).items() if path.startswith("dispatch/static/js"))
    used = set(re.findall(r'\btext\("(\w+)"', shared))
    assert used <= known


def test_only_one_module_imports_maplibre() -> None:
    """Pages speak to map.js, so that the map library can be changed in one place."""
    importers = [path for path, text in read(SCRIPTS).items() if "maplibre-gl.mjs" in text]
    assert importers == ["dispatch/static/js/map.js"]
