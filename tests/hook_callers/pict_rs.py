"""A stand-in for pict-rs: it reads the same settings and stores only what the endpoint lets pass.

As pict-rs 0.4.3 and later do: the file is sent as the body of a POST, in chunks and without a
length, with its media type; a status of 2xx means keep it, every other status and no answer in time
mean that the upload fails.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
from flask import Flask, Response, jsonify, request

SETTING = "PICTRS__MEDIA__EXTERNAL_VALIDATION"
app = Flask(__name__)


def in_chunks(data: bytes) -> Iterator[bytes]:
    yield from (data[at : at + 16_384] for at in range(0, len(data), 16_384))


def is_let_pass(data: bytes, kind: str) -> bool:
    endpoint = os.environ.get(SETTING)
    if not endpoint:
        return True
    wait_s = float(os.environ.get(f"{SETTING}_TIMEOUT", "30"))
    try:
        answer = httpx.post(
            endpoint,
            content=in_chunks(data),
            headers={"Content-Type": kind},
            timeout=wait_s,
            trust_env=False,
        )
    except httpx.HTTPError:
        return False
    return answer.is_success


@app.post("/image")
def upload() -> tuple[Response, int]:
    stored = []
    for file in request.files.getlist("images[]"):
        data = file.read()
        if not is_let_pass(data, file.mimetype):
            return jsonify({"msg": "Failed external validation"}), 400
        folder = Path("pict-rs-files")
        folder.mkdir(exist_ok=True)
        (folder / Path(file.filename or "").name).write_bytes(data)
        stored.append({"file": file.filename})
    return jsonify({"msg": "ok", "files": stored}), 201


if __name__ == "__main__":
    host, _, port = os.environ["PICTRS__SERVER__ADDRESS"].rpartition(":")
    app.run(host, int(port), threaded=True)
