"""One fence around the decoders: their errors become ours, their warnings stay inside."""

from __future__ import annotations

import struct
import threading
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

import av.error
from PIL import Image, ImageFile

from staydown.errors import ContentTooLargeError, DecodeError, StaydownError

DECODER_ERRORS: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    av.error.FFmpegError,
    struct.error,
    zlib.error,
)
"""What Pillow, libheif and PyAV are seen to raise on damaged files."""

_REMEDY = "open it in a viewer and save it again, or send the original file"


class _Silence:
    """Python warnings off while at least one thread is inside a decoder.

    The state is the interpreter's own, so it is entered once and left once however many threads
    overlap.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._depth = 0
        self._saved: warnings.catch_warnings[None] | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                self._saved = warnings.catch_warnings()
                self._saved.__enter__()
                warnings.simplefilter("ignore")

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._depth -= 1
            if self._depth == 0 and self._saved is not None:
                self._saved.__exit__(None, None, None)
                self._saved = None


_silence = _Silence()
_tolerance = threading.RLock()


@contextmanager
def plain_errors(what: str) -> Iterator[None]:
    """Turn whatever a decoder raises into a ``DecodeError`` with a plain sentence.

    Args:
        what: the kind of file, for the sentence: "JPEG".

    Raises:
        DecodeError: the decoder gave up.
        ContentTooLargeError: it ran out of memory, or Pillow's own size guard struck.
    """
    with _silence:
        try:
            yield
        except StaydownError:
            raise
        except (MemoryError, Image.DecompressionBombError):
            raise ContentTooLargeError(
                f"this {what} needs more memory than the limit allows; send a smaller copy"
            ) from None
        except DECODER_ERRORS:
            raise DecodeError(f"this {what} is damaged or cut short; {_REMEDY}") from None


@contextmanager
def tolerant() -> Iterator[None]:
    """Let Pillow return what is there of a damaged file.

    Pillow has one flag for the whole process, so one thread at a time is inside.
    """
    with _tolerance:
        before = ImageFile.LOAD_TRUNCATED_IMAGES
        ImageFile.LOAD_TRUNCATED_IMAGES = True
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES = before
