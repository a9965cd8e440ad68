"""A bare Flask application with the database only, for tests of services that need no web pages.

It loads the tables of all packages, because foreign keys name tables across packages.
"""
import os
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import Engine

import dispatch.coop.models  # noqa: F401
import dispatch.core.http  # noqa: F401
import dispatch.core.outbox  # noqa: F401
import dispatch.geo.models  # noqa: F401
import dispatch.governance.models  # noqa: F401
import dispatch.ledger.models  # noqa: F401
import dispatch.notify.models  # noqa: F401
import dispatch.orders.models  # noqa: F401
import dispatch.planning.models  # noqa: F401
import merchants.models  # noqa: F401
import riders.models  # noqa: F401
import riders.trouble.models  # noqa: F401
from dispatch.core.db import db, engine_options

_engines: dict[str, Engine] = {}


def database_app(url: str) -> Flask:
    """An application whose sessions act as the co-op-confined role."""
    app = Flask(f"test-{os.getpid()}")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options()
    db.init_app(app)
    return app


@contextmanager
def context_of(app: Flask) -> Iterator[Flask]:
    """The application in a context that ends with the block, on this process's one engine for its database.

    An engine compiles a statement once and its connections come to know the tables: with one for each test, a third
    of the time went into learning both again.
    """
    with app.app_context():
        db.engines[None] = _engines.setdefault(app.config["SQLALCHEMY_DATABASE_URI"], db.engine)
        yield app
        db.session.remove()
