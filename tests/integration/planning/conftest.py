"""The fixtures of tests on open ground: an application, a town whose rides are straight lines, a short search."""
from tests.factories.open_ground import app, effort, redis, town

__all__ = ["app", "effort", "redis", "town"]
