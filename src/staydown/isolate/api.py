"""``staydown.fingerprint`` and its small siblings, over one pool that starts by itself."""

from __future__ import annotations

import io
import os
import threading
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from staydown.errors import SourceError, StaydownError
from staydown.isolate.pool import Pool
from staydown.isolate.raster import raster_to_png
from staydown.isolate.request import check_request
from staydown.isolate.sandbox import SandboxReport
from staydown.isolate.sources import Source, named, source_name
from staydown.types import Fingerprint
from staydown.types.limits import Limits

_DEFAULTS = Limits()
_pool: Pool | None = None
_pool_lock = threading.Lock()


def fingerprint(
    source: Source,
    *,
    signals: Iterable[str] | None = None,
    mode: str = "banking",
    isolated: bool = True,
    limits: Limits | None = None,
    name: str | None = None,
) -> Fingerprint:
    """The fingerprint of one photo or video.

    Args:
        source: a path, the bytes of the file, or a binary file, which is read to its end.
        signals: names of the signal types to compute, None for all that apply: for photos
            ``sha256``, ``md5``, ``pdq`` and ``windows/1``; for videos and animated pictures
            ``sha256``, ``md5`` and ``timeline/1``. Types that do not apply are left out.
        mode: "banking" decodes at full size and gives the same bits as the browser; "screening"
            is faster, within 10 bits of ``pdq``.
        isolated: False decodes in this process, without limits of time and memory: for trusted
            files only.
        limits: what the file may cost.
        name: how error messages name the source; a path names itself.

    Raises:
        SourceError: the path cannot be read.
        UnsupportedFormatError: neither a picture nor a video that is read here.
        NoPictureError: a sound file, or a video without frames.
        ContentTooLargeError: over a limit of bytes, pixels, frames or memory.
        DecodeTimeoutError: over a limit of time.
        DecodeCrashError: the file killed the decoding process.
        DecodeError: damaged beyond use.
        InputError: an unknown signal type or mode.

    Cost: the first call starts a process, about half a second; then ADR-0007 has the numbers.
    """
    if isolated:
        return default_pool().fingerprint(
            source, signals=signals, mode=mode, limits=limits, name=name
        )
    wanted = check_request(signals, mode)
    work: Any = _in_process("child_work")
    made: Fingerprint = _with_file(
        source,
        name,
        lambda file: work.fingerprint_file(
            file, signals=wanted, mode=mode, limits=limits or _DEFAULTS
        ),
    )
    return made


def preview(
    source: Source,
    *,
    sharp: bool = False,
    side: int = 0,
    at_ms: int = 0,
    isolated: bool = True,
    limits: Limits | None = None,
    name: str | None = None,
) -> bytes:
    """A small PNG of a photo, or of one frame of a video, for reports.

    Args:
        source: as for ``fingerprint``.
        sharp: False gives a grey blur of 24 pixels that shows neither person nor scene; True a
            picture of 240 pixels, to be shown on request only.
        side: another longer side for a sharp one, in pixels, at most ``raster.MAX_SIDE``.
        at_ms: for a video: the moment to show, as near as its frames allow.
        isolated: as for ``fingerprint``.
        limits: as for ``fingerprint``.
        name: as for ``fingerprint``.

    Raises:
        StaydownError: as ``fingerprint`` does.
    """
    if isolated:
        return default_pool().preview(
            source, sharp=sharp, side=side, at_ms=at_ms, limits=limits, name=name
        )
    work: Any = _in_process("child_preview")
    block: bytes = _with_file(
        source,
        name,
        lambda file: work.preview_raster(
            file, sharp=sharp, side=side, at_ms=at_ms, limits=limits or _DEFAULTS
        ),
    )
    return raster_to_png(block)


def sandbox_report() -> SandboxReport:
    """What holds in a decoding process on this machine; starts one and asks it.

    Raises:
        ConfigError: no decoding process starts.
    """
    lane: Any = import_module("staydown.isolate.lane").Lane()
    try:
        return SandboxReport(**lane.report)
    finally:
        lane.kill()


def default_pool() -> Pool:
    """The pool that ``fingerprint`` and ``preview`` share; made at the first call."""
    global _pool  # noqa: PLW0603 - one pool a process is the point
    with _pool_lock:
        if _pool is None:
            _pool = Pool()
        return _pool


def _in_process(module: str) -> Any:
    """The decoding half, by name: the parent half must not import it."""
    return import_module(f"staydown.isolate.{module}")


def _with_file(source: Source, name: str | None, work: Any) -> Any:
    try:
        with _as_file(source) as file:
            return work(file)
    except StaydownError as error:
        raise named(error, source_name(source, name)) from None


def _as_file(source: Source) -> Any:
    if isinstance(source, bytes | bytearray | memoryview):
        return io.BytesIO(source)
    if isinstance(source, str | os.PathLike):
        try:
            return Path(source).open("rb")
        except OSError:
            raise SourceError("cannot be opened; check that it exists and may be read") from None
    return _borrowed(source)


def _borrowed(file: BinaryIO) -> Any:
    """A caller's file, not closed afterwards; made seekable where it is not."""
    return io.BytesIO(file.read())
