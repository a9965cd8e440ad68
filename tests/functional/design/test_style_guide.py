"""The visual language in a real browser: readable, reachable by keyboard, within its width, under the strict policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.mapless]

AXE = Path(__file__).parents[3] / "dispatch" / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def page(browser: Browser, guide_url: str) -> Iterator[Page]:
    """The style guide on a desk, by day."""
    context = browser.new_context(viewport=DESK, reduced_motion="reduce")
    yield open_guide(context, guide_url)
    context.close()


def open_guide(context: BrowserContext, url: str) -> Page:
    """The page with its behaviours started."""
    page = context.new_page()
    page.goto(f"{url}/styleguide")
    expect(page.get_by_role("button", name="Colours: as the device")).to_be_visible()
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_axe_finds_nothing(browser: Browser, guide_url: str, size: dict[str, int], scheme: str) -> None:
    """Contrast, names, roles and landmarks of every part, by the usual checker."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed: make install")
    context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    page = open_guide(context, guide_url)
    page.evaluate(AXE.read_text())
    found = page.evaluate("standards => axe.run(document, {runOnly: standards})", STANDARDS)["violations"]
    context.close()
    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found] == []


@pytest.mark.parametrize("width", [320, 768, 3840])
def test_the_page_never_scrolls_sideways(browser: Browser, guide_url: str, width: int) -> None:
    """From the smallest phone to a 4K screen."""
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = open_guide(context, guide_url)
    excess = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    context.close()
    assert excess <= 0


def test_an_address_is_chosen_by_keyboard_alone(page: Page) -> None:
    """The combobox pattern: arrows move, Enter takes, the hidden fields get the place."""
    field = page.get_by_role("combobox", name="Deliver to")
    field.press_sequentially("four")
    expect(page.get_by_role("listbox", name="Deliver to").get_by_role("option")).to_have_count(3)
    field.press("ArrowDown")
    field.press("ArrowDown")
    expect(page.get_by_role("option", name="Rue du Four 2")).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    expect(field).to_have_value("Rue du Four 2")
    expect(page.get_by_role("listbox", name="Deliver to")).to_be_hidden()
    assert page.locator('[name="dropoff_lon"]').input_value() == "-37.398"


def test_typing_again_forgets_the_chosen_place(page: Page) -> None:
    """A pin of another address must never travel with a new text."""
    field = page.get_by_role("combobox", name="Deliver to")
    field.press_sequentially("four")
    page.get_by_role("option", name="Rue du Four 1").click()
    field.press("End")
    field.press_sequentially("x")
    assert page.locator('[name="dropoff_lon"]').input_value() == ""


def test_colours_are_kept_without_a_flicker(page: Page) -> None:
    """The choice is a cookie that the server reads before the first paint."""
    button = page.get_by_role("button", name="Colours:")
    button.click()
    button.click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert {"theme": "dark"}.items() <= {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}.items()


def test_a_dangerous_form_asks_first(page: Page) -> None:
    """Cancel keeps everything as it was; the question names the action."""
    page.get_by_role("button", name="Cancel order").last.click()
    dialog = page.get_by_role("dialog", name="Cancel order 1042?")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Cancel", exact=True).click()
    expect(dialog).to_be_hidden()


def test_a_message_appears_and_can_be_dismissed(page: Page) -> None:
    """Toasts are announced politely and never need a mouse."""
    page.get_by_role("button", name="Say something").click()
    expect(page.get_by_role("status").filter(has_text="assigned to Amina")).to_be_visible()
    page.get_by_role("button", name="Dismiss").press("Enter")
    expect(page.locator(".toast")).to_have_count(0)


def test_the_page_reads_without_scripts(browser: Browser, guide_url: str) -> None:
    """Server-rendered: headings, table and form are there before any module runs."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{guide_url}/styleguide")
    expect(page.get_by_role("heading", name="Style guide")).to_be_visible()
    expect(page.get_by_role("textbox", name="Deliver to")).to_be_editable()
    expect(page.get_by_role("row")).to_have_count(5)
    context.close()
