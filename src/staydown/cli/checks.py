"""What ``staydown doctor`` looks at. Each check answers; none raises."""

from __future__ import annotations

import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module, metadata
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from staydown.errors import StaydownError
from staydown.nouns import many
from staydown.types import ContentKind, Fingerprint, SignalType

PACKAGES: Final = ("numpy", "numba", "wasmtime", "pillow", "pillow-heif", "av", "click", "rich")
"""What the base installation needs; a test holds it against ``pyproject.toml``."""

ELSEWHERE: Final = frozenset({"pillow", "pillow-heif", "av"})
"""Packages that only the decoding process may load; that it starts shows that they load."""

LOW_MEMORY_BYTES: Final = 1 << 30
PDQ_VECTOR: Final = "6185703649c133d894b48d870e66f19972784b4b8c2736be8cc90e7ef1ed73da"
"""PDQ of ``drawn_picture``, computed once with PyPI ``pdqhash`` and with our kernel."""


class Health(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        name: what, in a word.
        health: how it is.
        detail: what was found, and the remedy where it is not well.
    """

    name: str
    health: Health
    detail: str


def installation_checks() -> Iterator[Check]:
    """Every check of the installation, in order."""
    yield python_check()
    yield packages_check()
    yield kernel_check()
    yield match_check()
    yield sandbox_check()
    yield cache_check()
    yield memory_check()


def python_check() -> Check:
    """The interpreter and the system."""
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.platform != "linux":
        return Check("python", Health.WARNING, f"{detail}. The sandbox needs Linux.")
    return Check("python", Health.OK, detail)


def packages_check() -> Check:
    """Every package that the library needs: installed, and loading where we may load it."""
    versions, missing = [], []
    for package in PACKAGES:
        try:
            versions.append(f"{package} {metadata.version(package)}")
            if package not in ELSEWHERE:
                import_module(package)
        except (ImportError, OSError):
            missing.append(package)
    if missing:
        remedy = "Install them: pip install staydown, or make setup in a checkout."
        return Check("packages", Health.BROKEN, f"cannot load {', '.join(missing)}. {remedy}")
    return Check("packages", Health.OK, ", ".join(versions))


def kernel_check() -> Check:
    """The kernel's answer for a picture drawn by code."""
    try:
        from staydown.fingerprinting import pdq, windows  # noqa: PLC0415 - loads the kernel

        picture = drawn_picture()
        hash_bytes, quality = pdq(picture)
        points = len(windows(picture))
    except (StaydownError, ImportError, OSError) as error:
        return Check("kernel", Health.BROKEN, f"does not start ({type(error).__name__}).")
    if hash_bytes.hex() != PDQ_VECTOR or not points:
        remedy = "Its fingerprints would match nothing: install Staydown anew."
        return Check("kernel", Health.BROKEN, f"gives a wrong answer. {remedy}")
    detail = f"gives the known answer; pdq quality {quality}, {points} window points"
    return Check("kernel", Health.OK, detail)


def match_check() -> Check:
    """Whether a mirrored copy is found; the first time this also compiles the search."""
    from staydown.fingerprinting import photo_signals  # noqa: PLC0415 - loads the kernel
    from staydown.matching import Matcher  # noqa: PLC0415 - loads numba

    types = (SignalType.PDQ, SignalType.WINDOWS)
    picture = drawn_picture()
    mirrored = np.ascontiguousarray(picture[:, ::-1])
    start = time.monotonic()
    try:
        matcher = Matcher()
        matcher.add("known", Fingerprint(ContentKind.PHOTO, photo_signals(picture, types)))
        copy = Fingerprint(ContentKind.PHOTO, photo_signals(mirrored, types))
        found = [match.entry_id for match in matcher.match(copy)]
    except (StaydownError, ImportError, OSError) as error:
        return Check("match", Health.BROKEN, f"does not work ({type(error).__name__}).")
    if found != ["known"]:
        remedy = "Install Staydown anew, and report it if that does not help."
        return Check("match", Health.BROKEN, f"a mirrored copy is not found. {remedy}")
    detail = f"a mirrored copy is found; {time.monotonic() - start:.1f} s"
    return Check("match", Health.OK, detail)


def drawn_picture() -> npt.NDArray[np.uint8]:
    """A picture drawn with whole numbers, the same everywhere: uint8, shape (384, 512)."""
    y, x = np.mgrid[0:384, 0:512]
    bowl = (x - 200) ** 2 // 300 + (y - 150) ** 2 // 300
    tiles = (x // 40) * (y // 40) * 37 % 128
    picture: npt.NDArray[np.uint8] = np.clip(bowl + tiles, 0, 255).astype(np.uint8)
    return picture


def sandbox_check() -> Check:
    """What holds in the process that opens media."""
    from staydown.isolate import sandbox_report  # noqa: PLC0415 - starts processes

    try:
        report = sandbox_report()
    except (StaydownError, OSError) as error:
        return Check("sandbox", Health.BROKEN, f"no decoding process starts: {error}")
    if report.is_tight:
        return Check("sandbox", Health.OK, "media is opened without network, files or secrets")
    detail = f"these do not hold here: {', '.join(report.weak)}. docs/adr/ says what each is for."
    return Check("sandbox", Health.WARNING, detail)


def cache_check() -> Check:
    """Whether compiled search code can be kept between runs."""
    import staydown  # noqa: PLC0415 - for its path

    given = os.environ.get("NUMBA_CACHE_DIR")
    folder = Path(given) if given else Path(staydown.__file__).parent
    fallback = Path.home() / ".cache"
    if not given and not os.access(folder, os.W_OK) and os.access(fallback, os.W_OK):
        folder = fallback
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        remedy = "Set NUMBA_CACHE_DIR to a folder that can be written, or each start takes longer."
        return Check("cache", Health.WARNING, f"nothing can be kept in {folder}. {remedy}")
    return Check("cache", Health.OK, f"compiled code is kept in {folder}")


def memory_check() -> Check:
    """How much memory is free, and how many processors there are."""
    processors = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return Check("memory", Health.OK, f"unknown; {many(processors, 'processor')}")
    free = next((int(line.split()[1]) << 10 for line in lines if "MemAvailable" in line), 0)
    detail = f"{free / (1 << 30):.1f} GiB free, {many(processors, 'processor')}"
    if free < LOW_MEMORY_BYTES:
        return Check("memory", Health.WARNING, f"{detail}. Large banks and pictures may not fit.")
    return Check("memory", Health.OK, detail)


def bank_check(path: Path) -> Check:
    """Whether a bank file opens, and how much it holds."""
    from staydown.index import BankFile  # noqa: PLC0415 - loads numba

    try:
        with BankFile.open(path, read_only=True) as store:
            return Check("bank file", Health.OK, f"{path}: {many(len(store), 'entry', 'entries')}")
    except StaydownError as error:
        return Check("bank file", Health.BROKEN, f"[{error.code}] {error}")
