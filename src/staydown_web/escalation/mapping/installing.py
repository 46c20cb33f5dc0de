"""Lists of RDAP servers that the operator fetched, put in place of those carried along."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from staydown_web.base.errors import BootstrapError
from staydown_web.escalation.mapping.bootstrap import read_bootstrap, read_list


def install_lists(paths: Sequence[Path], *, home: Path) -> dict[str, int]:
    """Check lists in IANA's form and keep them in ``home/rdap``: all of them, or none.

    Args:
        paths: files; which of the four each is, is seen by what it holds.
        home: folder of the installation.

    Returns:
        ``dns``, ``ipv4``, ``ipv6`` or ``asn`` -> how many entries the list has.

    Raises:
        BootstrapError: one is none of the four lists, or two are the same.
    """
    found = [read_list(path) for path in paths]
    if len({kind for kind, _ in found}) != len(found):
        raise BootstrapError("two files are the same list; name each once")
    folder = home / "rdap"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    counts = {}
    for kind, held in found:
        handle, name = tempfile.mkstemp(dir=folder, prefix=f"{kind}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(held, file)
        Path(name).replace(folder / f"{kind}.json")
        lists = read_bootstrap({kind: held})
        counts[kind] = len(lists.domains) + len(lists.networks) + len(lists.numbers)
    return counts
