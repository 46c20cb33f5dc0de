"""A newer key beside the first: what it seals, what the older ones sealed, and who finds out."""

from __future__ import annotations

import secrets
import threading
from pathlib import Path
from typing import Any

import pytest

from staydown_web.base import sealing
from staydown_web.base.errors import ConfigError, SealError
from staydown_web.base.keys import keys_changing, keys_kept, load_keys, make_keys, missing_keys
from staydown_web.base.rings import file_name, numbers_in, read_ring
from staydown_web.base.sealing import Sealer, blind, installation_keys, lasting_name, seal, unseal


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    """Keys of their own; Django's secret is put back afterwards."""
    make_keys(tmp_path / "keys")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = settings.SECRET_KEY, []
    settings.STAYDOWN_KEYS = tmp_path / "keys"
    return tmp_path / "keys"


def add(folder: Path, ring: str, number: int, suffix: str = ".key") -> bytes:
    """A key beside those that are there."""
    path = folder / file_name(ring, number, suffix)
    key = secrets.token_bytes(32)
    path.write_bytes(key)
    path.chmod(0o600)
    return key


def look() -> None:
    """Let the second pass after which every process looks."""
    installation_keys()
    sealing._held.until = 0.0
    installation_keys()


def test_the_first_key_seals_as_it_always_did(folder: Path) -> None:
    box = seal(b"plain", context="entry:1")
    assert (box[0], len(box)) == (1, 1 + 12 + 5 + 16)
    assert unseal(box, context="entry:1") == b"plain"


def test_a_newer_key_seals_and_the_older_one_still_opens(folder: Path) -> None:
    old = seal(b"old", context="entry:1")
    sealer = Sealer()
    add(folder, "field", 2)
    look()
    new = seal(b"new", context="entry:1")
    assert sealing.key_number(old) == 1
    assert sealing.key_number(new) == 2
    assert [unseal(box, context="entry:1") for box in (old, new)] == [b"old", b"new"]
    assert sealing.key_number(Sealer().seal(b"x", context="c")) == 2
    numbers = {sealing.key_number(sealer.seal(b"x", context="c")) for _ in range(2)}
    assert numbers == {2}, "one that lives long follows"


def test_a_key_that_another_process_uses_already_is_found_at_once(folder: Path) -> None:
    installation_keys()
    key = add(folder, "field", 2)
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(12)
    box = b"\x02\x00\x02" + nonce + AESGCM(key).encrypt(nonce, b"theirs", b"entry:1")
    assert unseal(box, context="entry:1") == b"theirs"


def test_a_value_under_a_key_that_is_gone_says_so(folder: Path) -> None:
    old = seal(b"old", context="entry:1")
    add(folder, "field", 2)
    (folder / "field.key").unlink()
    look()
    with pytest.raises(SealError, match="retired"):
        unseal(old, context="entry:1")
    assert make_keys(folder) == [], "a retired first key is not made again"
    assert missing_keys(folder) == []


def test_a_number_cannot_be_changed_unseen(folder: Path) -> None:
    add(folder, "field", 2)
    add(folder, "field", 3)
    look()
    box = seal(b"plain", context="entry:1")
    for wrong in (box[:1] + b"\x00\x02" + box[3:], b"\x01" + box[3:], b"\x03" + box[1:], b"\x02"):
        with pytest.raises(SealError):
            unseal(wrong, context="entry:1")


def test_a_coming_key_is_taken_and_not_used(folder: Path) -> None:
    before = blind(b"value", purpose="contact")
    for ring in ("field", "blind", "django"):
        add(folder, ring, 2, ".next")
    look()
    assert sealing.key_number(seal(b"x", context="c")) == 1
    assert blind(b"value", purpose="contact") == before
    keys = installation_keys()
    assert (keys.field_number, sorted(keys.ciphers), len(keys.djangos)) == (1, [1, 2], 1)


def test_django_signs_with_the_newest_secret_and_takes_the_others(
    folder: Path, settings: Any
) -> None:
    from django.core import signing

    installation_keys()
    settings.SECRET_KEY = installation_keys().django.hex()
    old = signing.dumps("old")
    key = add(folder, "django", 2)
    look()
    assert key.hex() == settings.SECRET_KEY
    assert signing.loads(old) == "old"
    (folder / "django.key").unlink()
    look()
    with pytest.raises(signing.BadSignature):
        signing.loads(old)


def test_a_layer_changes_marks_but_not_their_length_nor_what_others_were_told(folder: Path) -> None:
    told = lasting_name(b"value", purpose="calendar")
    one = {digits: blind(b"value", purpose="contact", digits=digits) for digits in (16, 32, 64)}
    add(folder, "blind", 2)
    look()
    two = {digits: blind(b"value", purpose="contact", digits=digits) for digits in (16, 32, 64)}
    assert {digits: len(mark) for digits, mark in two.items()} == {16: 16, 32: 32, 64: 64}
    assert not set(one.values()) & set(two.values())
    assert {mark[0] for mark in two.values()} == {"g"}
    assert Sealer().blind(b"value", purpose="contact", digits=32) == two[32]
    assert lasting_name(b"value", purpose="calendar") == told


def test_keys_that_cannot_be_read_anew_go_on_working(folder: Path) -> None:
    before = installation_keys()
    add(folder, "field", 2)
    (folder / "field-0002.key").write_bytes(b"short")
    look()
    assert installation_keys().field == before.field
    with pytest.raises(ConfigError):
        load_keys(folder)


def test_a_missing_layer_is_an_error_and_never_another_mark(folder: Path) -> None:
    add(folder, "blind", 3)
    with pytest.raises(ConfigError, match="layer"):
        load_keys(folder)


def test_rings_read_their_own_files_alone(folder: Path) -> None:
    for name in ("field-0002.key.old", "field-2.key", "fields.key", ".new-x", "audit-0002.pub"):
        (folder / name).write_bytes(b"")
    assert numbers_in(folder, "field") == [1]
    assert read_ring(folder, "field").number == 1


def test_copies_and_changes_keep_out_of_each_other_s_way(folder: Path) -> None:
    waits = pytest.raises(ConfigError, match="wait")
    with keys_kept(folder), keys_kept(folder), waits, keys_changing(folder):
        pass
    with keys_changing(folder), pytest.raises(ConfigError), keys_kept(folder):
        pass
    assert (folder / ".lock").stat().st_mode & 0o077 == 0


def test_threads_share_a_cipher(folder: Path) -> None:
    wrong: list[object] = []

    def work(name: bytes) -> None:
        for number in range(300):
            plain = name * (number % 50 + 1)
            if unseal(seal(plain, context="c"), context="c") != plain:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(b"%d" % n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
