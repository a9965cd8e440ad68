"""The proof sheet of a delivery: what happened at each door, when, and what proves it, on one page of paper."""

from __future__ import annotations

import base64
from uuid import UUID

from flask import Response, render_template

from dispatch.coop.queries import CoopView
from dispatch.core import clock, pdf
from dispatch.orders import queries as orders
from dispatch.orders import words
from dispatch.orders.views import HistoryView, OrderView, ProofView

ENDS = ("complete", "fail")


def answer(coop: CoopView, order: OrderView) -> Response:
    """The sheet as a PDF file."""
    made = pdf.from_html(as_html(coop, order))
    name = f'attachment; filename="proof-{order.number}.pdf"'
    return Response(made, content_type="application/pdf", headers={"Content-Disposition": name})


def as_html(coop: CoopView, order: OrderView) -> str:
    """The sheet as a page that needs nothing from anywhere."""
    proofs = orders.list_proofs(coop.id, order.id)
    return render_template(
        "merchants/proof_sheet.html",
        coop=coop,
        order=order,
        proofs={task.id: [proof for proof in proofs if proof.task_id == task.id] for task in order.tasks},
        pictures={proof.id: _as_data_url(coop.id, proof) for proof in proofs if proof.sha256},
        ends=_ends(orders.list_history(coop.id, order.id)),
        kinds=words.kept_kinds(),
        left_with=words.left_with,
        fail_reason=words.fail_reason,
        made_at=clock.now(),
    )


def _ends(history: list[HistoryView]) -> dict[UUID, HistoryView]:
    """How each task ended, by the last word on it."""
    return {event.task_id: event for event in history if event.action in ENDS}


def _as_data_url(coop_id: UUID, proof: ProofView) -> str:
    content, content_type = orders.get_proof_content(coop_id, proof.id)
    return f"data:{content_type};base64,{base64.b64encode(content).decode()}"
