"""The rider's own settings, from the phone's menu."""
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.functional.phone.test_for_everybody import look

pytestmark = [pytest.mark.browser, pytest.mark.mapless]


def test_the_phone_speaks_the_language_that_was_chosen(open_page: Callable[[], Page]) -> None:
    """The page that was kept for dead zones is in the old language, and is another one a moment later."""
    page = open_page()
    page.click(".phone-bar summary")
    page.click("a:has-text('My account')")
    page.wait_for_url("**/account")
    assert look(page) == []
    page.select_option("[name=locale]", label="Français")
    page.click("button:has-text('Save')")
    expect(page.locator(".notice")).to_contain_text("Votre langue est enregistrée.")
    page.click("a:has-text('Retour')")
    expect(page.locator(".phone-tabs")).to_contain_text("Arrêts")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
