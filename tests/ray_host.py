"""A Ray cluster of several nodes on this machine, on the loopback; told on its standard input.

Each node has an address of its own in 127.0.0.0/8. Commands, one a line: ``add CORE`` starts a
node with one processor, pinned to that core with all its children where CORE is a number; ``kill
N``, or ``kill head``, ends a node and all its processes with SIGKILL, as by a loss of power. Each
is answered with a line. The end of the input ends everything.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

OBJECTS = 80 << 20


def main() -> None:
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    import ray.cluster_utils

    head = {"num_cpus": 0, "node_ip_address": "127.0.0.2", "gcs_server_port": free_port()}
    common = {"object_store_memory": OBJECTS, "include_log_monitor": False}
    # Else Ray notes this cluster as the one that other programs here should join.
    ray.cluster_utils.ray._private.utils.write_ray_address = lambda *_: None
    cluster = ray.cluster_utils.Cluster(
        initialize_head=True, head_node_args=head | common | {"include_dashboard": False}
    )
    out.write(f"{cluster.address}\n")
    nodes: list[Any] = []
    cores = os.sched_getaffinity(0)
    for line in sys.stdin:
        command, argument = line.split()
        if command == "add":
            if argument.isdigit():
                os.sched_setaffinity(0, {int(argument)})
            address = f"127.0.0.{3 + len(nodes)}"
            nodes.append(cluster.add_node(num_cpus=1, node_ip_address=address, **common))
            os.sched_setaffinity(0, cores)
            out.write(f"{len(nodes) - 1}\n")
        else:
            kill_node(cluster.head_node if argument == "head" else nodes[int(argument)])
            out.write("killed\n")
    # Ray's own end waits for its threads; nothing here is worth waiting for.
    for node in (*cluster.worker_nodes, cluster.head_node):
        kill_node(node)
    os._exit(0)


def kill_node(node: Any) -> None:
    """End a node's processes and all that they started, at one moment."""
    found = [info.process.pid for infos in node.all_processes.values() for info in infos]
    for pid in found:
        found += children(pid)
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in found:
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").glob("*/children"))
        return [int(text) for task in tasks for text in task.read_text().split()]
    except OSError:
        return []


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.2", 0))
        return int(sock.getsockname()[1])


if __name__ == "__main__":
    main()
