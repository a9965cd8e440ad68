"""A rider robot's phone: sends actions with a UUID and the device's time, and keeps them while there is no network."""

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


@dataclass(frozen=True, slots=True)
class Kept:
    """One action on the phone, sent or waiting to be."""

    path: str
    route: str
    body: dict[str, Any]
    at_s: float


class Phone:
    """Sends each action once or more under one UUID; in a dead zone it keeps them in order."""

    def __init__(self, client: Client, pace: Pace, temper: Temper, rng: Random):
        self.client, self.pace, self.temper, self.rng = client, pace, temper, rng
        self.device_id = str(self._uuid())
        self.sequence = 0
        self.waiting: deque[Kept] = deque()
        self.online_since = clock.monotonic_s()

    @property
    def is_offline(self) -> bool:
        return is_offline(self.temper, self.pace.now_s())

    async def act(self, task_id: str, action: str, **facts: Any) -> int:
        """Do something to a task; the answer's status, 0 while it waits on the phone."""
        self.sequence += 1
        facts |= {"device_id": self.device_id, "device_seq": self.sequence}
        return await self.send(f"/app/api/tasks/{task_id}/{action}", f"/app/api/tasks/<id>/{action}", facts)

    async def send(self, path: str, route: str, facts: dict[str, Any]) -> int:
        now_s = self.pace.now_s()
        device_at = self.pace.at(now_s) + timedelta(seconds=self.temper.clock_skew_s)
        body = {"client_uuid": str(self._uuid()), "device_at": device_at.isoformat()} | facts
        self.waiting.append(Kept(path, route, body, now_s))
        return await self.flush()

    async def flush(self) -> int:
        """Send what waits, oldest first; the last answer's status, 0 if the phone is offline."""
        status = 0
        while self.waiting and not self.is_offline:
            kept = self.waiting[0]
            late_s = self.pace.now_s() - kept.at_s
            body = kept.body | ({"queued_s": round(late_s, 1)} if "device_seq" in kept.body else {})
            answer = await self.client.post(kept.path, body, kept.route)
            self.waiting.popleft()
            status = answer.status_code
            self._check(kept, answer)
            if self.rng.random() < self.temper.double_send_share:
                await self._send_again(kept, body, answer)
        return status

    def _check(self, kept: Kept, answer: httpx.Response) -> None:
        if answer.status_code >= 400 and answer.status_code not in ORDINARY:
            self.client.meter.surprised(f"{kept.route} answered {answer.status_code}: {answer.text[:200]}")

    async def _send_again(self, kept: Kept, body: dict[str, Any], first: httpx.Response) -> None:
        """An impatient thumb: the very same action again must get the same answer."""
        again = await self.client.post(kept.path, body, kept.route)
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
