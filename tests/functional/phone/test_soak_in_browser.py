"""A soak of the real page: random days in Chromium, with dead zones, killed pages, a stopped server, a busy planner.

`make test` lives one of them, `make soak` many (PACELINE_BROWSER_SOAK). One that fails is lived again by its number.
"""
import json
import os
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Error, Page, Request
from sqlalchemy import func, select

from dispatch.core.db import db, transaction
from dispatch.ledger import queries as ledger
from dispatch.orders.models import Order, Proof, Run, TaskEvent
from dispatch.orders.queries import list_history
from tests.factories.day import Day, replan
from tests.factories.phone import photo
from tests.factories.phone_page import eventually
from tests.factories.town import make_order, make_rider, make_run, tasks_of

pytestmark = [pytest.mark.browser, pytest.mark.mapless, pytest.mark.timeout(600)]

DAYS = int(os.environ.get("PACELINE_BROWSER_SOAK", "1"))
SEED = int(os.environ.get("PACELINE_SOAK_SEED", "20261120"))
STEPS = 28
WEIGHTS = {
    "tap": 12, "wait": 3, "online": 3, "offline": 2, "undo": 1, "fail": 1, "correct": 1, "close": 1, "crash": 1,
    "restart": 1, "plan": 2,
}  # fmt: skip
SHOW = ".phone-action .button-primary"
SETTLED = ".phone-action:not([data-settling])"
PRESS = """(selector) => {
  const found = document.querySelector(selector);
  found?.click();
  return found?.innerText ?? "";
}"""
WAKE = "() => { dispatchEvent(new Event('pagehide')); dispatchEvent(new Event('online')); }"
OUTBOX = """async () => {
  const member = document.querySelector(".phone").dataset.phoneMemberValue;
  const settled = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  const db = await settled(indexedDB.open(`paceline-${member}`));
  const items = await settled(db.transaction("outbox").objectStore("outbox").getAll());
  db.close();
  return items.map(({ kind, verb, state, body }) => ({ kind, verb, state, uuid: body.client_uuid }));
}"""


@dataclass
class BadDay:
    """One rider's page, and what may happen to it. Remembers whatever was on the phone's disk or on its way."""

    day: Day
    server: Any
    phone: BrowserContext
    page: Page
    orders: list[Order]
    bos_run: Run
    picture: Path
    random: random.Random
    actions: set[str] = field(default_factory=set)
    pictures: set[str] = field(default_factory=set)
    undone: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    is_serving: bool = True

    def live(self) -> None:
        """Random steps, each looked at."""
        self.phone.on("request", self._posted)
        self._watch()
        names, weights = zip(*WEIGHTS.items(), strict=True)
        for name in self.random.choices(names, weights, k=STEPS):
            getattr(self, f"do_{name}")()
            self.look()

    def look(self) -> list[dict[str, str]]:
        """What the phone holds on its disk now: what the rider saw confirmed is there or on the server."""
        items: list[dict[str, str]] = self.page.evaluate(OUTBOX)
        self.actions |= {item["uuid"] for item in items if item["kind"] == "action"}
        self.pictures |= {item["uuid"] for item in items if item["kind"] == "picture"}
        return items

    def do_tap(self) -> None:
        """The large button, and the photo that a delivery asks for."""
        self.page.wait_for_selector(SETTLED, state="attached")
        if self.page.evaluate(PRESS, f".phone-action:not([hidden]) {SHOW}").strip() != "Delivered":
            return
        with suppress(Error):
            self.page.set_input_files("dialog[open] input[type=file]", str(self.picture), timeout=4000)
            self.page.click("dialog[open] [type=submit]", timeout=4000)

    def do_wait(self) -> None:
        """Time goes by."""
        self.page.wait_for_timeout(self.random.choice([20, 150, 600]))

    def do_online(self) -> None:
        """Out of the tunnel."""
        self.phone.set_offline(False)

    def do_offline(self) -> None:
        """Into a tunnel."""
        self.phone.set_offline(True)

    def do_undo(self) -> None:
        """Not so, within ten seconds."""
        before = {item["uuid"] for item in self.look()}
        self.page.evaluate(PRESS, ".toast .button:not(.button-icon)")
        self.page.wait_for_timeout(150)
        self.undone |= before - {item["uuid"] for item in self.look()}

    def do_correct(self) -> None:
        """Not so, much later."""
        before = {item["uuid"] for item in self.look()}
        self.page.evaluate(PRESS, ".phone-tabs [data-view=stops]")
        self.page.evaluate(PRESS, "[data-phone-target=done] button")
        self.page.wait_for_timeout(150)
        self.page.evaluate(PRESS, ".phone-tabs [data-view=next]")
        self.undone |= before - {item["uuid"] for item in self.look()}

    def do_fail(self) -> None:
        """The shop is closed, the recipient refuses."""
        self.page.evaluate(PRESS, "dialog[data-phone-target=fail] [data-phone-reason-param=refused]")

    def do_close(self) -> None:
        """The rider closes the page and opens it again."""
        self.page.close()
        self._open()

    def do_crash(self) -> None:
        """The phone ends the page without a word."""
        with suppress(Error):
            self.page.goto("chrome://crash", timeout=2000)
        self.page.close()
        self._open()

    def do_restart(self) -> None:
        """The server is away, or back."""
        (self.server.stop if self.is_serving else self.server.start)()
        self.is_serving = not self.is_serving

    def do_plan(self) -> None:
        """The planner gives an order to somebody else, or to us."""
        with transaction():
            order = db.session.merge(self.random.choice(self.orders))
            replan(self.day, self.bos_run, order, self.random.random() < 0.5)

    def end(self) -> list[dict[str, str]]:
        """Home, with a network: everything goes out. What is left was refused."""
        if not self.is_serving:
            self.do_restart()
        self.do_online()

        def is_out() -> bool:
            self.page.evaluate(WAKE)
            self.page.wait_for_timeout(250)
            return not any(item["state"] == "waiting" for item in self.look())

        assert eventually(is_out), "something never left the phone"
        return self.look()

    def _open(self) -> None:
        self.page = self.phone.new_page()
        self._watch()
        self.page.goto(f"{self.server.address}/app")
        self.page.wait_for_selector(".phone[data-ready=true]")

    def _watch(self) -> None:
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def _posted(self, request: Request) -> None:
        if "/app/api/tasks/" in request.url and "/proofs" not in request.url and request.post_data:
            self.actions.add(json.loads(request.post_data)["client_uuid"])


@pytest.mark.parametrize("number", range(DAYS))
def test_what_a_rider_saw_confirmed_is_on_the_server_exactly_once(
    number: int, day: Day, open_page: Callable[[], Page], phone: BrowserContext, server: Any, tmp_path: Path
) -> None:
    """No action twice or never, no photo lost, history as the phone counted, sound books, no error on the page."""
    with transaction():
        bos_run = make_run(day.town, make_rider(day.coop_id, "Bo"))
        orders = [make_order(day.town) for _ in range(3)]
        for dropoff in (task for order in orders for task in tasks_of(order) if task.kind == "dropoff"):
            dropoff.required_proof = ["photo"]
        day.give(*orders)
    picture = tmp_path / "door.jpg"
    picture.write_bytes(photo())
    bad = BadDay(day, server, phone, open_page(), orders, bos_run, picture, random.Random(f"{SEED}:{number}"))
    bad.live()
    left = bad.end()
    check(day, bad, {item["uuid"] for item in left if item["kind"] == "action"})
    assert not [item for item in left if item["kind"] == "picture"], "a picture is kept whatever happened meanwhile"
    assert bad.faults == []


def check(day: Day, bad: BadDay, refused: set[str]) -> None:
    """What must hold at the end of any day."""
    db.session.rollback()
    counted = select(TaskEvent.client_uuid, func.count()).where(TaskEvent.client_uuid.in_(bad.actions))
    counts = {str(key): count for key, count in db.session.execute(counted.group_by(TaskEvent.client_uuid)).tuples()}
    twice_or_never = {
        uuid: counts.get(uuid, 0)
        for uuid in bad.actions
        if counts.get(uuid, 0) != (0 if uuid in refused else 1) and not (uuid in bad.undone and uuid not in counts)
    }
    assert twice_or_never == {}
    kept = {str(uuid) for uuid in db.session.scalars(select(Proof.client_uuid).where(Proof.sha256.is_not(None)))}
    assert bad.pictures - bad.undone - kept == set(), "a photo was lost"
    for order in bad.orders:
        own = [event.device_seq for event in list_history(day.coop_id, order.id) if event.device_seq is not None]
        assert own == sorted(own), "history stands as the phone counted"
    audit = ledger.audit(day.coop_id)
    assert (audit.unbalanced, audit.sum_cents, audit.broken_at) == ((), 0, None)
