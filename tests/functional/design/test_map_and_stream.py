"""The map and the live stream in a real browser, each through the one module that pages use."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request

from tests.functional.design.conftest import Stream

pytestmark = pytest.mark.browser

DRAW_MAP = """async () => {
  const { createMap } = await import("/static/js/map.js");
  const element = document.querySelector("main");
  element.replaceChildren(Object.assign(document.createElement("div"), { className: "map map-tall" }));
  const frame = { zoom: 15, centre: [-37.4, 44.379] };
  window.view = await createMap(element.firstChild, { tiles: "/tiles/town.pmtiles", ...frame });
  window.view.setRuns([{ id: "run", colour: 2, coordinates: [[-37.402, 44.379], [-37.398, 44.38]] }]);
  window.view.setRiders([{ id: "amina", name: "Amina Okafor", colour: 2, heading: 90, lon: -37.4, lat: 44.379 }]);
  await new Promise((idle) => window.view.onIdle(idle));
}"""
DRAWN = """(layers) => {
  const found = window.view.map.queryRenderedFeatures({ layers });
  return new Set(found.map(({ layer }) => layer.id)).size === layers.length;
}"""
FOLLOW_STREAM = """() => new Promise((done) => {
  const heard = [];
  document.addEventListener("live:OrderPlaced", ({ detail }) => heard.push(detail.data.number));
  document.addEventListener("live:reset", () => {
    heard.push("anew");
    if (heard.includes(7)) done(heard);
  });
  const line = document.createElement("div");
  line.innerHTML = '<span class="live-state" data-live-target="state"></span>';
  line.dataset.controller = "live";
  line.dataset.liveUrlValue = "/stream";
  line.dataset.liveSinceValue = "4";
  line.dataset.liveEventsValue = '["OrderPlaced"]';
  document.querySelector("main").append(line);
})"""


@pytest.fixture
def page(browser: Browser, guide_url: str) -> Iterator[Page]:
    """A page with the shared behaviours, by day."""
    context = browser.new_context(viewport={"width": 1000, "height": 700}, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{guide_url}/empty")
    yield page
    context.close()


def test_the_browser_refuses_nothing(browser: Browser, guide_url: str) -> None:
    """No violation of the policy, no missing file, no error in a script."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto(f"{guide_url}/styleguide", wait_until="networkidle")
    context.close()
    assert complaints == []


def test_the_map_draws_town_and_run_and_asks_nobody_else(page: Page, guide_url: str) -> None:
    """Every byte comes from our own origin: tiles, worker, no glyphs, no sprite."""
    foreign: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((guide_url, "blob:", "data:")):
            foreign.append(request.url)

    page.on("request", note)
    page.evaluate(DRAW_MAP)
    assert page.evaluate(DRAWN, ["water", "building", "ground-filling", "ground-cycleway", "minor-name", "run-line"])
    assert foreign == []


def test_a_map_drawn_in_software_ends_in_full_detail(page: Page) -> None:
    """It begins as a sketch of few pixels; the worker reads tiles without the page."""
    warnings: list[str] = []
    page.on("console", lambda message: warnings.append(message.text) if message.type == "warning" else None)
    with page.expect_request("**/js/map_worker.mjs"):
        page.evaluate(DRAW_MAP)
    assert page.evaluate("window.view.map.getPixelRatio() === window.devicePixelRatio")
    assert page.evaluate("window.view.map.getCanvas().width >= 900")
    assert [text for text in warnings if text.startswith("map")] == []


def test_riders_on_the_map_are_buttons_with_a_name(page: Page) -> None:
    """A rider can be reached by keyboard, and the page is told which."""
    page.evaluate(DRAW_MAP)
    page.evaluate("window.view.onSelect((what, id) => { window.chosen = [what, id]; })")
    page.get_by_role("button", name="rider Amina Okafor").press("Enter")
    assert page.evaluate("window.chosen") == ["rider", "amina"]


def test_night_keeps_what_was_drawn(page: Page) -> None:
    """A change of colours brings a new style; runs and riders stay."""
    page.evaluate(DRAW_MAP)
    page.evaluate("window.redrawn = new Promise((idle) => window.view.onIdle(() => idle())), 0")
    page.emulate_media(color_scheme="dark")
    page.evaluate("window.redrawn")
    assert page.evaluate("window.view.palette.name") == "night"
    assert page.evaluate(DRAWN, ["water", "run-line"])


def test_a_stream_is_resumed_after_the_last_event_seen(page: Page, stream: Stream) -> None:
    """First by the page's own number, then through an end and a refusal; nothing is heard twice or missed.

    While it is refused a stream, the page fetches anew by itself.
    """
    assert page.evaluate(FOLLOW_STREAM) == [5, 6, "anew", 7, "anew"]
    assert stream.resumed_after[:3] == ["4", "6", "6"]
