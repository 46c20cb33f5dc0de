"""Faults of processes: kill -9 of each part of a service, and of all at once."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from contextlib import closing

from torture.faults.frame import Fault
from torture.faults.service import Service


def kills(service: Service) -> list[Fault]:
    """kill -9 of each part at a random moment under load, and of everything at once."""

    def kill(part: str, chance: random.Random) -> str:
        time.sleep(chance.uniform(0.0, 0.3))
        return "killed" if service.kill(part, chance.randrange(8)) else "none there just now"

    def kill_decoder(chance: random.Random) -> str:
        """While a picture is being opened."""
        assert service.crowd is not None
        sending = threading.Thread(target=service.crowd.opens_media)
        sending.start()
        time.sleep(chance.uniform(0.0, 0.15))
        done = kill("decoder", chance)
        sending.join()
        return done

    def cut_power(chance: random.Random) -> str:
        time.sleep(chance.uniform(0.0, 0.3))
        service.kill_all()
        return "all at once"

    checks = [
        Fault("kill checks worker", lambda chance: kill("checks worker", chance), share=4),
        Fault("kill checks main", lambda chance: kill("checks main", chance), share=2),
    ]
    return [
        *(checks if service.checks_port else []),
        Fault("kill decoder", kill_decoder, share=8),
        Fault("kill web worker", lambda chance: kill("web worker", chance)),
        Fault("kill web main", lambda chance: kill("web main", chance)),
        Fault("kill worker", lambda chance: kill("worker", chance), share=2),
        Fault("kill supervisor", lambda chance: kill("supervisor", chance)),
        Fault("kill everything", cut_power),
    ]


def busy_database(service: Service) -> list[Fault]:
    """Somebody holds the turn to write while checks go on, and their server is killed in it."""

    def hold(chance: random.Random) -> str:
        path = service.home / "staydown.sqlite3"
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(chance.uniform(0.5, 2.0))
            killed = service.kill("checks worker") if chance.random() < 0.5 else 0
            other.execute("ROLLBACK")
        return "killed in it" if killed else "held"

    return [Fault("turn to write held", hold, share=3)]
