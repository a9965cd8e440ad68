"""The colours of tokens.css reach WCAG AA in both schemes, computed from the sheet itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).parents[3] / "dispatch" / "static" / "css" / "tokens.css").read_text()
SCHEMES = ("light", "dark")
AA_TEXT, AA_PARTS = 4.5, 3.0

TEXT_ON_SURFACE = [
    (ink, surface)
    for ink in ("ink", "ink-soft", "ink-faint", "brand", "danger", "success", "warning", "info")
    for surface in ("paper", "surface", "surface-raised")
]
TEXT_ON_FILL = [
    *((tone, f"{tone}-soft") for tone in ("neutral", "info", "success", "warning", "danger", "brand")),
    ("on-brand", "brand"), ("on-brand", "brand-hover"), ("on-accent", "accent"), ("on-accent", "accent-hover"),
    ("on-danger", "danger-fill"), ("on-bar", "bar"), ("on-bar-soft", "bar"),
    ("ink", "brand-soft"), ("ink-soft", "brand-soft"), ("ink-soft", "surface-sunken"), ("ink-soft", "surface-hover"),
]  # fmt: skip
PARTS = [
    ("line-strong", "surface-raised"), ("line-strong", "paper"), ("focus", "surface"), ("focus", "paper"),
    *((f"run-line-{number}", "surface") for number in range(1, 11)),
]  # fmt: skip


def colour(name: str, scheme: str) -> tuple[int, int, int]:
    """The token's colour in one scheme, as 0-255 each."""
    found = re.search(rf"--{name}:\s*(light-dark\()?\s*(#\w{{6}})(?:\s*,\s*(#\w{{6}}))?", TOKENS)
    assert found, f"tokens.css has no colour --{name}"
    value = found[3] if scheme == "dark" and found[3] else found[2]
    return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)


def luminance(rgb: tuple[int, int, int]) -> float:
    """Relative luminance, WCAG 2.2."""
    red, green, blue = (part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(front: tuple[int, int, int], back: tuple[int, int, int]) -> float:
    """Contrast ratio, 1 to 21."""
    light, dark = sorted((luminance(front), luminance(back)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("front", "back"), [*TEXT_ON_SURFACE, *TEXT_ON_FILL])
def test_text_can_be_read(front: str, back: str, scheme: str) -> None:
    """AA asks for 4.5:1 of text of ordinary size."""
    assert contrast(colour(front, scheme), colour(back, scheme)) >= AA_TEXT


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("front", "back"), PARTS)
def test_edges_of_controls_can_be_seen(front: str, back: str, scheme: str) -> None:
    """AA asks for 3:1 of the edges of fields, the focus ring and the signs of a run."""
    assert contrast(colour(front, scheme), colour(back, scheme)) >= AA_PARTS


@pytest.mark.parametrize("number", range(1, 11))
def test_initials_can_be_read_on_every_run_colour(number: int) -> None:
    """Avatars and map markers carry white initials."""
    assert contrast((255, 255, 255), colour(f"run-{number}", "light")) >= AA_TEXT
