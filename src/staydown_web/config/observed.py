"""Settings of the log, of metrics and of traces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from staydown.errors import ConfigError
from staydown_web.base.logs import FORMS
from staydown_web.config.outward import parts_of

OBSERVED: Final = (
    (
        "STAYDOWN_LOG",
        "`plain`",
        "`json` writes one JSON object a line. Neither form holds a name, an address or a hash.",
    ),
    (
        "STAYDOWN_METRICS_TOKEN",
        "",
        (
            "Bearer token for `GET /metrics`, at least 16 characters. Without it, programs on this "
            "machine read them and no others; behind a proxy nobody does. "
            "`STAYDOWN_METRICS_TOKEN_FILE` names a file that holds it."
        ),
    ),
    (
        "STAYDOWN_TRACES_URL",
        "",
        (
            "Where traces go by OTLP over HTTP, such as `http://127.0.0.1:4318/v1/traces`. Needs "
            "the extra `traces`. Without it none are made."
        ),
    ),
)
"""Name, what holds without it, and what it is for, as docs/operations.md prints them."""

_LEAST_TOKEN = 16


@dataclass(frozen=True, slots=True)
class Observed:
    """How the service is watched.

    Attributes:
        log_form: ``plain`` or ``json``.
        metrics_token: bearer token; empty: programs on this machine alone.
        traces_url: where traces go; empty: none are made.
    """

    log_form: str
    metrics_token: str
    traces_url: str


def observed_of(values: Mapping[str, str]) -> Observed:
    """Read and check these settings.

    Raises:
        ConfigError: which is wrong, and what it should be.
    """
    form = values.get("STAYDOWN_LOG", "").strip().lower() or FORMS[0]
    if form not in FORMS:
        raise ConfigError("STAYDOWN_LOG: want plain or json")
    token = values.get("STAYDOWN_METRICS_TOKEN", "").strip()
    if token and not (len(token) >= _LEAST_TOKEN and token.isascii() and token.isprintable()):
        raise ConfigError(
            f"STAYDOWN_METRICS_TOKEN: want at least {_LEAST_TOKEN} characters without a space, "
            "such as `openssl rand -hex 24` gives"
        )
    return Observed(form, token, _traces(values.get("STAYDOWN_TRACES_URL", "").strip()))


def _traces(url: str) -> str:
    parts = parts_of(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname or not parts.path):
        raise ConfigError(
            "STAYDOWN_TRACES_URL: want the whole address of an OTLP collector, such as "
            "http://127.0.0.1:4318/v1/traces"
        )
    return url
