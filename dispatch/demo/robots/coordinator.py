"""A coordinator robot: keeps the board open, looks at it, and lends a hand where an order finds no rider."""

import asyncio
from contextlib import suppress
from typing import Any

import httpx

from dispatch.demo.robots.live import listen
from dispatch.demo.robots.stage import Stage

LOOK_EVERY_S = 2.5  # real seconds
PATIENCE_S = 600.0  # domain seconds an order may wait before a person steps in
STALE = (409, 412)


class CoordinatorRobot:
    """One coordinator's day at the board."""

    def __init__(self, stage: Stage):
        self.stage = stage
        self.client = stage.client()
        self.first_seen: dict[str, float] = {}
        self.heard = 0
        self.state: dict[str, Any] = {}

    async def live(self) -> None:
        """Watch the board until cancelled."""
        account = self.stage.cast.coordinator
        await self.client.sign_in(account.email, account.password)
        listening = asyncio.create_task(self._listen())
        try:
            while True:
                await self._look()
                await asyncio.sleep(LOOK_EVERY_S)
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
            await self.client.close()

    async def _listen(self) -> None:
        async for heard in listen(self.client, "/board/api/live"):
            self.heard += heard.kind != "open"

    async def _look(self) -> None:
        answer = await self.client.get("/board/api/state")
        if answer.is_error:
            self.stage.meter.surprised(f"GET /board/api/state answered {answer.status_code}: {answer.text[:200]}")
            return
        self.state = answer.json()
        proposal = self.state.get("proposal")
        if proposal:
            path = f"/board/api/proposals/{proposal['id']}/accept"
            await self.client.post(path, {}, "/board/api/proposals/<id>/accept")
        await self._help()

    async def _help(self) -> None:
        """Give the order that has waited longest without a rider to the rider with the fewest stops."""
        now_s = self.stage.pace.now_s()
        unassigned = [order["id"] for order in self.state.get("unassigned", [])]
        self.first_seen = {order_id: self.first_seen.get(order_id, now_s) for order_id in unassigned}
        waiting = [order_id for order_id, since_s in self.first_seen.items() if now_s - since_s > PATIENCE_S]
        riders = [rider for rider in self.state.get("riders", []) if rider.get("run")]
        if not waiting or not riders:
            return
        rider = min(riders, key=lambda rider: len(rider["run"]["stops"]))
        body = {"rider_id": rider["id"], "run_version": rider["run"]["version"]}
        answer = await self.client.post(f"/board/api/orders/{waiting[0]}/assign", body, "/board/api/orders/<id>/assign")
        if answer.is_error and answer.status_code not in (*STALE, httpx.codes.UNPROCESSABLE_ENTITY):
            self.stage.meter.surprised(f"assign answered {answer.status_code}: {answer.text[:200]}")
        self.first_seen[waiting[0]] = now_s
