"""A service under fault: started as its operator does, found by its parts, started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from served import free_ports as free_pair
from staydown_web.base.journal import Journal
from torture.faults.clerk import Clerk
from torture.faults.frame import RECOVERY_S, Campaign, Ledger, Round, wait_until
from torture.faults.people import Crowd, Line

START_S = 600.0
_BEAT_S = 8.0
_LOOK_S = 0.1
_TAKEN_IN_S = 8.0


class Service:
    """``staydown serve`` that is started again when it ends, as a service manager does.

    It is the subject of a campaign: it works when all its parts do.

    Args:
        home: its folder.
        port: to listen on.
        environment: more of it.
        checks_port: where a server of checks listens; 0 for none. Then checks by hash go there.

    Attributes:
        preload: more for the service alone.
        reading: more for the clerk alone.
    """

    def __init__(
        self, home: Path, port: int, environment: Mapping[str, str], *, checks_port: int = 0
    ) -> None:
        self.home, self.port, self.checks_port = home, port, checks_port
        self.environment = {
            "STAYDOWN_HOME": str(home),
            # Each person has an address of their own: the caps of one address are not the point.
            "STAYDOWN_BEHIND_PROXY": "1",
            **environment,
        }
        self.log = home.parent / f"{home.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0
        self.preload: dict[str, str] = {}
        self.reading: dict[str, str] = {}
        self.line = Line("127.0.0.1", port)
        self.checks_line = Line("127.0.0.1", checks_port or port)
        self.ledger = Ledger(made_by_system=("number", "firm", "order"))
        self.clerk: Clerk | None = None
        self.crowd: Crowd | None = None
        self._heads: dict[int, str] = {}
        self._is_kept_up = threading.Event()
        self._keeper: threading.Thread | None = None

    # ---- life ----

    def start(self) -> None:
        """Start it and keep it up; returns when it answers."""
        self.keep_up()
        ends_at = time.monotonic() + START_S
        while self.line.status("/status") != 200:
            assert time.monotonic() < ends_at, self.log.read_text()[-3000:]
            time.sleep(_LOOK_S)

    def keep_up(self) -> None:
        """Start it, and again whenever it ends."""
        self._start()
        self._is_kept_up.set()
        self._keeper = threading.Thread(target=self._keep_up, daemon=True)
        self._keeper.start()

    def let_clerk_go(self) -> None:
        """Nobody reads its database until the clerk is fetched."""
        assert self.crowd is not None
        self.crowd.clerk_lock.acquire()
        self.crowd.clerk.close()

    def fetch_clerk(self) -> None:
        """Another clerk, for the people too."""
        assert self.crowd is not None
        self.clerk = self.crowd.clerk = Clerk(self.environment | self.reading)
        self.crowd.clerk_lock.release()

    def settle(self, *, persons: int, reviewers: int, uploaders: int) -> None:
        """Set it up, and let people come."""
        self.clerk = Clerk(self.environment | self.reading)
        prepared = self.clerk("prepare", reviewers=reviewers)
        self.crowd = Crowd(self.line, self.ledger, self.clerk, prepared, self.checks_line)
        self.crowd.come(persons=persons, reviewers=reviewers, uploaders=uploaders)

    def stop(self) -> None:
        """Send the people home, end everything, leave nothing."""
        if self.crowd is not None:
            self.crowd.leave()
        self.keep_down()
        if self.clerk is not None:
            self.clerk.close()

    def keep_down(self) -> None:
        """End it, and do not start it again."""
        self._is_kept_up.clear()
        if self._keeper is not None:
            self._keeper.join()
        if self.process is not None:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(60)
            self.kill_all()

    def _start(self) -> None:
        cleared = {k: v for k, v in os.environ.items() if not k.startswith("STAYDOWN_")}
        command = [sys.executable, "-m", "staydown", "serve", "--json", "--port", str(self.port)]
        if self.checks_port:
            command += ["--checks-port", str(self.checks_port)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env={**cleared, **self.environment, **self.preload},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.starts += 1

    def _keep_up(self) -> None:
        while self._is_kept_up.is_set():
            if self.process is not None and self.process.poll() is not None:
                time.sleep(0.2)
                self._start()
            time.sleep(_LOOK_S)

    # ---- parts ----

    def parts(self) -> dict[str, list[int]]:
        """Process ids by what they are: supervisor, web main, web worker, worker, decoder.

        With a port for checks also checks main and checks worker.
        """
        found: dict[str, list[int]] = {}
        if self.process is None or self.process.poll() is not None:
            return found
        tree = _tree()
        found["supervisor"] = [self.process.pid]
        for child, line in tree.get(self.process.pid, []):
            is_web = "config.web_server" in line
            server = "checks" if "--beside" in line else "web"
            found.setdefault(f"{server} main" if is_web else "worker", []).append(child)
            for grandchild, its_line in tree.get(child, []):
                if "isolate.child" in its_line:
                    found.setdefault("decoder", []).append(grandchild)
                elif is_web:
                    found.setdefault(f"{server} worker", []).append(grandchild)
                for last, _line in tree.get(grandchild, []):
                    found.setdefault("decoder", []).append(last)
        return found

    def kill(self, part: str, which: int = 0) -> int:
        """kill -9 one process of a part; 0 where there is none just now."""
        found = self.parts().get(part, [])
        if not found:
            return 0
        pid = found[which % len(found)]
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not _is_alive(pid), within_s=30, what="end of a killed process")
        return pid

    def kill_all(self) -> None:
        """kill -9 everything at once, as when the power goes."""
        pids = [pid for part in self.parts().values() for pid in part]
        for number in (signal.SIGSTOP, signal.SIGKILL):  # so that none sees another end
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
        if self.process is not None:
            self.process.wait(30)

    # ---- what a campaign asks ----

    def works(self) -> bool:
        """Whether all parts run, it answers, holds what is known, opens media, its worker beats."""
        return (
            self.parts().keys() >= self._wanted()
            and self.line.status("/status") == 200
            and self.checks_line.status("/status") == 200
            and self.crowd is not None
            and self.crowd.is_held()
            and self.crowd.opens_media()
            and self._beats()
            and self._is_taken_in()
        )

    def _wanted(self) -> set[str]:
        checks = {"checks main", "checks worker"} if self.checks_port else set()
        return {"supervisor", "web main", "web worker", "worker", *checks}

    def _is_taken_in(self) -> bool:
        """Whether nothing lies in the tray for long."""
        path = self.home / "findings.journal"
        if not path.exists():
            return True
        tray = Journal(path, size=0)
        try:
            oldest = [json.loads(record.text)[0] for record in tray.read(after=0, most=1)]
        finally:
            tray.close()
        return not oldest or time.time() - oldest[0] < _TAKEN_IN_S

    def conclude(self, campaign: Campaign) -> None:
        """Everybody ends what they are at; then compare once more, with nobody writing."""
        assert self.crowd is not None
        self.crowd.leave()
        wait_until(self.works, within_s=RECOVERY_S, what="service at the end")
        differences = tuple(self.ledger.differences(self.stored()))
        campaign.rounds.append(Round("nothing", "everybody has gone home", None, differences))
        campaign.acknowledged = self.ledger.counts()
        campaign.more = {
            "answers": {str(status): n for status, n in sorted(self.crowd.statuses.items())},
            "outages": dict(sorted(self.crowd.outages.items())),
            "starts": self.starts,
        }

    def _beats(self) -> bool:
        try:
            beat = json.loads((self.home / "worker.json").read_text())
        except (OSError, ValueError):
            return False
        is_fresh = abs(time.time() + self.clock_off_s() - beat["at"]) < _BEAT_S
        return is_fresh and Path(f"/proc/{beat['pid']}").exists()

    def clock_off_s(self) -> float:
        """By how much its clock is set wrong on purpose."""
        return 0.0

    def stored(self) -> dict[str, Counter[str]]:
        """What its database holds, read by a process of its own; and what it was seen to forget."""
        assert self.clerk is not None
        assert self.crowd is not None
        with self.crowd.clerk_lock:
            held: dict[str, Any] = self.clerk("stored", heads=sorted(self._heads)[-200:])
            head = self.clerk("head")
        found = {kind: Counter(items) for kind, items in held.items()}
        known = {f"{seq} {self._heads[seq]}" for seq in sorted(self._heads)[-200:]}
        # An event that was there once is there for ever, and the same.
        for gone in known - {*found["event"]}:
            found["broken chain"][gone.partition(" ")[0]] += 1
        found.pop("event")
        if head["seq"]:
            self._heads[head["seq"]] = head["digest"]
        found["missed"] = Counter(self.crowd.missed)
        found["bare error"] = Counter(self.crowd.bare)
        return found


def free_ports(count: int) -> list[int]:
    """So many ports, of those that the system takes for no connection.

    A service that is down for a while so finds its own free when it comes back.
    """
    return [free_pair() for _ in range(count)]


def _is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}


def _tree() -> dict[int, list[tuple[int, str]]]:
    """Parent -> its children with their command lines, of all processes that are alive."""
    found: dict[int, list[tuple[int, str]]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state = (folder / "stat").read_text().rpartition(")")[2].split()
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if state[0] != "Z":
            found.setdefault(int(state[1]), []).append((int(folder.name), line))
    return found
