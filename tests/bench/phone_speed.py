"""How fast the phone is: first look, later looks without a network, a tap, and memory over a shift of 60 stops.

    .venv/bin/pytest -s -p no:xdist tests/bench/phone_speed.py

Chromium with a 4x slowed processor; "slow 4G" is Lighthouse's: 150 ms for each answer, 1.6 Mbit/s down, 750 kbit/s up.
Prints figures and asserts nothing about time: what else runs on the machine is not the phone's fault.
"""
import json
import statistics
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page
from sqlalchemy import select

from dispatch.coop.models import Member
from dispatch.core.db import db
from tests.bench.conftest import Web
from tests.factories.coops import PASSWORD
from tests.factories.day import Day
from tests.functional.phone.conftest import PHONE, TAKEN_OVER

pytestmark = [pytest.mark.browser, pytest.mark.timeout(900)]
SLOW_4G = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
AWAY = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
READY = ".phone[data-ready=true] .next-stop-place"
SHOWN_AT = f"""new MutationObserver((_changes, observer) => {{
  if (!document.querySelector("{READY}")) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => {{ window.shownAt = performance.now(); }}, 0));
}}).observe(document, {{ subtree: true, childList: true, attributes: true }})"""
"""Milliseconds from the start of the navigation to the frame after the first stop, by the page's own clock."""
TAP = """() => new Promise((done) => {
  const button = document.querySelector(".phone-action .button-primary");
  const seen = () => button.textContent.trim() + document.querySelector(".next-stop-place")?.textContent;
  const before = seen();
  let began = null;
  const look = () => {
    if (began === null && !button.parentElement.dataset.settling) {
      began = performance.now();
      button.click();
    }
    if (began !== null && seen() !== before) done(performance.now() - began);
    else if (began !== null && performance.now() - began > 5000) done(null);
    else requestAnimationFrame(look);
  };
  look();
})"""


def sign_in(context: BrowserContext, web: Web, day: Day) -> Page:
    """A signed-in browser that has never been at /app."""
    email = db.session.scalar(select(Member.email).where(Member.id == day.rider.member_id))
    db.session.commit()
    page = context.new_page()
    page.goto(f"{web.address}/login?next=/portal")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("form button[type=submit]")
    page.wait_for_load_state()
    return page


def slow_down(page: Page, network: dict[str, Any]) -> CDPSession:
    """A four times slower processor and this network."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    session.send("Network.emulateNetworkConditions", network)
    return session


def shown_at(page: Page) -> float:
    """When the first stop was seen."""
    milliseconds: float = page.wait_for_function("() => window.shownAt").json_value()
    return milliseconds


def report(**figures: object) -> None:
    """One line of JSON on the screen."""
    print("\n" + json.dumps(figures))


def test_first_look_and_later_looks(browser: Browser, web: Web, day: Day) -> None:
    """From the address to the first stop on the screen; then again with no network at all."""
    day.order()
    firsts, sizes, repeats = [], [], []
    for _ in range(3):
        context = browser.new_context(**PHONE, service_workers="allow")
        context.add_init_script(SHOWN_AT)
        page = sign_in(context, web, day)
        session = slow_down(page, SLOW_4G)
        received: list[int] = []
        session.on("Network.loadingFinished", lambda event, to=received: to.append(int(event["encodedDataLength"])))
        page.goto(f"{web.address}/app", wait_until="commit")
        firsts.append(shown_at(page))
        sizes.append(sum(received))
        session.send("Network.emulateNetworkConditions", {**SLOW_4G, "latency": 0, "downloadThroughput": -1})
        page.evaluate(TAKEN_OVER)
        page.close()
        page = context.new_page()
        slow_down(page, AWAY)
        context.set_offline(True)
        page.goto(f"{web.address}/app", wait_until="commit")
        repeats.append(shown_at(page))
        context.close()
    first, repeat = round(statistics.median(firsts)), round(statistics.median(repeats))
    report(first_look_ms=first, bytes=max(sizes), repeat_offline_ms=repeat)


def open_run(browser: Browser, web: Web, day: Day, orders: int) -> Page:
    """A phone at the first of so many stops."""
    for _ in range(orders):
        day.order()
    page = sign_in(browser.new_context(**PHONE), web, day)
    page.goto(f"{web.address}/app")
    page.wait_for_selector(READY)
    page.evaluate(TAKEN_OVER)
    return page


def test_a_tap_is_confirmed_on_the_screen(browser: Browser, web: Web, day: Day) -> None:
    """From the finger to the next words on the screen, with the item on disk."""
    page = open_run(browser, web, day, orders=4)
    slow_down(page, SLOW_4G)
    taps = [page.evaluate(TAP) for _ in range(16)]
    known = sorted(tap for tap in taps if tap is not None)
    median, lost = round(statistics.median(known)), taps.count(None)
    report(taps=len(known), median_ms=median, slowest_ms=round(known[-1]), lost=lost)
    page.context.close()


def test_memory_stays_flat_over_a_shift_of_sixty_stops(browser: Browser, web: Web, day: Day) -> None:
    """What the page holds after each ten stops, rubbish collected."""
    page = open_run(browser, web, day, orders=30)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    held = []
    for stop in range(60):
        page.evaluate(TAP)
        page.evaluate(TAP)
        if stop % 10 == 9:
            page.wait_for_timeout(9000)
            session.send("HeapProfiler.collectGarbage")
            metrics = {item["name"]: item["value"] for item in session.send("Performance.getMetrics")["metrics"]}
            held.append({"heap_kb": round(metrics["JSHeapUsedSize"] / 1024), "nodes": int(metrics["Nodes"])})
    report(after_each_ten_stops=held)
    assert held[-1]["heap_kb"] < 1.25 * held[0]["heap_kb"], "memory grows with every stop"
    assert held[-1]["nodes"] < 1.25 * held[0]["nodes"], "the page keeps what it has drawn"
    page.context.close()
