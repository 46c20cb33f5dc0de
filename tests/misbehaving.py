"""A child that does what the file in front of it says, for tests of the parent half."""

from __future__ import annotations

import sys

from staydown.isolate.lane import Lane

_CHILD = """
import os, signal, socket, struct, time
from staydown.isolate.wire import Reply, Status, receive_request, send_reply
channel = socket.socket(fileno=0)
send_reply(channel, Reply(0, Status.READY, False, b"{}"))
while (got := receive_request(channel)) is not None:
    job, request, descriptor = got
    order = os.pread(descriptor, 100, 0).decode()
    os.close(descriptor)
    if order == "abort":
        os.abort()
    if order == "exit":
        os._exit(0)
    if order == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if order == "cpu":
        os.kill(os.getpid(), signal.SIGXCPU)
    if order == "sleep":
        time.sleep(60)
    if order == "drip":
        for _ in range(600):
            channel.send(b"S")
            time.sleep(0.1)
    if order == "noise":
        channel.sendall(b"#" * 4096)
    if order == "huge":
        channel.sendall(struct.pack("<4sIBBHI", b"SDA1", job, 0, 0, 0, 0xFFFFFFFF))
        time.sleep(60)
    if order == "half":
        channel.sendall(struct.pack("<4sIBBHI", b"SDA1", job, 0, 0, 0, 1000) + b"half")
        os._exit(0)
    if order == "other job":
        send_reply(channel, Reply(job + 1, Status.RESULT, False, b"stolen"))
        continue
    if order == "ready again":
        send_reply(channel, Reply(job, Status.READY, False, b"{}"))
        continue
    if order == "odd error":
        send_reply(channel, Reply(job, Status.ERROR, False, b'{"code": "os.system"}'))
        continue
    if order == "video":
        send_reply(channel, Reply(job, Status.IS_VIDEO, False, b""))
        time.sleep(0.4)
    send_reply(channel, Reply(job, Status.RESULT, order == "retire", b"%d" % os.getpid()))
"""


def misbehaving_lane(memory_bytes: int) -> Lane:
    """A lane to such a child."""
    return Lane(memory_bytes, [sys.executable, "-c", _CHILD])
