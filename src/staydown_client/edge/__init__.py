"""The edge replica: checks uploads near the platform, from a copy of the banks it may hold.

``Edge`` checks in process; ``staydown edge run`` keeps the copy and answers over HTTP on this
machine. docs/edge.md explains both.
"""

from staydown_client.edge.checking import Answer, Edge
from staydown_client.edge.errors import EdgeError, WithoutCopyError
from staydown_client.edge.settings import WithoutCopy

__all__ = ["Answer", "Edge", "EdgeError", "WithoutCopy", "WithoutCopyError"]
