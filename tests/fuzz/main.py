"""Run one target under atheris: ``python -m fuzz.main TARGET CORPUS [libFuzzer options]``."""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

# numba compiles these from their bytecode, which must be left as it is.
COMPILED = ["staydown.index.kernels", "staydown.index.build_kernel", "staydown.index.digest_kernel"]
COMPILED += ["staydown.index.native", "staydown.index.names", "staydown.index.tables"]

with atheris.instrument_imports(include=["staydown"], exclude=COMPILED):
    from fuzz.targets import TARGETS, starting_points


def main() -> None:
    """Fill the corpus with starting points where it is empty, then fuzz."""
    target, corpus = sys.argv[1], Path(sys.argv[2])
    corpus.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(starting_points(target)):
        (corpus / f"start-{number}").write_bytes(data)
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
