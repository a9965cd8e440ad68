"""The `paceline` command."""

from __future__ import annotations

import sys

import click

from dispatch.core.errors import PacelineError

from .cities import city
from .context import use_local_services
from .coops import init, member, merchant
from .demo import demo
from .rehearsal import rehearse
from .running import db, doctor, pay_group, up

ALONE = frozenset({"up", "rehearse"})


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="paceline")
@click.pass_context
def paceline(context: click.Context) -> None:
    """Dispatch for bike-courier worker co-ops."""
    if context.invoked_subcommand in ALONE:
        return
    try:
        use_local_services()
    except PacelineError as error:
        click.echo(f"paceline: {error.message}", err=True)
        sys.exit(1)


for command in (up, init, member, merchant, city, pay_group, db, doctor, demo, rehearse):
    paceline.add_command(command)


def main() -> None:
    """Entry point of the installed command."""
    paceline()
