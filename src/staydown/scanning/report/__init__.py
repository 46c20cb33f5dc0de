"""The report on a scan: one self-contained HTML file, without any request to anywhere."""

from staydown.scanning.report.model import Report
from staydown.scanning.report.writing import write_report

__all__ = ["Report", "write_report"]
