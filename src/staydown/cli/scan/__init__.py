"""``staydown scan``."""

from staydown.cli.scan.command import scan

__all__ = ["scan"]
