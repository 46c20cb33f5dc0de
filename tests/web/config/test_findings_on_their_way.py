"""Commands that copy or rewrite the database take with them what still lies in the tray."""

from __future__ import annotations

import os
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service_commands import staydown
from staydown_web.base.journal import Journal
from upgrade_scene import Installation, upgraded_installation

pytestmark = pytest.mark.skipif(
    bool(os.environ.get("DATABASE_URL")), reason="there is a tray on SQLite alone"
)

PUT = """
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.accounts.models import ApiKey
from staydown_web.accounts.services import Caller
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import add_entry
from staydown_web.base.clock import utc_now
from staydown_web.screening.services import check, recording, tray_path
from staydown_web.screening.services.tray import Tray
recording._recorder = recording.Recorder(Tray(tray_path()))
picture = Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, '0123456789abcdef' * 4, 100),))
bank = next(b for b in Bank.objects.all() if Entry.objects.filter(bank=b, origin='notice').exists())
add_entry(bank=bank, fingerprint=picture, origin=Entry.Origin.NOTICE, actor='system', now=utc_now())
key = ApiKey.objects.first()
outcome = check(
    caller=Caller(key.platform_id, key.pk, frozenset(['check'])), fingerprint=picture,
    url='https://forum.example/p/tray', account='somebody', content_ref='tray', now=utc_now(),
)
print(outcome.verdict)
"""

LOOK = """
from staydown_web.base.sealing import installation_keys, key_number
from staydown_web.screening.models import Copy
from staydown_web.screening.selectors import url_of
from staydown_web.screening.services.copies import account_blind
copy = Copy.objects.get(content_ref='tray')
print(url_of(copy))
print(key_number(copy.url_box) == installation_keys().field_number)
print(copy.account_blind == account_blind(copy.platform_id, 'somebody'))
"""


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An installation with a finding in its tray."""
    with upgraded_installation(tmp_path) as found:
        assert found.run(PUT).split() == ["hold"]
        assert waiting(found.home) == 1
        yield found


def waiting(home: Path) -> int:
    file = Journal(home / "findings.journal", size=0)
    try:
        return len(file.read(after=0, most=100))
    finally:
        file.close()


def test_a_backup_has_it(installation: Installation, tmp_path: Path) -> None:
    target = tmp_path / "away" / "data.tar"
    target.parent.mkdir()
    staydown(installation, "backup", target, "--json")
    with tarfile.open(target) as tar:
        assert not [name for name in tar.getnames() if "findings" in name]
        tar.extract("database.sqlite3", tmp_path, filter="data")
    with closing(sqlite3.connect(tmp_path / "database.sqlite3")) as copy:
        found = copy.execute("SELECT state FROM screening_copy WHERE content_ref = 'tray'")
        assert found.fetchall() == [("held",)]
    assert waiting(installation.home) == 0


def test_a_backup_is_made_without_a_tray_that_cannot_be_read(
    installation: Installation, tmp_path: Path
) -> None:
    (installation.home / "findings.journal").write_bytes(b"no journal" * 1000)
    (tmp_path / "away").mkdir()
    staydown(installation, "backup", tmp_path / "away" / "data.tar", "--json")
    assert (tmp_path / "away" / "data.tar").exists()


@pytest.mark.parametrize("change", [("field", "--wait", "2"), ("blind",)])
def test_a_change_of_keys_reaches_it(installation: Installation, change: tuple[str, ...]) -> None:
    staydown(installation, "keys", "rotate", *change, "--json")
    assert waiting(installation.home) == 0
    assert installation.run(LOOK).split() == ["https://forum.example/p/tray", "True", "True"]
