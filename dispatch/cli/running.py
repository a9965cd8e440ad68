"""`paceline up`: run everything on this machine."""

from __future__ import annotations

import sys

import click

from dispatch.stack import up as local


@click.command()
@click.option("--demo", is_flag=True, help="With a demo co-op and its robots.")
@click.option("--city", help="An .osm.pbf (path or URL) for the demo instead of the generated town.")
@click.option("--host", help="Where to listen (default: this machine only; with --tls all networks).")
@click.option("--port", default=8080, show_default=True)
@click.option("--tls", is_flag=True, help="HTTPS with a self-made certificate, for a phone on the same network.")
def up(demo: bool, city: str | None, host: str | None, port: int, tls: bool) -> None:
    """Run everything on this machine until Ctrl-C."""
    sys.exit(local.run(local.UpOptions(demo=demo, city=city, host=host, port=port, tls=tls)))
