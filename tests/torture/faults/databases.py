"""Faults of the database: restarts, deaths, fail-over to a standby, and a network that breaks."""

from __future__ import annotations

import os
import random
import secrets
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

from torture.faults.cable import Cable
from torture.faults.frame import Fault, wait_until

_LOADER = SourceFileLoader("ci_postgres", str(Path(__file__).parents[3] / ".ci" / "postgres"))
_SPEC = spec_from_loader("ci_postgres", _LOADER)
assert _SPEC is not None
tools: Any = module_from_spec(_SPEC)
_LOADER.exec_module(tools)

_WITHIN_S = 60.0


def is_here() -> bool:
    """Whether PostgreSQL is installed."""
    return tools.server_programs() is not None


class Pair:
    """A PostgreSQL server and a standby that follows it, as durable as in earnest.

    A commit is acknowledged once the standby has it too, so that a fail-over loses nothing.

    Args:
        folder: for both; anybody may enter it.
        ports: of the one and of the other.
    """

    def __init__(self, folder: Path, ports: tuple[int, int]) -> None:
        self._programs: Path = tools.server_programs()
        self._folder, self._password = folder, secrets.token_urlsafe(16)
        self._ports = dict(zip("ab", ports, strict=True))
        self.primary = "a"
        folder.chmod(0o755)
        self._clear("a")
        secret = folder / "a" / "password"
        secret.write_text(self._password)
        self._own(secret)
        made = ("--username", "staydown", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync")
        guarded = ("--auth", "scram-sha-256", "--pwfile", secret)
        self._call("a", "initdb", "--pgdata", self._data("a"), *made, *guarded)
        self.start()
        self.follow()

    @property
    def port(self) -> int:
        """Of the server that takes changes."""
        return self._ports[self.primary]

    def url(self, port: int) -> str:
        """How to reach the database by a port."""
        return f"postgresql://staydown:{self._password}@127.0.0.1:{port}/postgres"

    def start(self, which: str = "") -> None:
        """Start a server and wait until it answers."""
        name = which or self.primary
        options = f"-c listen_addresses=127.0.0.1 -c port={self._ports[name]} -c max_connections=80"
        options += f" -c unix_socket_directories={self._folder / name} -c wal_keep_size=256MB"
        options += " -c hot_standby=on -c max_wal_senders=4"
        log = self._folder / name / "log"
        control = ("pg_ctl", "--pgdata", self._data(name), "--wait", "--options", options)
        self._call(name, *control, "--log", log, "start")

    def stop(self, which: str = "") -> None:
        """Stop a server as a crash does: without a checkpoint."""
        name = which or self.primary
        if not self._data(name).exists():
            return
        with suppress(subprocess.CalledProcessError):
            control = ("pg_ctl", "--pgdata", self._data(name), "--wait", "--mode", "immediate")
            self._call(name, *control, "stop")

    def kill(self) -> None:
        """kill -9 of the server that takes changes; the processes of its connections end by it."""
        pid = self._pid()
        left = [Path(f"/proc/{child}") for child, _ in _children(pid)]
        os.kill(pid, signal.SIGKILL)
        wait_until(
            lambda: not any(folder.exists() for folder in left), within_s=_WITHIN_S, what="end"
        )

    def kill_connection(self, chance: random.Random) -> str:
        """kill -9 of one connection's process, which makes the server throw out all others."""
        mine = [pid for pid, line in _children(self._pid()) if "staydown postgres" in line]
        if not mine:
            return "none there just now"
        with suppress(ProcessLookupError):
            os.kill(chance.choice(mine), signal.SIGKILL)
        return f"one of {len(mine)}"

    def fail_over(self) -> None:
        """The server is gone; the standby takes changes from now on."""
        self.stop()
        self.primary = "b" if self.primary == "a" else "a"
        self._call(
            self.primary, "pg_ctl", "--pgdata", self._data(self.primary), "--wait", "promote"
        )
        self._sql("ALTER SYSTEM SET synchronous_standby_names = ''")
        self._sql("SELECT pg_reload_conf()")

    def follow(self) -> None:
        """Make the other server a standby anew, and wait for it at each commit from then on."""
        other = "b" if self.primary == "a" else "a"
        self.stop(other)
        self._clear(other)
        source = f"host=127.0.0.1 port={self.port} user=staydown password={self._password}"
        taken = ("--pgdata", self._data(other), "--dbname", source, "--checkpoint=fast")
        self._call(other, "pg_basebackup", *taken, "--write-recovery-conf", "--no-sync")
        self.start(other)
        self._sql("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self._sql("SELECT pg_reload_conf()")
        wait_until(self._is_followed, within_s=_WITHIN_S, what="standby")

    def close(self) -> None:
        """End both."""
        for name in "ab":
            self.stop(name)

    def _is_followed(self) -> bool:
        return "sync" in self._sql("SELECT sync_state FROM pg_stat_replication").split()

    def _sql(self, words: str) -> str:
        done = subprocess.run(
            [self._programs / "psql", "-qtAX", self.url(self.port), "-c", words],
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def _pid(self) -> int:
        return int((self._data(self.primary) / "postmaster.pid").read_text().split()[0])

    def _data(self, name: str) -> Path:
        return self._folder / name / "data"

    def _clear(self, name: str) -> None:
        shutil.rmtree(self._folder / name, ignore_errors=True)
        (self._folder / name).mkdir()
        self._own(self._folder / name)

    def _own(self, path: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(path, "postgres", "postgres")

    def _call(self, name: str, program: str, *words: Any) -> None:
        tools.call(self._folder / name, self._programs / program, *words)


def server_faults(pair: Pair, cable: Cable, quiet: Cable) -> list[Fault]:
    """What can happen to a database server.

    Args:
        pair: the servers.
        cable: between the service and the database.
        quiet: the clerk's way, which only follows where the database goes.
    """

    def restart(chance: random.Random) -> None:
        pair.stop()

    def die(chance: random.Random) -> None:
        pair.kill()

    def fail_over(chance: random.Random) -> str:
        begun = time.monotonic()
        pair.fail_over()
        for one in (cable, quiet):
            one.lead_to(pair.port)
        return f"taken over in {time.monotonic() - begun:.1f} s"

    def start_again() -> None:
        pair.start()

    return [
        Fault("connection's process killed", pair.kill_connection, share=2),
        Fault("database restarts", restart, heal=start_again, hold_s=1.5, share=2),
        Fault("database killed", die, heal=start_again, hold_s=1.0, share=2),
        Fault("fail-over to the standby", fail_over, after=pair.follow),
    ]


def network_faults(cable: Cable) -> list[Fault]:
    """What can happen on the way to a database."""

    def cut(chance: random.Random) -> str:
        return f"{cable.cut()} connections"

    def cut_at_commit(chance: random.Random) -> str:
        cable.cut_after(b"COMMIT")
        before, ends_at = cable.cuts, time.monotonic() + 3.0
        while cable.cuts == before and time.monotonic() < ends_at:
            time.sleep(0.02)
        return "done, and not told" if cable.cuts > before else "nothing was committed"

    def stall(chance: random.Random) -> None:
        cable.stall()

    def unplug(chance: random.Random) -> None:
        cable.unplug()

    return [
        Fault("connections cut", cut, share=3),
        Fault("connection cut at a commit", cut_at_commit, share=6),
        Fault("network stalls", stall, heal=cable.join, hold_s=3.0, share=2),
        Fault("network is down", unplug, heal=cable.join, hold_s=2.0, share=2),
    ]


def _children(parent: int) -> list[tuple[int, str]]:
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with suppress(OSError):
            state = (folder / "stat").read_text().rpartition(")")[2].split()
            if state[0] != "Z" and int(state[1]) == parent:
                found.append((int(folder.name), (folder / "cmdline").read_text()))
    return found
