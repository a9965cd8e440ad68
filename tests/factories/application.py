"""The whole application on a test's own database, Redis and data folder."""
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from flask import Flask
from jinja2 import FileSystemBytecodeCache

from dispatch.app import create_app
from dispatch.core import clock, live, settings
from dispatch.geo import travel
from tests.conftest import FOLDER_VARIABLE, TestStack
from tests.factories.database import context_of

SECRET_KEY = "only-for-tests-0123456789"
_apps: dict[tuple[tuple[str, str], ...], Flask] = {}


@cache
def compiled_pages() -> FileSystemBytecodeCache:
    """Templates compiled once for all applications of a test run: each would do it anew, a tenth of a second a page."""
    folder = Path(os.environ[FOLDER_VARIABLE]) / "pages"
    folder.mkdir(exist_ok=True)
    return FileSystemBytecodeCache(str(folder))


@cache
def hub_of(redis_url: str) -> live.Hub:
    """One for all applications of a process: its two threads live as long as the process."""
    return live.Hub(redis_url)


def make_app(environment: Mapping[str, str], data_dir: Path, **more: str) -> Flask:
    """The application as production makes it, from an environment; `more` sets further variables."""
    app = create_app(_settings(environment, data_dir, more))
    app.jinja_env.bytecode_cache = compiled_pages()
    app.extensions["live"] = hub_of(environment["REDIS_URL"])
    return app


@contextmanager
def open_app(database: TestStack, data_dir: Path, **more: str) -> Iterator[Flask]:
    """The application with a context for the test itself.

    All tests of a process with the same variables take turns with one application, as the requests of a day do: what
    a test changes in its configuration or extensions is as before after the block.
    """
    environment = database.environment()
    kind = tuple(sorted({**environment, **more}.items()))
    if kind not in _apps:
        _apps[kind] = make_app(environment, data_dir, **more)
    app = _apps[kind]
    clock.use_scale(None)
    before = [(kept, dict(kept)) for kept in (app.config, app.extensions)]
    app.extensions["settings"] = _settings(environment, data_dir, more)
    with context_of(app):
        yield app
        travel.forget()
    for kept, was in before:
        kept.clear()
        kept.update(was)


def _settings(environment: Mapping[str, str], data_dir: Path, more: Mapping[str, str]) -> settings.Settings:
    return settings.load({
        **environment, "SECRET_KEY": SECRET_KEY, "PACELINE_DATA": str(data_dir), "LOG_LEVEL": "error",
        "PACELINE_NO_RATE_LIMITS": "1", "PUBLIC_URL": "http://localhost", **more})
