"""How a local copy ends, and what becomes of it when disks, keys and clocks change."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from edge_hub import DOWN, PASS
from staydown.errors import ConfigError
from staydown.index import BankFile
from staydown.types import Fingerprint
from staydown_client.edge import Edge, WithoutCopyError
from staydown_client.edge.errors import HubError, HubRefusedError
from staydown_client.edge.facts import Facts
from staydown_client.edge.keeper import Keeper
from staydown_client.edge.keys import make_key
from staydown_client.edge.memory import Memory
from staydown_client.edge.settings import WithoutCopy
from staydown_web.accounts.models import User
from staydown_web.banks.models import Entry, EntryChange
from staydown_web.banks.services import withdraw_entry
from staydown_web.replicas.models import Replica
from staydown_web.replicas.services import end_expired, end_replica

pytestmark = pytest.mark.django_db(transaction=True)
Drawn = Callable[[int], Fingerprint]
HOUR = 3600.0


class KilledError(BaseException):
    """What stands for a ``kill -9`` at one place."""


@pytest.fixture
def entry(confirmed: Callable[..., Entry], drawn_fingerprint: Drawn) -> Entry:
    """An entry that blocks."""
    return confirmed(drawn_fingerprint(1))


@pytest.fixture
def one(site: Any, entry: Entry) -> Any:
    """A replica that has its copy."""
    return site().start().follow()


@pytest.fixture
def upload(drawn_fingerprint: Drawn) -> Fingerprint:
    """A copy of it."""
    return drawn_fingerprint(1)


def state(one: Any) -> str:
    return str(one.edge.status()["state"])


def plain_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def test_revoked_it_destroys_its_copy_at_the_next_word(
    one: Any, upload: Fingerprint, people: tuple[User, ...], moment: Any
) -> None:
    assert one.edge.check(upload).verdict == "block"
    replica = Replica.objects.get()
    end_replica(replica_id=replica.pk, user=people[1], now=moment)
    one.keeper.step()

    with pytest.raises(WithoutCopyError):
        one.edge.check(upload)
    assert state(one) == "ended"
    left = {p.name for p in plain_files(one.keeper.disk.folder)}
    assert left == {"owner"}
    assert not one.keeper.memory.bank.exists()
    assert not one.keeper.memory.lock_half.exists()
    raw = upload.signals[0].raw
    assert not any(raw in p.read_bytes() for p in plain_files(one.keeper.memory.folder))


def test_expired_it_destroys_its_copy_also_without_the_hub(one: Any, upload: Fingerprint) -> None:
    one.way.mode = DOWN
    one.clock.moved_s = 31 * 24 * HOUR
    one.keeper.beat()
    with pytest.raises(WithoutCopyError):
        one.edge.check(upload)
    assert state(one) == "ended"
    assert not list(one.keeper.disk.folder.glob("copy-*"))


def test_the_worker_ends_what_is_over_and_the_hub_forgets_its_half_of_the_key(
    one: Any, moment: Any
) -> None:
    assert end_expired(moment + timedelta(days=29)) == 0
    assert end_expired(moment + timedelta(days=31)) == 1
    replica = Replica.objects.get()
    assert (replica.state, replica.lock_box) == ("ended", None)


def test_not_heard_for_its_hours_it_locks_and_opens_again_when_the_hub_is_back(
    one: Any, upload: Fingerprint
) -> None:
    one.way.mode = DOWN
    one.clock.moved_s = 23.9 * HOUR
    one.keeper.beat()
    assert one.edge.check(upload).verdict == "block"

    one.clock.moved_s = 24.1 * HOUR
    with pytest.raises(WithoutCopyError) as error:
        one.edge.check(upload)
    assert error.value.why == "locked"
    one.keeper.beat()
    assert not one.keeper.memory.bank.exists()
    assert not one.keeper.memory.lock_half.exists(), "the disk would still open"
    one.kill()
    one.start()
    with pytest.raises(WithoutCopyError):
        one.edge.check(upload)

    one.way.mode = PASS
    fetched = len([a for a in one.way.asked if "/entries" in a])
    one.follow()
    assert one.edge.check(upload).verdict == "block"
    assert len([a for a in one.way.asked if "/entries" in a]) == fetched, "it was fetched anew"


def test_a_clock_that_is_set_back_gives_no_longer_lease(one: Any, upload: Fingerprint) -> None:
    one.way.mode = DOWN
    one.clock.moved_s = 23.9 * HOUR
    one.keeper.beat()
    one.clock.moved_s = 0.0
    one.keeper.beat()
    assert one.edge.status()["age_s"] > 23 * HOUR
    assert one.edge.check(upload).to_dict()["edge"]["age_s"] > 23 * HOUR
    one.clock.moved_s = 24.1 * HOUR
    one.keeper.beat()
    one.clock.moved_s = 0.0
    with pytest.raises(WithoutCopyError):
        one.edge.check(upload)


@pytest.mark.parametrize(
    ("choice", "verdict"), [(WithoutCopy.CLEAR, "clear"), (WithoutCopy.HOLD, "hold")]
)
def test_without_a_copy_it_does_what_the_platform_chose_and_says_so(
    site: Any, upload: Fingerprint, choice: WithoutCopy, verdict: str
) -> None:
    one = site().start(without_copy=choice)
    answer = one.edge.check(upload)
    assert answer.verdict == verdict
    assert answer.to_dict()["edge"]["without_copy"] == "empty"
    assert one.edge.status()["without_copy"] == str(choice)


def test_the_choice_has_no_default(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAYDOWN_EDGE_WITHOUT_COPY", raising=False)
    with pytest.raises(ConfigError, match="clear, hold or refuse"):
        Edge(site().settings().memory)


def test_killed_it_starts_again_without_the_hub_and_forgets_no_withdrawal(
    one: Any, entry: Entry, upload: Fingerprint, moment: Any
) -> None:
    withdraw_entry(entry_id=entry.pk, actor="person", now=moment, reason="she asked")
    one.keeper.step()
    one.way.mode = DOWN
    one.kill()
    for left in ("bank", "facts", "facts-wal", "facts-shm", "state"):
        (one.settings().memory / left).unlink(missing_ok=True)
    one.start()
    assert state(one) == "ready"
    assert one.edge.check(upload).verdict == "clear"


@pytest.mark.parametrize("where", ["Facts.put", "Memory.say", "BankFile.remove"])
def test_killed_between_two_writes_of_a_change_it_is_felt_when_the_keeper_is_back(
    one: Any,
    entry: Entry,
    upload: Fingerprint,
    confirmed: Any,
    drawn_fingerprint: Drawn,
    moment: Any,
    where: str,
) -> None:
    def die(*_: Any, **given: Any) -> Any:
        if where != "Memory.say" or "seq" in given:
            raise KilledError
        return said(*_, **given)

    said = Memory.say
    owner = {"Facts": Facts, "Memory": Memory, "BankFile": BankFile}[where.partition(".")[0]]
    assert one.edge.check(upload).verdict == "block"
    confirmed(drawn_fingerprint(2))
    withdraw_entry(entry_id=entry.pk, actor="person", now=moment, reason="she asked")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(owner, where.partition(".")[2], die)
        with pytest.raises(KilledError):
            one.keeper.step()
    one.keeper.close()

    one.way.mode = DOWN
    one.keeper = Keeper(one.settings(), clock=one.clock, wait_s=0.0)
    one.keeper.begin()
    assert one.edge.check(drawn_fingerprint(2)).verdict == "block"
    assert one.edge.check(upload).verdict == "clear"
    assert one.keeper.memory.page().seq == EntryChange.objects.order_by("-seq")[0].seq
    one.keeper.tidy()
    assert upload.signals[0].raw not in one.keeper.memory.bank.read_bytes()


def test_ended_in_order_nothing_decrypted_stays_in_memory(one: Any, upload: Fingerprint) -> None:
    one.keeper.stop()
    raw = upload.signals[0].raw
    assert not any(raw in p.read_bytes() for p in plain_files(one.keeper.memory.folder))
    with pytest.raises(WithoutCopyError):
        one.edge.check(upload)
    one.way.mode = DOWN
    one.kill()
    one.start()
    assert one.edge.check(upload).verdict == "block"


def test_after_a_reboot_it_waits_for_the_hub_unless_the_platform_chose_otherwise(
    one: Any, upload: Fingerprint
) -> None:
    def reboot(**more: Any) -> None:
        one.keeper.stop()
        one.kill()
        for path in plain_files(one.settings().memory):
            path.unlink()
        one.start(**more)

    one.way.mode = DOWN
    reboot()
    with pytest.raises(WithoutCopyError):
        one.edge.check(upload)
    one.way.mode = PASS
    reboot(survives_reboot=True)
    one.follow()
    beside = one.folder / "secrets" / "edge.key.hub"
    assert stat.S_IMODE(beside.stat().st_mode) == 0o600
    one.way.mode = DOWN
    reboot(survives_reboot=True)
    assert one.edge.check(upload).verdict == "block"


@pytest.mark.parametrize("name", ["copy-*", "changes-*", "agreement", "reports"])
@pytest.mark.parametrize("damage", ["flipped", "emptied"])
def test_a_damaged_disk_costs_a_fetch_and_never_an_old_answer(
    one: Any, upload: Fingerprint, confirmed: Any, drawn_fingerprint: Drawn, name: str, damage: str
) -> None:
    confirmed(drawn_fingerprint(2))
    one.keeper.step()
    confirmed(drawn_fingerprint(3))
    one.keeper.step()
    one.keeper.stop()
    one.kill()
    (path,) = one.settings().data.glob(name)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 3] ^= 0x10
    path.write_bytes(bytes(raw) if damage == "flipped" else b"")
    one.start()
    one.follow()
    assert one.edge.check(upload).verdict == "block"
    assert one.edge.check(drawn_fingerprint(3)).verdict == "block"


def test_the_disk_alone_opens_nothing(one: Any, upload: Fingerprint) -> None:
    raw = upload.signals[0].raw
    files = list(plain_files(one.keeper.disk.folder))
    assert {"agreement"} < {p.name for p in files}
    assert not any(raw in p.read_bytes() for p in files)
    # Even with the private key beside it: the hub's half is missing.
    one.keeper.stop()
    one.kill()
    one.settings().memory.joinpath("lock").unlink()
    one.way.mode = DOWN
    one.start()
    assert state(one) == "empty"


def test_another_private_key_opens_nothing_of_what_the_hub_sends(one: Any) -> None:
    one.keeper.stop()
    one.kill()
    path = one.folder / "secrets" / "edge.key"
    path.unlink()
    make_key(path)
    one.start()
    with pytest.raises(HubError, match="does not open"):
        one.keeper.step()
    assert state(one) == "empty"


def test_a_key_of_no_agreement_is_refused(
    one: Any, platform: Any, key_for: Any, upload: Fingerprint
) -> None:
    one.keeper.stop()
    one.kill()
    one.api_key = key_for(platform, "replica")[1]
    one.start()
    with pytest.raises(HubRefusedError):
        one.keeper.step()
    assert one.edge.check(upload).verdict == "block", "a wrong key at the hub destroys nothing"


def test_files_belong_to_their_owner_alone(one: Any, drawn_fingerprint: Drawn) -> None:
    one.edge.check(drawn_fingerprint(1))
    for folder in (one.keeper.memory.folder, one.keeper.disk.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        for path in folder.rglob("*"):
            assert stat.S_IMODE(path.lstat().st_mode) & 0o077 == 0, path.name


def test_a_key_that_others_can_read_or_that_lies_among_the_data_is_refused(site: Any) -> None:
    one = site()
    path = one.folder / "secrets" / "edge.key"
    path.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        one.start()
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="among the data"):
        one.settings(data=one.folder / "secrets")


def test_two_keepers_never_keep_one_copy(one: Any) -> None:
    with pytest.raises(ConfigError, match="another edge replica"):
        Keeper(one.settings())


def test_a_folder_of_somebody_else_is_refused(site: Any, tmp_path: Path) -> None:
    if os.getuid() != 0:
        pytest.skip("needs a user who can give folders away")
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    os.chown(foreign, 12345, 12345)
    with pytest.raises(ConfigError, match="not a folder of this user"):
        site().start(memory=foreign)


def test_a_hub_with_another_database_is_copied_anew(
    one: Any, upload: Fingerprint, confirmed: Any, drawn_fingerprint: Drawn
) -> None:
    last = EntryChange.objects.order_by("-seq").first()
    assert last is not None
    EntryChange.objects.filter(pk=last.pk).update(actor="other", at="2026-01-01T00:00:00Z")
    one.keeper.step()
    one.follow()
    confirmed(drawn_fingerprint(9))
    one.follow()
    assert one.edge.check(upload).verdict == "block"
    assert one.edge.check(drawn_fingerprint(9)).verdict == "block"
