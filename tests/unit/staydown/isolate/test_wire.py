from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown.errors import (
    ContentTooLargeError,
    DecodeCrashError,
    DecodeError,
    NoPictureError,
    SnapshotError,
    StaydownError,
)
from staydown.isolate.wire import (
    CAPS,
    ChannelError,
    NonsenseError,
    Operation,
    Reply,
    Request,
    Status,
    pack_error,
    receive_reply,
    receive_request,
    send_reply,
    send_request,
    unpack_error,
)
from staydown.types.limits import Limits

Pair = tuple[socket.socket, socket.socket]
REQUEST = Request(Operation.FINGERPRINT, "screening", ("pdq",), Limits(wall_s=1.5))


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A channel: the parent's end and the child's."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def soon() -> float:
    return time.monotonic() + 5


def test_request_arrives_with_its_file(pair: Pair) -> None:
    ours, theirs = pair
    file = os.memfd_create("x")
    os.write(file, b"bytes of a picture")
    send_request(ours, 7, REQUEST, file)
    os.close(file)
    got = receive_request(theirs)
    assert got is not None
    assert got[:2] == (7, REQUEST)
    assert os.pread(got[2], 100, 0) == b"bytes of a picture"
    os.close(got[2])


def test_requests_that_wait_keep_their_own_files(pair: Pair) -> None:
    ours, theirs = pair
    for number in (1, 2, 3):
        file = os.memfd_create("x")
        os.write(file, b"%d" % number)
        send_request(ours, number, REQUEST, file)
        os.close(file)
    for number in (1, 2, 3):
        got = receive_request(theirs)
        assert got is not None
        assert (got[0], os.pread(got[2], 9, 0)) == (number, b"%d" % number)
        os.close(got[2])


def test_no_more_requests_when_the_parent_hangs_up(pair: Pair) -> None:
    pair[0].close()
    assert receive_request(pair[1]) is None


def test_request_without_a_file_is_refused(pair: Pair) -> None:
    pair[0].sendall(struct.pack("<4sII", b"SDQ1", 1, 0))
    with pytest.raises(ChannelError):
        receive_request(pair[1])


@pytest.mark.parametrize("payload", [b"", b"x", bytes(100_000)])
def test_reply_arrives(pair: Pair, payload: bytes) -> None:
    reply = Reply(9, Status.RESULT, retire=True, payload=payload)
    send_reply(pair[1], reply)
    assert receive_reply(pair[0], soon()) == reply


def test_child_that_is_gone_is_told_from_one_that_talks_nonsense(pair: Pair) -> None:
    pair[1].close()
    with pytest.raises(ChannelError) as caught:
        receive_reply(pair[0], soon())
    assert type(caught.value) is ChannelError


@pytest.mark.parametrize("status", [*CAPS, 77])
def test_reply_over_its_cap_is_nonsense(pair: Pair, status: int) -> None:
    size = CAPS.get(status, 0) + 1
    pair[1].sendall(struct.pack("<4sIBBHI", b"SDA1", 1, status, 0, 0, size))
    with pytest.raises(NonsenseError):
        receive_reply(pair[0], soon())


def test_silence_times_out(pair: Pair) -> None:
    with pytest.raises(TimeoutError):
        receive_reply(pair[0], time.monotonic() + 0.01)


@given(st.binary(min_size=16, max_size=64))
def test_any_bytes_are_refused_or_a_reply(data: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(data)
        try:
            reply = receive_reply(ours, soon())
        except ChannelError:
            return
    assert data.startswith(b"SDA1")
    assert len(reply.payload) <= len(data)


@pytest.mark.parametrize(
    "error", [NoPictureError("no"), ContentTooLargeError("big ü"), DecodeError()]
)
def test_errors_come_back_as_they_went(error: StaydownError) -> None:
    got = unpack_error(pack_error(error))
    assert (type(got), str(got)) == (type(error), str(error))


def test_error_that_a_child_may_not_report_becomes_a_decode_error() -> None:
    assert type(unpack_error(pack_error(SnapshotError("x")))) is DecodeError


def test_message_is_cut_and_cleaned() -> None:
    got = unpack_error(pack_error(DecodeError("a\x1b[31m\nb" + "x" * 10_000)))
    assert str(got).startswith("a[31mb")
    assert len(str(got)) <= 400
    assert len(pack_error(DecodeError("\U0001f600" * 10_000))) <= CAPS[Status.ERROR] + 1000


@given(st.one_of(st.binary(max_size=200), st.just(b"[" * 5000)))
def test_any_error_payload_becomes_one_of_ours(payload: bytes) -> None:
    assert isinstance(unpack_error(payload), StaydownError)


@pytest.mark.parametrize("payload", [b"{}", b"[]", b"1", b'{"code": "x"}', b'{"code": ["x"]}'])
def test_odd_errors_are_crashes(payload: bytes) -> None:
    assert type(unpack_error(payload)) is DecodeCrashError
