"""The measured figures that ``capacity.py`` computes with, and where each was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parents[1] / "docs" / "results"
GB = 1e9

SOURCES = {
    "file_ms": (
        "scan.json",
        "cpu_ms",
        (
            "processor time of one file of a megapixel, decoded, "
            "fingerprinted completely and searched, measured apart"
        ),
    ),
    "scan_share": (
        "scan.json",
        "share_by_processor_time",
        ("share of a scan's processor time that those three are"),
    ),
    "scan_files_s": ("scan.json", "files_per_s", "files a second of a whole scan on two workers"),
    "scan_workers": ("scan.json", "workers", "workers of that scan"),
    "scan_mb": ("scan.json", "peak_pss_mb", "memory of that scan with its bank, two workers"),
    "large_file_ms": (
        "photo.json",
        "rows.2.ours_ms",
        ("a file of twelve megapixels, fingerprinted completely"),
    ),
    "small_file_ms": ("photo.json", "rows.3.ours_ms", "the same of one megapixel"),
    "miss_ms": ("api.json", "lookups.miss.cpu_ms_a_request", "a check by hash that finds nothing"),
    "miss_p50_ms": ("api.json", "lookups.miss.p50_ms", "the same, from question to answer"),
    "miss_p99_ms": ("api.json", "lookups.miss.p99_ms", "the same, 99 of 100"),
    "miss_s": ("api.json", "lookups.miss.a_second", "such checks a second on one core"),
    "again_ms": (
        "api.json",
        "lookups.repeated hit.cpu_ms_a_request",
        ("a check that finds what was found before"),
    ),
    "new_hit_ms": (
        "api.json",
        "lookups.first hit.cpu_ms_a_request",
        ("a check whose hit is new, and is stored"),
    ),
    "new_hits_s": (
        "api.json",
        "lookups.first hit.a_second",
        ("new hits a second that one database took, SQLite"),
    ),
    "upload_ms": (
        "api.json",
        "uploads.upload, complete.cpu_ms_a_request",
        ("an upload of twelve megapixels, decoded and checked completely"),
    ),
    "large_bank_ms": (
        "large_bank.json",
        "ms_median",
        "searching one file in a bank of a million complete photos",
    ),
    "photo_bytes": ("large_bank.json", "bytes_a_photo", "memory of one complete photo in the bank"),
    "listing_us": ("capacity_parts.json", "driver.listing_us", "driver of a scan: listing a file"),
    "dealing_us": (
        "capacity_parts.json",
        "driver.dealing_us",
        ("driver of a scan: dealing a file, taking its result in, noting it"),
    ),
    "batch_us": (
        "capacity_parts.json",
        "cluster.batch_us",
        "driver of a scan: what Ray takes for a batch",
    ),
    "batch_files": ("capacity_parts.json", "cluster.batch_files", "files of a batch"),
    "listing_bytes": (
        "capacity_parts.json",
        "driver.listing_bytes",
        ("memory of the driver for a file that is listed"),
    ),
    "dealing_bytes": (
        "capacity_parts.json",
        "driver.dealing_bytes",
        ("memory of the driver for a file that is done"),
    ),
    "journal_bytes": (
        "capacity_parts.json",
        "driver.journal_disk_bytes",
        ("disk of the journal for a file"),
    ),
    "hash_bytes": (
        "capacity_parts.json",
        "bank.memory_bytes",
        "memory of an entry with a pdq alone",
    ),
    "database_bytes": (
        "capacity_parts.json",
        "bank.database_bytes",
        ("disk of such an entry in the database"),
    ),
    "rebuild_us": (
        "capacity_parts.json",
        "bank.rebuild_us",
        ("reading such an entry back from the database, where there is no snapshot"),
    ),
    "open_ms_a_mb": (
        "capacity_parts.json",
        "bank.open_sealed_ms_a_mb",
        ("opening a sealed snapshot, a megabyte"),
    ),
    "store_ms_a_mb": (
        "capacity_parts.json",
        "bank.start_from_store_ms_a_mb",
        ("fetching and opening one from the store, a megabyte"),
    ),
}
"""Name -> file, way to the value in it, what it is."""


Measured = dict[str, float]


def read_measured(folder: Path) -> Measured:
    """Every value of ``SOURCES``."""
    files = {name: json.loads((folder / name).read_text()) for name, _, _ in SOURCES.values()}
    return {name: _at(files[file], way) for name, (file, way, _) in SOURCES.items()}


def _at(value: Any, way: str) -> float:
    for step in way.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return float(value)
