"""Between calls and httpx: what both clients share of the network."""

from __future__ import annotations

import email.utils
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

import httpx

from staydown_client.answers import read_with
from staydown_client.calls import Call
from staydown_client.errors import AnswerError, SettingError, UnreachableError, problem_error
from staydown_client.outages import no_answer, no_service, other_answer

T = TypeVar("T")
_AGENT = "staydown-client/1"
_MOST_TEXT = 300
_CANNOT_HAVE_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def options(url: str, key: str, verify: ssl.SSLContext | None) -> dict[str, Any]:
    """What both clients of httpx are made with.

    Raises:
        SettingError: no address of a service, or no key.
    """
    try:
        base = httpx.URL(url.rstrip("/"))
    except (httpx.InvalidURL, TypeError, AttributeError):
        raise SettingError("url is the address of the service, such as https://…") from None
    if base.scheme not in {"http", "https"} or not base.host or base.userinfo or base.query:
        raise SettingError("url is the address of the service, with http or https, and no more")
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise SettingError("key is what `staydown manage create-api-key` printed")
    return {
        "base_url": base,
        "headers": {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json",
            "User-Agent": _AGENT,
        },
        # Uploads go to the service that was named, and not through a proxy that a shell sets.
        "trust_env": False,
        "follow_redirects": False,
        "verify": usual_context() if verify is None else verify,
    }


@cache
def usual_context() -> ssl.SSLContext:
    """Trust in the usual authorities, read once a process: it takes tens of milliseconds."""
    return httpx.create_ssl_context(trust_env=False)


def request_of(call: Call[T], timeout_s: float) -> dict[str, Any]:
    """What httpx is asked to send, besides the content."""
    headers = {"Idempotency-Key": call.idempotency_key} if call.idempotency_key else {}
    return {
        "method": call.method,
        "url": call.path.lstrip("/"),
        "params": dict(call.query),
        "headers": headers,
        "timeout": timeout_s,
    }


@contextmanager
def translated(host: str) -> Iterator[None]:
    """Errors of httpx, as ours.

    Args:
        host: of the service, which alone is said of its address.
    """
    try:
        yield
    except (httpx.TransportError, httpx.DecodingError) as error:
        was_sent = not isinstance(error, _CANNOT_HAVE_ARRIVED)
        raise UnreachableError(no_answer(host, error), was_sent=was_sent) from None


def result_of(call: Call[T], response: httpx.Response, host: str) -> T:
    """What the service answered.

    Args:
        call: what was asked.
        response: what came back.
        host: of the service.

    Raises:
        ServiceError: a problem.
        AnswerError: something else.
    """
    data = _json_of(response)
    status = response.status_code
    if status == httpx.codes.OK:
        if data is None:
            raise AnswerError(no_service(host))
        return read_with(call.read, data)
    pause_s = retry_after(response.headers.get("Retry-After", ""))
    if response.is_redirect or response.is_success or response.is_informational:
        raise AnswerError(other_answer(host, status, response.headers, pause_s))
    problem = data or {}
    detail = str(problem.get("detail") or "")
    raise problem_error(
        f"{host}: {detail}"[:_MOST_TEXT]
        if detail
        else other_answer(host, status, response.headers, pause_s),
        code=_code_of(problem, status),
        status=status,
        fields=_fields_of(problem),
        retry_after_s=pause_s,
    )


def retry_after(text: str, *, now: float | None = None) -> float | None:
    """Seconds that a ``Retry-After`` header asks to wait; None where it says nothing of use."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text), 86_400))
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - (time.time() if now is None else now))


def _json_of(response: httpx.Response) -> Mapping[str, Any] | None:
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind not in {"application/json", "application/problem+json"}:
        return None
    try:
        data = response.json()
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def _code_of(problem: Mapping[str, Any], status: int) -> str:
    code = problem.get("code")
    return code if isinstance(code, str) and code else f"http_{status}"


def _fields_of(problem: Mapping[str, Any]) -> dict[str, str]:
    fields = problem.get("fields")
    if isinstance(fields, Mapping):
        return {str(name): str(said) for name, said in fields.items()}
    return {str(name): "" for name in fields} if isinstance(fields, list) else {}
