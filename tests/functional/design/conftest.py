"""The style guide served over HTTP under the real content security policy, without a database."""

import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from flask import Flask, Response, jsonify
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from werkzeug.serving import make_server

from dispatch.core import styleguide, web

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; worker-src 'self'; connect-src 'self'; script-src 'self'; "
    "style-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


@pytest.fixture(scope="session")
def guide_url() -> Iterator[str]:
    """Address of a server that shows the style guide and answers its address field."""
    server = make_server("127.0.0.1", 0, guide_app(), threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def guide_app() -> Flask:
    """Shared templates, filters and styles; the address search knows one street."""
    app = Flask("dispatch")
    app.config["SECRET_KEY"] = "for tests"
    app.extensions["settings"] = SimpleNamespace(demo=True)
    Babel(app)
    CSRFProtect(app)
    web.add_filters(app)
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
