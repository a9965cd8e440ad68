"""Alembic migrations: one line of history, one head."""
