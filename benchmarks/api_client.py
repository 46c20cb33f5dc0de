"""One client of the check API: sends requests over one kept connection, measures each.

Started by ``bench_api.py`` as ``python api_client.py HOST PORT KEY SECONDS KIND SEED``; the bodies
to send come on stdin as a JSON list, for media as a list of paths. Prints one line of JSON.
"""

from __future__ import annotations

import json
import random
import socket
import sys
import time
from pathlib import Path


def request(path: str, key: str, kind: str, body: bytes) -> bytes:
    """A whole HTTP request."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def form(media: bytes, signals: str) -> tuple[str, bytes]:
    """A form with one file, and the signals that are wanted of it."""
    edge = "----staydown-bench"
    parts = []
    if signals:
        field = 'Content-Disposition: form-data; name="signals"'
        parts.append(f"--{edge}\r\n{field}\r\n\r\n{signals}\r\n".encode())
    field = 'Content-Disposition: form-data; name="media"; filename="a.jpg"'
    parts.append(f"--{edge}\r\n{field}\r\nContent-Type: image/jpeg\r\n\r\n".encode() + media)
    parts.append(f"\r\n--{edge}--\r\n".encode())
    return f"multipart/form-data; boundary={edge}", b"".join(parts)


def answered(line: socket.socket) -> tuple[int, bytes]:
    """The status and body of one answer."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        piece = line.recv(65536)
        if not piece:
            raise ConnectionError("the server hung up")
        raw += piece
    head, _, body = raw.partition(b"\r\n\r\n")
    at = head.lower().find(b"content-length:")
    length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
    while len(body) < length:
        body += line.recv(65536)
    return int(head[9:12]), body


def main() -> None:
    """Send until the time is up."""
    host, port, path, key, seconds, kind, seed = sys.argv[1:8]
    given = json.load(sys.stdin)
    if kind == "json":
        ready = [request(path, key, "application/json", body.encode()) for body in given]
    else:
        signals = "pdq" if kind == "media-pdq" else ""
        ready = [request(path, key, *form(Path(name).read_bytes(), signals)) for name in given]
    random.Random(int(seed)).shuffle(ready)
    line = socket.create_connection((host, int(port)))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    times, verdicts, bad = [], {}, 0
    line.sendall(ready[0])
    answered(line)
    begin = time.perf_counter()
    end, at = begin + float(seconds), 1
    while (start := time.perf_counter()) < end:
        line.sendall(ready[at % len(ready)])
        status, body = answered(line)
        times.append(time.perf_counter() - start)
        at += 1
        if status != 200:
            bad += 1
        elif at % 16 == 0:
            verdict = json.loads(body)["verdict"]
            verdicts[verdict] = verdicts.get(verdict, 0) + 1
    spent = time.perf_counter() - begin
    print(json.dumps({"times": times, "spent": spent, "bad": bad, "verdicts": verdicts}))


if __name__ == "__main__":
    main()
