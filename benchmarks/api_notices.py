"""How soon an entry of this process is enforced by the server of another; see ``bench_api.py``.

Adds seeds with the service's own ``add_entry``, and asks the server over HTTP
until it holds: the time runs from before the call, commit and publishing included. Prints the
seconds of each as JSON, and withdraws the entries in the end.
"""

from __future__ import annotations

import json
import secrets
import socket
import sys
import time

import django

django.setup()

from api_client import answered, request  # noqa: E402

from staydown.types import ContentKind, Fingerprint, Signal, SignalType  # noqa: E402
from staydown_web.banks.models import Entry  # noqa: E402
from staydown_web.banks.services import (  # noqa: E402
    add_entry,
    default_bank,
    open_segments,
    withdraw_entry,
)
from staydown_web.base.clock import utc_now  # noqa: E402


def main() -> None:
    """Add, ask, repeat."""
    host, port, key, count = sys.argv[1:5]
    open_segments()  # as every process of the service does when it starts
    bank = default_bank(utc_now())
    line = socket.create_connection((host, int(port)))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    took, made = [], []
    for _ in range(int(count)):
        signal = Signal(SignalType.PDQ, secrets.token_hex(32), 100)
        body = json.dumps({"signals": [{"type": "pdq", "value": signal.value, "quality": 100}]})
        ask = request("/api/v1/check", key, "application/json", body.encode())
        added = add_entry(
            bank=bank,
            fingerprint=Fingerprint(ContentKind.PHOTO, (signal,)),
            origin=Entry.Origin.NOTICE,
            actor="person",
            now=(accepted := utc_now()),
        )
        made.append(added.entry.pk)
        while True:
            line.sendall(ask)
            status, answer = answered(line)
            if status == 200 and json.loads(answer)["verdict"] == "hold":
                break
            time.sleep(0.002)
        took.append(time.time() - accepted.timestamp())
    for entry_id in made:
        withdraw_entry(entry_id=entry_id, actor="system", now=utc_now(), reason="benchmark")
    print(json.dumps(took))


if __name__ == "__main__":
    main()
