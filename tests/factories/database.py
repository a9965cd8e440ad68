"""A bare Flask application with the database only, for tests of services that need no web pages."""
import os

from flask import Flask

from dispatch.core.db import db, engine_options


def database_app(url: str) -> Flask:
    """An application whose sessions act as the co-op-confined role."""
    app = Flask(f"test-{os.getpid()}")
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(pool_size=2)
    db.init_app(app)
    return app
