"""Run all robots through one day, wait until every order has ended, and hand over what they saw."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from itertools import count
from typing import Any

from dispatch.core import clock
from dispatch.demo.rehearsal.chaos import Chaos
from dispatch.demo.rehearsal.report import ENDED, EarningSeen, OrderSeen, WebhookSeen
from dispatch.demo.robots.coordinator import CoordinatorRobot
from dispatch.demo.robots.merchant import MerchantRobot
from dispatch.demo.robots.receiver import Receiver
from dispatch.demo.robots.rider import RiderRobot
from dispatch.demo.robots.stage import Stage

DRAIN_LIMIT_S = 3 * 3600.0  # domain seconds after the end before the rest may be called open
STANDSTILL_S = 45.0  # real seconds without an order that ends
GO_HOME_LIMIT_S = 60.0  # real seconds for riders to sign off
LOOK_EVERY_S = 1.5
ASK_EVERY = 10
"""Webhooks say which orders have ended; at every so many looks merchants ask about the others too."""
NEWS_EVERY_S = 10.0


class Play:
    """One day of all robots."""

    def __init__(self, stage: Stage, say: Callable[[str], None]):
        self.stage, self.say = stage, say
        options = stage.script.options
        self.receiver = Receiver(options.seed, options.noise)
        self.riders = [
            RiderRobot(stage, account, temper)
            for account, temper in zip(stage.cast.riders, stage.script.tempers, strict=True)
        ]
        self.merchants = [MerchantRobot(stage, i, store) for i, store in enumerate(stage.cast.stores)]
        self.coordinator = CoordinatorRobot(stage)

    async def perform(self, chaos: Chaos | None) -> None:
        """Live the day; returns when riders are home, or have not come home in time."""
        self.receiver.start()
        for merchant in self.merchants:
            name = f"store-{merchant.number}"
            self.receiver.inbox.secrets[name] = await merchant.register_webhook(self.receiver.url(name))
        riders = [self._start(rider.live(), rider.account.email) for rider in self.riders]
        watchers = [self._start(self.coordinator.live(), "coordinator"), self._start(self._tell(), "news")]
        rage = [self._start(chaos.rage(), "chaos")] if chaos else []
        await asyncio.gather(*(self._start(merchant.live(), merchant.store.name) for merchant in self.merchants))
        if chaos:
            chaos.is_enough = True  # what is open now is brought out in peace
            await asyncio.gather(*rage)
        await self._guard(self._drain(), "drain")
        self.stage.is_over = True
        _, late = await asyncio.wait(riders, timeout=GO_HOME_LIMIT_S)
        for _ in late:
            self.stage.meter.surprised("a rider could not sign off")
        await self._end([*late, *watchers])
        for merchant in self.merchants:
            await self._guard(merchant.read_orders(), merchant.store.name)
            await merchant.client.close()

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> "asyncio.Task[None]":
        return asyncio.create_task(self._guard(work, name), name=name)

    async def _guard(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """A robot that breaks is a finding, not the end of the day."""
        try:
            await work
        except Exception as error:
            self.stage.meter.surprised(f"robot {name}: {error!r}")

    @staticmethod
    async def _end(tasks: "list[asyncio.Task[None]]") -> None:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task

    async def _drain(self) -> None:
        """Wait until every order has ended, or until it is late and nothing moves any more."""
        deadline_s = self.stage.script.options.end_s + DRAIN_LIMIT_S
        open_before, moved_at = -1, clock.monotonic_s()
        for look in count():
            if self.stage.pace.now_s() >= deadline_s and clock.monotonic_s() - moved_at >= STANDSTILL_S:
                return
            told = None if look % ASK_EVERY == 0 else self._told_ended()
            for merchant in self.merchants:
                await merchant.read_open_orders(told)
            open_now = sum(merchant.count_open() for merchant in self.merchants)
            if not open_now:
                return
            if open_now != open_before:
                open_before, moved_at = open_now, clock.monotonic_s()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _tell(self) -> None:
        told = 0
        while True:
            await asyncio.sleep(NEWS_EVERY_S)
            for surprise in self.stage.meter.surprises[told:]:
                self.say(f"  unexpected: {surprise}")
            told = len(self.stage.meter.surprises)
            hours, minutes = divmod(int(max(0.0, self.stage.pace.now_s()) / 60), 60)
            placed, wanted = len(self.stage.placed), self.stage.script.options.orders
            ended = len(self._told_ended())
            self.say(f"  {hours:2d} h {minutes:02d}: {placed} of {wanted} orders placed, {ended} ended")

    def _told_ended(self) -> set[str]:
        return {hook.order_id for hook in self.webhooks_seen() if hook.state in ENDED}

    def orders_seen(self) -> list[OrderSeen]:
        """How each order ended, from the merchants' side.

        Where a coordinator or a rider says yes first, the time is that person's, not the server's: it does not count.
        """
        seen, assigned_s = [], self._assigned_s()
        for merchant in self.merchants:
            for order_id, order in merchant.orders.items():
                placed_s = self.stage.pace.seconds_at(order["placed_at"]) or 0.0
                mode = self.stage.script.mode_at(placed_s)
                assigned_at_s = assigned_s.get(order_id) if mode == "automatic" else None
                due = [drop.get("window_by") for drop in order["dropoffs"]] + [order.get("promised_dropoff_at")]
                seen.append(
                    OrderSeen(
                        id=order_id,
                        state=order["state"],
                        placed_s=placed_s,
                        ended_s=self.stage.pace.seconds_at(order["ended_at"]),
                        due_s=self.stage.pace.seconds_at(next((moment for moment in due if moment), None)),
                        order_to_plan_s=self._real_s(placed_s, assigned_at_s),
                        order_to_phone_s=None if mode == "propose" else self.stage.sightings.delay_s(order_id),
                    )
                )
        return seen

    def _assigned_s(self) -> dict[str, float]:
        """When each order first had a rider, as webhooks told its merchant; domain seconds of the day."""
        first: dict[str, float] = {}
        for received in self.receiver.inbox.received:
            order, at_s = received.body["data"], self.stage.pace.seconds_at(received.body["timestamp"])
            if order["state"] == "assigned" and at_s is not None:
                first[order["id"]] = min(at_s, first.get(order["id"], at_s))
        return first

    @staticmethod
    def _real_s(since_s: float, until_s: float | None) -> float | None:
        return None if until_s is None else (until_s - since_s) / clock.speed()

    def webhooks_seen(self) -> list[WebhookSeen]:
        """Every verified message about an order's status."""
        seen = []
        for received in self.receiver.inbox.received:
            order = received.body.get("data", received.body)
            seen.append(
                WebhookSeen(
                    webhook_id=received.webhook_id,
                    endpoint=received.endpoint,
                    order_id=str(order.get("id") or order.get("order_id")),
                    status_seq=int(order.get("status_seq", 0)),
                    state=str(order.get("state")),
                )
            )
        return seen

    def earnings_seen(self) -> list[EarningSeen]:
        """Every line of every rider's earnings."""
        return [
            EarningSeen(
                rider=rider.account.email,
                task_id=line.get("task_id"),
                code=line["code"],
                amount_cents=line["amount_cents"],
            )
            for rider in self.riders
            for line in rider.earnings.get("lines", [])
        ]
