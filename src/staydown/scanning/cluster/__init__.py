"""Room: a scan on the processors of a Ray cluster. Ray is loaded when a scan asks for it."""

from staydown.scanning.cluster.engine import ClusterEngine

__all__ = ["ClusterEngine"]
