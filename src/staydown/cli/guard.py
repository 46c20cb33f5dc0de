"""``staydown guard``: a small server in front of an app that cannot be changed."""

from __future__ import annotations

from importlib import import_module

import click

from staydown.cli.statuses import ExitStatus
from staydown.errors import ConfigError


@click.command()
@click.option("--upstream", required=True, metavar="URL", help="http://host:port of the app.")
@click.option("--service", required=True, metavar="URL", help="Address of the Staydown service.")
@click.option(
    "--secret-file",
    required=True,
    metavar="FILE",
    help="Holds the secret of a hook of the kind guard.",
)
@click.option(
    "--on-unreachable",
    required=True,
    type=click.Choice(["open", "closed"]),
    help="Uploads while the service does not answer: store unchecked (open) or refuse (closed).",
)
@click.option("--listen", default="127.0.0.1:8180", show_default=True, metavar="HOST:PORT")
@click.option(
    "--path",
    "paths",
    multiple=True,
    default=("/",),
    show_default=True,
    metavar="PATH",
    help="Look at requests whose path begins so; may be given again.",
)
def guard(
    *,
    upstream: str,
    service: str,
    secret_file: str,
    on_unreachable: str,
    listen: str,
    paths: tuple[str, ...],
) -> ExitStatus:
    """Check uploads on their way to an app.

    Stands between the web server and the app, and passes everything on byte for byte, but for
    uploads that a hook of the service refuses. docs/howto/nginx.md sets it up. Ctrl-C ends it.
    """
    try:
        running = import_module("staydown_client.guard.__main__")
    except ImportError:
        raise ConfigError("the guard needs two packages: pip install 'staydown[uploads]'") from None
    errors = import_module("staydown_client.errors")
    try:
        running.run(
            upstream=upstream,
            service=service,
            secret_file=secret_file,
            on_unreachable=on_unreachable,
            listen=listen,
            paths=paths,
        )
    except errors.SettingError as error:
        raise ConfigError(str(error)) from None
    return ExitStatus.DONE
