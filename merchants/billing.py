"""Charge merchants: post the price of a delivered order. Never commits."""

from __future__ import annotations

from uuid import UUID

from dispatch.ledger import services as ledger
from dispatch.ledger.rules import Line
from dispatch.orders import queries as orders


def charge(coop_id: UUID, order_id: UUID) -> None:
    """Post what a delivered order costs its merchant as `order:<id>:charge`; returns and tests cost nothing.

    Dr merchant receivable, Cr delivery revenue and VAT; a tip is owed to the rider and posted with the earnings.
    """
    order = orders.get_order(coop_id, order_id)
    if order.is_test or order.price_cents == 0:
        return
    lines = [
        Line(
            account="merchant_receivable",
            owner_id=order.merchant_id,
            amount_cents=order.price_cents,
            code="delivery",
            rule_version=order.tariff_version,
        ),
        Line(
            account="delivery_revenue",
            amount_cents=order.tax_cents - order.price_cents,
            code="delivery",
            rule_version=order.tariff_version,
        ),
    ]
    if order.tax_cents:
        lines.append(
            Line(
                account="vat_payable",
                amount_cents=-order.tax_cents,
                code="vat",
                rule_version=order.tariff_version,
            )
        )
    ledger.post_once(
        coop_id,
        ledger.NewEntry(
            source_key=f"order:{order_id}:charge",
            kind="charge",
            lines=tuple(lines),
            effective_at=order.ended_at or order.placed_at,
            currency=order.currency,
            facts={"order_id": str(order_id), "number": order.number},
        ),
    )
