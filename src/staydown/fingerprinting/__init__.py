"""Pixels to signals. Calls the kernel; no decoding."""

from staydown.fingerprinting.exact import md5, sha256
from staydown.fingerprinting.pdq import DIHEDRAL_NAMES, dihedral_pdq, pdq
from staydown.fingerprinting.wasm import FullSize
from staydown.fingerprinting.windows import mirrored_hashes, photo_signals, windows

__all__ = [
    "DIHEDRAL_NAMES",
    "FullSize",
    "dihedral_pdq",
    "md5",
    "mirrored_hashes",
    "pdq",
    "photo_signals",
    "sha256",
    "windows",
]
