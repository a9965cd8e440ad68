"""A rider robot's phone: sends actions with a UUID and the device's time, and keeps them while there is no network."""

import asyncio
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import httpx

from dispatch.core import clock
from dispatch.demo.robots.client import Client
from dispatch.demo.robots.pace import Pace
from dispatch.demo.robots.schedule import Temper, is_offline

# Refusals a rider meets in ordinary life: the order was cancelled or given to somebody else meanwhile.
ORDINARY = {404, 409}


@dataclass(slots=True)
class Kept:
    """One action on the phone, sent or waiting to be. `verb`: of a decision about work, empty of all else."""

    path: str
    route: str
    body: dict[str, Any]
    at_s: float
    verb: str = ""
    answer: httpx.Response | None = None

    @property
    def status(self) -> int:
        """What the server said, 0 while it has not been asked."""
        return self.answer.status_code if self.answer is not None else 0


class Phone:
    """Sends each action once or more under one UUID; in a dead zone it keeps them in order."""

    def __init__(self, client: Client, pace: Pace, temper: Temper, rng: Random):
        self.client, self.pace, self.temper, self.rng = client, pace, temper, rng
        self.device_id = str(self._uuid())
        self.sequence = 0
        self.waiting: deque[Kept] = deque()
        self.sending = asyncio.Lock()  # a rider answers an offer while riding: two hands, one outbox
        self.online_since = clock.monotonic_s()

    @property
    def is_offline(self) -> bool:
        return is_offline(self.temper, self.pace.now_s())

    async def act(self, task_id: str, action: str, **facts: Any) -> int:
        """Do something to a task; the answer's status, 0 while it waits on the phone."""
        self.sequence += 1
        facts |= {"device_id": self.device_id, "device_seq": self.sequence}
        return await self.send(f"/app/api/tasks/{task_id}/{action}", f"/app/api/tasks/<id>/{action}", facts)

    async def choose(self, verb: str, path: str, route: str, **facts: Any) -> dict[str, Any]:
        """Decide about work; the answer, empty if it was refused or waits on the phone."""
        kept = await self._keep(Kept(path, route, facts, self.pace.now_s(), verb))
        answer = kept.answer
        return answer.json() if answer is not None and answer.is_success else {}

    async def send(self, path: str, route: str, facts: dict[str, Any]) -> int:
        """Do something; the answer's status, 0 while it waits on the phone."""
        return (await self._keep(Kept(path, route, facts, self.pace.now_s()))).status

    async def _keep(self, kept: Kept) -> Kept:
        device_at = self.pace.at(kept.at_s) + timedelta(seconds=self.temper.clock_skew_s)
        kept.body = {"client_uuid": str(self._uuid()), "device_at": device_at.isoformat()} | kept.body
        self.waiting.append(kept)
        await self.flush()
        return kept

    async def flush(self) -> int:
        """Send what waits, oldest first; the last answer's status, 0 if nothing was sent."""
        status = 0
        async with self.sending:
            while self.waiting and not self.is_offline:
                status = await self._send(self.waiting[0])
        return status

    async def _send(self, kept: Kept) -> int:
        late_s = self.pace.now_s() - kept.at_s
        body = kept.body | ({"queued_s": round(late_s, 1)} if "device_seq" in kept.body else {})
        kept.answer = await self.client.post(kept.path, body, kept.route)
        self.waiting.popleft()
        self._check(kept, kept.answer)
        if self.rng.random() < self.temper.double_send_share:
            await self._send_again(kept, body, kept.answer)
        return kept.status

    def _check(self, kept: Kept, answer: httpx.Response) -> None:
        if answer.status_code >= 400 and answer.status_code not in ORDINARY:
            self.client.meter.surprised(f"{kept.route} answered {answer.status_code}: {answer.text[:200]}")
        if kept.verb:
            outcome = str(answer.json()["state"]) if answer.is_success else "refused"
            self.client.meter.choices[kept.verb, outcome] += 1

    async def _send_again(self, kept: Kept, body: dict[str, Any], first: httpx.Response) -> None:
        """An impatient thumb: the very same action again must get the same answer.

        A refused decision was not taken: between two taps an order may come free, or leave the board.
        """
        again = await self.client.post(kept.path, body, kept.route)
        if kept.verb and first.is_error:
            if again.is_success:
                self.client.meter.choices[kept.verb, str(again.json()["state"])] += 1
            return
        is_same = again.status_code == first.status_code or (again.is_success and first.is_success)
        if not is_same:
            self.client.meter.surprised(
                f"{kept.route}: {first.status_code}, and {again.status_code} to the same action sent again"
            )

    async def prove(self, task_id: str, kind: str, text: str) -> dict[str, Any]:
        """Return the proof to put into `complete`; a photo's bytes follow by themselves."""
        proof = {"client_uuid": str(self._uuid()), "kind": kind}
        if kind not in ("photo", "signature"):
            return proof | {"text": text}
        facts = {"kind": kind, "data_url": PIXEL, "client_uuid": proof["client_uuid"]}
        now = self.pace.at(self.pace.now_s())
        path, route = f"/app/api/tasks/{task_id}/proofs", "/app/api/tasks/<id>/proofs"
        self.waiting.append(Kept(path, route, facts | {"taken_at": now.isoformat()}, self.pace.now_s()))
        return proof

    def _uuid(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)


# The smallest picture a camera never took: 1 x 1 pixel, PNG.
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5E"
    "rkJggg=="
)
