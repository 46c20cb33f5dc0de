"""Lines of the log: plain for eyes, JSON for programs, and in neither anything about a person.

Our own lines hold codes, counts and names of jobs. Three nets lie below that rule: whatever looks
like an address, a hash, a token or a case is masked; of an error only its kind and place are said;
and what libraries say is left out, because it may quote anything. Source: ADR-0101.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import threading
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final

from staydown_web.base.places import place_of

FORMS: Final = ("plain", "json")
_OURS: Final = "staydown"
_FIELDS: Final = ("code", "job", "part")
"""What a line may say beside its message: ``log.error(…, extra={"code": …})``."""

_MASKS: Final = (
    (re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+"), "[address]"),
    (re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[A-Za-z]{2,}"), "[address]"),
    (re.compile(r"\bC-[2-9A-Z]{4}-[2-9A-Z]{4}\b"), "[case]"),
    (re.compile(r"\b(?!127\.)\d{1,3}(?:\.\d{1,3}){3}\b"), "[address]"),
    (re.compile(r"\b(?:[0-9A-Fa-f]{1,4}:){3,7}[0-9A-Fa-f]{0,4}\b"), "[address]"),
    (re.compile(r"(?<![-0-9A-Fa-f])[0-9A-Fa-f]{16,}(?![-0-9A-Fa-f])"), "[digits]"),
)
_LONG: Final = re.compile(r"[\w+/=-]{24,}")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def masked(text: str) -> str:
    """A text without what could lead to a person; one line."""
    for shape, word in _MASKS:
        text = shape.sub(word, text)
    return " ".join(_LONG.sub(_without_token, text).split())


def _without_token(found: re.Match[str]) -> str:
    """A long word of letters and digits is a token, unless it is one of our opaque ids."""
    word = found[0]
    is_mixed = any(c.isdigit() for c in word) and any(c.isalpha() for c in word)
    return "[token]" if is_mixed and not _UUID.fullmatch(word) else word


def message_of(record: logging.LogRecord, *, is_open: bool = False) -> str:
    """What a line may say: our own words masked, of other programs only where they spoke.

    Args:
        record: the line.
        is_open: say what libraries say too; for developers alone.
    """
    if is_open or record.name.partition(".")[0] == _OURS:
        return masked(record.getMessage())
    return f"a library spoke at {record.module}:{record.lineno}"


def error_of(record: logging.LogRecord) -> dict[str, str]:
    """Kind and place of the error of a line; empty where it has none."""
    kind, error, _trace = record.exc_info or (None, None, None)
    if kind is None or error is None:
        return {}
    return {"type": kind.__name__, "place": place_of(error)}


class PlainFormatter(logging.Formatter):
    """``2026-11-27 09:00:00,123 ERROR staydown.web error seal_broken``.

    Args:
        is_open: as for ``message_of``.
    """

    def __init__(self, *, is_open: bool = False) -> None:
        super().__init__()
        self._is_open = is_open

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        error = error_of(record)
        more = f" ({error['type']} at {error['place']})" if error else ""
        said = message_of(record, is_open=self._is_open)
        return f"{self.formatTime(record)} {record.levelname} {record.name} {said}{more}"


class JsonFormatter(logging.Formatter):
    """One JSON object a line: ``at``, ``level``, ``logger``, ``message``, ``process``, and more."""

    def __init__(self, *, is_open: bool = False) -> None:
        super().__init__()
        self._is_open = is_open

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        row: dict[str, Any] = {
            "at": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message_of(record, is_open=self._is_open),
            "process": record.process,
        }
        for name in _FIELDS:
            value = record.__dict__.get(name)
            if isinstance(value, str):
                row[name] = masked(value)
        error = error_of(record)
        return json.dumps({**row, "error": error} if error else row, ensure_ascii=False)


def logging_of(form: str, *, is_open: bool = False) -> dict[str, Any]:
    """The configuration for ``logging.config.dictConfig``.

    Args:
        form: one of ``FORMS``.
        is_open: as for ``message_of``.
    """
    formatter = "JsonFormatter" if form == "json" else "PlainFormatter"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{__name__}.{formatter}", "is_open": is_open}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "INFO"},
        "loggers": {
            "django.request": {"level": "CRITICAL"},
            "django.security": {"level": "CRITICAL"},
            "django.server": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},  # it names every address that it asks
            "opentelemetry": {"level": "ERROR"},
            "_granian": {"handlers": [], "level": "ERROR", "propagate": True},
        },
    }


def guard_process() -> None:
    """Let errors that nobody caught, in threads too, be logged like all others: by kind and place.

    Python would print them with their texts, which can hold a person's words.
    """

    def in_thread(args: threading.ExceptHookArgs) -> None:
        _log_fallen(args.exc_value, args.thread.name if args.thread else "unknown")

    def in_process(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if isinstance(error, KeyboardInterrupt):
            return
        _log_fallen(error, "main")

    def unraisable(args: Any) -> None:
        _log_fallen(args.exc_value, "clean-up")

    threading.excepthook = in_thread
    sys.excepthook = in_process
    sys.unraisablehook = unraisable


def _log_fallen(error: BaseException | None, where: str) -> None:
    if error is None or isinstance(error, SystemExit):
        return
    log = logging.getLogger("staydown.process")
    log.error("a thread fell: %s (%s at %s)", where, type(error).__name__, place_of(error))
