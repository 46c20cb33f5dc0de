"""Traces: how long the steps of a request or a job took. Off, and free, unless an operator asks.

A span has a name from our code and a few attributes whose names are listed here; a value that is no
short word and no number is left out, so no address, name or hash can travel. Nothing of a caller's
own trace is taken over. Source: ADR-0101.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import metadata
from typing import Any, Final

from staydown_web.base.errors import ConfigError

ATTRIBUTES: Final = frozenset(
    {"lane", "method", "route", "status", "job", "done", "code", "kind", "signals", "found"}
)
"""Every attribute that a span can have."""

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_:.-]{0,59}")
_NEVER: Final = re.compile(r"[0-9a-fA-F]{16}|C-[2-9A-Z]{4}-[2-9A-Z]{4}")
"""Part of a digest, the number of a case."""
_NOTHING: Final = nullcontext()
_EXPORT_WITHIN_S: Final = 5

_tracer: Any = None
_provider: Any = None

Value = str | int | float | bool


def start_tracing(url: str, *, role: str) -> bool:
    """Send traces of this process from now on.

    Args:
        url: of the collector, for OTLP over HTTP; empty: none are made.
        role: what this process is.

    Returns:
        Whether traces are made.

    Raises:
        ConfigError: the extra ``traces`` is not installed.
    """
    global _tracer, _provider  # noqa: PLW0603 - one for each process
    if not url:
        return False
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise ConfigError(
            "STAYDOWN_TRACES_URL is set, but what sends traces is not installed; run: "
            "pip install 'staydown[traces]', or unset it"
        ) from None
    about = {
        "service.name": "staydown",
        "service.version": metadata.version("staydown"),
        "staydown.role": role,
    }
    # Made by hand: what the package would find out by itself names this machine.
    _provider = TracerProvider(resource=Resource(about), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=url, timeout=_EXPORT_WITHIN_S)
    _provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer = _provider.get_tracer("staydown")
    return True


def stop_tracing() -> None:
    """Send what is left, and make no more."""
    global _tracer, _provider  # noqa: PLW0603 - one for each process
    if _provider is not None:
        _provider.shutdown()
    _tracer = _provider = None


def is_tracing() -> bool:
    """Whether traces are made."""
    return _tracer is not None


def span(name: str, **attributes: Value) -> AbstractContextManager[Any]:
    """Time what happens inside; a context manager.

    Args:
        name: a constant of our code, such as ``match``.
        attributes: of ``ATTRIBUTES``.

    Returns:
        A span with ``note(**attributes)``, or None where no traces are made.
    """
    return _NOTHING if _tracer is None else _timed(name, attributes)


def past_span(name: str, began_s: float, **attributes: Value) -> None:
    """A span of what is over already.

    Args:
        name: as for ``span``.
        began_s: Unix time at which it began.
        attributes: as for ``span``.
    """
    if _tracer is not None:
        made = _tracer.start_span(name, start_time=int(began_s * 1e9))
        made.set_attributes(clean(attributes))
        made.end(int(time.time() * 1e9))


class Span:
    """A span that goes on."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def note(self, **attributes: Value) -> None:
        """Say more about it."""
        self._inner.set_attributes(clean(attributes))


@contextmanager
def _timed(name: str, attributes: Mapping[str, Value]) -> Iterator[Span]:
    # An error's text can hold a person's words: of an error, its code alone is said.
    started = _tracer.start_as_current_span(
        name, record_exception=False, set_status_on_exception=False
    )
    with started as inner:
        made = Span(inner)
        made.note(**attributes)
        try:
            yield made
        except BaseException as error:
            made.note(code=str(getattr(error, "code", type(error).__name__)))
            raise


def clean(attributes: Mapping[str, Value]) -> dict[str, Value]:
    """The attributes that may travel."""
    return {name: value for name, value in attributes.items() if _may_travel(name, value)}


def _may_travel(name: str, value: Value) -> bool:
    if name not in ATTRIBUTES:
        return False
    if isinstance(value, str):
        return bool(_WORD.fullmatch(value)) and not _NEVER.search(value)
    return isinstance(value, bool | int | float) and abs(value) < 1 << 40
