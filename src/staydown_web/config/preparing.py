"""What has to be there before the service answers: keys, tables, static files, segments."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from staydown.errors import ConfigError
from staydown_web.config.folders import RUN_AGAIN, folders_named, refusal_of_database

Say = Callable[[str], None]
SETTINGS = "staydown_web.config.settings"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What ``prepare`` found and made.

    Attributes:
        home: folder of database, keys and segments.
        public_url: the address under which people reach the service.
        database: kind of database, in a word.
        first_admin_link: works once; None where there is an administrator already.
        is_mail_set: whether letters can be sent.
        is_demo: whether this is a demonstration.
    """

    home: Path
    public_url: str
    database: str
    first_admin_link: str | None
    is_mail_set: bool
    is_demo: bool


def is_set_up(home: Path) -> bool:
    """Whether a service was ever started in this folder; looking must not make one.

    Raises:
        ConfigError: this user may not look into it.
    """
    named = os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE")
    with folders_named():
        return (home / "staydown.sqlite3").exists() or bool(named)


def set_up_service(*, is_for_keys: bool = False) -> None:
    """The same as ``set_up_django``, for a command that reads what a service has stored.

    Raises:
        ConfigError: also where there is no service yet; no key and no folder is made then.
    """
    refuse_no_service()
    set_up_django(is_for_keys=is_for_keys)
    refuse_no_tables()


def refuse_no_service() -> None:
    """Stop before settings are read, which makes keys, where no service was ever started.

    Raises:
        ConfigError: there is none in this folder, or half of one.
    """
    from staydown_web.base.keys import RINGS, missing_keys
    from staydown_web.config.environment import read_environment

    environment = read_environment()
    with folders_named():
        refuse_lost_keys()
        if not is_set_up(environment.home):
            raise _no_service(environment.home)
        if len(missing_keys(environment.keys)) == len(RINGS):
            raise ConfigError(
                f"there are no keys in {environment.keys}, and a command makes none for a "
                "database that is elsewhere; set STAYDOWN_HOME, or STAYDOWN_KEYS, to where the "
                "service has them"
            )


def _no_service(home: Path) -> ConfigError:
    return ConfigError(
        f"there is no service here yet: its database has no tables (data: {home}); set "
        "STAYDOWN_HOME or DATABASE_URL to where the service has its data, or start it with "
        "`staydown serve`"
    )


def set_up_django(*, is_for_keys: bool = False) -> None:
    """Read the settings, which makes the keys that are not there yet.

    Args:
        is_for_keys: True for the command that ends a change of keys which was cut off.

    Raises:
        ConfigError: a setting is wrong, or a folder cannot be written.
    """
    import django

    os.umask(0o077)  # database, keys and segments belong to this user alone
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    with folders_named():
        refuse_lost_keys()
        if not is_for_keys:
            refuse_half_lifted()
        gc.disable()  # nothing that is imported is rubbish
        try:
            django.setup()
        finally:
            gc.freeze()
            gc.enable()


def refuse_lost_keys() -> None:
    """Stop before new keys are made beside a database that was sealed with others.

    Raises:
        ConfigError: which keys are missing.
    """
    from staydown_web.base.keys import missing_keys
    from staydown_web.config.backup.restoring import is_half_restored
    from staydown_web.config.environment import read_environment

    environment = read_environment()
    if is_half_restored(environment.home):
        raise ConfigError(
            f"a restore into {environment.home} was cut off, so that only half of it is there; run "
            "`staydown restore` again"
        )
    database = environment.home / "staydown.sqlite3"
    missing = missing_keys(environment.keys)
    if missing and database.exists() and database.stat().st_size:
        raise ConfigError(
            f"{', '.join(missing)} missing in {environment.keys}, but the database was sealed with "
            "them; restore the folder from your copy of the keys"
        )


def refuse_half_lifted() -> None:
    """Stop where a change of the key of blind indexes was cut off: marks may have either layer.

    Raises:
        ConfigError: what ends it.
    """
    from staydown_web.base.rings import numbers_in
    from staydown_web.config.environment import read_environment

    if numbers_in(read_environment().keys, "blind", ".next"):
        raise ConfigError(
            "a change of the key of blind indexes was cut off; end it: staydown keys rotate blind"
        )


def prepare(*, say: Say) -> Prepared:
    """Bring everything up to date; safe to repeat, also after what stopped half-way.

    Raises:
        ConfigError: what does not work, and what to do.
    """
    set_up_django()
    from django.conf import settings
    from django.db import connection, connections

    with folders_named():
        link = _prepare_data(say=say)
    prepared = Prepared(
        home=settings.STAYDOWN_HOME,
        public_url=settings.STAYDOWN_URL,
        database={"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor],
        first_admin_link=link,
        is_mail_set=settings.STAYDOWN_MAIL_READY,
        is_demo=settings.STAYDOWN_DEMO,
    )
    connections.close_all()  # the children open their own
    return prepared


def _prepare_data(*, say: Say) -> str | None:
    """Tables, static files and, in a demonstration, its data.

    Returns:
        The link of the first administrator; None where there is one already.
    """
    from django.conf import settings

    from staydown_web.config.first_admin import first_admin_link
    from staydown_web.config.mixture import refuse_demo_in_earnest, refuse_mixture
    from staydown_web.config.static_files import collect_static

    remove_left_memory(say=say)
    refuse_mixture()
    if migrate():
        say("The database is up to date.")
    refuse_demo_in_earnest()
    if collect_static():
        say("Pages and scripts are collected.")
    if settings.STAYDOWN_DEMO:
        from staydown_web.config.demo.seeding import seed_demo

        seed_demo(say=say)
    return first_admin_link()


def refuse_no_tables() -> None:
    """Stop a command that reads what a service has stored where there is no service yet.

    Raises:
        ConfigError: the database cannot be reached, or holds no tables.
    """
    from django.db import DatabaseError

    try:
        refuse_empty_database()
    except DatabaseError as error:
        raise refusal_of_database(error, then=RUN_AGAIN) from None


def refuse_empty_database() -> None:
    """The same, where an outage is somebody else's to answer.

    Raises:
        ConfigError: the database holds no tables of ours.
        DatabaseError: it cannot be reached.
    """
    from django.conf import settings
    from django.db import connection

    if "audit_event" not in connection.introspection.table_names():
        raise _no_service(Path(settings.STAYDOWN_HOME))


def refuse_old_tables() -> None:
    """Stop a worker of its own where no job could run; an outage it waits out, as when it runs.

    Raises:
        ConfigError: the database holds no tables, or those of an older version.
    """
    from django.db import DatabaseError, connections

    from staydown_web.base.tables import is_behind

    try:
        refuse_empty_database()
        is_old = is_behind()
    except DatabaseError:
        return
    finally:
        connections.close_all()  # each job opens its own
    if is_old:
        raise ConfigError(
            "the tables of the database are older than this version; start `staydown serve` of "
            "this version, or run `staydown manage migrate`, and then the worker"
        )


def remove_left_memory(*, say: Say) -> None:
    """Remove the opened segments of services of this user that were killed."""
    from django.conf import settings

    from staydown_web.banks.services import remove_left_folders

    if remove_left_folders(Path(settings.STAYDOWN_SHARED_MEMORY), spare_own=True):
        say("What a service that was killed had left in memory is removed.")


def migrate() -> bool:
    """Make and change tables.

    Returns:
        Whether anything was changed.

    Raises:
        ConfigError: the database cannot be reached, or its tables stay in use.
    """
    from django.db import DatabaseError

    from staydown_web.base.tables import make_tables

    try:
        return make_tables()
    except DatabaseError as error:
        raise refusal_of_database(error) from None


def check_port(host: str, port: int, *, who: str = "") -> None:
    """See that we can listen there.

    Args:
        host: where.
        port: there.
        who: wants to, where it is not the service itself.

    Raises:
        ConfigError: another program does, or this user may not.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigError(
                f"{f'{who} ' if who else ''}cannot listen on {host}, port {port}: "
                f"{error.strerror}; choose another one with --port, such as --port {port + 10} "
                f"or `make run PORT={port + 10}`"
            ) from None
