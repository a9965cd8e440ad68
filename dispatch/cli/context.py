"""What commands that touch the database share: an application, and the co-op they are for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from dispatch.app import create_app
from dispatch.coop.queries import CoopView, find_coop_by_slug, list_coops
from dispatch.core.db import use_coop
from dispatch.core.errors import Invalid, NotFound
from dispatch.core.settings import current


@contextmanager
def application() -> Iterator[Flask]:
    """An application with its context, for commands that touch the database."""
    app = create_app(current())
    with app.app_context():
        yield app


def choose_coop(slug: str | None) -> CoopView:
    """The co-op a command is for; the only one if none is named. The session is confined to it."""
    coops = list_coops()
    if slug is not None:
        coop = find_coop_by_slug(slug)
        if coop is None:
            raise NotFound(f"there is no co-op {slug!r}; there are: {', '.join(c.slug for c in coops) or 'none'}")
    elif len(coops) == 1:
        coop = coops[0]
    else:
        names = ", ".join(each.slug for each in coops)
        raise Invalid(
            f"say which co-op: --coop {names}" if coops else "there is no co-op yet: make one with `paceline init`"
        )
    use_coop(coop.id)
    return coop
