"""How far somebody comes who asks the check calls what the bank holds.

    python benchmarks/oracle.py --entries 2000 --attackers 40

Three attackers, in a service of its own made for the run:

- **thief**: has the bank's hashes from elsewhere and tries them with a key, in random order, to
  learn which are in it. Counted: the questions until its key is ended, for several shares of
  canaries. In theory (N + 1) / (c + 1) for c canaries among N hashes.
- **climber**: has a copy of one reported picture and a key that sees verdicts alone, and flips bits
  to learn the exact hash in the bank. Counted: the questions, and the bits it then knows.
- **guesser**: asks random hashes. Counted: how many of them are held.

Prints one JSON object.
"""

# ruff: noqa: E402 - settings come before what reads them
from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import tempfile
import time

import numpy as np

os.environ["STAYDOWN_HOME"] = tempfile.mkdtemp(prefix="oracle-")
os.environ["STAYDOWN_SHARED_MEMORY"] = os.environ["STAYDOWN_HOME"] + "/memory"
os.environ["DJANGO_SETTINGS_MODULE"] = "staydown_web.config.settings"

import django

django.setup()

from django.conf import settings
from django.test import Client

from staydown import Fingerprint, Signal, SignalType
from staydown.types import ContentKind
from staydown_web.accounts.models import Platform
from staydown_web.accounts.services import create_api_key
from staydown_web.banks.models import Entry
from staydown_web.banks.services import catch_up, default_bank, take_in_entries
from staydown_web.banks.services.entries import entry_context
from staydown_web.base.clock import utc_now
from staydown_web.base.sealing import unseal
from staydown_web.base.tables import make_tables
from staydown_web.screening.services.canaries import BANK, plant_canaries

SHARES = (0.002, 0.01, 0.05)


def new_key() -> str:
    platform, _ = Platform.objects.get_or_create(
        slug="bench", defaults={"name": "Bench", "created_at": utc_now()}
    )
    return create_api_key(
        platform=platform, name="thief", scopes=["check"], per_minute=0, actor="system",
        now=utc_now(),
    )[1]  # fmt: skip


def asking(key: str):
    client = Client()

    def ask(value: bytes) -> str:
        body = {"signals": [{"type": "pdq", "value": value.hex(), "quality": 100}]}
        answer = client.post(
            "/api/v1/check",
            json.dumps(body),
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )
        return answer.json()["verdict"] if answer.status_code == 200 else "refused"

    return ask


def thief(hashes: list[bytes], rng: random.Random) -> int:
    """Questions that were answered before the key was ended."""
    ask = asking(new_key())
    for number, value in enumerate(rng.sample(hashes, len(hashes))):
        if ask(value) == "refused":
            return number
    return len(hashes)


def climber(reported: bytes, rng: random.Random) -> tuple[int, int]:
    """Questions asked, and bits of the reported hash that are known afterwards."""
    ask = asking(new_key())
    asked = 0

    def is_held(bits: np.ndarray) -> bool:
        nonlocal asked
        asked += 1
        return ask(np.packbits(bits).tobytes()) == "hold"

    copy = np.unpackbits(np.frombuffer(reported, np.uint8)).copy()
    copy[rng.sample(range(256), 10)] ^= 1  # as another encoding of the picture would
    edge = copy.copy()
    for bit in rng.sample(range(256), 256):
        edge[bit] ^= 1
        if not is_held(edge):
            edge[bit] ^= 1
            break
    # At the edge one more wrong bit is a miss: each flip now tells whether that bit was right.
    known = np.array([edge[bit] ^ is_held(flipped(edge, bit)) for bit in range(256)])
    truth = np.unpackbits(np.frombuffer(reported, np.uint8))
    return asked, int((known == truth).sum())


def flipped(bits: np.ndarray, bit: int) -> np.ndarray:
    changed = bits.copy()
    changed[bit] ^= 1
    return changed


def raw_of(value: bytes) -> bytes:
    return Fingerprint(ContentKind.PHOTO, (Signal.of(SignalType.PDQ, value, 100),)).to_bytes()


def canaries() -> list[bytes]:
    opened = (
        Fingerprint.from_bytes(unseal(bytes(entry.box), context=entry_context(entry.pk)))
        for entry in Entry.objects.filter(bank__slug=BANK)
    )
    return [next(s.raw for s in made.signals if s.type == "pdq") for made in opened]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=2000)
    parser.add_argument("--attackers", type=int, default=40)
    parser.add_argument("--guesses", type=int, default=2000)
    options = parser.parse_args()
    settings.ALLOWED_HOSTS = ["testserver"]
    make_tables()
    rng = random.Random(1)
    real = [rng.randbytes(32) for _ in range(options.entries)]
    now = utc_now()
    take_in_entries(
        bank=default_bank(now), raws=[raw_of(value) for value in real],
        origin=Entry.Origin.IMPORT, actor="system", now=now,
    )  # fmt: skip
    catch_up()
    climbs = [climber(rng.choice(real), rng) for _ in range(3)]
    ask = asking(new_key())
    guessed = sum(ask(rng.randbytes(32)) != "clear" for _ in range(options.guesses))
    thieves = {}
    for share in SHARES:
        missing = max(1, round(share * options.entries)) - len(canaries())
        plant_canaries(count=missing, actor="system", now=utc_now())
        catch_up()
        hashes = real + canaries()
        started = time.monotonic()
        counts = sorted(thief(hashes, rng) for _ in range(options.attackers))
        thieves[str(share)] = {
            "canaries": len(hashes) - len(real),
            "median": statistics.median(counts),
            "p95": counts[int(0.95 * (len(counts) - 1))],
            "most": counts[-1],
            "mean": round(statistics.mean(counts), 1),
            "in_theory": round((len(hashes) + 1) / (len(hashes) - len(real) + 1), 1),
            "never_stopped": sum(count == len(hashes) for count in counts),
            "seconds": round(time.monotonic() - started, 1),
        }
    row = {
        "entries": options.entries,
        "attackers": options.attackers,
        "answered_questions_until_a_thief_is_stopped": thieves,
        "climber": {"questions": [c[0] for c in climbs], "bits_known": [c[1] for c in climbs]},
        "guesser": {"questions": options.guesses, "held": guessed},
    }
    print(json.dumps(row))


if __name__ == "__main__":
    main()
