"""Fingerprints of benchmark files, made once and kept beside the results."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

import staydown
from staydown import Fingerprint, StaydownError


class PrintCache:
    """Fingerprints by file and kernel, kept in a folder.

    Args:
        folder: where they are kept; made where it is missing.
        mode: as for ``staydown.fingerprint``.
    """

    def __init__(self, folder: Path, *, mode: str = "screening") -> None:
        kernel = (files("staydown.fingerprinting") / "kernel.wasm").read_bytes()
        self._mode = mode
        self._folder = folder / f"{hashlib.sha256(kernel).hexdigest()[:12]}-{mode}"
        self._folder.mkdir(parents=True, exist_ok=True)

    def get(self, path: str | Path) -> Fingerprint:
        """The fingerprint of a file.

        Raises:
            StaydownError: the file cannot be fingerprinted.
        """
        path = Path(path)
        state = path.stat()
        key = hashlib.sha256(f"{path.resolve()}|{state.st_size}|{state.st_mtime_ns}".encode())
        kept = self._folder / f"{key.hexdigest()[:32]}.bin"
        if kept.exists():
            return Fingerprint.from_bytes(kept.read_bytes())
        made = staydown.fingerprint(path, mode=self._mode, isolated=False)
        part = kept.with_suffix(".part")
        part.write_bytes(made.to_bytes())
        part.replace(kept)
        return made

    def many(self, paths: Iterable[str | Path]) -> dict[str, Fingerprint]:
        """Fingerprints by path; files that cannot be read are named on stderr and left out."""
        out = {}
        for path in paths:
            try:
                out[str(path)] = self.get(path)
            except StaydownError as error:
                print(f"{path}: {error.code}", file=sys.stderr)
        return out
