"""`paceline doctor`: what is wrong, and how to mend it."""

from __future__ import annotations

import sys

import click

from dispatch.core.settings import current
from dispatch.stack import doctor as examination

from .refusals import says_errors


@click.command()
@says_errors
def doctor() -> None:
    """Look for what is wrong and say how to mend it."""
    sys.exit(examination.run(current()))
