"""Files become the hashes that HMA's calls give; decoding happens in isolated processes alone."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from staydown.errors import ContentTooLargeError, InputError
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.accounts.models import Platform
from staydown_web.base.errors import FetchError, FetchRefusedError, HmaRefusedError
from staydown_web.base.fetching import fetch
from staydown_web.hma.services.signals import PDQ, VIDEO_MD5, signal_types_for
from staydown_web.screening.services.media import fingerprint_media, max_media_bytes

_FETCH_S = 30.0
_PIECE = 1 << 20
_DIGESTS = (SignalType.SHA256, SignalType.MD5)
_QUICK = (SignalType.SHA256, SignalType.MD5, SignalType.PDQ)


@dataclass(frozen=True, slots=True)
class Hashed:
    """A file, hashed.

    Attributes:
        signals: HMA's name of each signal type -> its value.
        fingerprint: what was made of the file; with ``is_whole`` all that an entry needs.
        pdq_quality: of the ``pdq``, 0..100; 0 where there is none.
    """

    signals: dict[str, str]
    fingerprint: Fingerprint
    pdq_quality: int = 0


def hash_file(path: str, *, content_type: str, types: str | None, is_whole: bool = False) -> Hashed:
    """Hash a file in memory.

    Args:
        path: opens it, in this process.
        content_type: photo or video, as the caller says.
        types: the wanted signal types between commas; None for all of the content type.
        is_whole: make every signal that an entry of a bank has.

    Raises:
        HmaRefusedError: unknown types, no picture in it, or too large.
    """
    wanted = signal_types_for(content_type, types)
    try:
        if content_type == "video":
            return _hash_video(path, is_whole=is_whole)
        hashed = _hash_photo(path, is_whole=is_whole)
    except ContentTooLargeError:
        raise HmaRefusedError("Content too large", status=413) from None
    except InputError as error:
        raise HmaRefusedError(str(error)) from None
    return Hashed(
        {name: value for name, value in hashed.signals.items() if name in wanted},
        hashed.fingerprint,
        hashed.pdq_quality,
    )


def hash_address(
    url: str,
    *,
    content_type: str | None,
    types: str | None,
    platform: Platform | None,
    is_whole: bool = False,
) -> Hashed:
    """Hash what is at an address.

    Args:
        url: http or https.
        content_type: what it is; None goes by what the server says.
        types: the wanted signal types between commas; None for all of the content type.
        platform: whose own origins may lie in a private network.
        is_whole: make every signal that an entry of a bank has.

    Raises:
        HmaRefusedError: not an address that we go to, no answer, or nothing that can be hashed.
    """
    origins = list(platform.media_origins) if platform is not None else []
    try:
        fetched = fetch(
            url=url, allowed_origins=origins, max_bytes=max_media_bytes(), timeout_s=_FETCH_S
        )
    except FetchRefusedError:
        raise HmaRefusedError("Invalid or unsafe URL provided") from None
    except FetchError as error:
        raise HmaRefusedError(f"Failed to fetch URL: {error}") from None
    except ContentTooLargeError:
        raise HmaRefusedError("Content too large", status=413) from None
    with fetched:
        if fetched.status != 200:
            raise HmaRefusedError(f"Failed to fetch URL: it answered {fetched.status}")
        return hash_file(
            f"/proc/self/fd/{fetched.body.fileno()}",
            content_type=content_type or _content_type_of(fetched.content_type),
            types=types,
            is_whole=is_whole,
        )


def _content_type_of(said: str) -> str:
    """Photo or video, by what a server says of a file."""
    for content_type, start in (("photo", "image"), ("video", "video")):
        if said.lower().startswith(start):
            return content_type
    raise HmaRefusedError(
        f"unsupported url ContentType: '{said[:100]}', if you know the expected type, provide it "
        "with the content_type query param"
    )


def _hash_photo(path: str, *, is_whole: bool) -> Hashed:
    wanted = None if is_whole else _QUICK
    made = fingerprint_media(path, signals=wanted, is_exact=True)
    pdq = made.get(SignalType.PDQ)
    if pdq is not None:
        quality = 100 if pdq.quality is None else pdq.quality
        return Hashed({PDQ: pdq.value}, made, quality)
    # An animation: other programs take its first picture for it.
    frames = made.timeline
    if frames is None:
        frames = fingerprint_media(path, signals=(SignalType.TIMELINE,), is_exact=True).timeline
    if frames is None or not len(frames.hashes):
        raise HmaRefusedError("there is no picture in this file")
    first, quality = frames.hashes[0].tobytes(), int(frames.qualities[0])
    # Put in as well: by it an entry is found as it would be in HMA.
    signals = (*made.signals, Signal.of(SignalType.PDQ, first, quality))
    return Hashed({PDQ: first.hex()}, Fingerprint(made.kind, signals), quality)


def _hash_video(path: str, *, is_whole: bool) -> Hashed:
    made = _digests_of(path)
    if is_whole:
        # One that does not decode can still be told by its bytes; this call promises no more.
        with suppress(InputError):
            made = fingerprint_media(path, is_exact=True)
    md5 = made.get(SignalType.MD5)
    return Hashed({VIDEO_MD5: md5.value} if md5 is not None else {}, made)


def _digests_of(path: str) -> Fingerprint:
    """A fingerprint of the bytes alone: nothing is decoded."""
    digests = [hashlib.new(str(type_), usedforsecurity=False) for type_ in _DIGESTS]
    with Path(path).open("rb") as file:
        while piece := file.read(_PIECE):
            for digest in digests:
                digest.update(piece)
    made = zip(_DIGESTS, digests, strict=True)
    return Fingerprint(ContentKind.VIDEO, tuple(Signal(t, d.hexdigest()) for t, d in made))
