"""Days as a language writes them, out of the one way in which templates and code ask for them.

Templates ask for ``j M Y``. Django looks for what they ask for among the names of the language's
module of formats first, and takes it as it stands where there is none: so a module that knows any
such name says how its language writes it, and no template has a way of its own for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce


def written(changes: Mapping[str, str], name: str) -> str:
    """A way of writing days, as this language has it.

    Args:
        changes: part -> what stands in its place, in this order.
        name: what is asked for, such as ``j M Y, H:i``.

    Raises:
        AttributeError: the name is no such way, or nothing of it changes.
    """
    if "_" not in name:
        found = reduce(lambda text, one: text.replace(*one), changes.items(), name)
        if found != name:
            return found
    raise AttributeError(name)
