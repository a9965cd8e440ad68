"""A real browser for tests of whole pages: the system's Chromium, without a window, speaking to nobody else."""

import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright

from tests.factories.coops import PASSWORD

PATIENCE_MS = 20_000
"""A busy machine may take its time; what never comes fails all the same."""

WHOLE = ("chromium", "chromium-browser", "google-chrome")
SHELL = "chromium-headless-shell"
"""Chromium without what surrounds a page (windows, extensions, notifications): a test takes two thirds of the time."""

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-gpu-rasterization", "--use-gl=swiftshader", "--disable-quic",
    "--enable-unsafe-swiftshader", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def browsers() -> Iterator[Callable[[bool], Browser]]:
    """Chromium for the tests of a module, started when first asked for: the shell, or on request the whole.

    Not for the session: Playwright keeps an event loop running, beside which other tests cannot run theirs.
    """
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        opened = cache(lambda is_whole: launch(playwright, is_whole=is_whole))
        yield opened


@pytest.fixture
def browser(browsers: Callable[[bool], Browser], request: pytest.FixtureRequest) -> Browser:
    """Each test opens a context of its own; one marked `whole_browser` gets what the shell lacks."""
    return browsers(request.node.get_closest_marker("whole_browser") is not None)


def launch(playwright: Playwright, *flags: str, is_whole: bool) -> Browser:
    """A Chromium; the test is skipped where there is none."""
    programs = WHOLE if is_whole else (SHELL, *WHOLE)
    program = next((path for name in programs if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    return playwright.chromium.launch(executable_path=program, args=[*FLAGS, *flags])


def sign_in(context: BrowserContext, address: str, email: str) -> None:
    """Send the login form without drawing it: half a second that most tests need not spend (the others fill it in)."""
    form = context.request.get(f"{address}/login").text()
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token, form
    fields = {"email": email, "password": PASSWORD, "csrf_token": token.group(1)}
    answer = context.request.post(f"{address}/login", form=fields, max_redirects=0)
    assert answer.status == 302, answer.text()
