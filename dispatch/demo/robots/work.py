"""A rider robot's own will: answers offers and colleagues, picks from the open board, gives work away again.

Sees what the phone shows of it, decides by its taste, and sends every decision through the phone's outbox.
"""

import asyncio
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from dispatch.demo.robots.phone import Phone
from dispatch.demo.robots.stage import Stage

NEWS = ("OfferMade", "OfferAnswered")
"""Live events after which a phone fetches what waits for a yes."""
BOARD = "OpenBoardChanged"
"""The one that only who has the open board on the screen cares for: here, who would take more."""
THINKS_S = (4.0, 45.0)  # domain seconds over an offer or the open board
REGRETS_AFTER_S = (5.0, 120.0)  # domain seconds before work that was taken is given away again
ASKS_FOR_S = 240.0  # domain seconds a colleague is given to answer


class Will:
    """One rider's decisions about work. Thinking goes on beside riding."""

    def __init__(self, stage: Stage, phone: Phone, rng: Random, is_leaving: Callable[[], bool]):
        self.stage, self.phone, self.rng, self.is_leaving = stage, phone, rng, is_leaving
        self.taste = phone.temper.taste
        self.considered: set[str] = set()
        self.colleagues: list[str] = []
        self.orders_in_run = 0
        self.givable: list[str] = []  # orders in the run whose goods are not on the bike yet
        self.is_choosing = False
        self.thoughts: set[asyncio.Task[None]] = set()
        self.is_enough = asyncio.Event()

    @property
    def is_asked(self) -> bool:
        """Whether there is anything to decide at this time of the day."""
        return any(mode in ("offer", "open") for _, mode in self.stage.script.modes)

    async def look(self) -> None:
        """Fetch what waits for a yes, and begin to think about what is new."""
        if self.phone.is_offline or not self.is_asked:
            return
        answer = await self.phone.client.get("/app/api/work")
        if answer.is_error:
            self.stage.meter.surprised(f"GET /app/api/work answered {answer.status_code}")
            return
        work = answer.json()
        self.colleagues = [colleague["id"] for colleague in work["colleagues"]]
        for order in (*work["offers"], *work["board"]):
            self.stage.saw(order["order_id"], self.phone.online_since)
        for offer in work["offers"]:
            if offer["id"] not in self.considered:
                self.considered.add(offer["id"])
                self._think(self._consider(offer))
        if work["board"] and not self.is_choosing and self.has_room:
            self.is_choosing = True
            self._think(self._pick(work["board"]))

    @property
    def has_room(self) -> bool:
        """Whether this rider would take one more."""
        return self.orders_in_run < self.taste.most_orders and not self.is_leaving()

    async def _consider(self, offer: dict[str, Any]) -> None:
        """Say yes, say no, or say nothing. Who wants to go home says no."""
        if not await self._ponder(*THINKS_S):
            return
        mood = self.rng.random()
        if self.is_leaving() or self.taste.accepts <= mood < self.taste.accepts + self.taste.declines:
            verb = "decline"
        elif mood < self.taste.accepts:
            verb = "accept"
        else:
            return
        facts = {}
        if verb == "accept" and self._would_rather_swap(offer):
            verb, facts = "swap", {"order_id": self.rng.choice(self.givable)}
        path, route = f"/app/api/offers/{offer['id']}/{verb}", f"/app/api/offers/<id>/{verb}"
        answer = await self.phone.choose(verb, path, route, **facts)
        if answer.get("state") == "accepted":
            await self._perhaps_regret(offer["order_id"])

    def _would_rather_swap(self, offer: dict[str, Any]) -> bool:
        is_askable = offer.get("from_name") and not offer.get("in_return") and self.givable
        return bool(is_askable) and self.rng.random() < self.taste.swaps

    async def _pick(self, board: list[dict[str, Any]]) -> None:
        """Take the order whose pickup is nearest; others may be quicker."""
        try:
            nearest = min(board, key=lambda order: order["to_pickup_s"])
            is_sure = await self._ponder(*THINKS_S) and self.has_room
            answer = await self._choose_order("pick", nearest["order_id"]) if is_sure else {}
        finally:
            self.is_choosing = False
        if answer.get("state") == "picked":
            await self._perhaps_regret(nearest["order_id"])

    async def _perhaps_regret(self, order_id: str) -> None:
        """Give work back, or ask a colleague to take it over; too late once it is picked up."""
        mood = self.rng.random()
        if mood >= self.taste.hands_back + self.taste.passes_on or not await self._ponder(*REGRETS_AFTER_S):
            return
        if mood < self.taste.hands_back:
            await self._choose_order("hand-back", order_id)
        elif self.colleagues:
            await self._ask(order_id, self.rng.choice(self.colleagues))

    async def _ask(self, order_id: str, colleague_id: str) -> None:
        """Ask a colleague; who does not hear takes the question back."""
        asked = await self._choose_order("ask", order_id, rider_id=colleague_id)
        if "offer_id" not in asked or not await self._ponder(ASKS_FOR_S, ASKS_FOR_S):
            return
        path, route = f"/app/api/offers/{asked['offer_id']}/withdraw", "/app/api/offers/<id>/withdraw"
        await self.phone.choose("withdraw", path, route)

    async def _choose_order(self, verb: str, order_id: str, **facts: Any) -> dict[str, Any]:
        return await self.phone.choose(
            verb, f"/app/api/orders/{order_id}/{verb}", f"/app/api/orders/<id>/{verb}", **facts
        )

    async def _ponder(self, least_s: float, most_s: float) -> bool:
        """Take one's time; False if the shift ended meanwhile."""
        return await self.stage.pace.wait_unless(self.rng.uniform(least_s, most_s), self.is_enough)

    def _think(self, thought: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(thought)
        self.thoughts.add(task)
        task.add_done_callback(self._thought)

    def _thought(self, task: "asyncio.Task[None]") -> None:
        self.thoughts.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.stage.meter.surprised(f"robot thinking of work: {error!r}")

    async def rest(self) -> None:
        """The shift is over: bring to an end what is being sent, and decide nothing more."""
        self.is_enough.set()
        await asyncio.gather(*self.thoughts, return_exceptions=True)
