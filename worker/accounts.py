"""Money that follows from events; every posting has a unique source key, so a repeat posts nothing."""

from __future__ import annotations

from uuid import UUID

from dispatch.core.db import use_coop
from merchants import billing
from riders import messages, pay

from .main import app
from .once import finish, once


@app.task(name="accounts.charge_merchant")
def charge_merchant(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Post the price of a delivered order as `order:<id>:charge`."""
    once(
        coop_id,
        event_id,
        "accounts.charge_merchant",
        lambda coop, _: billing.charge(coop, UUID(payload["order_id"])),
    )


@app.task(name="accounts.settle_shift")
def settle_shift(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Post the floor top-up of an ended shift as `shift:<id>:floor`."""
    once(
        coop_id,
        event_id,
        "accounts.settle_shift",
        lambda coop, _: pay.settle_shift(coop, UUID(payload["shift_id"])),
    )


@app.task(name="accounts.announce_statements")
def announce_statements(coop_id: str, event_id: str, payload: dict[str, str]) -> None:
    """Mail each member that a statement is ready."""
    use_coop(UUID(coop_id))
    messages.announce_statements(UUID(coop_id), UUID(event_id), UUID(payload["period_id"]))
    finish(coop_id, event_id, "accounts.announce_statements")
