"""A coordinator robot: keeps the board open, judges proposals, and lends a hand where an order finds no rider."""

import asyncio
from contextlib import suppress
from random import Random
from typing import Any

import httpx

from dispatch.demo.robots.live import listen
from dispatch.demo.robots.stage import Stage

LOOK_EVERY_S = 2.5  # real seconds
PATIENCE_S = 600.0  # domain seconds an order may wait before a person steps in
STALE = (409, 412)
REJECTS, TAKES_APART = 0.1, 0.25  # shares of proposals turned down, and of those for several riders accepted for one


class CoordinatorRobot:
    """One coordinator's day at the board."""

    def __init__(self, stage: Stage):
        self.stage = stage
        self.client = stage.client()
        self.first_seen: dict[str, float] = {}
        self.heard = 0
        self.mode = "automatic"
        self.rng = Random(f"{stage.script.options.seed}:coordinator")
        self.has_news = asyncio.Event()
        self.state: dict[str, Any] = {}

    async def live(self) -> None:
        """Watch the board until cancelled."""
        account = self.stage.cast.coordinator
        await self.client.sign_in(account.email, account.password)
        listening = asyncio.create_task(self._listen())
        try:
            while True:
                await self._choose_mode()
                await self._look()
                await self._wait()
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening
            await self.client.close()

    async def _listen(self) -> None:
        async for heard in listen(self.client, "/board/api/live"):
            self.heard += heard.kind != "open"
            if heard.kind == "PlanProposed":
                self.has_news.set()

    async def _wait(self) -> None:
        """Until it is time to look again, or a proposal comes in."""
        self.has_news.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.has_news.wait(), LOOK_EVERY_S)

    async def _choose_mode(self) -> None:
        """Let plans take effect in another way when the script says so."""
        wanted = self.stage.script.mode_at(self.stage.pace.now_s())
        if wanted == self.mode:
            return
        answer = await self.client.post("/board/api/mode", {"mode": wanted})
        if answer.is_success:
            self.mode = wanted
        else:
            self.stage.meter.surprised(f"POST /board/api/mode answered {answer.status_code}: {answer.text[:200]}")

    async def _look(self) -> None:
        answer = await self.client.get("/board/api/state")
        if answer.is_error:
            self.stage.meter.surprised(f"GET /board/api/state answered {answer.status_code}: {answer.text[:200]}")
            return
        self.state = answer.json()
        proposal = self.state.get("proposal")
        if proposal:
            await self._judge(proposal)
        await self._help()

    async def _judge(self, proposal: dict[str, Any]) -> None:
        """Accept a proposed plan, or one rider's part of it, or turn it down; it may be out of date by now."""
        mood, is_noisy = self.rng.random(), self.stage.script.options.noise > 0
        verb, body, outcome = "accept", {}, "accepted"
        if is_noisy and mood < REJECTS:
            verb, outcome = "reject", "rejected"
        elif is_noisy and mood < REJECTS + TAKES_APART and len(proposal["runs"]) > 1:
            body, outcome = {"run_id": self.rng.choice(proposal["runs"])["run_id"]}, "accepted_in_part"
        path = f"/board/api/proposals/{proposal['id']}/{verb}"
        answer = await self.client.post(path, body, f"/board/api/proposals/<id>/{verb}")
        if answer.is_error and answer.status_code not in STALE:
            self.stage.meter.surprised(f"{verb} of a proposal answered {answer.status_code}: {answer.text[:200]}")
        self.stage.meter.proposals[outcome if answer.is_success else "stale"] += 1

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
