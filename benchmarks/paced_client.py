"""Checks at a steady pace over one kept connection, each measured from when it was due.

Started by ``exchange_import.py`` as ``python paced_client.py PORT KEY RATE SEED``; one check a line
of its output, until standard input ends: the second it was due, and milliseconds until its answer.
A check that had to wait because the one before was late counts its wait, so that a pause of the
server is seen in every check that it held up.
"""

from __future__ import annotations

import json
import random
import socket
import sys
import threading
import time

from api_client import answered, request


def body_of(seed: random.Random) -> bytes:
    """A check by a random ``pdq``: it matches nothing."""
    value = f"{seed.getrandbits(256):064x}"
    return json.dumps({"signals": [{"type": "pdq", "value": value, "quality": 100}]}).encode()


def main() -> None:
    """Ask until the other end has gone."""
    port, key, rate, seed = sys.argv[1:5]
    drawn, step_s = random.Random(int(seed)), 1 / float(rate)
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    with socket.create_connection(("127.0.0.1", int(port))) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        due = time.time()
        while not over.is_set():
            due += step_s
            time.sleep(max(0.0, due - time.time()))
            line.sendall(request("/api/v1/check", key, "application/json", body_of(drawn)))
            status, _ = answered(line)
            print(f"{due:.3f} {(time.time() - due) * 1000:.2f} {status}", flush=True)


if __name__ == "__main__":
    main()
