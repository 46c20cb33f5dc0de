"""Room: whole libraries -> matches, resumable; and the report on them."""

from staydown.scanning.engine import Scan, ScanOptions
from staydown.scanning.outcomes import Outcome, Verdict

__all__ = ["Outcome", "Scan", "ScanOptions", "Verdict"]
