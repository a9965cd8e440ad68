"""Processes behind the web: Celery tasks and the outbox relay."""
