"""The style guide: every part of the visual language on one page. Shown in the demo only; reads no data."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, abort, current_app, render_template
from flask.typing import ResponseReturnValue

from . import clock

bp = Blueprint("styleguide", __name__)


@bp.get("/styleguide")
def show() -> ResponseReturnValue:
    """The page; 404 outside the demo."""
    if not current_app.extensions["settings"].demo:
        abort(404)
    now = clock.now()
    return render_template(
        "styleguide.html", now=now, soon=now + timedelta(minutes=12), ago=now - timedelta(minutes=3)
    )


show.auth = ("public",)  # type: ignore[attr-defined]
