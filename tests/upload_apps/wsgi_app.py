"""A Flask application."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from flask import Flask, request

from staydown_client import Client
from staydown_client.uploads import Rules
from staydown_client.wsgi import UploadCheck

FOLDER = Path(os.environ["UPLOADS"])
app = Flask(__name__)


@app.post("/store")
def store() -> dict[str, Any]:
    """Store each file of a form; say what came with it."""
    stored: dict[str, Any] = dict(request.form)
    for field, file in request.files.items(multi=True):
        data = file.read()
        (FOLDER / f"{len(list(FOLDER.iterdir())):04}-{field}").write_bytes(data)
        stored[field] = hashlib.sha256(data).hexdigest()
    return {"stored": stored, **told()}


@app.post("/echo")
def echo() -> dict[str, Any]:
    """Say what the body was."""
    digest, size = hashlib.sha256(), 0
    while piece := request.stream.read(5000):
        digest.update(piece)
        size += len(piece)
    return {"sha256": digest.hexdigest(), "size": size, **told()}


def told() -> dict[str, Any]:
    """What the middleware says."""
    upload = request.environ.get("staydown.upload")
    return {
        "check": request.headers.get("Staydown-Check", ""),
        "verdict": request.headers.get("Staydown-Verdict", ""),
        "is_held": bool(upload and upload.is_held),
        "is_unchecked": bool(upload and upload.is_unchecked),
    }


app.wsgi_app = UploadCheck(  # type: ignore[method-assign] # as Flask's own documentation does it
    app.wsgi_app,
    client=Client(os.environ["STAYDOWN_URL"], os.environ["STAYDOWN_KEY"], retries=1, deadline_s=20),
    rules=Rules(
        on_unreachable=os.environ["ON_UNREACHABLE"],  # type: ignore[arg-type] # Rules checks
        on_hold=os.environ.get("ON_HOLD", "mark"),  # type: ignore[arg-type] # Rules checks
        max_body_bytes=8 << 20,
        unchecked_header="Staydown-Unchecked",
    ),
)
