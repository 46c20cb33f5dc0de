"""Room: whole libraries -> matches, resumable; and the report on them."""

from staydown.scanning.engine import Engine, Scan, ScanOptions
from staydown.scanning.local import LocalEngine
from staydown.scanning.outcomes import Outcome, Verdict

__all__ = ["Engine", "LocalEngine", "Outcome", "Scan", "ScanOptions", "Verdict"]
