"""Interfaces that take reports: Amazon's, Cloudflare's, and plain XARF by HTTP, as pages of sites.

Facts: Amazon's service model ``abuse-signal`` 2026-01-12 (paths, states, errors) and its user
guide; Cloudflare's API documentation ``abuse_reports``; both read 2026-11.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import xarf

from little_internet.web import Answer, Asked, Site, json_answer, later

AMAZON_HOST = "abuse.us-east-1.amazonaws.com"
CLOUDFLARE_HOST = "api.cloudflare.com"
XARF_HOST = "xarf.northwind.example"
_DAY_S = 24 * 3600
_MOST_URLS = 250
_START = 1_795_700_000


class Interface(ABC):
    """What the three share: what they took, and answers that a test puts before their own."""

    host: str

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.calls: list[Asked] = []
        self._next: list[Answer] = []

    def answer_next(self, *answers: Answer) -> None:
        """Answer the next calls with these and take nothing."""
        self._next += answers

    def throttle_next(self, seconds: str = "60", *, times: int = 1) -> None:
        """Say 429 with ``Retry-After`` and take nothing."""
        self.answer_next(*[later(seconds)] * times)

    @property
    def site(self) -> Site:
        return {"*": self._respond}

    @property
    def origin(self) -> str:
        """Its own address, by its name in the little internet."""
        return f"https://{self.host}"

    def _respond(self, asked: Asked) -> Answer:
        self.calls.append(asked)
        return self._next.pop(0) if self._next else self.answer(asked)

    @abstractmethod
    def answer(self, asked: Asked) -> Answer:
        """What it says when nothing was put before."""


@dataclass
class _Signal:
    """One report that Amazon's interface holds."""

    report_id: str
    correlation: str | None
    body_digest: str
    taken_at: int
    status: str = "QUEUED"
    reason: str | None = None


class AmazonSignal(Interface):
    """The Abuse Signal interface.

    Attributes:
        key_id, secret: credentials that it takes; the signature of each call is checked.
        now: its clock, seconds since 1970; a token holds for a day of it.
        taken: the XARF reports, each once.
    """

    host = AMAZON_HOST
    region = "us-east-1"

    def __init__(self) -> None:
        super().__init__()
        self.key_id, self.secret = "AKIALITTLEINTERNET00", "little-internet-secret-key"
        self.now = _START
        self._signals: dict[str, _Signal] = {}
        self._tokens: dict[str, str] = {}

    def move(self, report_id: str, status: str, reason: str | None = None) -> None:
        """Let a report go on: ``PROCESSING``, or ``COMPLETED`` with a reason."""
        self._signals[report_id].status, self._signals[report_id].reason = status, reason

    @property
    def report_ids(self) -> list[str]:
        return list(self._signals)

    def answer(self, asked: Asked) -> Answer:
        if not is_signed(asked, key_id=self.key_id, secret=self.secret, region=self.region):
            return _fault(403, "AccessDeniedException", "The signature does not match.")
        if (asked.method, asked.path) == ("POST", "/v1/abuse"):
            return self._take(asked)
        if asked.method == "GET" and asked.path.startswith("/v1/abuse/"):
            return self._status(asked.path.removeprefix("/v1/abuse/"))
        if (asked.method, asked.path) == ("GET", "/v1/abusestatuses"):
            return self._list(asked.query.get("correlationId"))
        return _fault(404, "UnknownOperationException", "No such operation.")

    def _take(self, asked: Asked) -> Answer:
        sent = _json(asked.body)
        problem = _amazon_problem(sent)
        if problem:
            return _invalid(*problem)
        report, token = sent["report"]["xarf"], sent.get("clientToken")
        digest = hashlib.sha256(json.dumps(report, sort_keys=True).encode()).hexdigest()
        known = self._signals.get(self._tokens.get(str(token), ""))
        if known is None or self.now - known.taken_at >= _DAY_S:
            count = len(self._signals)
            known = _Signal(f"{count:020d}A1", sent.get("correlationId"), digest, self.now)
            self._signals[known.report_id] = known
            self.taken.append(report)
            if token is not None:
                self._tokens[str(token)] = known.report_id
        if known.body_digest != digest:
            return _fault(409, "ConflictException", "The token stands for another report.")
        return self._accepted(known)

    def _accepted(self, signal: _Signal) -> Answer:
        body = {"reportId": signal.report_id, "correlationId": signal.correlation}
        return json_answer({k: v for k, v in body.items() if v is not None}, status=202)

    def _status(self, report_id: str) -> Answer:
        signal = self._signals.get(report_id)
        if signal is None:
            return _fault(404, "ResourceNotFoundException", "No such report.", resourceId=report_id)
        told = {"submittedAt": signal.taken_at, "lastUpdatedAt": self.now}
        return json_answer({**_told(signal), **told})

    def _list(self, correlation: str | None) -> Answer:
        rows = [s for s in self._signals.values() if correlation in {None, s.correlation}]
        return json_answer({"reports": [_told(signal) for signal in rows[:50]]})


def _amazon_problem(sent: Any) -> tuple[str, str] | None:
    """Where the first thing is that is wrong, and what."""
    report = sent.get("report", {}).get("xarf") if isinstance(sent, dict) else None
    if not isinstance(report, dict):
        return "/report", "one member must be set"
    shapes = {"clientToken": r"[\x21-\x7E]{1,128}", "correlationId": r"[a-zA-Z0-9-_]{1,256}"}
    for name, shape in shapes.items():
        if name in sent and not re.fullmatch(shape, str(sent[name])):
            return f"/{name}", "does not match the pattern"
    problems = xarf.parse(report).errors
    return (f"/report/xarf/{problems[0].field}", problems[0].message) if problems else None


def _told(signal: _Signal) -> dict[str, Any]:
    told = {
        "reportId": signal.report_id,
        "correlationId": signal.correlation,
        "status": signal.status,
        "description": "Where the report stands.",
        "reasonCode": signal.reason,
    }
    return {name: value for name, value in told.items() if value is not None}


class CloudflareReports(Interface):
    """Cloudflare's interface for abuse reports, type ``abuse_ncsei``.

    Attributes:
        account, token: credentials that it takes.
        taken: the bodies, in order; a report on the same links is refused as a double.
        statuses: report id -> ``in_review`` or ``accepted``.
    """

    host = CLOUDFLARE_HOST
    kind = "abuse_ncsei"

    def __init__(self) -> None:
        super().__init__()
        self.account, self.token = "0123456789abcdef0123456789abcdef", "little-cloudflare-token"
        self.statuses: dict[str, str] = {}
        self.active_counts: dict[str, int] = {}

    @property
    def path(self) -> str:
        return f"/client/v4/accounts/{self.account}/abuse-reports"

    @property
    def url(self) -> str:
        """Where a report is sent."""
        return f"{self.origin}{self.path}/{self.kind}"

    def answer(self, asked: Asked) -> Answer:
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return _refused(403, 10000, "Authentication error")
        rest = asked.path.removeprefix(f"{self.path}/")
        if not asked.path.startswith(f"{self.path}/"):
            return _refused(404, 7003, "No such account")
        if asked.method == "GET":
            return self._details(rest)
        if asked.method != "POST" or rest != self.kind:
            return _refused(405, 10001, "Method not allowed")
        return self._take(_json(asked.body))

    def _take(self, sent: Any) -> Answer:
        problem = _cloudflare_problem(sent)
        if problem:
            body = {"result": "error", "request": {"act": self.kind}, "error_code": problem}
            return json_answer({**body, "msg": "The report was not taken."}, status=400)
        if any(known["urls"] == sent["urls"] for known in self.taken):
            body = {"result": "error", "request": {"act": self.kind}, "error_code": "dedupe"}
            return json_answer({**body, "msg": "The same was reported before."}, status=400)
        self.taken.append(sent)
        made = f"cf{len(self.taken):014d}"
        self.statuses[made] = "in_review"
        body = {"abuse_rand": made, "request": {"act": self.kind}, "result": "success"}
        return json_answer(body)

    def _details(self, report_id: str) -> Answer:
        if report_id not in self.statuses:
            return _refused(404, 10002, "No such report")
        count = self.active_counts.get(report_id, 0)
        result = {
            "id": report_id,
            "cdate": "2026-11-26T09:00:00Z",
            "domain": self.taken[int(report_id[2:]) - 1]["urls"].split("/")[2],
            "status": self.statuses[report_id],
            "type": "NCSEI",
            "mitigation_summary": {
                "accepted_url_count": count,
                "active_count": count,
                "external_host_notified": True,
                "in_review_count": 0,
                "pending_count": 0,
            },
        }
        return json_answer({"success": True, "errors": [], "messages": [], "result": result})


def _cloudflare_problem(sent: Any) -> str:
    """The code of the first thing that is wrong; empty where nothing is."""
    if not isinstance(sent, dict):
        return "bad_act"
    urls = str(sent.get("urls") or "").split("\n")
    hosts = {url.split("/")[2] for url in urls if re.match(r"https?://[^/]+", url)}
    is_mail = "@" in str(sent.get("email", ""))
    rules = {
        "bad_act": sent.get("act") == "abuse_ncsei",
        "diff_email": is_mail and sent.get("email") == sent.get("email2"),
        "bad_name": bool(sent.get("name")),
        "bad_representation": isinstance(sent.get("ncsei_subject_representation"), bool),
        "bad_host_notification": sent.get("host_notification") in {"send", "send-anon"},
        "bad_owner_notification": sent.get("owner_notification") in {"send", "send-anon", "none"},
        "bad_urls": len(hosts) == 1 and len(urls) <= _MOST_URLS,
    }
    return next((code for code, is_kept in rules.items() if not is_kept), "")


class XarfReceiver(Interface):
    """A provider's own interface: takes one XARF report by POST at ``/reports``.

    Attributes:
        taken: the reports, each id once.
    """

    host = XARF_HOST

    @property
    def url(self) -> str:
        return f"{self.origin}/reports"

    def answer(self, asked: Asked) -> Answer:
        if (asked.method, asked.path) != ("POST", "/reports"):
            return Answer("", 404)
        report = _json(asked.body)
        if not isinstance(report, dict) or xarf.parse(report).errors:
            return json_answer({"error": "not a valid XARF report"}, status=422)
        if all(known["report_id"] != report["report_id"] for known in self.taken):
            self.taken.append(report)
        return json_answer({"ticket": f"T-{len(self.taken)}"}, status=201)


def is_signed(asked: Asked, *, key_id: str, secret: str, region: str) -> bool:
    """Whether a call is signed as Amazon's Signature Version 4 asks, for the service ``abuse``."""
    found = re.fullmatch(
        r"AWS4-HMAC-SHA256 Credential=(\S+?)/(\d{8})/(\S+?)/abuse/aws4_request, ?"
        r"SignedHeaders=(\S+?), ?Signature=([0-9a-f]{64})",
        asked.headers.get("authorization", ""),
    )
    if not found or found[1] != key_id or found[3] != region:
        return False
    day, names = found[2], found[4].split(";")
    moment = asked.headers.get("x-amz-date", "")
    if not {"host", "x-amz-date"} <= set(names) or not moment.startswith(day):
        return False
    body_digest = hashlib.sha256(asked.body).hexdigest()
    if asked.headers.get("x-amz-content-sha256", body_digest) != body_digest:
        return False
    asked_for = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(asked.query.items())
    )
    lines = [asked.method, quote(asked.path, safe="/-_.~"), asked_for]
    lines += [f"{name}:{' '.join(asked.headers.get(name, '').split())}" for name in names]
    lines += ["", found[4], body_digest]
    scope = f"{day}/{region}/abuse/aws4_request"
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}"
    key = f"AWS4{secret}".encode()
    for part in (day, region, "abuse", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(hmac.new(key, text.encode(), "sha256").hexdigest(), found[5])


def _fault(status: int, kind: str, message: str, **more: Any) -> Answer:
    made = json_answer({"message": message, **more}, status=status)
    return Answer(made.body, status, made.content_type, (("x-amzn-ErrorType", kind),))


def _invalid(path: str, message: str) -> Answer:
    rows = [{"path": path, "message": message}]
    return _fault(400, "ValidationException", "The input is not valid.", fieldList=rows)


def _refused(status: int, code: int, message: str) -> Answer:
    errors = [{"code": code, "message": message}]
    body: Mapping[str, Any] = {"success": False, "errors": errors, "messages": [], "result": None}
    return json_answer(body, status=status)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
