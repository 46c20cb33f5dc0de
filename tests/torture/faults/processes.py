"""Faults of processes: kill -9 of each part of a service, and of all at once."""

from __future__ import annotations

import random
import threading
import time

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

    return [
        Fault("kill decoder", kill_decoder, share=8),
        Fault("kill web worker", lambda chance: kill("web worker", chance)),
        Fault("kill web main", lambda chance: kill("web main", chance)),
        Fault("kill worker", lambda chance: kill("worker", chance), share=2),
        Fault("kill supervisor", lambda chance: kill("supervisor", chance)),
        Fault("kill everything", cut_power),
    ]
