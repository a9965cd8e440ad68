"""The phone's page under `/app`, its service worker and manifest, and a member's statements."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from dispatch.coop.auth import identity, public, require
from dispatch.coop.queries import get_coop, list_members
from dispatch.core import assets, clock, pdf
from dispatch.core.db import transaction
from dispatch.core.errors import NotFound
from dispatch.core.http import parse_id
from dispatch.core.web import content_policy
from dispatch.geo import hazard_words
from dispatch.geo.pages import phone_tiles_url

from . import (
    install,
    labels,
    me_view,
    offline,
    own_pace,
    queries,
    question_words,
    questions,
    services,
    statements,
    words,
)
from .shifts import queries as shift_queries
from .statements import Sheet
from .trouble import words as trouble_words

bp = Blueprint("riders", __name__, url_prefix="/app", template_folder="templates")
bp.add_url_rule("/static/<path:filename>", endpoint="static", view_func=assets.serve)


@bp.app_template_filter("day")
def day(value: date) -> str:
    """A day as people write it."""
    return str(format_date(value, "d MMM yyyy", rebase=False))


@bp.get("", strict_slashes=False)
@content_policy(script_src="'wasm-unsafe-eval'")
@require("member")
def phone() -> ResponseReturnValue:
    """The one page of a shift; what is in it comes from the phone's own store, then from the server.

    A first look brings the run along. The service worker asks for the page without it (`?shell`), to keep it.
    """
    coop = get_coop(g.coop_id)
    rider = queries.find_rider_of(g.coop_id, identity().member_id)
    page = render_template(
        "riders/phone.html",
        coop=coop,
        rider=rider,
        member_id=identity().member_id,
        first=me_view.first_look(coop.id, rider) if rider and "shell" not in request.args else None,
        words=words.for_scripts(),
        fail_reasons=labels.fail_reasons(),
        hazard_kinds=hazard_words.hazard_kinds(),
        hazard_icons={kind: icon for kind, _label, icon in hazard_words.hazard_kinds()},
        profiles=labels.profiles(),
        bikes=shift_queries.list_bikes(g.coop_id),
        incident_kinds=trouble_words.kinds(),
        tiles_url=phone_tiles_url(coop.city_id),
        modules=offline.modules(),
    )
    response = make_response(page)
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Shell-Version"] = offline.version()
    response.headers["Page-Key"] = hashlib.sha256(page.replace(generate_csrf(), "").encode()).hexdigest()[:16]
    return response


@bp.get("/sw.js")
@public
def service_worker() -> ResponseReturnValue:
    """The service worker: a version made from every file it keeps, then the same code for all versions."""
    head = f"self.SHELL = {json.dumps(offline.shell(), indent=1)};\n"
    body = f'importScripts("{assets.current().address(url_for("riders.static", filename="worker.js"))}");\n'
    response = Response(head + body, content_type="text/javascript; charset=utf-8")
    response.headers["Service-Worker-Allowed"] = "/app"
    response.headers["Cache-Control"] = "no-cache"
    return response


@bp.get("/manifest.webmanifest")
@public
def manifest() -> ResponseReturnValue:
    """What a phone needs to put the page on its home screen."""
    icons = [("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any")]
    icons.append(("icon-maskable-512.png", "512x512", "maskable"))
    response = jsonify(
        id="/app",
        name="Paceline",
        short_name="Paceline",
        description=_("Your run, your proof and your pay."),
        start_url="/app",
        scope="/app",
        display="standalone",
        orientation="portrait",
        background_color="#10241d",
        theme_color="#10241d",
        icons=[
            {"src": f"/static/icons/{name}", "sizes": sizes, "type": "image/png", "purpose": purpose}
            for name, sizes, purpose in icons
        ],
    )
    response.content_type = "application/manifest+json"
    return response


@bp.get("/statements")
@require("member")
def list_statements() -> ResponseReturnValue:
    """All my statements."""
    found = statements.list_of_member(g.coop_id, identity().member_id)
    return render_template("riders/statements.html", statements=found)


@bp.get("/statements/<statement_id>")
@require("member")
def show_statement(statement_id: str) -> ResponseReturnValue:
    """One of my statements, line by line."""
    return render_template("riders/statement.html", **_context(_sheet(statement_id)), may_ask=True)


@bp.post("/statements/<statement_id>/questions")
@require("member")
def ask_about_line(statement_id: str) -> ResponseReturnValue:
    """Ask a person to look at a line of my statement."""
    subject = request.form.get("subject", "")
    if subject not in {line.source_key for line in _sheet(statement_id).lines}:
        raise NotFound(f"line {subject[:80]!r} is not in this statement")
    with transaction():
        questions.ask(g.coop_id, identity().member_id, "pay", subject, "")
    flash(_("Asked. A person who was not involved answers within seven days."), "success")
    return redirect(url_for("riders.list_questions"))


@bp.get("/statements/<statement_id>.pdf")
@require("member")
def statement_pdf(statement_id: str) -> ResponseReturnValue:
    """The same on paper."""
    found = _sheet(statement_id)
    return _file(_printed(found, identity().name), "application/pdf", f"{_name(found)}.pdf")


@bp.get("/statements/<statement_id>.csv")
@require("member")
def statement_csv(statement_id: str) -> ResponseReturnValue:
    """The lines for a spreadsheet."""
    found = _sheet(statement_id)
    return _file(statements.as_csv(found).encode(), "text/csv; charset=utf-8", f"{_name(found)}.csv")


@bp.get("/statements/<statement_id>.json")
@require("member")
def statement_json(statement_id: str) -> ResponseReturnValue:
    """The statement as data."""
    return jsonify(statements.as_json(_sheet(statement_id)))


@bp.get("/privacy")
@require("member")
def privacy() -> ResponseReturnValue:
    """What is kept about me, for how long, who sees it; the switches, and the export."""
    rider = queries.find_rider_of(g.coop_id, identity().member_id)
    own = own_pace.list_own(g.coop_id, rider.id) if rider else []
    return render_template(
        "riders/privacy.html", rider=rider, paces=own, bikes=dict(labels.profiles()), coop=get_coop(g.coop_id)
    )


@bp.post("/privacy")
@require("member")
def change_privacy() -> ResponseReturnValue:
    """Turn the sharing of positions on or off."""
    is_shared = request.form.get("share") == "1"
    with transaction():
        rider = queries.get_rider_of(g.coop_id, identity().member_id)
        services.share_position(g.coop_id, rider.id, is_shared)
    flash(_("Your position is shared in shifts.") if is_shared else _("Your position is not shared, and deleted."))
    return redirect(url_for("riders.privacy"))


@bp.post("/privacy/pace")
@require("member")
def change_own_pace() -> ResponseReturnValue:
    """Let my own speed be learned, or stop it and delete what was learned."""
    is_allowed = request.form.get("learn") == "1"
    with transaction():
        rider = queries.get_rider_of(g.coop_id, identity().member_id)
        own_pace.allow(g.coop_id, rider.id, is_allowed)
    flash(_("Your own speed is being learned.") if is_allowed else _("Your own speed is deleted and not learned."))
    return redirect(url_for("riders.privacy"))


@bp.get("/install")
@require("member")
def install_guide() -> ResponseReturnValue:
    """How to put the page on the home screen, browser by browser."""
    mine = install.browser_of(request.user_agent.string)
    return render_template("riders/install.html", guides=install.guides(), mine=mine)


@bp.get("/questions")
@require("member", "coordinator", "treasurer")
def list_questions() -> ResponseReturnValue:
    """My questions; for coordinators and treasurers also those that wait for an answer."""
    who = identity()
    waiting = questions.list_open(g.coop_id) if who.has("coordinator", "treasurer") else []
    mine = questions.list_of_member(g.coop_id, who.member_id)
    return render_template(
        "riders/questions.html",
        mine=mine,
        waiting=[item for item in waiting if item.member_id != who.member_id],
        about={item.id: question_words.about(g.coop_id, item) for item in [*mine, *waiting]},
        now=clock.now(),
    )


@bp.post("/questions/<question_id>")
@require("coordinator", "treasurer")
def answer_question(question_id: str) -> ResponseReturnValue:
    """Answer somebody else's question."""
    with transaction():
        questions.answer(
            g.coop_id,
            parse_id(question_id, "question"),
            by=identity().member_id,
            words=request.form.get("answer", ""),
        )
    flash(_("Answered."), "success")
    return redirect(url_for("riders.list_questions"))


def _sheet(statement_id: str) -> Sheet:
    view = statements.get(g.coop_id, parse_id(statement_id, "statement"), member_id=identity().member_id)
    return statements.sheet(g.coop_id, view)


def printed_statement(coop_id: UUID, statement_id: UUID) -> tuple[str, bytes]:
    """A member's statement as `(file name without ending, PDF)`, for the treasurer's command."""
    g.coop_id = coop_id
    found = statements.sheet(coop_id, statements.get(coop_id, statement_id))
    names = {member.id: member.name for member in list_members(coop_id)}
    return _name(found), _printed(found, names[found.statement.member_id])


def _printed(found: Sheet, member_name: str) -> bytes:
    return pdf.from_html(render_template("riders/statement_print.html", **_context(found, member_name)))


def _context(found: Sheet, member_name: str | None = None) -> dict[str, Any]:
    return {
        "sheet": found,
        "coop": get_coop(g.coop_id),
        "member_name": member_name or identity().name,
        "label": labels.earning_label,
        "quantity": labels.quantity_words,
    }


def _name(found: Sheet) -> str:
    return f"statement-{found.statement.first_day}-{found.statement.last_day}"


def _file(content: bytes, content_type: str, name: str) -> Response:
    response = Response(content, content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
