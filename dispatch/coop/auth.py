"""Who is asking: session cookies, and `require(role)` on every view that is not public."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from flask import g, redirect, request, session, url_for

from dispatch.core.db import use_coop
from dispatch.core.errors import Forbidden, Unauthenticated
from dispatch.core.http import wants_json

from . import queries
from .rules import Identity

FILES = ("/static/", "/app/static/", "/tiles/")
"""Addresses that are the same for everybody: asking who is there would cost a query each."""
OWNER = "Paceline-Member"
"""A page that a phone has kept says whose it is: what one rider did is never taken for another's."""

View = TypeVar("View", bound=Callable[..., Any])


def start_session(coop_id: UUID, member_id: UUID, session_version: int) -> None:
    """Sign the browser in, in a fresh session."""
    session.clear()
    session.permanent = True
    session["coop"] = str(coop_id)
    session["member"] = str(member_id)
    session["version"] = session_version


def load_identity() -> None:
    """Before each request: find who the session belongs to and confine the database session to their co-op."""
    g.identity = None
    if "member" not in session or request.path.startswith(FILES):
        return
    coop_id = UUID(session["coop"])
    use_coop(coop_id)
    g.identity = queries.find_identity(coop_id, UUID(session["member"]), session["version"])
    if g.identity is None:
        use_coop(None)
        session.clear()
        return
    if request.headers.get(OWNER, "") not in ("", str(g.identity.member_id)):
        g.identity = None
        use_coop(None)
        raise Unauthenticated("this page belongs to somebody else: load it again", code="other_member")
    g.coop_id = coop_id
    g.rate_key = f"member:{g.identity.member_id}"


def identity() -> Identity:
    """The signed-in person; Unauthenticated if there is none."""
    found: Identity | None = getattr(g, "identity", None)
    if found is None:
        raise Unauthenticated("sign in first")
    return found


def require(*roles: str) -> Callable[[View], View]:
    """Let a view run only for a signed-in person with one of these roles.

    A page sends strangers to the sign-in form; JSON answers 401 or 403.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            found: Identity | None = getattr(g, "identity", None)
            if found is None:
                if wants_json() or request.method != "GET":
                    raise Unauthenticated("sign in first")
                return redirect(url_for("coop.sign_in_form", next=request.full_path.rstrip("?")))
            if not found.has(*roles):
                raise Forbidden(f"this needs the role {' or '.join(roles)}")
            return view(*args, **kwargs)

        guarded.auth = roles  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return wrap


def public(view: View) -> View:
    """Mark a view as open to everybody on purpose; a structure test lists them."""
    view.auth = ("public",)  # type: ignore[attr-defined]
    return view
