"""Sign in and out, and the way from the start page to where each role works."""

from __future__ import annotations

from urllib.parse import urlsplit

from babel import Locale
from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _

from dispatch.core.db import transaction
from dispatch.core.errors import Invalid, Unauthenticated
from dispatch.core.limits import limiter
from dispatch.core.web import LANGUAGES, browsers_language

from . import auth, services
from .rules import LONGEST_PASSWORD, MIN_PASSWORD, ROLES, home_of

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
    has_left = g.identity is None and "left" in request.args
    return render_template("coop/login.html", next=_inside(request.args.get("next", "")), email="", has_left=has_left)


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
    return redirect(url_for("coop.sign_in_form", left=1))


@bp.get("/account")
@auth.require(*ROLES)
def account() -> ResponseReturnValue:
    """My language, my password, my other devices."""
    return _account({})


@bp.post("/account/language")
@auth.require(*ROLES)
def change_language() -> ResponseReturnValue:
    """Choose the language of pages and messages."""
    wanted = request.form.get("locale", "")
    if wanted not in ("", *LANGUAGES):
        raise Invalid(f"language {wanted[:20]!r}: use one of {', '.join(LANGUAGES)}, or nothing for the browser's")
    who = auth.identity()
    with transaction():
        services.choose_language(who.coop_id, who.member_id, wanted or None)
    with force_locale(wanted or browsers_language()):
        flash(_("Your language is kept."), "success")
    return redirect(url_for("coop.account"))


@bp.post("/account/password")
@auth.require(*ROLES)
@limiter.limit("10 per minute")
def change_password() -> ResponseReturnValue:
    """Change my password; my other devices are signed out."""
    who, form = auth.identity(), request.form
    try:
        with transaction():
            member = services.change_password(who.coop_id, who.member_id, form.get("current", ""), form.get("new", ""))
    except Unauthenticated:
        return _account({"current": _("This is not your password.")}), 422
    except Invalid:
        wanted = _("Use %(least)s to %(most)s characters.", least=MIN_PASSWORD, most=LONGEST_PASSWORD)
        return _account({"new": wanted}), 422
    auth.start_session(member.coop_id, member.id, member.session_version)
    flash(_("Your password is changed, and all your other devices are signed out."), "success")
    return redirect(url_for("coop.account"))


@bp.post("/account/devices")
@auth.require(*ROLES)
def end_sessions() -> ResponseReturnValue:
    """Sign all my other devices out."""
    who = auth.identity()
    with transaction():
        member = services.end_sessions(who.coop_id, who.member_id)
    auth.start_session(member.coop_id, member.id, member.session_version)
    flash(_("All your other devices are signed out."), "success")
    return redirect(url_for("coop.account"))


def _account(errors: dict[str, str]) -> str:
    names = {code: Locale(code).get_display_name(code) or code for code in LANGUAGES}
    languages = [("", _("As my browser")), *((code, name[:1].upper() + name[1:]) for code, name in names.items())]
    return render_template(
        "coop/account.html", languages=languages, chosen=auth.identity().locale, errors=errors, least=MIN_PASSWORD,
        most=LONGEST_PASSWORD, home=home_of(auth.identity()),
    )


def _inside(goal: str) -> str:
    """A path on this site, or nothing: a sign-in never forwards to a stranger."""
    parts = urlsplit(goal)
    is_path = goal.startswith("/") and not goal.startswith(("//", "/\\"))
    return goal if is_path and not parts.scheme and not parts.netloc else ""
