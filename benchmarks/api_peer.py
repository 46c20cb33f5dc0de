"""A minimal service over PyPI ``threatexchange``: the peer of ``bench_api.py`` for uploads.

    python api_peer.py PORT        (needs threatexchange, flask, gunicorn)

One gunicorn worker with four threads on one core; the file of a form is hashed with the library's
``PdqSignal`` and looked up in its PDQ index.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from flask import Flask, request
from gunicorn.app.base import BaseApplication
from threatexchange.signal_type.pdq.signal import PdqSignal

app = Flask(__name__)
index = PdqSignal.get_index_cls().build([("f" * 64, 1)])


@app.get("/status")
def status() -> dict[str, str]:
    """Ready."""
    return {"status": "ready"}


@app.post("/h")
def hash_and_look_up() -> dict[str, str]:
    """Hash the file, look it up."""
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        request.files["media"].save(file.name)
        found = PdqSignal.hash_from_file(Path(file.name))
    matches = index.query(found) if found else []
    return {"verdict": "hold" if matches else "clear", "pdq": found}


class Peer(BaseApplication):
    """One worker on a port of this machine."""

    def load_config(self) -> None:
        """One process, for one core."""
        self.cfg.set("bind", f"127.0.0.1:{sys.argv[1]}")
        self.cfg.set("workers", 1)
        self.cfg.set("worker_class", "gthread")
        self.cfg.set("threads", 4)
        self.cfg.set("keepalive", 60)
        self.cfg.set("loglevel", "error")

    def load(self) -> Flask:
        """The service."""
        return app


if __name__ == "__main__":
    Peer().run()
