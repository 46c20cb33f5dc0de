"""A file becomes a fingerprint: the work itself, in the child or in the caller's process."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO, cast

import numpy as np

from staydown.decode.animation import is_animated, iter_animation
from staydown.decode.photo import DecodedPhoto, Mode, open_photo
from staydown.decode.preload import preload
from staydown.decode.sniffing import PHOTO_FORMATS, SNIFF_BYTES, Format, sniff
from staydown.decode.video import VideoFrames
from staydown.errors import ContentTooLargeError, DecodeError, UnsupportedFormatError
from staydown.fingerprinting import photo_signals
from staydown.fingerprinting.wasm import FullSize
from staydown.isolate.child_video import animation_signals, video_signals
from staydown.isolate.request import check_request
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown.types.limits import Limits

PHOTO_SIGNALS = (SignalType.SHA256, SignalType.MD5, SignalType.PDQ, SignalType.WINDOWS)
VIDEO_SIGNALS = (SignalType.SHA256, SignalType.MD5, SignalType.TIMELINE)

_DIGESTS = {SignalType.SHA256: "sha256", SignalType.MD5: "md5"}
_CHUNK_BYTES = 1 << 20


def warm_up() -> None:
    """Load and compile everything that a file may need; afterwards nothing can be opened."""
    preload()
    photo_signals(np.zeros((16, 16), np.uint8), (SignalType.PDQ, SignalType.WINDOWS))
    for name in _DIGESTS.values():
        hashlib.new(name, usedforsecurity=False)


def fingerprint_file(
    file: BinaryIO,
    *,
    signals: Sequence[str] | None = None,
    mode: str = "banking",
    limits: Limits,
    on_video: Callable[[], None] = lambda: None,
) -> Fingerprint:
    """The fingerprint of one file.

    Args:
        file: binary and seekable, at its start.
        signals: names of signal types; those that do not apply to the file's kind are left out.
        mode: "banking" or "screening".
        limits: what the file may cost; time is held by the process around.
        on_video: called once before the long work on a moving picture begins.

    Raises:
        InputError: an unknown signal type or mode.
        ContentTooLargeError: over a limit of bytes, pixels or frames.
        DecodeError: and its kinds, where the file cannot be decoded.
    """
    wanted = check_request(signals, mode)
    decode_mode = cast("Mode", mode)
    head = file.read(SNIFF_BYTES)
    file.seek(0)
    format_ = sniff(head)
    if not head:
        raise UnsupportedFormatError("the file is empty; make or copy it anew")
    if format_ not in PHOTO_FORMATS:
        on_video()
        with _unknown_is_unsupported(format_):
            if format_ is Format.UNKNOWN and SignalType.TIMELINE not in (wanted or VIDEO_SIGNALS):
                _require_video(file, mode, limits)
            return _fingerprint_video(file, wanted, mode, limits)
    data = read_photo(file, limits)
    if is_animated(data, limits=limits):
        on_video()
        return _fingerprint_animation(data, wanted, limits)
    types = PHOTO_SIGNALS if wanted is None else wanted
    exact = _digests((data,), types)
    if not {SignalType.PDQ, SignalType.WINDOWS}.intersection(types):
        return Fingerprint(ContentKind.PHOTO, exact)
    photo = open_photo(
        data, mode=decode_mode, limits=limits, for_windows=SignalType.WINDOWS in types
    )
    return Fingerprint(
        ContentKind.PHOTO, exact + photo_signals(photo.pixels, types, full=_full_size(photo))
    )


def _full_size(photo: DecodedPhoto) -> FullSize:
    return FullSize(photo.full_width, photo.full_height, photo.cut_left, photo.cut_top)


@contextmanager
def _unknown_is_unsupported(format_: Format) -> Iterator[None]:
    """What no rule knew and FFmpeg cannot open either is no damaged video, but something else."""
    try:
        yield
    except DecodeError as error:
        if format_ is Format.UNKNOWN and type(error) is DecodeError:
            raise UnsupportedFormatError(
                "this is neither a picture nor a video that is read here; send JPEG or MP4"
            ) from None
        raise


def read_photo(file: BinaryIO, limits: Limits) -> bytes:
    """The whole file, if it is not too large for a photo.

    Raises:
        ContentTooLargeError: more than ``limits.photo_bytes``.
    """
    data = file.read(limits.photo_bytes + 1) if file.seekable() else file.read()
    if len(data) > limits.photo_bytes:
        raise ContentTooLargeError(
            f"the picture has more bytes than the limit of {limits.photo_bytes}"
        )
    return data


def _fingerprint_video(
    file: BinaryIO, wanted: tuple[SignalType, ...] | None, mode: str, limits: Limits
) -> Fingerprint:
    types = VIDEO_SIGNALS if wanted is None else wanted
    perceptual: tuple[Signal, ...] = ()
    if SignalType.TIMELINE in types:
        perceptual = video_signals(file, mode=mode, limits=limits)
        file.seek(0)
    exact = _digests(_chunks(file), types)
    return Fingerprint(ContentKind.VIDEO, exact + perceptual)


def _require_video(file: BinaryIO, mode: str, limits: Limits) -> None:
    """Open what no rule knew, where its pictures are not asked for: a text has digests too."""
    with VideoFrames(file, mode=mode, limits=limits):
        pass
    file.seek(0)


def _fingerprint_animation(
    data: bytes, wanted: tuple[SignalType, ...] | None, limits: Limits
) -> Fingerprint:
    types = VIDEO_SIGNALS if wanted is None else wanted
    perceptual: tuple[Signal, ...] = ()
    if SignalType.TIMELINE in types:
        perceptual = animation_signals(iter_animation(data, limits=limits))
    return Fingerprint(ContentKind.VIDEO, _digests((data,), types) + perceptual)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _digests(
    pieces: Iterator[bytes] | tuple[bytes], types: Sequence[SignalType]
) -> tuple[Signal, ...]:
    """The exact signals, in one pass over the bytes."""
    states = {
        type_: hashlib.new(name, usedforsecurity=False)
        for type_, name in _DIGESTS.items()
        if type_ in types
    }
    if states:
        for piece in pieces:
            for state in states.values():
                state.update(piece)
    return tuple(Signal.of(type_, state.digest()) for type_, state in states.items())
