"""The benign pictures and the clip that the package ships, for tests."""

from __future__ import annotations

from pathlib import Path

import staydown

MEDIA = Path(staydown.__file__).parent / "demo_media"
PHOTOS = tuple(sorted(MEDIA.glob("*.jpg")))
CLIP = MEDIA / "pan.mp4"
