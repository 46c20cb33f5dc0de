"""Names in the environment that look like a setting of ours and are none: most are misspelt."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final

from staydown_web.config.environment import VARIABLES
from staydown_web.config.secret_files import ENDING, SECRET

PREFIX: Final = "STAYDOWN_"

READ_ELSEWHERE: Final = (
    *("STAYDOWN_DEBUG", "STAYDOWN_PARENT", "STAYDOWN_ROLE"),
    # the edge replica
    *("STAYDOWN_EDGE_API_KEY_FILE", "STAYDOWN_EDGE_DATA", "STAYDOWN_EDGE_HUB"),
    *("STAYDOWN_EDGE_KEY", "STAYDOWN_EDGE_LISTEN", "STAYDOWN_EDGE_MEMORY"),
    *("STAYDOWN_EDGE_SURVIVES_REBOOT", "STAYDOWN_EDGE_WITHOUT_COPY"),
    # apps with the client, as docs/howto has them
    "STAYDOWN_KEY",
    # deploy/container/compose.yaml
    *("STAYDOWN_MEMORY", "STAYDOWN_PORT", "STAYDOWN_SHARED_MEMORY_SIZE", "STAYDOWN_VERSION"),
    # our own tests
    *("STAYDOWN_ALL_LOOKS", "STAYDOWN_PICTURES", "STAYDOWN_WHOLE_BROWSER"),
)
"""Names that other programs of ours read, in the same environment."""

_BY_A_CLUSTER: Final = re.compile(
    r"STAYDOWN_(\w+_)?(SERVICE_(HOST|PORT)\w*|PORT(_\d+_(TCP|UDP)\w*)?)", re.ASCII
)
"""What Kubernetes and links of containers put there where a service is called ``staydown``."""

_NAME: Final = re.compile(r"STAYDOWN_\w{1,60}", re.ASCII)


def known_names() -> set[str]:
    """Every name that begins with ``STAYDOWN_`` and is read by a program of ours."""
    names = {*(v.name for v in VARIABLES), *(f"{name}{ENDING}" for name in SECRET)}
    return {name for name in (*names, *READ_ELSEWHERE) if name.startswith(PREFIX)}


def unknown_names(values: Mapping[str, str] | None = None) -> list[str]:
    """Names that begin as ours do and that nothing reads, sorted. What they hold is not looked at.

    Args:
        values: instead of the environment of this process.
    """
    known = known_names()
    return sorted(
        name
        for name in (os.environ if values is None else values)
        if name not in known and _NAME.fullmatch(name) and not _BY_A_CLUSTER.fullmatch(name)
    )


def unknown_sentence(values: Mapping[str, str] | None = None) -> str:
    """One line about them, each with the nearest name that is known; empty where there are none."""
    found = unknown_names(values)
    if not found:
        return ""
    shown = ", ".join(map(_with_nearest, found))
    return f"In the environment, but no setting: {shown}. docs/operations.md lists the settings."


def _with_nearest(name: str) -> str:
    offered = sorted(known_names() - {*READ_ELSEWHERE})
    near = get_close_matches(name, offered, n=1, cutoff=0.85)
    return f"{name} (is {near[0]} meant?)" if near else name
