"""Everything that the decoders would import in the middle of a file, imported beforehand.

In the sandbox nothing can be imported any more.
"""

from __future__ import annotations

import encodings.ascii
import encodings.latin_1
import encodings.utf_16
import pkgutil
from importlib import import_module
from types import ModuleType

import av
import PIL.ImageOps
import PIL.ImagePalette

from staydown.decode import animation, jpeg_means, photo, thumbnail, video

_DECODERS: tuple[ModuleType, ...] = (animation, photo, thumbnail, video)
_OTHERS: tuple[ModuleType, ...] = (
    encodings.ascii,
    encodings.latin_1,
    encodings.utf_16,
    PIL.ImageOps,
    PIL.ImagePalette,
)
_LEFT_OUT = ("__main__", "datasets", "device")


def preload() -> int:
    """Import all parts of PyAV, which otherwise loads one for each kind of stream it meets.

    Returns:
        How many modules are there.
    """
    jpeg_means.warm_up()
    found = [
        import_module(module.name)
        for module in pkgutil.walk_packages(av.__path__, "av.")
        if not module.name.endswith(_LEFT_OUT)
    ]
    return len(found) + len(_DECODERS) + len(_OTHERS)
