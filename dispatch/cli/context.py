"""What commands share: the environment of this checkout's own services, an application, errors in one line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, TypeVar

import click
from flask import Flask
from sqlalchemy.exc import OperationalError

from dispatch.app import create_app
from dispatch.coop.queries import CoopView, find_coop_by_slug, list_coops
from dispatch.core.db import use_coop
from dispatch.core.errors import Invalid, NotFound, PacelineError
from dispatch.core.settings import current
from dispatch.stack.environment import ROOT, local_environment
from dispatch.stack.errors import StackError
from dispatch.stack.local_services import LocalServices

Command = TypeVar("Command", bound=Callable[..., Any])


def use_local_services() -> None:
    """Without DATABASE_URL, work on the services that `make run` keeps in this checkout's `var/`."""
    if os.environ.get("DATABASE_URL") or not (ROOT / "var").is_dir():
        return
    services = LocalServices(ROOT / "var", os.environ)
    os.environ.update(local_environment(ROOT / "var", {**os.environ, **services.environment()}))


@contextmanager
def application() -> Iterator[Flask]:
    """An application with its context, for commands that touch the database."""
    app = create_app(current())
    with app.app_context():
        yield app


def says_errors(command: Command) -> Command:
    """End with one clear line and status 1 when something a person can mend goes wrong."""

    @wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except OperationalError as error:
            reason = str(error.orig).splitlines()[0]
            click.echo(f"paceline: the database cannot be reached ({reason}): start it with `make run`", err=True)
        except StackError as error:
            click.echo(f"paceline: {error}", err=True)
        except PacelineError as error:
            click.echo(f"paceline: {error.message}", err=True)
            for each in error.errors if isinstance(error, Invalid) else ():
                click.echo(f"  {each.pointer}: {each.message}", err=True)
        sys.exit(1)

    return guarded  # type: ignore[return-value]


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
        raise Invalid(f"say which co-op: --coop {names}" if coops else "there is no co-op yet: make one with `paceline init`")
    use_coop(coop.id)
    return coop


