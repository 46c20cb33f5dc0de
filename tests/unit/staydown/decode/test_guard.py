from __future__ import annotations

import threading
import warnings

import av.error
import pytest
from PIL import Image, ImageFile

from staydown.decode.guard import DECODER_ERRORS, plain_errors, tolerant
from staydown.errors import ContentTooLargeError, DecodeError, NoPictureError


@pytest.mark.parametrize("kind", [k for k in DECODER_ERRORS if k is not av.error.FFmpegError])
def test_decoder_errors_become_one_plain_sentence(kind: type[Exception]) -> None:
    wanted = pytest.raises(DecodeError, match="this PNG is damaged or cut short")
    with wanted as caught, plain_errors("PNG"):
        raise kind("chunk CRC mismatch at 0x7f")
    assert caught.value.__cause__ is None
    assert "0x7f" not in str(caught.value)


def test_errors_of_ffmpeg_that_are_no_builtin_errors_count_too() -> None:
    with pytest.raises(DecodeError), plain_errors("video"):
        raise av.error.PatchWelcomeError(1163346256, "not yet implemented")


@pytest.mark.parametrize("kind", [MemoryError, Image.DecompressionBombError])
def test_memory_errors_name_the_remedy(kind: type[Exception]) -> None:
    with pytest.raises(ContentTooLargeError, match="smaller copy"), plain_errors("PNG"):
        raise kind


def test_our_own_errors_pass() -> None:
    with pytest.raises(NoPictureError, match="mine"), plain_errors("PNG"):
        raise NoPictureError("mine")


def test_errors_of_our_own_making_are_not_hidden() -> None:
    with pytest.raises(KeyboardInterrupt), plain_errors("PNG"):
        raise KeyboardInterrupt


def test_warnings_stay_inside_and_the_filters_come_back() -> None:
    before = list(warnings.filters)
    with plain_errors("PNG"), plain_errors("PNG"):
        warnings.warn("corrupt EXIF", stacklevel=1)
    assert list(warnings.filters) == before


def test_filters_come_back_when_threads_overlap() -> None:
    before, inside, leave = list(warnings.filters), threading.Event(), threading.Event()

    def hold() -> None:
        with plain_errors("PNG"):
            inside.set()
            leave.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait(10)
    with plain_errors("PNG"):
        pass
    warnings.warn("still silent", stacklevel=1)
    leave.set()
    thread.join()
    assert list(warnings.filters) == before


def test_tolerance_is_taken_back_after_an_error() -> None:
    with pytest.raises(ValueError, match="True"), tolerant():
        raise ValueError(ImageFile.LOAD_TRUNCATED_IMAGES)
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
