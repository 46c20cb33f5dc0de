"""The release before: its data, its code, and databases to put them into.

``tests/web/upgrade/previous`` holds the data, made once by the code of that release; the code
comes from the history of this repository.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from ready_tables import locked, version
from served import free_ports

ROOT = Path(__file__).parents[1]
PREVIOUS = ROOT / "tests" / "web" / "upgrade" / "previous"
COMMIT = (PREVIOUS / "commit").read_text().strip()
START_S = 300.0
MIGRATE = "from staydown_web.config.preparing import migrate\nprint(migrate())"


@dataclass(frozen=True, slots=True)
class Installation:
    """A folder and a database of a service.

    Attributes:
        home: its folder.
        database_url: empty for SQLite in that folder.
    """

    home: Path
    database_url: str

    @property
    def told(self) -> dict[str, Any]:
        """What the makers of the data told of it."""
        read: dict[str, Any] = json.loads((self.home / "told.json").read_text())
        return read

    def environment(self, source: Path = ROOT, **more: str) -> dict[str, str]:
        """For a process of this installation that runs the code of a checkout."""
        cleared = {
            k: v
            for k, v in os.environ.items()
            if not k.startswith(("STAYDOWN_", "DJANGO_", "DATABASE_URL"))
        }
        own = {"STAYDOWN_HOME": str(self.home), "PYTHONPATH": f"{source}/src:{source}/tests"}
        if self.database_url:
            own["DATABASE_URL"] = self.database_url
        return {**cleared, **own, **more}

    def run(self, code: str, *arguments: str, source: Path = ROOT) -> str:
        """Run code with Django set up; what it prints."""
        begin = "from staydown_web.config.preparing import set_up_django\nset_up_django()\n"
        done = subprocess.run(
            [sys.executable, "-c", begin + code, *arguments],
            env=self.environment(source),
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout


@contextmanager
def previous_installation(folder: Path) -> Iterator[Installation]:
    """The data of the release before, on the database that the tests run on."""
    url = os.environ.get("DATABASE_URL", "")
    kind = "postgresql" if url else "sqlite"
    home = folder / "home"
    home.mkdir(mode=0o700)
    with tarfile.open(PREVIOUS / f"{kind}.tar.xz") as archive:
        archive.extractall(home, filter="data")
    # Archives carry no owner's rights: keys are for their owner alone.
    for path in (home / "keys").rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    (home / "keys").chmod(0o700)
    with fresh_database(home.parent.name) as made:
        if made:
            load_dump(made, home / "dump.sql")
        yield Installation(home, made)


@contextmanager
def upgraded_installation(folder: Path) -> Iterator[Installation]:
    """The same after the change of its tables: made once for a version of them, then copied.

    For tests of what comes after; the change is tested in ``tests/web/config/test_upgrade.py``.
    """
    url, home = os.environ.get("DATABASE_URL", ""), folder / "home"
    made_of = hashlib.sha256(version().encode())
    for archive in sorted(PREVIOUS.glob("*.tar.xz")):
        made_of.update(archive.read_bytes())
    template = f"staydown_upgraded_{made_of.hexdigest()[:16]}"
    # A cluster lives as long as a run; its port tells them apart.
    with locked(f"{template}-{urlsplit(url).port or 'sqlite'}") as ready:
        if not ready.exists() or (url and not _has_database(url, template)):
            _upgrade_once(ready, template)
        shutil.copytree(ready, home)
    with fresh_database(folder.name, template) as made:
        yield Installation(home, made)


def _upgrade_once(ready: Path, template: str) -> None:
    with (
        tempfile.TemporaryDirectory(dir=ready.parent) as made,
        previous_installation(Path(made)) as installation,
    ):
        installation.run(MIGRATE)
        if installation.database_url:
            _copy_database(os.environ["DATABASE_URL"], installation.database_url, template)
        shutil.rmtree(ready, ignore_errors=True)
        installation.home.rename(ready)


def _has_database(server: str, name: str) -> bool:
    import psycopg

    asked = "SELECT 1 FROM pg_database WHERE datname = %s"
    with psycopg.connect(server) as connection:
        return connection.execute(asked, [name]).fetchone() is not None


def _copy_database(server: str, source: str, target: str) -> None:
    import psycopg
    from psycopg import sql

    names = (sql.Identifier(name) for name in (target, urlsplit(source).path.lstrip("/")))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))


def rows_of(
    installation: Installation, wanted: dict[str, list[str]] | None = None
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Every row of every table, read past our own code.

    Args:
        installation: where.
        wanted: table -> columns; None takes all that are there.

    Returns:
        Table -> columns, and table -> rows as texts, in an order that does not depend on theirs.
    """
    if installation.database_url:
        import psycopg

        connection: Any = psycopg.connect(installation.database_url)
        listing = (
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' ORDER BY table_name, column_name"
        )
    else:
        connection = sqlite3.connect(installation.home / "staydown.sqlite3")
        listing = (
            "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c "
            "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
        )
    with closing(connection):
        columns: dict[str, list[str]] = wanted or {}
        if wanted is None:
            for table, column in connection.execute(listing).fetchall():
                columns.setdefault(table, []).append(column)
        rows = {}
        for table, names in columns.items():
            listed = ", ".join(f'"{name}"' for name in names)
            found = connection.execute(f'SELECT {listed} FROM "{table}"').fetchall()
            rows[table] = sorted(repr(row) for row in found)
        return columns, rows


@contextmanager
def fresh_database(name: str, template: str = "template1") -> Iterator[str]:
    """A new database beside that of the tests; gives its address, empty for SQLite.

    Args:
        name: a part of its name.
        template: the database that it is a copy of; an empty one if left out.
    """
    url = os.environ.get("DATABASE_URL", "")
    if not url:
        yield ""
        return
    import psycopg
    from psycopg import sql

    safe = "".join(c for c in name.lower() if c.isalnum())[:30]
    database = f"up{os.getpid()}{safe}{time.monotonic_ns() % 1_000_000}"
    with psycopg.connect(url, autocommit=True) as server:
        names = (sql.Identifier(database), sql.Identifier(template))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{database}"))
        finally:
            drop = "DROP DATABASE {} WITH (FORCE)"
            server.execute(sql.SQL(drop).format(sql.Identifier(database)))


def load_dump(url: str, dump: Path) -> None:
    """Run a dump of ``pg_dump``."""
    psql = shutil.which("psql")
    if psql is None:
        pytest.skip("psql is not installed (Debian: apt install postgresql-client)")
    options = ("--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--single-transaction")
    subprocess.run(
        [psql, *options, "--file", dump, url], check=True, capture_output=True, text=True
    )


def previous_code() -> Path:
    """A checkout of the release before; skips where the history is not here."""
    folder = ROOT / "build" / "previous-release" / COMMIT
    if (folder / "whole").exists():
        return folder
    git = ["git", "-C", str(ROOT), "archive", COMMIT, "src", "js", "tests"]
    made = subprocess.run(git, capture_output=True, check=False)
    if made.returncode:
        pytest.skip("the history of the release before is not in this checkout (a shallow clone)")
    part = folder.with_suffix(f".{os.getpid()}")
    part.mkdir(parents=True)
    subprocess.run(["tar", "-x", "-C", part], input=made.stdout, check=True)
    (part / "whole").touch()
    try:
        part.rename(folder)
    except OSError:  # another test process was quicker
        shutil.rmtree(part)
    return folder


@contextmanager
def web_server(installation: Installation, source: Path) -> Iterator[int]:
    """The web server alone, without a worker: nothing that the clock makes due is done.

    Gives its port once it answers.
    """
    collect = "from staydown_web.config.static_files import collect_static\ncollect_static()"
    installation.run(collect, source=source)
    port = free_ports()
    log = installation.home.parent / f"web-{port}.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", "staydown_web.config.web_server", "--port", str(port)],
            env=installation.environment(source, STAYDOWN_URL=f"http://127.0.0.1:{port}"),
            cwd=installation.home,
            stdout=errors,
            stderr=errors,
        )
        try:
            ends_at = time.monotonic() + START_S
            while status_of(port, "/status") != 200:
                assert process.poll() is None, log.read_text()[-4000:]
                assert time.monotonic() < ends_at, log.read_text()[-4000:]
                time.sleep(0.1)
            yield port
        finally:
            process.terminate()
            try:
                process.wait(30)
            finally:
                process.kill()


def status_of(port: int, path: str) -> int:
    """The status of an answer; 0 where nobody answers."""
    return fetch(port, path)[0]


def fetch(port: int, path: str) -> tuple[int, str]:
    """The status of an answer and its text; 0 where nobody answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    except (OSError, HTTPException):
        return 0, ""
    finally:
        connection.close()


def check(port: int, key: str, fingerprint: dict[str, Any]) -> tuple[int, str]:
    """Ask whether an upload may be shown; the status and the verdict."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        body = json.dumps({"signals": fingerprint["signals"]})
        connection.request("POST", "/api/v1/check", body, headers)
        answer = connection.getresponse()
        return answer.status, str(json.loads(answer.read()).get("verdict", ""))
    finally:
        connection.close()
