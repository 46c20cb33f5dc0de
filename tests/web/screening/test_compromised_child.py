"""Code in a decoding process of the service, on purpose: no database, no key, no bank, nothing."""

from __future__ import annotations

import json
import os
import platform as machine
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from compromised import Attacker, attacker, compromised_lane, found_in_memory
from staydown import Fingerprint
from staydown_web.banks.models import Entry
from staydown_web.banks.services import match_entries, save_snapshot
from staydown_web.base.sealing import installation_keys

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(machine.machine() != "x86_64", reason="numbers of x86_64"),
]

REACH = """
def opened(path):
    flags = {"read": 0, "write": 1, "both": 2}
    found = {f"{how} {path}": call(257, -100, path.encode(), flag) for how, flag in flags.items()}
    look = ctypes.create_string_buffer(200)
    found[f"look at {path}"] = call(262, -100, path.encode(), look, 0)
    found[f"look at {path} by its empty name"] = call(262, -100, path.encode(), look, 0x1000)
    return found

said = {}
for path in given["paths"]:
    said |= opened(path)
for pid in given["pids"]:
    said[f"memory of {pid}"] = call(310, pid, 0, 0, 0, 0, 0)
    said[f"descriptors of {pid}"] = call(434, pid, 0)
    said[f"trace {pid}"] = call(101, 16, pid, 0, 0)
for family in (1, 2, 10):
    said[f"socket {family}"] = call(41, family, 1, 0)
said["shared memory"] = call(30, 0, 0, 0)
"""


@pytest.fixture
def held(confirmed: Callable[..., Entry], drawn_fingerprint: Any) -> Fingerprint:
    """An entry that the bank holds in memory, sealed on disk and in the database."""
    entry = confirmed(drawn_fingerprint(1))
    save_snapshot(is_due=True)
    assert [m.entry_id for m in match_entries(drawn_fingerprint(1))] == [str(entry.pk)]
    found: Fingerprint = drawn_fingerprint(1)
    return found


@pytest.fixture
def broken_into(held: Fingerprint) -> Iterator[Attacker]:
    """Started by a process that holds the database, the keys and the bank."""
    with attacker() as one:
        yield one


def files_of_the_service() -> list[Path]:
    """Everything that must not be reached, by its place."""
    folders = [settings.STAYDOWN_HOME, settings.STAYDOWN_SHARED_MEMORY, settings.STAYDOWN_KEYS]
    found = [p for folder in folders for p in (Path(folder), *Path(folder).rglob("*"))]
    found.append(Path("/var/run/postgresql/.s.PGSQL.5432"))
    if connection.vendor == "sqlite":
        found.append(Path(str(connection.settings_dict["NAME"])))
    return found


def test_database_keys_bank_and_the_service_itself_are_out_of_reach(
    broken_into: Attacker,
) -> None:
    ours = Path(f"/proc/{os.getpid()}")
    own = [ours / name for name in ("environ", "mem", "maps", "cmdline")]
    open_now = [ours / "fd" / name.name for name in (ours / "fd").iterdir()]
    paths = [str(p) for p in (*files_of_the_service(), *own, *open_now)]
    assert any("keys" in p for p in paths)
    assert any(p.endswith("bank") for p in paths)
    assert any(p.endswith(".sealed") for p in paths)
    said = broken_into.run(REACH, paths=paths, pids=[os.getpid(), os.getppid()])
    assert len(said) > 5 * len(paths)
    assert set(said.values()) == {"EPERM"}


@pytest.mark.skipif(os.geteuid() != 0, reason="reads another process's memory")
def test_no_key_no_fingerprint_and_no_secret_stands_anywhere_in_its_memory(
    broken_into: Attacker, held: Fingerprint
) -> None:
    keys = installation_keys()
    secrets = {
        **{name: getattr(keys, name) for name in ("field", "blind", "audit", "django")},
        "fingerprint": held.signals[0].raw,
        "secret of pages": settings.SECRET_KEY.encode(),
        "folder of the service": str(settings.STAYDOWN_KEYS).encode(),
    }
    if password := str(connection.settings_dict["PASSWORD"]):
        secrets["password of the database"] = password.encode()
    assert broken_into.run("said = dict(os.environ)") == {}
    assert {"field", "fingerprint"} <= found_in_memory(os.getpid(), secrets)
    assert found_in_memory(broken_into.pid, secrets) == set()


def test_lies_of_a_child_are_refused_and_the_next_upload_is_checked_by_another(
    held: Fingerprint, monkeypatch: pytest.MonkeyPatch
) -> None:
    from staydown.errors import DecodeCrashError
    from staydown.isolate import Pool
    from staydown.isolate.worker import Worker

    def worker(queue: Any, *_: Any) -> Worker:
        return Worker(queue, compromised_lane)

    monkeypatch.setattr("staydown.isolate.pool.Worker", worker)
    lies = json.dumps({}) + "\nsaid = {'kind': 'photo', 'signals': []}"
    death = json.dumps({}) + "\nimport os; os._exit(3)"
    with Pool(workers=1) as pool:
        for lie in (lies, death):
            with pytest.raises(DecodeCrashError):
                pool.fingerprint(lie.encode())
    monkeypatch.undo()
    with Pool(workers=1) as pool:
        made = pool.fingerprint(_photo())
    assert match_entries(made) == []


def _photo() -> bytes:
    import staydown

    return (Path(staydown.__file__).parent / "demo_media" / "bee.jpg").read_bytes()
