"""Sign in and out, and the way from the start page to where each role works."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from dispatch.core.errors import Unauthenticated
from dispatch.core.limits import limiter

from . import auth, services
from .rules import home_of

bp = Blueprint("coop", __name__, template_folder="templates")


@bp.get("/")
@auth.public
def start() -> ResponseReturnValue:
    """Send each role to where it works."""
    if g.identity is None:
        return redirect(url_for("coop.sign_in_form"))
    return redirect(home_of(g.identity))


@bp.get("/login")
@auth.public
def sign_in_form() -> ResponseReturnValue:
    """The sign-in form."""
    return render_template("coop/login.html", next=_inside(request.args.get("next", "")), email="")


@bp.post("/login")
@auth.public
@limiter.limit("10 per minute", key_func=lambda: request.form.get("email", "").casefold()[:200])
@limiter.limit("60 per minute")
def sign_in() -> ResponseReturnValue:
    """Check e-mail address and password; on success start a fresh session."""
    email, goal = request.form.get("email", ""), _inside(request.form.get("next", ""))
    try:
        member = services.sign_in(email, request.form.get("password", ""))
    except Unauthenticated:
        flash(_("This e-mail address and password do not belong together."), "error")
        return render_template("coop/login.html", next=goal, email=email), 401
    auth.start_session(member.coop_id, member.id, member.session_version)
    return redirect(goal or url_for("coop.start"))


@bp.post("/logout")
@auth.public
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    session.clear()
    return redirect(url_for("coop.sign_in_form"))


def _inside(goal: str) -> str:
    """A path on this site, or nothing: a sign-in never forwards to a stranger."""
    parts = urlsplit(goal)
    is_path = goal.startswith("/") and not goal.startswith(("//", "/\\"))
    return goal if is_path and not parts.scheme and not parts.netloc else ""
