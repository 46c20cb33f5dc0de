"""A partner's list of very many pictures, served on this machine for ``exchange_import.py``.

    python benchmarks/exchange_partner.py PORT RECORDS

The calls and rows are those of StopNCII's FetchHashes; the hashes are random, the same each time.
"""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np

SEED = 11
START = 1_764_000_000


def hashes_of(records: int) -> np.ndarray:
    """The ``pdq`` of the list."""
    return np.random.default_rng(SEED).integers(0, 256, (records, 32), dtype=np.uint8)


def row_of(place: int, hash_hex: str) -> str:
    """One row as the wire has it."""
    return (
        f'{{"lastModtimestamp":{START + place},"signalType":"ImagePDQ","hashValue":"{hash_hex}",'
        '"hashStatus":"Active","caseNumbers":{"1":"Active"},"CSPFeedbacks":[]}'
    )


def page_of(hashes: np.ndarray, at: int, size: int) -> bytes:
    """A page of the list."""
    rows = hashes[at : at + size]
    text = ",".join(row_of(at + n, row.tobytes().hex()) for n, row in enumerate(rows))
    end = at + len(rows)
    has_more = end < len(hashes)
    head = (
        f'{{"count":{len(rows)},"nextPageToken":"{end}","nextSetTimestamp":{START + len(hashes)},'
        f'"hasMoreRecords":{"true" if has_more else "false"},"hashRecords":['
    )
    return (head + text + "]}").encode()


def main() -> None:
    """Serve until the process is ended."""
    port, records = int(sys.argv[1]), int(sys.argv[2])
    hashes = hashes_of(records)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = {k: v[-1] for k, v in parse_qs(urlsplit(self.path).query).items()}
            at = int(asked.get("nextPageToken") or 0)
            # What is asked for from the end on is the next look, when there is nothing new.
            at = at if int(asked["startTimestamp"]) < START + records else records
            body = page_of(hashes, at, int(asked["pageSize"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main()
