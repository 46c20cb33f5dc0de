"""Make the report and put it in its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from staydown.scanning.report.model import Report
from staydown.scanning.report.page import page
from staydown.scanning.report.pictures import thumbnails
from staydown.whole_file import whole_text


def write_report(
    path: Path, report: Report, *, on_picture: Callable[[], None] = lambda: None
) -> None:
    """Write the report; the file appears whole or not at all, readable by its owner alone.

    Args:
        path: where to.
        report: what to show.
        on_picture: called after each thumbnail.

    Raises:
        SourceError: it cannot be written.
    """
    text = page(report, thumbnails(report.pictured, on_picture=on_picture))
    with whole_text(path) as file:
        file.write(text)
