"""The engine that a scan was asked to use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from staydown.cli.console import Console, shown
from staydown.matching import Matcher
from staydown.scanning import Engine, LocalEngine, ScanOptions

if TYPE_CHECKING:
    from staydown.cli.scan.running import Choices


def make_engine(console: Console, bank_file: Path, options: ScanOptions, asked: Choices) -> Engine:
    """Make it, and find out that the bank file opens.

    Raises:
        SnapshotError: the bank file cannot be used.
        ConfigError: Ray is not installed.
        click.UsageError: an option of the other engine.
    """
    matcher = Matcher.open(bank_file)
    if asked.engine == "local":
        if asked.cluster or asked.node_bank:
            raise click.UsageError("--cluster and --node-bank belong to --engine ray.")
        return LocalEngine(matcher, options)
    from staydown.scanning.cluster import ClusterEngine  # noqa: PLC0415 - for those who ask for it
    from staydown.scanning.cluster.joining import load_ray  # noqa: PLC0415 - as above

    load_ray()
    return ClusterEngine(
        bank_file,
        options,
        address=asked.cluster,
        node_bank=asked.node_bank,
        on_note=lambda text: console.note(shown(text)),
    )
