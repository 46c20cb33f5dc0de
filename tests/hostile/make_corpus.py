"""The corpus of hostile files: over two thousand, the same on every machine.

    PYTHONPATH=tests python -m hostile.make_corpus FOLDER     # to look at a file by hand

Every sound file of ``material`` is cut off after every kilobyte, has bits flipped anywhere and in
its headers, and has stretches replaced; to these come the files of ``handmade``.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hostile.handmade import handmade
from hostile.material import material

SEED = 20_26
KILOBYTE = 1024
HEADER_BYTES = 256
FLIPS = (1, 4, 32, 256)
TENTH = 10


@dataclass(frozen=True, slots=True)
class Hostile:
    """One file.

    Attributes:
        name: with an extension, which may lie.
        make: makes the bytes.
    """

    name: str
    make: Callable[[], bytes]


def flipped(data: bytes, seed: str, flips: int, within: int) -> bytes:
    """The bytes with some bits turned over among the first ``within``."""
    rng, out = random.Random(seed), bytearray(data)
    for _ in range(flips):
        out[rng.randrange(min(within, len(out)))] ^= 1 << rng.randrange(8)
    return bytes(out)


def shuffled(data: bytes, seed: str) -> bytes:
    """The bytes with one stretch overwritten, left out, or repeated."""
    rng = random.Random(seed)
    start = rng.randrange(len(data))
    end = min(len(data), start + rng.randrange(1, 2000))
    middle = rng.choice([rng.randbytes(end - start), b"", data[start:end] * 3, bytes(end - start)])
    return data[:start] + middle + data[end:]


def damaged() -> Iterator[Hostile]:
    """Every sound file, damaged in every way."""
    for name, data in material().items():
        for kilobytes in range(len(data) // KILOBYTE + 1):
            cut = kilobytes * KILOBYTE
            yield Hostile(f"cut-{kilobytes:03}-{name}", partial(bytes, data[:cut]))
        for flips in FLIPS:
            for turn in range(5):
                seed = f"{SEED}-{name}-{flips}-{turn}"
                yield Hostile(
                    f"flip-{flips:03}-{turn}-{name}", partial(flipped, data, seed, flips, 1 << 30)
                )
        for turn in range(12):
            seed = f"{SEED}-{name}-head-{turn}"
            yield Hostile(
                f"head-{turn:02}-{name}", partial(flipped, data, seed, 1 + turn % 4, HEADER_BYTES)
            )
        for turn in range(8):
            yield Hostile(f"mix-{turn}-{name}", partial(shuffled, data, f"{SEED}-{name}-{turn}"))


def corpus() -> list[Hostile]:
    """All of it."""
    return [*damaged(), *(Hostile(name, make) for name, make in handmade().items())]


def tenth() -> list[Hostile]:
    """A fixed tenth, drawn from all kinds alike."""
    files = corpus()
    return random.Random(SEED).sample(files, len(files) // TENTH)


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    files = corpus()
    for file in files:
        (folder / file.name).write_bytes(file.make())
    sys.stdout.write(f"{len(files)} files in {folder}\n")


if __name__ == "__main__":
    main()
