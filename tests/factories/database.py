"""A bare Flask application with the database only, for tests of services that need no web pages.

It loads the tables of all packages, because foreign keys name tables across packages.
"""
import os

from flask import Flask

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


def database_app(url: str) -> Flask:
    """An application whose sessions act as the co-op-confined role."""
    app = Flask(f"test-{os.getpid()}")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(pool_size=2)
    db.init_app(app)
    return app
