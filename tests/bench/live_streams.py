"""A hundred phones with live streams on one web process: how long an event takes, what a phone costs, and a drop.

    .venv/bin/pytest -s -p no:xdist tests/bench/live_streams.py

Each rider's run changes once per round; the time counts from the commit in PostgreSQL, through relay and Redis, to the
line read by the client. Prints figures and asserts only that nothing is missing.
"""
import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from flask import Flask
from sqlalchemy import select

from dispatch.coop.models import Member
from dispatch.core.db import db, transaction, use_coop
from dispatch.orders import runs
from dispatch.orders.models import Run
from tests.bench.conftest import Web
from tests.factories.coops import PASSWORD
from tests.factories.day import Day
from tests.factories.town import make_rider, make_run

pytestmark = pytest.mark.timeout(600)
PHONES = 100
ROUNDS = 5
LEAVE = 10


@pytest.fixture
def relay(environment: dict[str, str]) -> Iterator[None]:
    """The process that passes events on."""
    process = subprocess.Popen([sys.executable, "-m", "worker.relay"], env={**os.environ, **environment})
    yield
    process.terminate()
    process.wait(timeout=20)


def rss_kb(pid: int) -> int:
    """What a process holds in memory."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1])


class Phone:
    """One rider's stream: what arrived, when."""

    def __init__(self, client: httpx.AsyncClient, run_id: UUID) -> None:
        self.client, self.run_id = client, run_id
        self.seen: dict[int, float] = {}
        self.last_id = ""
        self.task: asyncio.Task[None] | None = None
        self.opened = asyncio.Event()

    def start(self) -> None:
        """Open the stream, after the last event seen."""
        self.opened.clear()
        self.task = asyncio.create_task(self._follow())

    async def stop(self) -> None:
        """Drop the connection."""
        assert self.task is not None
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    async def _follow(self) -> None:
        headers = {"Last-Event-ID": self.last_id} if self.last_id else {}
        async with self.client.stream("GET", "/app/api/live", headers=headers, timeout=None) as response:
            response.raise_for_status()
            self.opened.set()
            async for line in response.aiter_lines():
                if line.startswith("id:"):
                    self.last_id = line[3:].strip()
                elif line.startswith("data:") and '"version"' in line:
                    self.seen.setdefault(json.loads(line[5:])["version"], time.monotonic())


async def sign_in(address: str, email: str, run_id: UUID) -> Phone:
    """A signed-in phone."""
    client = httpx.AsyncClient(base_url=address, limits=httpx.Limits(max_connections=2), timeout=60)
    page = (await client.get("/login")).text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    answer = await client.post("/login", data={"email": email, "password": PASSWORD, "csrf_token": token})
    assert answer.status_code == 302, answer.text[:200]
    return Phone(client, run_id)


def change(app: Flask, day: Day, phones: list[Phone]) -> dict[UUID, tuple[int, float]]:
    """Change every run once, each in a transaction of its own; version and time of the commit."""
    committed = {}
    with app.app_context():
        use_coop(day.coop_id)
        for phone in phones:
            with transaction():
                runs.bump_run(day.coop_id, phone.run_id)
                version = db.session.scalar(select(Run.version).where(Run.id == phone.run_id))
            committed[phone.run_id] = (version, time.monotonic())
        db.session.remove()
    return committed


async def settle(phones: list[Phone], committed: dict[UUID, tuple[int, float]]) -> None:
    """Until every phone has seen its change."""
    for _ in range(300):
        if all(committed[phone.run_id][0] in phone.seen for phone in phones):
            return
        await asyncio.sleep(0.1)
    missing = sum(committed[phone.run_id][0] not in phone.seen for phone in phones)
    raise AssertionError(f"{missing} of {len(phones)} phones have not heard of their change")


async def measure(app: Flask, day: Day, web: Web, people: list[tuple[str, UUID]]) -> dict[str, object]:
    """The whole story; figures by name."""
    phones = [await sign_in(web.address, email, run_id) for email, run_id in people]
    before_kb = rss_kb(web.worker_pid())
    for phone in phones:
        phone.start()
    await asyncio.gather(*(asyncio.wait_for(phone.opened.wait(), 60) for phone in phones))
    waits = []
    for _ in range(ROUNDS):
        committed = await asyncio.to_thread(change, app, day, phones)
        await settle(phones, committed)
        waits += [phone.seen[committed[phone.run_id][0]] - committed[phone.run_id][1] for phone in phones]
    after_kb = rss_kb(web.worker_pid())
    gone = phones[:LEAVE]
    for phone in gone:
        await phone.stop()
    missed = [await asyncio.to_thread(change, app, day, gone) for _ in range(3)]
    for phone in gone:
        phone.start()
    for committed in missed:
        await settle(gone, committed)
    for phone in phones:
        await phone.stop()
        await phone.client.aclose()
    waits.sort()
    return {
        "phones": len(phones), "events": len(waits), "p50_ms": round(waits[len(waits) // 2] * 1000),
        "p95_ms": round(waits[int(len(waits) * 0.95)] * 1000),
        "kb_per_phone": round((after_kb - before_kb) / len(phones)), "resumed_without_a_gap": len(gone),
    }


def test_a_hundred_phones_listen(app: Flask, day: Day, web: Web, relay: None) -> None:
    """Three goals: p95 of at most a second, 200 kB per phone, and no gap after a drop."""
    people = []
    with transaction():
        for number in range(PHONES):
            rider = make_rider(day.coop_id, f"Rider{number}")
            run = make_run(day.town, rider)
            email = db.session.scalar(select(Member.email).where(Member.id == rider.member_id))
            people.append((email, run.id))
    db.session.remove()
    print("\n" + json.dumps(asyncio.run(measure(app, day, web, people))))
