"""Make PDF files of HTML pages."""

from __future__ import annotations

from importlib import import_module

from . import offline


def from_html(html: str) -> bytes:
    """The page as PDF; its styles and pictures come from our own files only.

    WeasyPrint takes a second and 40 MB to load and is asked for a few times a month: so not at start.
    """
    weasyprint = import_module("weasyprint")
    made: bytes = weasyprint.HTML(string=html, url_fetcher=offline.print_files).write_pdf()
    return made
