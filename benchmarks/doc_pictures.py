"""Draw the pictures of ``docs/matching.md`` with ``staydown explain``, from the shipped photos.

    python benchmarks/doc_pictures.py [OUT]

OUT is ``docs/pictures`` by default. Each picture shows an edited copy beside its entry; palettes of
128 colours keep them small.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageOps

import staydown
from staydown.decode import demo_edits as edits

MEDIA = Path(staydown.__file__).parent / "demo_media"
COLOURS, WIDEST = 128, 900


def small_inside(picture: Image.Image, other: Image.Image) -> Image.Image:
    """The picture at an eighth of the width in a corner of another one: too small to be found."""
    made = other.copy()
    small = ImageOps.contain(picture, (other.width // 8, other.height))
    made.paste(small, (other.width // 20, other.height // 20))
    return made


def cases(pictures: dict[str, Image.Image]) -> dict[str, tuple[Image.Image, str]]:
    """Name of each drawing, with the upload and the entry it is held against."""
    p = pictures
    return {
        "found-mirrored": (edits.mirrored(p["bridge"]), "bridge"),
        "found-collage": (edits.collage(p["cat"], p["coffee"]), "cat"),
        "found-screenshot": (edits.screenshot(p["maple"]), "maple"),
        "found-replaced": (edits.replaced(p["pagoda"], p["lanterns"]), "pagoda"),
        "missed-small": (small_inside(p["bee"], p["citrus"]), "bee"),
    }


def main() -> None:
    """Command line."""
    out = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/pictures")
    pictures = {path.stem: edits.load(path) for path in sorted(MEDIA.glob("*.jpg"))}
    with tempfile.TemporaryDirectory() as folder:
        for name, (upload, entry) in cases(pictures).items():
            # The names are drawn too: beside each other, without a path.
            shutil.copy(MEDIA / f"{entry}.jpg", folder)
            edits.save(upload, Path(folder) / "upload.jpg")
            command = [sys.executable, "-m", "staydown.cli", "explain", "upload.jpg"]
            command += [f"{entry}.jpg", "-o", "drawn.png"]
            said = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            print(f"{name}: {said.stdout.strip()}")
            with Image.open(Path(folder) / "drawn.png") as image:
                image.thumbnail((WIDEST, WIDEST))
                image.convert("RGB").quantize(COLOURS).save(out / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
