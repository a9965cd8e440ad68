"""A rider robot: signs on, follows its run stop by stop, earns, signs off. Sees only what its phone shows."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from random import Random
from typing import Any

import httpx

from dispatch.core import clock
from dispatch.demo.robots.cast import Account
from dispatch.demo.robots.live import listen
from dispatch.demo.robots.meter import Arrival, Ridden
from dispatch.demo.robots.phone import Phone
from dispatch.demo.robots.ride import Way, choose_stop, open_stops, way_to
from dispatch.demo.robots.schedule import Temper
from dispatch.demo.robots.stage import Stage
from dispatch.demo.robots.work import BOARD, NEWS, Will

POSITION_EVERY_S = 4.0  # real seconds
ASKS_AFTER_S = (0.08, 0.58)  # real seconds from the news to the question, as phones spread them
LOOK_EVERY_S = 20.0  # real seconds between looks at the run when nothing was heard: a phone has its live stream
IDLE_S = 1.0  # real seconds between looks at the clock meanwhile
SIGN_OFF_AGAIN_S = 60.0
KNOCKS_S = 240.0  # how long a rider waits at a door where nobody answers
LONGER_THAN_THE_DAY_S = 2 * 3600.0


class RiderRobot:
    """One rider's day."""

    def __init__(self, stage: Stage, account: Account, temper: Temper):
        self.stage, self.account, self.temper, self.pace = stage, account, temper, stage.pace
        self.rng = Random(f"{stage.script.options.seed}:{account.email}")
        self.client = stage.client()
        self.phone = Phone(self.client, self.pace, temper, self.rng)
        self.looks_rng = Random(f"{stage.script.options.seed}:{account.email}:looks")
        will_rng = Random(f"{stage.script.options.seed}:{account.email}:will")
        self.will = Will(stage, self.phone, will_rng, lambda: self.is_leaving)
        self.run: dict[str, Any] = {}
        self.etag = ""
        self.looked_at = clock.monotonic_s()
        self.finished: set[str] = set()
        self.here: tuple[float, float] | None = None
        self.is_told = asyncio.Event()
        self.is_asked = asyncio.Event()
        self.has_news = asyncio.Event()
        self.is_signed_on = False
        self.bike = "bike"
        self.first_told: dict[str, tuple[float, float]] = {}
        self.earnings: dict[str, Any] = {}

    async def live(self) -> None:
        """Sign in and on, work until the day is over or it is time to leave, sign off, read the earnings."""
        await self.client.sign_in(self.account.email, self.account.password)
        await self.pace.until(self.temper.signs_on_at_s)
        await self.sign_on()
        try:
            async with asyncio.TaskGroup() as beside:
                listening = [
                    beside.create_task(self._listen()),
                    beside.create_task(self._when_told(self.is_told, self.look)),
                    beside.create_task(self._when_told(self.is_asked, self.will.look)),
                ]
                await self._work()
                for each in listening:
                    each.cancel()
        finally:
            await self.will.rest()
        await self.read_earnings()
        await self.client.close()

    async def sign_on(self) -> None:
        ends_at = self.pace.at(self.stage.script.options.end_s + LONGER_THAN_THE_DAY_S)
        status = await self.phone.send("/app/api/shift/on", "/app/api/shift/on", {"ends_at": ends_at.isoformat()})
        while self.phone.waiting:
            await self.pace.wait(10)
            status = await self.phone.flush()
        self.is_signed_on = status in (200, 201) or await self._is_on_shift()
        if not self.is_signed_on:
            self.stage.meter.surprised(f"{self.account.email} could not sign on: {status}")
            return
        answer = await self.client.get("/app/api/me")
        if answer.is_success:
            self.bike = answer.json()["rider"]["profile"]

    async def _is_on_shift(self) -> bool:
        """Whether an earlier life of this robot has left a shift open."""
        answer = await self.client.get("/app/api/me")
        return answer.is_success and answer.json()["shift"] is not None

    async def _listen(self) -> None:
        """Look at the run whenever the live stream says so; in a dead zone hear nothing."""
        while True:
            while self.phone.is_offline:
                await asyncio.sleep(0.2)
            self.phone.online_since = clock.monotonic_s()
            events = listen(self.client, "/app/api/live")
            async for heard in events:
                if self.phone.is_offline:
                    break
                if heard.kind in ("open", "reset", "RunChanged"):
                    self.is_told.set()
                if heard.kind == "TimesMoved":
                    self._learn_times(heard.data["times"])
                if heard.kind in ("open", "reset", *NEWS) or (heard.kind == BOARD and self.will.has_room):
                    self.is_asked.set()
            await events.aclose()  # type: ignore[attr-defined]

    def _learn_times(self, times: dict[str, list[str | None]]) -> None:
        for stop in self.run.get("stops", []):
            for task in stop["tasks"]:
                task["eta_at"], task["eta_late_at"] = times.get(task["id"], (task["eta_at"], task["eta_late_at"]))

    async def _when_told(self, told: asyncio.Event, look: Callable[[], Awaitable[None]]) -> None:
        """Each at its own moment, and once for all that is heard until then."""
        while True:
            await told.wait()
            await asyncio.sleep(self.looks_rng.uniform(*ASKS_AFTER_S))
            told.clear()
            await look()

    async def look(self) -> None:
        """Fetch the run if it changed."""
        if self.phone.is_offline:
            return
        self.looked_at = clock.monotonic_s()
        headers = {"If-None-Match": self.etag} if self.etag else {}
        answer = await self.client.get("/app/api/run", headers=headers)
        if answer.status_code == httpx.codes.OK:
            self.etag = answer.headers.get("ETag", "")
            self.run = answer.json()
            self._note_orders()
            self.has_news.set()
        elif answer.status_code != 304 and answer.is_client_error:
            self.stage.meter.surprised(f"GET /app/api/run answered {answer.status_code}")

    def _note_orders(self) -> None:
        tasks = [task for stop in self.run.get("stops", []) for task in stop["tasks"]]
        self.will.orders_in_run = len({task["order_id"] for task in tasks})
        self.will.givable = [
            task["order_id"]
            for task in tasks
            if task["kind"] == "pickup" and task["state"] == "assigned" and not task.get("is_return")
        ]
        for stop in self.run.get("stops", []):
            for task in stop["tasks"]:
                self.stage.saw(task["order_id"], self.phone.online_since)
                if task["id"] not in self.first_told and (told := self._told(task)):
                    self.first_told[task["id"]] = told

    def _told(self, task: dict[str, Any]) -> tuple[float, float] | None:
        """When the phone expects us at a door, and at the latest nine times in ten."""
        expected_s, late_s = (self.pace.seconds_at(task.get(key)) for key in ("eta_at", "eta_late_at"))
        return None if expected_s is None or late_s is None or task["kind"] != "dropoff" else (expected_s, late_s)

    @property
    def is_leaving(self) -> bool:
        early_s = self.temper.signs_off_at_s
        return self.stage.is_over or (early_s is not None and self.pace.now_s() >= early_s)

    async def _work(self) -> None:
        while self.is_signed_on:
            await self.phone.flush()
            chosen = choose_stop(open_stops(self.run, self.finished), self.is_leaving)
            if chosen is not None:
                await self._serve(*chosen)
                await self.look()
            elif self.is_leaving and not self.phone.is_offline:
                await self._sign_off()
            else:
                await self._wait_for_news()

    async def _wait_for_news(self) -> None:
        self.has_news.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.has_news.wait(), IDLE_S)
        if clock.monotonic_s() - self.looked_at > LOOK_EVERY_S:
            await self.look()
            await self.will.look()

    async def _sign_off(self) -> None:
        await self.look()
        if choose_stop(open_stops(self.run, self.finished), True) is not None:
            return
        status = await self.phone.send("/app/api/shift/off", "/app/api/shift/off", {})
        if status == httpx.codes.OK:
            self.is_signed_on = False
        else:
            await self.pace.wait(SIGN_OFF_AGAIN_S)

    async def _serve(self, stop: dict[str, Any], is_next: bool) -> None:
        """Ride to a stop and do its tasks."""
        tasks = stop["tasks"]
        told = {task["id"]: self._told(task) for task in tasks}
        sets_off_s = self.pace.now_s()  # with the tap, whenever the server answers
        for task in tasks:
            if task["state"] == "assigned":
                await self.phone.act(task["id"], "start")
        way = way_to(stop, self.here, is_next)
        if not await self._ride(way, {task["id"] for task in tasks}, (sets_off_s, is_next)):
            return
        for task in tasks:
            if self._is_still_mine(task["id"]):
                self._note_arrival(task["id"], told[task["id"]])
                await self._do(task)

    def _note_arrival(self, task_id: str, told: tuple[float, float] | None) -> None:
        arrived_s, meter = self.pace.now_s(), self.stage.meter
        if told is not None:
            meter.set_off.append(Arrival(*told, arrived_s))
        if task_id in self.first_told:
            meter.announced.append(Arrival(*self.first_told[task_id], arrived_s))

    async def _ride(self, way: Way, task_ids: set[str], begun: tuple[float, bool]) -> bool:
        """Ride; False if the stop was taken away on the road. `begun`: when; whether the server knows this way."""
        started_s, is_drawn = begun
        mood = max(0.75, self.rng.lognormvariate(0.0, 0.08))
        slowness = self.temper.speed_factor * mood / self.stage.script.speeds.get(self.bike, 1.0)
        duration_s = way.duration_s * slowness
        if is_drawn:
            self.stage.meter.rides.append(Ridden(self.bike, slowness))
        while (left_s := started_s + duration_s - self.pace.now_s()) > 0:
            await self.pace.wait(min(left_s, POSITION_EVERY_S * clock.speed()))
            self.here = way.position((self.pace.now_s() - started_s) / duration_s)
            if not any(self._is_still_mine(task_id) for task_id in task_ids):
                return False
            if not self.phone.is_offline:
                await self._report_position()
        self.here = way.points[-1]
        return True

    async def _report_position(self) -> None:
        assert self.here is not None
        body = {
            "lon": self.here[0],
            "lat": self.here[1],
            "accuracy_m": self.rng.randint(4, 18),
            "at": self.pace.at(self.pace.now_s()).isoformat(),
        }
        answer = await self.client.post("/app/api/position", body)
        if answer.is_error:
            self.stage.meter.surprised(f"POST /app/api/position answered {answer.status_code}: {answer.text[:120]}")

    def _is_still_mine(self, task_id: str) -> bool:
        return any(task["id"] == task_id for stop in self.run.get("stops", []) for task in stop["tasks"])

    async def _do(self, task: dict[str, Any]) -> None:
        """Arrive, wait for the parcel or the door, and complete or fail a task."""
        await self.phone.act(task["id"], "arrive", **self._place())
        if task["kind"] == "dropoff" and self.stage.is_nobody_home(task["order_id"]) and not task.get("is_return"):
            await self.pace.wait(KNOCKS_S)
            status = await self.phone.act(task["id"], "fail", reason="nobody_home", **self._place())
        else:
            ready_s = self.pace.seconds_at(task.get("ready_at")) or 0.0
            if task["kind"] == "pickup":
                await self.pace.until(ready_s + self.rng.uniform(-30, 120))
            await self.pace.wait((task.get("service_s") or 90) * self.temper.handling_factor)
            proofs = [
                await self.phone.prove(task["id"], kind, self._proof_text(kind, task))
                for kind in task.get("required_proof") or []
            ]
            status = await self.phone.act(task["id"], "complete", proofs=proofs, **self._place())
        if status < 400:
            self.finished.add(task["id"])
        else:
            await self.look()
            await self.pace.wait(20)

    def _proof_text(self, kind: str, task: dict[str, Any]) -> str:
        return self.stage.code_of(task["order_id"]) if kind == "code" else task.get("contact_name") or "Robot"

    def _place(self) -> dict[str, float]:
        return {"lon": self.here[0], "lat": self.here[1]} if self.here else {}

    async def read_earnings(self) -> None:
        """Fetch today's earnings as the phone shows them; a day past midnight has two."""
        lines: list[Any] = []
        days = {self.pace.at(s).date().isoformat() for s in (0, self.pace.now_s())}
        for day in sorted(days):
            answer = await self.client.get(f"/app/api/earnings?day={day}", "/app/api/earnings")
            lines += answer.json()["lines"] if answer.is_success else []
        self.earnings = {"rider": self.account.email, "lines": lines}
