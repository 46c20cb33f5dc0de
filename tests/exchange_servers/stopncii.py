"""StopNCII's interface: FetchHashes, SubmitHashes, SubmitFeedback.

Source: the wire as PyPI ``threatexchange`` 1.2.17 reads and writes it. A page holds rows in the
order of their last change; a token goes on where a page ended and is good for a while only; each
call has a function key of its own beside the subscription's.
"""

from __future__ import annotations

import json
import random
from bisect import bisect_left
from typing import Any

from exchange_servers.serving import Answered, Asked, ExchangeServer

SUBSCRIPTION_KEY = "subscription-key-of-the-tests"
FETCH_KEY = "fetch-key-of-the-tests"
FEEDBACK_KEY = "feedback-key-of-the-tests"
SUBMIT_KEY = "submit-key-of-the-tests"
OUR_NAME = "Forum Example"
_TYPES = {"pdq": "ImagePDQ", "md5": "VideoMD5", "tmk": "VideoTMK", "text": "Text", "url": "URL"}
_KEYS = {"FetchHashes": FETCH_KEY, "SubmitFeedback": FEEDBACK_KEY, "SubmitHashes": SUBMIT_KEY}
MOST_ROWS = 5_000


class StopNciiServer(ExchangeServer):
    """StopNCII on this machine.

    Attributes:
        rows: key -> the row as the wire holds it.
        expire_tokens: refuse every token from before, as happens after a while.
        repeat_last: each page begins with the last row of the page before.
        shuffle: rows of a page come in another order than that of their changes.
    """

    base_path = "/v1"

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {}
        self.expire_tokens = False
        self.repeat_last = False
        self.shuffle = False
        self._order: list[tuple[int, str]] | None = None
        super().__init__()

    @property
    def secrets(self) -> dict[str, str]:
        return {
            "subscription_key": SUBSCRIPTION_KEY,
            "fetch_key": FETCH_KEY,
            "feedback_key": FEEDBACK_KEY,
            "submit_key": SUBMIT_KEY,
        }

    def add(self, hash_hex: str, *, signal: str = "pdq", **more: Any) -> str:
        """List a hash that a person put in; ``more`` are fields of the row as the wire has them."""
        row = {
            "signalType": _TYPES.get(signal, signal),
            "hashValue": hash_hex,
            "hashStatus": "Active",
            "caseNumbers": {"1": "Active"},
            "CSPFeedbacks": [],
        }
        return self.put({**row, **more})

    def put(self, row: dict[str, Any]) -> str:
        """List or change a row as a whole; its time is now unless it brings its own."""
        with self.lock:
            key = f"{row['signalType']}:{row['hashValue']}"
            self.rows[key] = {"lastModtimestamp": self.tick(), **row}
            self._order = None
            return key

    def withdraw(self, key: str, *, status: str = "Withdrawn") -> None:
        """The person takes it back: the row stays in the feed, with another status."""
        with self.lock:
            row = self.rows[key]
            cases = dict.fromkeys(row["caseNumbers"] or {}, status)
            self._change(key, hashStatus=status, caseNumbers=cases)

    def feed_back(self, key: str, value: str, *, source: str = "Another Platform") -> None:
        """Another platform says something of the row."""
        with self.lock:
            said = [f for f in self.rows[key]["CSPFeedbacks"] if f["source"] != source]
            said.append({"feedbackValue": value, "tags": [], "source": source})
            self._change(key, CSPFeedbacks=said)

    def answer(self, asked: Asked) -> Answered:
        call = asked.path.removeprefix(self.base_path + "/")
        if asked.headers.get("ocp-apim-subscription-key") != SUBSCRIPTION_KEY:
            return Answered(401, b'{"statusCode":401,"message":"Access denied"}')
        if call not in _KEYS:
            return Answered(404)
        if asked.headers.get("x-functions-key") != _KEYS[call]:
            return Answered(401)
        if asked.method != ("GET" if call == "FetchHashes" else "POST"):
            return Answered(405)
        if call == "FetchHashes":
            return self._fetch(asked)
        return self._take(call, json.loads(asked.body))

    def _change(self, key: str, **more: Any) -> None:
        self.rows[key] = {**self.rows[key], **more, "lastModtimestamp": self.tick()}
        self._order = None

    def _fetch(self, asked: Asked) -> Answered:
        start, size = int(asked.query["startTimestamp"]), int(asked.query["pageSize"])
        size = min(size, MOST_ROWS)
        if self._order is None:
            self._order = sorted((row["lastModtimestamp"], k) for k, row in self.rows.items())
        token = asked.query.get("nextPageToken")
        if token and self.expire_tokens:
            return Answered(400, b'{"message":"The page token is not valid."}')
        at = bisect_left(self._order, (start, "")) if not token else self._place(token)
        end = min(at + size, len(self._order))
        first = max(at - 1, 0) if self.repeat_last and token else at
        rows = [self.rows[key] for _, key in self._order[first:end]]
        if self.shuffle:
            random.Random(at).shuffle(rows)
        has_more = end < len(self._order)
        page = {
            "count": len(rows),
            "nextPageToken": self._token(end) if has_more else None,
            "nextSetTimestamp": self.clock + self.skew_s,
            "hasMoreRecords": has_more,
            "hashRecords": rows,
        }
        return Answered(200, json.dumps(page).encode())

    def _token(self, end: int) -> str:
        assert self._order is not None
        stamp, key = self._order[end - 1]
        return f"{stamp}|{key}"

    def _place(self, token: str) -> int:
        """Where the rows after the token's begin, also where some moved to the end meanwhile."""
        assert self._order is not None
        stamp, _, key = token.partition("|")
        return bisect_left(self._order, (int(stamp), key + "\0"))

    def _take(self, call: str, body: dict[str, Any]) -> Answered:
        name = "hashFeedbacks" if call == "SubmitFeedback" else "hashRecords"
        rows = body[name]
        if body["count"] != len(rows):
            return Answered(400, b'{"message":"count"}')
        if call == "SubmitFeedback":
            for row in rows:
                self._take_feedback(row)
        else:
            for row in rows:
                if row["signalType"] not in _TYPES.values():
                    return Answered(400, b'{"message":"signalType"}')
                self.submitted.append(row)
                said = [{**f, "source": OUR_NAME} for f in row["CSPFeedbacks"]]
                given = {"signalType": row["signalType"], "hashValue": row["hashValue"]}
                self.put({**given, "hashStatus": "Active", "caseNumbers": {}, "CSPFeedbacks": said})
        return Answered(200, b"{}")

    def _take_feedback(self, row: dict[str, Any]) -> None:
        self.received_feedback.append(row)
        for key in [k for k in self.rows if k.partition(":")[2] == row["hashValue"]]:
            self.feed_back(key, row["feedbackValue"], source=OUR_NAME)
