"""Joining a Ray cluster, and leaving it. Ray is imported here and nowhere else."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from staydown.errors import ClusterError, ConfigError

LOCAL = "local"
"""In place of an address: a cluster of this machine alone, for the time of one scan."""

_START = "ray start --head --include-dashboard=false --disable-usage-stats"
_REACH_S = 5.0
_LEAVE_S = 10.0
_HEAD_SILENT_S = 20.0
"""Longer than a head takes that is started anew with its state kept."""
_PORT_MOST = 65535
_OBJECTS_BYTES = 80 << 20
_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # Ray would report to its makers
    "RAY_SCHEDULER_EVENTS": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # else a warning at each start
    # Ray ends a program whose head is gone, with status 1, which means "a match" here. Long before
    # that a scan notices it by itself and says so.
    "RAY_gcs_rpc_server_reconnect_timeout_s": "3600",
}


def load_ray() -> Any:
    """Ray, told to report nothing to anybody.

    Raises:
        ConfigError: it is not installed.
    """
    os.environ.update(_QUIET)
    try:
        import ray  # noqa: PLC0415 - an extra
        import ray.exceptions  # noqa: PLC0415 - as above
    except ImportError:
        raise ConfigError(
            "--engine ray needs one more package: pip install 'staydown[ray]'"
        ) from None
    return ray


class Head:
    """The head of a cluster, which must answer while a scan runs.

    Args:
        address: ``host:port``.
    """

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._where = (host.strip("[]"), int(port))
        self._answered_at = time.monotonic()

    def answers(self) -> bool:
        """Whether it answers now. Where it does not, no call of Ray's may be made that asks it."""
        try:
            socket.create_connection(self._where, timeout=_REACH_S).close()
        except OSError:
            return False
        self._answered_at = time.monotonic()
        return True

    def check(self) -> None:
        """See whether it was silent for too long.

        Raises:
            ClusterError: it was.
        """
        if time.monotonic() - self._answered_at > _HEAD_SILENT_S:
            raise ClusterError(
                "the head of the cluster does not answer any more. Start the cluster anew, then run"
                " the same scan again: it goes on where it was"
            )


@contextmanager
def joined(address: str) -> Iterator[tuple[Any, Head]]:
    """Be a part of a cluster while the block runs.

    Args:
        address: ``host:port`` of its head; "local" starts one; empty takes the one that this
            machine belongs to.

    Yields:
        The module ``ray``, connected, and the head to keep an eye on.

    Raises:
        ConfigError: Ray is not installed, or this is no address.
        ClusterError: there is no cluster, or it does not let us in.
    """
    ray = load_ray()
    with _own_handlers():
        if address == LOCAL:
            ray.init(
                address=LOCAL,
                num_cpus=len(os.sched_getaffinity(0)),
                include_dashboard=False,
                object_store_memory=_OBJECTS_BYTES,
                _node_ip_address="127.0.0.1",
                **_silence(),
            )
        else:
            _connect(ray, address)
    # Ray prints what befalls its nodes on standard output, among our results. It has no public
    # switch for that; the test that kills a node reads every line.
    ray._private.worker._worker_logs_enabled = False  # noqa: SLF001 - as above
    head = Head(ray.get_runtime_context().gcs_address)
    try:
        yield ray, head
    finally:
        # Without its head, taking leave may wait for an hour.
        leaving = threading.Thread(target=ray.shutdown, daemon=True)
        leaving.start()
        leaving.join(None if head.answers() else _LEAVE_S)


def _connect(ray: Any, address: str) -> None:
    where = address or os.environ.get("RAY_ADDRESS") or "auto"
    if where != "auto":
        _try_address(where)
    try:
        ray.init(address=where, **_silence())
    except ConnectionError:
        raise ClusterError(
            f"this machine belongs to no running Ray cluster. Start one with: {_START};"
            " or name one with --cluster HOST:PORT"
        ) from None
    except (RuntimeError, ValueError, ray.exceptions.RayError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ClusterError(
            f"the Ray cluster at {where} does not let this machine in: {reason[:200]} Run the scan"
            " on a machine of the cluster, with the same versions of Python and Ray on all"
        ) from None


def _try_address(address: str) -> None:
    """Say at once that nothing is there; Ray would try for minutes."""
    host, _, port = address.rpartition(":")
    if not host or "/" in host or not port.isdigit() or not 0 < int(port) <= _PORT_MOST:
        raise ConfigError(
            f"--cluster {address}: want HOST:PORT of the cluster's head, such as 10.0.0.5:6379,"
            " or local"
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACH_S).close()
    except OSError as error:
        raise ClusterError(
            f"nothing answers at {address} ({error.strerror or 'no answer'}). Check the address,"
            f" and that the cluster runs; its head is started with: {_START}"
        ) from None


def _silence() -> dict[str, Any]:
    """No line of Ray's own on our streams: they could hold what a file is called."""
    return {"logging_level": logging.ERROR, "log_to_driver": False}


@contextmanager
def _own_handlers() -> Iterator[None]:
    """Keep what Ctrl-C and SIGTERM do; Ray sets handlers of its own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
