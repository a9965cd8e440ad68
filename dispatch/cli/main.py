"""The `paceline` command. A sub-command's module is loaded when it is called: some weigh seconds."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from dispatch.core.errors import PacelineError
from dispatch.stack.local_services import use_local_services

COMMANDS = {
    "city": ("cities:city", "Street maps from OpenStreetMap extracts."),
    "day": ("days:export_day", "Write a day to a file, to live it again."),
    "db": ("database:db", "The database's tables."),
    "demo": ("demo:demo", "A co-op to look at, with robots that work in it."),
    "doctor": ("health:doctor", "Look for what is wrong and say how to mend it."),
    "init": ("coops:init", "Make a co-op: its rules, its city and its first coordinator."),
    "member": ("coops:member", "People who can sign in."),
    "merchant": ("coops:merchant", "Businesses that place deliveries."),
    "pay": ("money:pay_group", "Members' pay."),
    "replay": ("days:replay_day", "Live a day again under other rules or another engine."),
    "rehearse": ("rehearsal:rehearse", "Let robots live a day and check that everything adds up."),
    "up": ("running:up", "Run everything on this machine until Ctrl-C."),
}
ALONE = frozenset({"up", "rehearse", "replay"})
"""Commands that start services of their own or need none; the others find those of this checkout."""


class Commands(click.Group):
    """A group that knows its commands by name and loads the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, in order."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(f"dispatch.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list for --help, without loading anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in sorted(COMMANDS.items())])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
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


def main() -> None:
    """Entry point of the installed command."""
    paceline()
