"""Room: signals -> candidates."""

from staydown.index.bankfile import BankFile
from staydown.index.exhaustive import search_exhaustive
from staydown.index.hamming import HammingIndex
from staydown.index.memory import MemoryStore
from staydown.index.store import Entry

__all__ = ["BankFile", "Entry", "HammingIndex", "MemoryStore", "search_exhaustive"]
