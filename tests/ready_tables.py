"""Databases whose tables are there: made once for a version of the migrations, then copied.

To make them takes as long as a hundred tests. That they can be made is tested where it is meant:
``tests/web/config/test_upgrade.py``, ``tests/acceptance/test_howto_install.py``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

ROOT = Path(__file__).parents[1]
NAME = "staydown.sqlite3"


def copy_tables(database: Path) -> None:
    """Put an SQLite database with every table, and nothing in them, at this path."""
    shutil.copyfile(_made_once(), database)
    database.chmod(0o600)


def furnish(home: Path, *, is_demo: bool = False) -> None:
    """Give a folder that a service has never seen what its first start would make in a minute.

    Keys of its own, and the tables; a folder that has a database is left as it is.
    """
    from staydown_web.base.keys import make_keys

    if (home / NAME).exists():
        return
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_keys(home / "keys")
    if is_demo:
        (home / ".demonstration").touch(mode=0o600)
    copy_tables(home / NAME)


def clone_tables(server: str, database: str) -> None:
    """The same on a PostgreSQL server.

    Args:
        server: its address, with a database that is there.
        database: name of the one that is made.
    """
    template = f"staydown_tables_{version()}"
    making = f"{template}_unready"
    made, unready, ready = (sql.Identifier(name) for name in (database, making, template))
    address = urlsplit(server)
    # A cluster lives as long as a run; its port tells them apart.
    with (
        locked(f"postgres-{address.port}"),
        psycopg.connect(server, autocommit=True) as connection,
    ):
        asked = "SELECT 1 FROM pg_database WHERE datname = %s"
        if not connection.execute(asked, [template]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(unready))
            fill_tables(address._replace(path=f"/{making}").geturl())
            connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(unready, ready))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(made, ready))


def fill_tables(database: str) -> None:
    """The same for an empty database of any PostgreSQL server: a dump is kept, and read."""
    dump, psql = shutil.which("pg_dump"), shutil.which("psql")
    with locked(f"{version()}.sql") as ready:
        if not (ready.exists() and psql):
            with tempfile.TemporaryDirectory(dir=ready.parent) as home:
                _migrate(Path(home), DATABASE_URL=database)
                if dump:
                    made = Path(home) / "dump.sql"
                    subprocess.run([dump, "--no-owner", "--file", made, database], check=True)
                    made.replace(ready)
            return
    options = ("--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--single-transaction")
    subprocess.run(
        [psql, *options, "--file", ready, database], check=True, stdout=subprocess.DEVNULL
    )


def version() -> str:
    """A few letters that are others where a migration, what it uses or a package is another."""
    made = hashlib.sha256((ROOT / "requirements.lock").read_bytes())
    web = ROOT / "src" / "staydown_web"
    for path in sorted([*web.glob("*/migrations/*.py"), *web.glob("base/*.py")]):
        made.update(path.name.encode() + path.read_bytes())
    return made.hexdigest()[:16]


@contextmanager
def locked(name: str) -> Iterator[Path]:
    """One process of this user at a time; gives a path beside the lock, of that name."""
    folder = Path(tempfile.gettempdir()) / f"staydown-test-tables-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    assert folder.stat().st_uid == os.getuid(), f"{folder} belongs to somebody else; remove it"
    with (folder / f"{name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder / name


def _made_once() -> Path:
    with locked(f"{version()}.sqlite3") as ready:
        if not ready.exists():
            with tempfile.TemporaryDirectory(dir=ready.parent) as home:
                _migrate(Path(home))
                with closing(sqlite3.connect(Path(home) / NAME)) as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                (Path(home) / NAME).replace(ready)
        return ready


def _migrate(home: Path, **environment: str) -> None:
    cleared = {k: v for k, v in os.environ.items() if not k.startswith(("STAYDOWN_", "DATABASE"))}
    subprocess.run(
        [sys.executable, "-m", "staydown", "manage", "migrate", "--verbosity", "0"],
        env={**cleared, **environment, "STAYDOWN_HOME": str(home)},
        check=True,
        capture_output=True,
    )
