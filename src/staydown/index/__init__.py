"""Room: signals -> candidates."""

from staydown.index.exhaustive import search_exhaustive
from staydown.index.hamming import HammingIndex
from staydown.index.memory import MemoryStore

__all__ = ["HammingIndex", "MemoryStore", "search_exhaustive"]
