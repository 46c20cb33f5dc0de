"""The bank that ``bench_api.py`` measures against, made once and kept.

    python benchmarks/api_bank.py FOLDER [--entries 1000000] [--photos 20000]

One million random ``pdq``, and complete fingerprints of 20,000 synthetic photos, in a bank file;
from that, by the service's own commands, a home with a database and two keys.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

import staydown
from staydown.index import BankFile

ROOT = Path(__file__).parents[1]
SEED = 5

_COLLECT = "from staydown_web.config.static_files import collect_static\ncollect_static()"


def hashes_of(entries: int) -> np.ndarray:
    """The ``pdq`` of the entries, the same each time."""
    return np.random.default_rng(SEED).integers(0, 256, (entries, 32), dtype=np.uint8)


def make_bank(path: Path, entries: int, photos: int) -> None:
    """Write the bank file."""
    with BankFile.create(path) as bank:
        names = [f"hash/{n}" for n in range(entries)]
        bank.add_pdq(names, hashes_of(entries), np.full(entries, 100, np.uint8))
        if photos:
            from synthetic_prints import pool_of, synthetic

            demo = Path(staydown.__file__).parent / "demo_media"
            pool = pool_of(demo, ROOT / "kernel" / "src" / "projection.c", most=8)
            made = synthetic(pool, photos, seed=SEED)
            bank.add_many((f"photo/{n}", fingerprint) for n, fingerprint in enumerate(made))


def surroundings(folder: Path) -> dict[str, str]:
    """The environment in which the service runs against this bank."""
    return {
        **os.environ,
        "STAYDOWN_HOME": str(folder / "home"),
        "STAYDOWN_SHARED_MEMORY": "/dev/shm/staydown-bench",
        "DATABASE_URL": "",
    }


def manage(folder: Path, *words: str) -> str:
    """Run one of the service's commands; what it prints."""
    command = [sys.executable, "-m", "staydown", "manage", *words]
    done = subprocess.run(
        command, env=surroundings(folder), check=True, stdout=subprocess.PIPE, text=True
    )
    return done.stdout.strip()


def make_home(folder: Path, entries: int, photos: int) -> Path:
    """The folder with everything, made where it is missing or of a database with other tables.

    Returns:
        The folder of this size of bank.
    """
    folder = folder / f"api-{entries}-{photos}"
    _make_home(folder, entries, photos)
    # As ``serve`` does before it starts a web server, and anew where the pages are other ones.
    manage(folder, "shell", "--no-imports", "-c", _COLLECT)
    return folder


def _make_home(folder: Path, entries: int, photos: int) -> None:
    done, tables = folder / "done", tables_digest()
    if done.exists():
        if done.read_text() == tables:
            return
        done.unlink()
    shutil.rmtree(folder / "home", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    bank = folder / "bank.sdb"
    if not bank.exists():
        made = folder / "new.sdb"
        made.unlink(missing_ok=True)
        make_bank(made, entries, photos)
        made.rename(bank)
    manage(folder, "migrate", "--verbosity", "0")
    print(manage(folder, "import-bank", str(bank), "--bank", "bench", "--confirmed"))
    for name, scopes in (("low", ["check"]), ("detail", ["check", "match:detail"])):
        flags = [word for scope in scopes for word in ("--scope", scope)]
        (folder / f"{name}.key").write_text(manage(folder, "create-api-key", name, *flags))
    done.write_text(tables)


def tables_digest() -> str:
    """Of all migrations: one that was changed before its release leaves tables nobody knows."""
    paths = sorted((ROOT / "src" / "staydown_web").glob("*/migrations/0*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in paths)).hexdigest()


if __name__ == "__main__":
    reader = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    reader.add_argument("folder", type=Path)
    reader.add_argument("--entries", type=int, default=1_000_000)
    reader.add_argument("--photos", type=int, default=20_000)
    given = reader.parse_args()
    print(make_home(given.folder, given.entries, given.photos))
