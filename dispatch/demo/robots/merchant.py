"""A merchant robot: a till that quotes, orders, repeats itself, cancels now and then, and receives webhooks."""

import asyncio
from collections.abc import Container
from random import Random
from typing import Any
from uuid import UUID

import httpx

from dispatch.core import clock
from dispatch.demo.robots.cast import Place, Store
from dispatch.demo.robots.schedule import Wish
from dispatch.demo.robots.stage import PlacedOrder, Stage

ENDED = ("delivered", "returned", "failed", "cancelled")
FIRST_NAMES = "Ada Bruno Chloé Dilek Elif Farid Greta Hugo Inès Jonas Kofi Léa Mina Noor Otto Rosa Sami Tess".split()


class MerchantRobot:
    """One store's day."""

    def __init__(self, stage: Stage, number: int, store: Store):
        self.stage, self.number, self.store = stage, number, store
        self.rng = Random(f"{stage.script.options.seed}:store:{number}")
        self.client = stage.client({"Authorization": f"Bearer {store.api_key}"})
        self.orders: dict[str, dict[str, Any]] = {}

    async def live(self) -> None:
        """Place all wished orders at their times."""
        mine = [wish for wish in self.stage.script.wishes if wish.merchant == self.number]
        await asyncio.gather(*(self._fulfil(wish) for wish in mine))

    async def register_webhook(self, url: str) -> str:
        """Have status changes sent to `url`; the secret that signs them."""
        answer = await self.client.post("/api/v1/webhooks", {"url": url}, headers=self._key())
        if answer.is_error:
            self.stage.meter.surprised(f"POST /api/v1/webhooks answered {answer.status_code}: {answer.text[:200]}")
            return ""
        return str(answer.json()["secret"])

    async def _fulfil(self, wish: Wish) -> None:
        await self.stage.pace.until(wish.at_s)
        request = self.request(wish)
        quoted = await self._quote(request) if wish.asks_quote else {}
        order = await self._order(wish, request | quoted)
        if order is None:
            return
        if wish.cancel_after_s is not None:
            await self.stage.pace.wait(wish.cancel_after_s)
            await self._cancel(order)

    def request(self, wish: Wish) -> dict[str, Any]:
        """What the till sends for a wish; times from the wish, so that a repeat is the same to the letter."""
        place = self.stage.cast.places[wish.place % len(self.stage.cast.places)]
        pace = self.stage.pace
        dropoff = place_json(place) | {
            "contact_name": FIRST_NAMES[wish.number % len(FIRST_NAMES)],
            "note": "Ring twice" if wish.number % 5 == 0 else "",
        }
        if wish.window_after_s is not None:
            dropoff |= {
                "window_from": pace.at(wish.at_s + wish.window_after_s - 1800).isoformat(),
                "window_by": pace.at(wish.at_s + wish.window_after_s + 600).isoformat(),
            }
        ready = {"ready_at": pace.at(wish.at_s + wish.ready_in_s).isoformat()} if wish.ready_in_s else {}
        what = {"weight_g": wish.weight_g, "size": wish.size, **ready}
        return {"pickup": place_json(self.store.at), "dropoffs": [dropoff], **what}

    async def _quote(self, request: dict[str, Any]) -> dict[str, str]:
        """Ask for a price; what to add to the order to get it."""
        answer = await self.client.post("/api/v1/quotes", request, headers=self._key())
        if answer.is_error:
            self.stage.meter.surprised(f"POST /api/v1/quotes answered {answer.status_code}: {answer.text[:200]}")
            return {}
        return {"quote_id": answer.json()["id"]}

    async def _order(self, wish: Wish, request: dict[str, Any]) -> dict[str, Any] | None:
        """Place an order; an impatient till sends it again, with the old key or with a new one."""
        body = request | {"external_id": f"{self.stage.tag}-{wish.number:05d}", "tip_cents": wish.tip_cents}
        body |= {"proof": [wish.proof]} if wish.proof else {}
        key = self._key()
        sent_at = clock.monotonic_s()
        answer = await self.client.post("/api/v1/orders", body, headers=key)
        if answer.is_error:
            self.stage.meter.surprised(f"POST /api/v1/orders answered {answer.status_code}: {answer.text[:300]}")
            return None
        order: dict[str, Any] = answer.json()
        self.stage.sightings.placed(order["id"], sent_at)
        code = next((drop["code"] for drop in order.get("dropoffs", []) if drop.get("code")), "")
        self.stage.placed[order["id"]] = PlacedOrder(order["id"], wish, self.number, code)
        for repeat in range(wish.repeats):
            again = await self.client.post("/api/v1/orders", body, headers=key if repeat == 0 else self._key())
            self._check_repeat(order, again)
        return order

    def _check_repeat(self, order: dict[str, Any], again: httpx.Response) -> None:
        if again.is_error or again.json()["id"] != order["id"]:
            self.stage.meter.surprised(f"the same order sent again: {again.status_code} {again.text[:200]}")

    async def _cancel(self, order: dict[str, Any]) -> None:
        """Cancel; 409 is an answer too: the parcel may be on its way."""
        path = f"/api/v1/orders/{order['id']}/cancel"
        answer = await self.client.post(
            path, {"reason": "customer changed their mind"}, "/api/v1/orders/<id>/cancel", headers=self._key()
        )
        if answer.is_error and answer.status_code != httpx.codes.CONFLICT:
            self.stage.meter.surprised(f"cancel answered {answer.status_code}: {answer.text[:200]}")

    async def read_orders(self) -> None:
        """Ask how each of the day's orders stands, one by one as a merchant would."""
        await self._read([placed.id for placed in self.stage.orders_of(self.number)])

    async def read_open_orders(self, told: Container[str] | None = None) -> None:
        """Ask about those that had not ended when last asked: all, or those that a webhook says have ended."""
        await self._read([order_id for order_id in self._open() if told is None or order_id in told])

    def count_open(self) -> int:
        return len(self._open())

    def _open(self) -> list[str]:
        return [
            placed.id
            for placed in self.stage.orders_of(self.number)
            if self.orders.get(placed.id, {}).get("state") not in ENDED
        ]

    async def _read(self, order_ids: list[str]) -> None:
        for order_id in order_ids:
            answer = await self.client.get(f"/api/v1/orders/{order_id}", "/api/v1/orders/<id>")
            if answer.is_success:
                self.orders[order_id] = answer.json()

    def _key(self) -> dict[str, str]:
        return {"Idempotency-Key": str(UUID(int=self.rng.getrandbits(128), version=4))}


def place_json(place: Place) -> dict[str, Any]:
    """A place as the API takes it: the pin always, the address where there is one."""
    lonlat = {"lonlat": list(place.lonlat)}
    return {"address": place.address, **lonlat} if place.address else {"address": "Pin on the map", **lonlat}
