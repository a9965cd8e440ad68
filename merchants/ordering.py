"""Quotes, and orders placed on a merchant's behalf. Never commits."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from dispatch.coop.queries import get_coop
from dispatch.core import clock
from dispatch.core.db import db
from dispatch.core.errors import Conflict, FieldError, Invalid
from dispatch.orders import services as orders
from dispatch.orders.models import Order
from dispatch.planning.promise import Promise

from . import simulation
from .bodies import OrderIn, QuoteIn
from .models import Merchant, Quote
from .resolving import Quoted, Resolved, resolve

QUOTE_LASTS = timedelta(minutes=15)
NAMED_BY = {
    "too_heavy": "/weight_g",
    "too_bulky": "/volume_ml",
    "skills": "/skills",
    "ride_too_long": "/longest_ride_s",
    "window_closed": "/dropoffs/0/window_by",
    "slot_full": "/dropoffs/0/window_by",
}
"""The field that is wrong when an order cannot be carried for a reason; for others it is where it goes."""


class QuoteExpired(Invalid):
    """The price and promise of a quote hold no longer; whoever asked gets a fresh one."""

    code = "quote_expired"


def make_quote(coop_id: UUID, merchant: Merchant, wish: QuoteIn, *, is_test: bool) -> dict[str, Any]:
    """Price and promise for a wish, kept for 15 minutes."""
    now = clock.now()
    resolved = resolve(coop_id, merchant, wish)
    coop = get_coop(coop_id)
    quote_id = uuid4()
    answer: dict[str, Any] = {
        "id": str(quote_id),
        "serviceable": resolved.promised.serviceable,
        "reason": resolved.promised.reason,
        "fee": {
            "amount": resolved.price.amount_cents,
            "tax": resolved.price.tax_cents,
            "currency": coop.currency,
        },
        "breakdown": _breakdown(resolved),
        "distance_m": resolved.route_m,
        "pickup_eta": _iso(resolved.promised.pickup_at),
        "dropoff_eta": _iso(resolved.promised.dropoff_at),
        "expires_at": _iso(now + QUOTE_LASTS),
        "tariff_version": resolved.tariff_version,
        "rider_share_min_percent": resolved.price.rider_share_min_percent,
        "test": is_test,
    }
    db.session.add(
        Quote(
            coop_id=coop_id,
            id=quote_id,
            merchant_id=merchant.id,
            content_sha256=_quoted_content(wish),
            answer=answer,
            created_at=now,
            expires_at=now + QUOTE_LASTS,
        )
    )
    db.session.flush()
    return answer


def requote(coop_id: UUID, merchant: Merchant, wish: OrderIn, *, is_test: bool) -> dict[str, Any]:
    """A quote for what an order asks for, in place of the one it named."""
    plain = QuoteIn(**wish.model_dump(include=set(QuoteIn.model_fields)))
    return make_quote(coop_id, merchant, plain, is_test=is_test)


def place_order(coop_id: UUID, merchant: Merchant, wish: OrderIn, *, is_test: bool) -> tuple[Order, bool]:
    """Turn a wish into an order, at its quote's price and promise if it names one; `(order, is_new)`.

    Invalid if a place cannot be found or served, or a window is past; QuoteExpired if its quote is too old.
    """
    if wish.simulation is not None and not is_test:
        error = FieldError("/simulation", "live_key", "real riders ride this order: use a test_... key to simulate")
        raise Invalid(error.message, errors=(error,))
    coop = get_coop(coop_id)
    content = wish.model_dump(mode="json", exclude={"quote_id"})
    existing = _find_same(coop_id, merchant.id, wish, content)
    if existing is not None:
        return existing, False
    quote = _quote(coop_id, merchant, wish)
    resolved = resolve(coop_id, merchant, wish, _quoted(quote))
    if not resolved.promised.serviceable:
        raise not_serviceable(resolved.promised.reason, wish)
    fee = quote["fee"] if quote else {"amount": resolved.price.amount_cents, "tax": resolved.price.tax_cents}
    return orders.place_order(
        coop_id,
        orders.NewOrder(
            merchant_id=merchant.id,
            zone_id=resolved.zone_id,
            pickup=resolved.pickup,
            dropoffs=resolved.dropoffs,
            external_id=wish.external_id,
            currency=coop.currency,
            price_cents=fee["amount"],
            tax_cents=fee["tax"],
            tip_cents=wish.tip_cents,
            tariff_version=quote["tariff_version"] if quote else resolved.tariff_version,
            price_lines=quote["breakdown"] if quote else _breakdown(resolved),
            pay_version=resolved.pay_version,
            route_m=resolved.route_m,
            weight_g=wish.weight_g,
            volume_ml=wish.volume,
            needs=resolved.needs,
            note=wish.note,
            is_test=is_test,
            simulation=_simulation(wish) if is_test else None,
            quote_id=UUID(quote["id"]) if quote else None,
            promised_pickup_at=resolved.promised.pickup_at,
            promised_dropoff_at=resolved.promised.dropoff_at,
            metadata=wish.metadata,
            content=content,
        ),
        coop_key=coop.key,
    )


def _breakdown(resolved: Resolved) -> list[dict[str, Any]]:
    return [
        {"code": line.code, "amount": line.amount_cents, "quantity": line.quantity, "zone": line.zone}
        for line in resolved.price.lines
    ]


def _simulation(wish: OrderIn) -> dict[str, Any]:
    return simulation.choose(**wish.simulation.model_dump()) if wish.simulation else simulation.choose()


def _find_same(coop_id: UUID, merchant_id: UUID, wish: OrderIn, content: dict[str, Any]) -> Order | None:
    """An order that this wish repeats: found before anything is priced or refused anew."""
    if wish.external_id is None:
        return None
    order = db.session.scalar(
        select(Order).where(
            Order.coop_id == coop_id, Order.merchant_id == merchant_id, Order.external_id == wish.external_id
        )
    )
    if order is not None and order.content_sha256 != orders.content_sha256(content):
        raise Conflict(
            f"external_id {wish.external_id!r} belongs to order {order.number} with other content",
            code="external_id_taken",
            order_id=str(order.id),
        )
    return order


def _quote(coop_id: UUID, merchant: Merchant, wish: OrderIn) -> dict[str, Any] | None:
    if wish.quote_id is None:
        return None
    quote = db.session.get(Quote, (coop_id, wish.quote_id))
    if quote is None or quote.merchant_id != merchant.id:
        raise Invalid(f"quote {wish.quote_id} does not exist", code="quote_unknown")
    if quote.expires_at < clock.now():
        raise QuoteExpired(f"quote {wish.quote_id} expired at {quote.expires_at.isoformat()}: use the fresh one")
    if quote.content_sha256 != _quoted_content(wish):
        raise Invalid(f"quote {wish.quote_id} was made for something else: ask for another", code="quote_differs")
    return dict(quote.answer)


def _quoted(quote: dict[str, Any] | None) -> Quoted | None:
    """What the quote has found out; nothing if it promised nothing: perhaps somebody can carry it by now."""
    if quote is None or not quote["serviceable"]:
        return None
    promised = Promise(
        pickup_at=_moment(quote["pickup_eta"]), dropoff_at=_moment(quote["dropoff_eta"]), serviceable=True
    )
    return Quoted(route_m=quote["distance_m"], promised=promised)


def _quoted_content(wish: QuoteIn) -> str:
    return orders.content_sha256(wish.model_dump(mode="json", include=set(QuoteIn.model_fields)))


def not_serviceable(reason: str | None, wish: QuoteIn) -> Invalid:
    """The refusal of a wish that nobody can carry, with the field that is to blame."""
    reason = reason or "not_serviceable"
    error = FieldError(NAMED_BY.get(reason, "/dropoffs/0"), reason, _why_not(reason, wish))
    return Invalid(error.message, errors=(error,), code=reason)


def _why_not(reason: str, wish: QuoteIn) -> str:
    if reason == "too_heavy":
        return f"{wish.weight_g} g is more than any of our bikes carries: split the order"
    if reason == "too_bulky":
        return f"{wish.volume} ml is more than any of our bikes carries: split the order"
    return {
        "unreachable": "no bike route leads there: move the pin to the street",
        "skills": "none of our riders or bikes has what this needs: ask the co-op",
        "ride_too_long": "the ride there takes longer than the goods may be under way",
        "window_closed": "nobody can be there before the window closes for good: choose a later one",
        "slot_full": "the riders of that hour have all they can carry: choose another (GET /slots)",
    }.get(reason, "this cannot be delivered as asked")


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
