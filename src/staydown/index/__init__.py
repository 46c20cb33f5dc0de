"""Room: signals -> candidates."""

from staydown.index.exhaustive import search_exhaustive
from staydown.index.memory import MemoryStore

__all__ = ["MemoryStore", "search_exhaustive"]
