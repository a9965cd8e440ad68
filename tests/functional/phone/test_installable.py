"""What a browser and an auditor ask of a page that wants to be on a home screen, and what the phone keeps of it."""
import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin
from urllib.request import urlopen

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from dispatch.app import FOLDERS, JOINED
from dispatch.coop.models import Member
from dispatch.core.assets import Assets
from dispatch.core.db import db, transaction
from tests.factories.coops import PASSWORD
from tests.factories.day import Day
from tests.factories.phone_page import lose_login, state_of, wait_until_all_is_sent
from tests.factories.town import make_rider, make_run
from tests.functional.phone.conftest import PHONE, TAKEN_OVER
from tests.functional.phone.test_phone import MAIN, tap

pytestmark = [pytest.mark.browser, pytest.mark.mapless]
FIRST_LOAD_MOST_BYTES = 250_000


def size_of(png: bytes) -> str:
    """Width and height as a manifest writes them."""
    return "{}x{}".format(*struct.unpack(">II", png[16:24]))


def test_a_browser_finds_nothing_that_keeps_the_page_off_the_home_screen(
    open_page: Callable[[], Page], phone: BrowserContext
) -> None:
    """Chromium's own judgement, of the manifest and of the page."""
    page = open_page()
    session = phone.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    found = [error["errorId"] for error in session.send("Page.getInstallabilityErrors")["installabilityErrors"]]
    assert [error for error in found if error != "in-incognito"] == []  # every test's browser forgets afterwards


def test_the_manifest_names_what_phones_need(server: Any) -> None:
    """Names, start, scope, colours, and icons that are as large as they say: any and maskable."""
    address = f"{server.address}/app/manifest.webmanifest"
    manifest = json.loads(urlopen(address).read())
    assert {"name", "short_name", "start_url", "scope", "display", "theme_color", "background_color"} <= set(manifest)
    assert manifest["start_url"].startswith(manifest["scope"])
    assert manifest["display"] == "standalone"
    icons = [(icon["sizes"], icon["purpose"]) for icon in manifest["icons"]]
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} <= set(icons)
    for icon in manifest["icons"]:
        assert size_of(urlopen(urljoin(address, icon["src"])).read()) == icon["sizes"]


def test_the_page_says_how_it_wants_to_be_shown(open_page: Callable[[], Page]) -> None:
    """Viewport, colours of the bar, an icon for iPhones, a language, a title, zooming allowed."""
    page = open_page()
    content = "(name) => document.querySelector(`meta[name='${name}']`)?.content ?? ''"
    viewport = page.evaluate(content, "viewport")
    assert "width=device-width" in viewport and "user-scalable=no" not in viewport and "maximum-scale" not in viewport
    assert page.evaluate(content, "theme-color") and page.evaluate(content, "color-scheme")
    assert page.locator("link[rel=apple-touch-icon]").count() == 1
    assert page.evaluate("document.documentElement.lang") and page.title()


def test_the_browser_is_asked_to_keep_what_is_on_the_phone(
    phone: BrowserContext, open_page: Callable[[], Page]
) -> None:
    """Else it may empty the store when the phone runs short of room; one that says no changes nothing."""
    phone.add_init_script("StorageManager.prototype.persist = async () => { window.has_asked = true; return false; }")
    page = open_page()
    page.wait_for_function("window.has_asked")
    expect(page.get_by_text("Nothing to do just now")).to_be_visible()


def test_the_start_address_answers_without_a_network(
    day: Day, open_page: Callable[[], Page], server: Any, phone: BrowserContext
) -> None:
    """From the home screen in a basement: the page, with its run, from the phone."""
    day.order()
    page = open_page()
    expect(page.locator(MAIN)).to_have_text("Set off")
    server.stop()
    page.close()
    page = phone.new_page()
    answer = page.goto(f"{server.address}/app")
    assert answer is not None and answer.ok and answer.from_service_worker
    expect(page.locator(".next-stop-place")).to_have_text("Market 1")


def test_a_first_load_is_small(day: Day, server: Any, browser: Browser) -> None:
    """Packed, and without the map."""
    day.order()
    email = db.session.scalar(select(Member.email).where(Member.id == day.rider.member_id))
    db.session.commit()
    context = browser.new_context(**PHONE)
    page = context.new_page()
    received: list[int] = []
    page.goto(f"{server.address}/login?next=/portal")
    page.fill("input[name=email]", str(email))
    page.fill("input[name=password]", PASSWORD)
    page.click("form button[type=submit]")
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.clearBrowserCache")
    session.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    page.goto(f"{server.address}/app")
    page.wait_for_selector(".phone[data-ready=true] .next-stop-place")
    page.evaluate(TAKEN_OVER)
    context.close()
    assert 10_000 < sum(received) < FIRST_LOAD_MOST_BYTES


def test_plain_modules_do_the_same_as_the_joined_script(
    app: Flask, day: Day, open_page: Callable[[], Page], tmp_path: Path
) -> None:
    """Who develops, or has no Node.js, has the same phone."""
    pickup, _ = day.order()
    app.extensions["assets"] = Assets(FOLDERS, tmp_path, joined=JOINED)
    page = open_page()
    assert page.locator("link[rel=modulepreload]").count() > 20
    tap(page, "Set off")
    wait_until_all_is_sent(page)
    assert state_of(day, pickup) == "en_route_pickup"


def test_a_page_kept_for_one_rider_never_speaks_for_another(
    day: Day, open_page: Callable[[], Page], server: Any, phone: BrowserContext
) -> None:
    """Ada's page lies on the phone when Bo signs in: his page comes, and what she has unsent stays hers."""
    pickup, _ = day.order()
    with transaction():
        row = make_rider(day.coop_id, "Bo")
        make_run(day.town, row)
    email = str(db.session.scalar(select(Member.email).where(Member.id == row.member_id)))
    db.session.commit()
    page = open_page()
    expect(page.locator(MAIN)).to_have_text("Set off")
    lose_login(phone)
    tap(page, "Set off")
    expect(page.locator("[data-phone-target=signedOut]")).to_be_visible()
    page.goto(f"{server.address}/login?next=/app")
    page.fill("input[name=email]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("form button[type=submit]")
    page.locator(".menu-note", has_text="Bo").wait_for(state="attached")
    expect(page.locator(".phone-unsent")).to_be_hidden()
    assert state_of(day, pickup) == "pending"


def test_a_new_language_reaches_the_page_that_the_phone_has_kept(
    day: Day, open_page: Callable[[], Page], server: Any
) -> None:
    """The kept page comes at once; the newer one replaces it before the rider has begun."""
    page = open_page()
    db.session.get_one(Member, (day.coop_id, day.rider.member_id)).locale = "fr"
    db.session.commit()
    page.goto(f"{server.address}/app")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
