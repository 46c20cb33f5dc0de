"""The decoding process: ``python -m staydown.isolate.child``, started by the pool.

It imports everything it will need, gives up its rights, and then answers one request after the
other on the socket that is its standard input, until that closes.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import sys
from collections.abc import Callable
from typing import BinaryIO

from staydown.errors import ContentTooLargeError, DecodeError, StaydownError
from staydown.isolate import child_preview, child_work
from staydown.isolate.sandbox import MemoryGauge, enter_sandbox
from staydown.isolate.wire import (
    Operation,
    Reply,
    Request,
    Status,
    pack_error,
    receive_request,
    send_reply,
)

_STDIN = 0


def main() -> None:
    """Serve until the parent closes the channel."""
    child_work.warm_up()
    channel = socket.socket(fileno=_STDIN)
    report, gauge = enter_sandbox(int(sys.argv[1]), int(sys.argv[2]))
    gc.freeze()
    gc.enable()
    send_reply(channel, Reply(0, Status.READY, retire=False, payload=_json(report.to_dict())))
    while (got := receive_request(channel)) is not None:
        job, request, descriptor = got
        send_reply(channel, _answer(channel, gauge, job, request, descriptor))


def _json(data: object) -> bytes:
    return json.dumps(data).encode()


def _answer(
    channel: socket.socket, gauge: MemoryGauge, job: int, request: Request, descriptor: int
) -> Reply:
    """Work on one file. The one broad handler of this process stands here."""
    limits = request.limits
    gauge.allow(memory_bytes=limits.memory_bytes, cpu_s=limits.cpu_s)

    def on_video() -> None:
        gauge.allow(memory_bytes=limits.memory_bytes, cpu_s=limits.video_cpu_s)
        send_reply(channel, Reply(job, Status.IS_VIDEO, retire=False, payload=b""))

    status = Status.RESULT
    try:
        os.lseek(descriptor, 0, os.SEEK_SET)
        with open(descriptor, "rb", buffering=0) as file:
            payload = _work(file, request, on_video)
    except StaydownError as error:
        status, payload = Status.ERROR, pack_error(error)
    except MemoryError:
        status, payload = Status.ERROR, pack_error(_out_of_memory(limits.memory_bytes))
    except Exception:  # noqa: BLE001 - outermost: a file must not end the process
        status, payload = Status.ERROR, pack_error(DecodeError("this file cannot be decoded"))
    return Reply(job, status, gauge.is_spent(limits.memory_bytes), payload)


def _work(file: BinaryIO, request: Request, on_video: Callable[[], None]) -> bytes:
    if request.operation is Operation.PREVIEW:
        return child_preview.preview_raster(
            file,
            sharp=request.sharp,
            side=request.side,
            at_ms=request.at_ms,
            limits=request.limits,
        )
    return child_work.fingerprint_file(
        file,
        signals=request.signals,
        mode=request.mode,
        limits=request.limits,
        on_video=on_video,
    ).to_bytes()


def _out_of_memory(memory_bytes: int) -> ContentTooLargeError:
    return ContentTooLargeError(
        f"needs more memory than the limit of {memory_bytes >> 20} MB; send a smaller copy"
    )


if __name__ == "__main__":
    main()
