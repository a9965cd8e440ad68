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
    "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]  # fmt: skip
DRAWS_MAPS = "--enable-unsafe-swiftshader"
NO_MAPS = "--disable-3d-apis"
"""Like a device without WebGL: pages say so in the map's place. In software a map is a third of a page's time."""


@pytest.fixture(scope="module")
def browsers() -> Iterator[Callable[[bool, bool], Browser]]:
    """Chromium for the tests of a module, started when first asked for: `(is_whole, draws_maps)`.

    Not for the session: Playwright keeps an event loop running, beside which other tests cannot run theirs.
    """
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        opened = cache(lambda is_whole, draws_maps: launch(playwright, is_whole=is_whole, draws_maps=draws_maps))
        yield opened


@pytest.fixture
def browser(browsers: Callable[[bool, bool], Browser], request: pytest.FixtureRequest) -> Browser:
    """Each test opens a context of its own; marks say whether it wants what the shell lacks, and no maps."""
    marked = request.node.get_closest_marker
    return browsers(marked("whole_browser") is not None, marked("mapless") is None)


def launch(playwright: Playwright, *flags: str, is_whole: bool, draws_maps: bool = True) -> Browser:
    """A Chromium; the test is skipped where there is none."""
    programs = WHOLE if is_whole else (SHELL, *WHOLE)
    program = next((path for name in programs if (path := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    drawing = DRAWS_MAPS if draws_maps else NO_MAPS
    return playwright.chromium.launch(executable_path=program, args=[*FLAGS, drawing, *flags])


def sign_in(context: BrowserContext, address: str, email: str) -> None:
    """Send the login form without drawing it: half a second that most tests need not spend (the others fill it in)."""
    form = context.request.get(f"{address}/login").text()
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token, form
    fields = {"email": email, "password": PASSWORD, "csrf_token": token.group(1)}
    answer = context.request.post(f"{address}/login", form=fields, max_redirects=0)
    assert answer.status == 302, answer.text()
