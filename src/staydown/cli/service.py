"""``staydown serve``, ``worker``, ``manage`` and ``audit``: the service's commands.

The library never imports the service: these commands find it by its name, when they are called.
"""

from __future__ import annotations

import os
import tempfile
from importlib import import_module
from types import ModuleType
from typing import Final

import click

from staydown.cli.console import Console, console_options
from staydown.cli.statuses import STATUS_OF_CODE, ExitStatus
from staydown.errors import ConfigError, StaydownError
from staydown.nouns import many

_PACKAGE = "staydown_web.config"
_REMEDY = "the service is not installed here; install it: pip install 'staydown[web]'"
PASS_ON = {"ignore_unknown_options": True, "help_option_names": []}

_MAKES_SERVICE = frozenset({"migrate"})
"""Commands of ``manage`` that may begin a service in an empty folder; any other refuses there."""

_ONLY_LOOKS = ("--check", "--plan")
"""What turns ``migrate`` into a look: it then begins nothing either. A name may be cut short."""

_WITHOUT_SERVICE = frozenset(
    {
        *("help", "version", "--version"),
        *("write_regime_words", "makemessages", "compilemessages", "makemigrations"),
    }
)
"""Those that tell, or write source files, and need no data of a service."""

_LISTS = (("help",), ("--help",), ("-h",))


@click.command()
@click.option(
    "--host", default="127.0.0.1", show_default=True, metavar="ADDRESS", help="Where to listen."
)
@click.option(
    "--port",
    type=click.IntRange(1, 65_534),
    default=8000,
    show_default=True,
    help="The demo platform takes the next one.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    help="Processes that answer requests; about one for each processor.",
)
@click.option(
    "--role",
    type=click.Choice(["all", "web", "checker"]),
    default="all",
    show_default=True,
    help="With several machines: pages and calls without the worker, or checks alone.",
)
@click.option(
    "--checks-port",
    type=click.IntRange(1, 65_535),
    metavar="PORT",
    help="Answer checks there too, by processes of their own: pages and forms slow none down.",
)
@click.option("--demo", is_flag=True, help="A guided sample case on benign pictures.")
@console_options
def serve(
    console: Console,
    *,
    host: str,
    port: int,
    workers: int,
    role: str,
    checks_port: int | None,
    demo: bool,
) -> ExitStatus:
    """Start the service: pages, API and worker.

    Makes what is missing (folders, keys, tables), starts everything, and restarts what falls.
    Prints the address once it answers. Ctrl-C or SIGTERM ends it, with status 0. docs/operations.md
    lists the settings.
    """
    serving = service("serving")
    plan = serving.Plan(
        host=host, port=port, workers=workers, demo=demo, role=role, checks_port=checks_port or 0
    )

    def announce(prepared: object) -> None:
        console.record(serving.as_row(prepared, plan), "\n".join(serving.summary(prepared, plan)))

    serving.serve(plan, say=console.note, announce=announce)
    return ExitStatus.DONE


@click.command()
@console_options
def worker(console: Console) -> ExitStatus:
    """Run the service's jobs.

    For a worker of its own beside other web servers; `staydown serve` starts one already. Ctrl-C
    or SIGTERM ends it, with status 0.
    """
    preparing, running = service("preparing"), service("worker")
    if unknown := service("unknown_settings").unknown_sentence():
        console.note(unknown)  # first: what is wrong below may come of it
    preparing.refuse_no_service()
    preparing.set_up_django()
    preparing.refuse_old_tables()
    console.note("The worker runs. Ctrl-C ends it.")
    return ExitStatus.DONE if running.run_worker() == 0 else ExitStatus.INCOMPLETE


@click.command(context_settings=PASS_ON)
@click.argument("arguments", nargs=-1, metavar="COMMAND [ARGS...]", type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> int:
    """Run one of the service's own commands.

    `staydown manage help` lists them; `staydown manage help COMMAND` explains one. Where no service
    was ever started they refuse and write nothing; `serve` or `manage migrate` begins one, but not
    with `--check` or `--plan`.
    """
    given = arguments or ("help",)
    if given[0] in _WITHOUT_SERVICE or {"-h", "--help", "--version"} & {*given}:
        return _apart(given)
    preparing = service("preparing")
    if given[0] not in _MAKES_SERVICE or _only_looks(given):
        preparing.refuse_no_service()
    preparing.set_up_django()
    Console().note(f"Data: {_home()} (STAYDOWN_HOME sets it)")
    return _run_django(given)


def _only_looks(given: tuple[str, ...]) -> bool:
    asked = [one for one in given[1:] if one.startswith("--") and len(one) > 2]
    return any(name.startswith(one) for name in _ONLY_LOOKS for one in asked)


def _apart(given: tuple[str, ...]) -> int:
    """Settings make keys where there are none: here in a folder that goes at once."""
    with tempfile.TemporaryDirectory(prefix="staydown-help-") as folder:
        os.environ["STAYDOWN_HOME"] = folder
        os.environ.pop("STAYDOWN_KEYS", None)
        service("preparing").set_up_django()
        return _list_commands() if given in _LISTS else _run_django(given)


def _list_commands() -> ExitStatus:
    """Ours, each in a sentence; those that come with Django are many, and seldom what is wanted."""
    management = import_module("django.core.management")
    apps = {name: app for name, app in management.get_commands().items() if _is_ours(app)}
    told = {
        name: management.load_command_class(app, name).help.partition(". ")[0].rstrip(".") + "."
        for name, app in apps.items()
    }
    page = click.HelpFormatter(max_width=100)
    page.write_usage("staydown manage", "COMMAND [ARGS]...")
    page.write_paragraph()
    with page.indentation():
        page.write_text("Run one of the service's own commands.")
    with page.section("Commands"):
        page.write_dl([(name, told[name]) for name in sorted(told) if name not in _WITHOUT_SERVICE])
    page.write_paragraph()
    page.write_text(
        "`staydown manage help COMMAND` explains one. Those of Django, such as migrate and "
        "dbshell, work too: `staydown manage help --commands` names every one."
    )
    click.echo(page.getvalue(), nl=False)
    return ExitStatus.DONE


def _is_ours(app: object) -> bool:
    return isinstance(app, str) and app.startswith("staydown_web.")


_OF_DJANGO: Final = frozenset(
    {
        *("--version", "--verbosity", "--settings", "--pythonpath", "--traceback"),
        *("--no-color", "--force-color", "--skip-checks"),
    }
)
"""Options that every command of Django has, and none of ours needs."""


def _run_django(given: tuple[str, ...]) -> int:
    from_django = import_module("django.core.management")
    named = given[1] if given[0] == "help" and len(given) > 1 else given[0]
    if _is_ours(from_django.get_commands().get(named)):
        # They work as before; the help of ours is short without them.
        from_django.BaseCommand.suppressed_base_arguments = _OF_DJANGO
    try:
        from_django.execute_from_command_line(["staydown manage", *given])
    except SystemExit as end:
        return _status_of_exit(end.code)
    except StaydownError as error:
        Console().failure(error)
        return STATUS_OF_CODE.get(error.code, ExitStatus.INPUT)
    return ExitStatus.DONE


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def audit() -> None:
    """Prove what happened."""


@audit.command()
@console_options
def verify(console: Console) -> ExitStatus:
    """Verify the chain of events.

    Reads every event and every signed checkpoint once, while the service goes on. The exit status
    is 7 where an event was changed, removed, put in or moved.
    """
    service("preparing").set_up_service()
    console.note(f"Data: {_home()} (STAYDOWN_HOME sets it)")
    found = import_module("staydown_web.audit.services").verify_chain()
    row = {
        "whole": found.is_whole,
        "events": found.events,
        "checkpoints": found.checkpoints,
        "first_bad": found.first_bad,
        "why": found.why,
    }
    if found.is_whole:
        events = many(found.events, "event")
        signatures = many(found.checkpoints, "signature")
        holds = f"Whole: {events} and {signatures} hold."
        console.record(row, holds)
        return ExitStatus.DONE
    console.record(row, f"Broken at event {found.first_bad}: {found.why}.")
    return ExitStatus.CONFIG


def service(module: str) -> ModuleType:
    """A module of the service's ``config`` room.

    Raises:
        ConfigError: the extra ``web`` is not installed.
    """
    try:
        import_module("django")
        import_module("granian")
        return import_module(f"{_PACKAGE}.{module}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("staydown_web."):
            raise
        raise ConfigError(f"{_REMEDY} (missing: {error.name})") from None


def _home() -> str:
    """Where the service's data lie: two installations on one machine are easily mistaken."""
    return str(import_module("django.conf").settings.STAYDOWN_HOME)


def _status_of_exit(code: object) -> int:
    """Django ends with 1 where a command refuses, which means "a match" here."""
    if code is None or code == 0:
        return ExitStatus.DONE
    return ExitStatus.USAGE if code == ExitStatus.USAGE else ExitStatus.INPUT
