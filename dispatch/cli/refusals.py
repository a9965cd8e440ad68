"""How commands fail: one clear line on standard error and status 1, never a traceback for what a person can mend."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click
from sqlalchemy.exc import OperationalError

from dispatch.core.errors import Invalid, PacelineError
from dispatch.stack.errors import StackError

Command = TypeVar("Command", bound=Callable[..., Any])


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
