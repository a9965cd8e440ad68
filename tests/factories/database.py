"""A bare Flask application with the database only, for tests of services that need no web pages."""
import os

from flask import Flask

import dispatch.coop.models
import dispatch.core.http
import dispatch.core.outbox
import dispatch.geo.models
import dispatch.governance.models
import dispatch.ledger.models
import dispatch.notify.models
import dispatch.orders.models
import dispatch.planning.models
import merchants.models
import riders.models  # noqa: F401 - all tables, because foreign keys name them across packages
from dispatch.core.db import db, engine_options


def database_app(url: str) -> Flask:
    """An application whose sessions act as the co-op-confined role."""
    app = Flask(f"test-{os.getpid()}")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(pool_size=2)
    db.init_app(app)
    return app
