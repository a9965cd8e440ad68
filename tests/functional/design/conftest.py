"""The style guide served over HTTP under the real content security policy, without a database.

Beside it a map of the demo town and a live stream that breaks, as streams do.
"""

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, Response, abort, jsonify, render_template_string, request, send_file
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from werkzeug.serving import make_server

from dispatch.app import site_assets
from dispatch.core import assets, styleguide, web
from dispatch.geo.extract import read_extract
from dispatch.geo.tiles import Sheet, build_tiles
from tests.town import town_file

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self'; connect-src 'self'; script-src 'self'; "
    "style-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


EMPTY = """{% extends "base.html" %}
{% block scripts %}<script type="module" src="/static/js/styleguide.js"></script>{% endblock %}"""


class Stream:
    """A live stream that ends after two events, is refused once, then goes on; it notes from where it was resumed."""

    def __init__(self) -> None:
        self.resumed_after: list[str] = []

    def answer(self) -> Response:
        """Events 5 and 6; a refusal; event 7 and a reset."""
        self.resumed_after.append(request.headers.get("Last-Event-ID") or request.args.get("last_event_id", ""))
        if len(self.resumed_after) == 2:
            abort(503)
        events = [5, 6] if len(self.resumed_after) == 1 else [7]
        body = "".join(f'id: {number}\nevent: OrderPlaced\ndata: {{"number": {number}}}\n\n' for number in events)
        ending = "" if len(self.resumed_after) == 1 else "event: reset\ndata: {}\n\n"
        return Response(f"retry: 100\n\n{body}{ending}", mimetype="text/event-stream")


@pytest.fixture(scope="session")
def stream() -> Stream:
    """The stream at /stream."""
    return Stream()


@pytest.fixture(scope="session")
def town_tiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo town as a PMTiles archive."""
    extract, archive = town_file(), tmp_path_factory.mktemp("town") / "city.pmtiles"
    build_tiles(extract, archive, Sheet(name="town", bounds=read_extract(extract).area.bounds))
    return archive


@pytest.fixture(scope="session")
def guide_url(stream: Stream, town_tiles: Path) -> Iterator[str]:
    """Address of a server that shows the style guide, with all that it asks for."""
    app = guide_app()
    app.add_url_rule("/stream", view_func=stream.answer)
    app.add_url_rule("/empty", "empty", lambda: render_template_string(EMPTY))
    app.add_url_rule("/tiles/town.pmtiles", "tiles", lambda: send_file(town_tiles, conditional=True))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def guide_app() -> Flask:
    """Shared templates, filters and styles; the address search knows one street."""
    app = Flask("dispatch", static_folder=None)
    app.config["SECRET_KEY"] = "for tests"
    app.extensions["settings"] = SimpleNamespace(demo=True)
    Babel(app)
    CSRFProtect(app)
    web.add_filters(app)
    assets.install(app, site_assets())
    app.register_blueprint(styleguide.bp)
    app.add_url_rule("/api/v1/geocode", view_func=three_doors)
    app.after_request(with_policy)
    return app


def three_doors() -> Response:
    """Rue du Four 1 to 3, as GeoJSON."""
    features = [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [round(-37.4 + number / 1000, 3), 44.38]},
         "properties": {"label": f"Rue du Four {number}", "kind": "address"}}
        for number in (1, 2, 3)
    ]  # fmt: skip
    return jsonify(type="FeatureCollection", features=features)


def with_policy(response: Response) -> Response:
    """As the application sends it."""
    response.headers["Content-Security-Policy"] = POLICY
    return response
