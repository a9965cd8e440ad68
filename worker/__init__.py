"""Processes behind the web: Celery tasks and the outbox relay."""
import dispatch  # noqa: F401 - first of all: it says how often the garbage collector runs
