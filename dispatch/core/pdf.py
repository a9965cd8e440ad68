"""Make PDF files of HTML pages."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from PIL import ImageFile

PRINT_STYLE = Path(__file__).resolve().parents[1] / "static" / "css" / "print.css"


def from_html(html: str) -> bytes:
    """The page as PDF, in our print style; nothing is fetched from anywhere.

    WeasyPrint takes a second and 40 MB to load and is asked for a few times a month: so not at start.
    """
    weasyprint, urls = import_module("weasyprint"), import_module("weasyprint.urls")
    nothing = urls.URLFetcher(allowed_protocols=("data",))
    style = weasyprint.CSS(string=PRINT_STYLE.read_text())
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # it turns this on for the whole process; our photo checks need it off
    made: bytes = weasyprint.HTML(string=html, url_fetcher=nothing).write_pdf(stylesheets=[style])
    return made
