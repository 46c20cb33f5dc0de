"""What a list of paths and addresses stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from staydown.errors import SourceError
from staydown.scanning.folders import Folder
from staydown.scanning.places import FileRef, Place, Unlisted
from staydown.scanning.stores import SCHEMES, ObjectStore
from staydown.types.limits import Limits


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything there is to scan.

    Attributes:
        files: each file once, in the order of the roots and of their names.
        unlisted: folders, and what is called as a file, that could not be read.
        total_bytes: sizes added up.
    """

    files: tuple[FileRef, ...]
    unlisted: tuple[Unlisted, ...]
    total_bytes: int


def place_of(root: str, *, limits: Limits | None = None) -> Place:
    """The place that a path or an address names.

    Raises:
        SourceError: an address of a kind that is not known.
        ConfigError: an address that needs the extra ``staydown[s3]``.
    """
    scheme, mark, _ = root.partition("://")
    if not mark:
        return Folder(root)
    if scheme == "file":
        return Folder(unquote(urlsplit(root).path))
    if scheme in SCHEMES:
        return ObjectStore(root, limits=limits)
    known = ", ".join(("file", *SCHEMES[:3]))
    raise SourceError(f"{root}: unknown kind of address. Known: {known}, or a path.")


def list_files(places: Iterable[Place], *, on_found: Callable[[], None] = lambda: None) -> Listing:
    """List the files of several places.

    Args:
        places: in the order in which to scan.
        on_found: called for each file, to show that something moves.

    Raises:
        SourceError: a place does not exist or cannot be reached.
    """
    files: dict[str, FileRef] = {}
    unlisted = []
    for place in places:
        for found in place.files():
            if isinstance(found, Unlisted):
                unlisted.append(found)
            elif found.address not in files:
                files[found.address] = found
                on_found()
            elif found.chosen:  # named after its folder: what it is called no longer counts
                files[found.address] = found
    refs = tuple(files.values())
    return Listing(refs, tuple(unlisted), sum(ref.size for ref in refs))
