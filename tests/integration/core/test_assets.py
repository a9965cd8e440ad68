"""Files are sent packed, under addresses that change with their content."""
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import brotli
import pytest
from flask import Flask

from dispatch.core.assets import FOR_EVER, Assets
from dispatch.core.errors import NotFound
from riders import offline, pages
from tests.conftest import TestStack
from tests.factories.application import make_app
from tests.factories.phone import Browser

BUDGET_BYTES = 250 * 1024
"""What a phone may fetch for its first look at `/app`, packed and without the map."""


@pytest.fixture
def app(database: TestStack, tmp_path: Path) -> Iterator[Flask]:
    """The application on an empty database."""
    yield make_app(database.environment(), tmp_path)


@pytest.fixture
def browser(app: Flask) -> Browser:
    """Somebody who has not signed in."""
    return Browser(app)


def test_a_page_names_versions_and_such_a_file_is_kept_for_ever(browser: Browser) -> None:
    """The next deploy has other addresses, so nobody need ask whether a file has changed."""
    page = browser.get("/login").get_data(as_text=True)
    address = re.search(r'src="(/static/-[0-9a-f]{16}/js/app\.js)"', page)[1]
    script = browser.get(address)
    assert script.headers["Cache-Control"] == FOR_EVER
    assert "/static/-" in script.get_data(as_text=True), "a module must import the others of its own version"


def test_a_plain_or_old_address_is_asked_for_anew(browser: Browser) -> None:
    """A page from before a deploy still finds its files."""
    for address in ("/static/js/app.js", "/static/-0123456789abcdef/js/app.js"):
        found = browser.get(address)
        assert (found.status_code, found.headers["Cache-Control"]) == (200, "no-cache")
        again = browser.get(address, headers={"If-None-Match": found.headers["ETag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(("accepts", "unpack"), [("gzip, br", brotli.decompress), ("gzip", gzip.decompress)])
def test_files_and_pages_are_sent_packed(browser: Browser, accepts: str, unpack: object) -> None:
    """Brotli where the browser takes it; what is inside is the same."""
    for address in ("/static/css/components.css", "/static/icons.svg", "/login"):
        plain = browser.get(address, headers={"Accept-Encoding": "identity"})
        packed = browser.get(address, headers={"Accept-Encoding": accepts})
        assert packed.content_encoding in accepts
        assert len(packed.data) < len(plain.data) / 2
        assert "Accept-Encoding" in packed.headers["Vary"] and "Accept-Encoding" in plain.headers["Vary"]
        if address != "/login":  # whose token is another each time
            assert unpack(packed.data) == plain.data


def test_only_the_phones_page_may_run_webassembly(browser: Browser) -> None:
    """A view says what its page needs beyond the site's policy; no other page gets it."""
    assert "wasm-unsafe-eval" not in browser.get("/login").headers["Content-Security-Policy"]
    phone: dict[str, dict[str, str]] = pages.phone.talisman_view_options
    assert phone["content_security_policy"]["script-src"] == "'self' 'wasm-unsafe-eval'"


def test_pictures_and_small_answers_are_left_as_they_are(browser: Browser) -> None:
    """Packing them would only cost time."""
    for address in ("/static/icons/icon-512.png", "/healthz"):
        assert browser.get(address, headers={"Accept-Encoding": "br"}).content_encoding is None


@pytest.mark.parametrize("name", ["../settings.py", "%2e%2e/app.py", "js/../../app.py", "nothing.js", ""])
def test_nothing_outside_the_folders_is_served(browser: Browser, name: str) -> None:
    """A path with dots leads nowhere."""
    assert browser.get(f"/static/{name}").status_code == 404


def test_a_changed_file_changes_every_address_at_once(tmp_path: Path) -> None:
    """Modules of two versions never meet on one page, and nothing packed before is out of date."""
    folder, store = tmp_path / "files", tmp_path / "packed"
    folder.mkdir()
    (folder / "a.js").write_text('import "/static/b.js";' + " " * 2000)
    (folder / "b.js").write_text("export const b = 1;")
    assets = Assets({"/static": folder}, store, look_every_s=0)
    assets.pack_all()
    before = assets.address("/static/b.js")
    (folder / "b.js").write_text("export const b = 2; // changed")
    asset, _ = assets.find("/static/a.js")
    assert assets.address("/static/b.js") != before
    assert assets.address("/static/b.js").encode() in asset.content
    assert brotli.decompress(assets.packed(asset, "br")) == asset.content
    with pytest.raises(NotFound):
        assets.find("/static/c.js")


def test_the_phone_is_within_its_budget(app: Flask, browser: Browser) -> None:
    """Everything kept for offline work, by any rider, in a dead zone's last bar of signal."""
    with app.test_request_context():
        files = offline.shell()["files"]
    sizes = {address: len(browser.get(address, headers={"Accept-Encoding": "br"}).data) for address in files}
    assert sum(sizes.values()) <= BUDGET_BYTES, sorted(sizes.items(), key=lambda item: -item[1])[:8]


def test_the_phone_names_every_module_beforehand(app: Flask) -> None:
    """A module found only by reading another costs a round trip on a slow network."""
    with app.test_request_context():
        named, kept = offline.modules(), offline.shell()["files"]
    joined = app.extensions["assets"].bundle(offline.ENTRY)
    brought = {*named, *(joined.modules if joined else ())}
    assert {"/app/static/outbox.js", "/static/vendor/idb.js", "/static/js/http.js"} <= brought
    assert {address for address in named if app.extensions["assets"].address(address) not in kept} == set()
