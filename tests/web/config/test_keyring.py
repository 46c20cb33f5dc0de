"""Keys are changed while everything goes on, and retired once nothing needs them."""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models

import staydown_web
from service_commands import VERIFY, staydown
from staydown_web.config.keyring.sealed_fields import OF_INSTALLATION, OF_OTHERS
from upgrade_scene import Installation, rows_of, upgraded_installation

ROOMS = Path(staydown_web.__file__).parent
OPEN_ALL = """
import json
from collections import Counter
from staydown_web.base.sealing import key_number, unseal
from staydown_web.config.keyring.sealed_fields import OF_INSTALLATION, every_row
found, fields = Counter(), Counter()
for one in OF_INSTALLATION:
    for row in every_row(one):
        unseal(row[one.column], context=one.context_of(row))
        found[key_number(row[one.column])] += 1
        fields[one.table + '.' + one.column] += 1
print(json.dumps([found, fields]))
"""


def opened(installation: Installation) -> tuple[dict[str, int], dict[str, int]]:
    """How many values are under which key, and in which field; all of them open."""
    numbers, fields = json.loads(installation.run(OPEN_ALL))
    return numbers, fields


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An installation with something in most fields."""
    with upgraded_installation(tmp_path) as found:
        yield found


def age(installation: Installation, pattern: str, *, seconds: int) -> None:
    """Let keys have been made earlier."""
    at = time.time() - seconds
    for path in (installation.home / "keys").glob(pattern):
        os.utime(path, (at, at))


def test_every_binary_field_is_listed_once() -> None:
    ours = {
        (f"{model._meta.app_label}.{model.__name__}", field.name)
        for model in apps.get_models()
        if model.__module__.startswith("staydown_web.")
        for field in model._meta.get_fields()
        if isinstance(field, models.BinaryField)
    }
    listed = [(one.table, one.column) for one in OF_INSTALLATION]
    others = [(table, name) for table, names in OF_OTHERS.items() for name in names]
    assert ours == {*listed, *others}, "say whose key seals it in config/keyring/sealed_fields.py"
    assert len(listed) == len(set(listed))


def shape(value: ast.expr, helpers: dict[str, str]) -> str:
    """A context as it is written in code, each value in it as ``{}``."""
    match value:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(p.value if isinstance(p, ast.Constant) else "{}" for p in parts)
        case ast.Call(func=ast.Name(id=name)) if name in helpers:
            return helpers[name]
        case ast.Name(id=name) if name in helpers:
            return helpers[name]
    return f"?{ast.unparse(value)}"


def shapes_in(tree: ast.Module, helpers: dict[str, str]) -> Iterator[str]:
    """The contexts of calls that seal under the installation's key."""
    names = {
        node.targets[0].id: shape(node.value, helpers)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        if isinstance(node.value, ast.Constant | ast.JoinedStr)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        called = node.func.id if isinstance(node.func, ast.Name) else called
        given = [word.value for word in node.keywords if word.arg == "context"]
        if called == "seal" and given:
            yield shape(given[0], {**names, **helpers})


def test_the_contexts_are_those_that_the_rooms_seal_with() -> None:
    trees, helpers = [], {"CONTEXT": "sender"}
    for path in sorted(ROOMS.rglob("*.py")):
        if path.parts[-2:] == ("base", "sealing.py") or "keyring" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        trees.append(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.endswith("_context"):
                returned = [one.value for one in node.body if isinstance(one, ast.Return)]
                if returned and node.name != "_context" and returned[0] is not None:
                    helpers[node.name] = shape(returned[0], {})
    found = {one for tree in trees for one in shapes_in(tree, helpers)}
    found = {"feed:{}:{}" if one.startswith("?_context(member") else one for one in found}
    listed = {re.sub(r"\{[^}]*\}", "{}", one.context) for one in OF_INSTALLATION}
    assert found == listed


def test_the_field_key_is_changed_and_retired_and_nothing_is_lost(
    installation: Installation,
) -> None:
    before, fields = opened(installation)
    assert set(before) == {"1"}
    assert len(fields) >= 3
    done = staydown(installation, "keys", "rotate", "field", "--wait", "2", "--json")
    assert f"{sum(before.values())} values sealed anew" in done["done"]
    after, same = opened(installation)
    assert (after, same) == ({"2": sum(before.values())}, fields)
    assert "come back in" in staydown(installation, "keys", "retire", "field", status=7)["said"]
    age(installation, "field-*.key", seconds=3700)
    staydown(installation, "keys", "retire", "field")
    assert not (installation.home / "keys/field.key").exists()
    assert opened(installation)[0] == after
    assert installation.run(VERIFY).split()[0] == "True"
    snapshots = list((installation.home / "segments").glob("*.sealed"))
    assert [b'"key": 2' in path.read_bytes()[:400] for path in snapshots] == [True]
    # And once more: the next one is the third.
    staydown(installation, "keys", "rotate", "field", "--wait", "2")
    assert set(opened(installation)[0]) == {"3"}


def test_a_change_that_is_killed_goes_on_with_the_same_key(installation: Installation) -> None:
    total = sum(opened(installation)[0].values())
    keys = installation.home / "keys"
    command = [sys.executable, "-m", "staydown", "keys", "rotate", "field", "--wait", "2"]
    for moment in ("field-0002.next", "field-0002.key"):
        process = subprocess.Popen(
            command, env=installation.environment(), stderr=subprocess.DEVNULL
        )
        while process.poll() is None and not (keys / moment).exists():
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.wait()
        numbers, _fields = opened(installation)
        assert sum(numbers.values()) == total
    staydown(installation, "keys", "rotate", "field", "--wait", "2")
    assert opened(installation)[0] == {"2": total}
    assert not list(keys.glob("field-0003*"))


def test_a_process_that_runs_meanwhile_never_stops(installation: Installation) -> None:
    """It seals and opens all the while, and what it sealed opens after the old key is gone."""
    writer = (
        "import json, sys, time\n"
        "from staydown_web.config.preparing import set_up_django\nset_up_django()\n"
        "from datetime import datetime, UTC\n"
        "from staydown_web.accounts.models import Platform\n"
        "from staydown_web.actions.models import Parcel\n"
        "from staydown_web.base.sealing import seal, unseal, key_number\n"
        "from staydown_web.hma.models import HmaCredentials\n"
        "now = datetime.now(UTC)\n"
        "def put(n):\n"
        "    api = f'kind-{n % 50}'\n"
        "    box = seal(str(n).encode(), context=f'hma-credentials:{api}')\n"
        "    HmaCredentials.objects.update_or_create(api=api, defaults=dict(box=box, set_at=now))\n"
        "    row = HmaCredentials.objects.get(api=api)\n"
        "    assert unseal(row.box, context=f'hma-credentials:{api}') == str(n).encode()\n"
        "    return key_number(row.box)\n"
        "n, seen = 0, []\n"
        "print('on', flush=True)\n"
        "until = time.time() + 60\n"
        "while time.time() < until:\n"
        "    number = put(n)\n"
        "    if number not in seen: seen.append(number)\n"
        "    n += 1\n"
        "    if len(seen) > 1 and n % 50 == 0: until = min(until, time.time() + 6)\n"
        "    time.sleep(0.01)\n"
        "print(json.dumps([n, seen]), flush=True)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", writer],
        env=installation.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    staydown(installation, "keys", "rotate", "field", "--wait", "2")
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors[-2000:]
    count, seen = json.loads(out)
    assert seen == [1, 2], f"of {count} values"
    age(installation, "field-*.key", seconds=3700)
    staydown(installation, "keys", "retire", "field")
    assert set(opened(installation)[0]) == {"2"}


def test_a_backup_of_before_the_change_keeps_its_own_keys(
    installation: Installation, tmp_path: Path
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    data, keys = tmp_path / "a/data.tar", tmp_path / "b/keys.tar"
    staydown(installation, "backup", data, "--keys-to", keys)
    staydown(installation, "keys", "rotate", "field", "--wait", "2")
    age(installation, "field-*.key", seconds=3700)
    staydown(installation, "keys", "retire", "field")
    if not installation.database_url:
        new = Installation(tmp_path / "new", "")
        said = staydown(*(new, "restore", data, "--keys", installation.home / "keys"), status=7)[
            "said"
        ]
        assert "field.key is missing" in said
        assert staydown(new, "restore", data, "--keys", keys, "--json")["fields"] > 0


def test_the_audit_key_is_changed_and_retired(installation: Installation) -> None:
    staydown(installation, "keys", "rotate", "audit")
    staydown(installation, "keys", "retire", "audit")
    keys = installation.home / "keys"
    assert sorted(path.name for path in keys.glob("audit*")) == [
        "audit-0002.key",
        "audit-0002.pub",
        "audit.pub",
    ]
    code = (
        "from staydown_web.audit.services import make_checkpoint, record_event\n"
        "from staydown_web.base.clock import utc_now\n"
        "record_event(what='case_seen', actor='system', at=utc_now())\n"
        "make_checkpoint(now=utc_now(), is_due=True)\n"
    )
    assert installation.run(code + VERIFY).split()[0] == "True"


def test_django_s_secret_is_changed_without_signing_anybody_out(
    installation: Installation,
) -> None:
    sign = "from django.core import signing\nprint(signing.dumps('who'))"
    read = "import sys\nfrom django.core import signing\nprint(signing.loads(sys.argv[1]))"
    old = installation.run(sign).strip()
    staydown(installation, "keys", "rotate", "django", "--wait", "2")
    new = installation.run(sign).strip()
    assert installation.run(read, old).strip() == installation.run(read, new).strip() == "who"
    assert "come back" in staydown(installation, "keys", "retire", "django", status=7)["said"]
    age(installation, "django-*.key", seconds=4 * 86_400)
    staydown(installation, "keys", "retire", "django")
    assert installation.run(read, new).strip() == "who"
    assert len(list((installation.home / "keys").glob("django*"))) == 1


def test_receipts_get_a_new_key_and_old_ones_are_proven(installation: Installation) -> None:
    staydown(installation, "keys", "rotate", "documents")
    names = sorted(path.name for path in (installation.home / "keys/signing").iterdir())
    assert names == ["0001.json", "0001.pub", "0002.key"]
    assert (
        "destroyed when it is changed"
        in staydown(installation, "keys", "retire", "documents", status=7)["said"]
    )


def test_the_list_tells_ages_and_no_key(installation: Installation) -> None:
    age(installation, "field.key", seconds=100 * 86_400)
    command = [sys.executable, "-m", "staydown", "keys", "list", "--json"]
    done = subprocess.run(
        command, env=installation.environment(), capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    by_kind: dict[str, Any] = {line["kind"]: line for line in lines}
    assert by_kind["field"]["days"] == 100
    assert {"field", "blind", "audit", "django", "cases"} <= set(by_kind)
    for path in (installation.home / "keys").rglob("*.key"):
        assert path.read_bytes().hex() not in done.stdout
    assert datetime.fromisoformat(by_kind["audit"]["made_at"]).tzinfo == UTC


MARKS_FIT = """
import json
from staydown_web.banks.models import Entry
from staydown_web.banks.services.entries import entry_blind
from staydown_web.base.sealing import layer_of, unseal, unseal_for_case
from staydown_web.cases.models import Contact
from staydown_web.cases.services.contacts import address_blind
from staydown_web.config.keyring.layers import MARKS, _marks
from staydown_web.screening.services.copies import account_key
layers, fits = {}, []
for table, column in MARKS:
    for _pk, mark in _marks(table, column, abs):
        layers.setdefault(f'{table}.{column}', []).append(layer_of(mark))
for entry in Entry.objects.exclude(box=None).filter(account_scope=''):
    fits.append(entry.blind == entry_blind(unseal(entry.box, context=f'entry:{entry.pk}')))
for contact in Contact.objects.exclude(box=None):
    address = unseal_for_case(contact.case_id, contact.box, context=f'contact:{contact.pk}')
    fits.append(contact.blind == address_blind(address))
print(json.dumps([layers, fits, account_key(Entry.objects.first().pk).hex()]))
"""


def test_another_layer_over_the_marks_and_what_is_equal_is_found_again(
    installation: Installation,
) -> None:
    before, fits, told = json.loads(installation.run(MARKS_FIT))
    assert len(before) >= 4
    assert len(fits) >= 6
    assert all(fits)
    for layer in (2, 3):
        done = staydown(installation, "keys", "rotate", "blind", "--json")
        assert f"{sum(map(len, before.values()))} marks" in done["done"]
        after, fits, same = json.loads(installation.run(MARKS_FIT))
        assert {column: len(found) for column, found in after.items()} == {
            column: len(found) for column, found in before.items()
        }
        assert {one for found in after.values() for one in found} == {layer}
        assert all(fits)
        assert same == told, "what others were told stays"
    opened(installation)
    said = staydown(installation, "keys", "retire", "blind", status=7)["said"]
    assert "inner layers" in said


def test_a_layer_that_is_cut_off_lets_no_service_start_and_is_ended(
    installation: Installation,
) -> None:
    half = (
        "from staydown_web.base.rings import read_ring\n"
        "from staydown_web.base.sealing import installation_keys\n"
        "from staydown_web.config.keyring.changing import bring_next\n"
        "from staydown_web.config.keyring.layers import lift_all\n"
        "folder = installation_keys().folder\n"
        "bring_next(folder, 'blind')\n"
        "lift_all(read_ring(folder, 'blind').next_key, 2)\n"
    )
    installation.run(half)
    said = staydown(installation, "worker", status=7)["said"]
    assert "rotate blind" in said
    done = staydown(installation, "keys", "rotate", "blind", "--json")
    assert "0 marks" in done["done"]
    layers, fits, _told = json.loads(installation.run(MARKS_FIT))
    assert {one for found in layers.values() for one in found} == {2}
    assert all(fits)


def test_marks_are_not_touched_while_somebody_uses_the_database(
    installation: Installation,
) -> None:
    code = (
        "import time\nfrom staydown_web.banks.models import Entry\nEntry.objects.count()\n"
        "print('on', flush=True)\ntime.sleep(120)\n"
    )
    begin = "from staydown_web.config.preparing import set_up_django\nset_up_django()\n"
    process = subprocess.Popen(
        [sys.executable, "-c", begin + code],
        env=installation.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        said = staydown(installation, "keys", "rotate", "blind", status=7)["said"]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert "the service runs" in said
    assert not list((installation.home / "keys").glob("blind-*"))


def test_every_purpose_of_a_mark_is_known_here() -> None:
    """A new kind of mark must get its column into ``layers.MARKS``; then it is named here too."""
    found = set()
    for path in sorted(ROOMS.rglob("*.py")):
        if path.parts[-2:] == ("base", "sealing.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            func = node.func
            called = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
            given = [word.value for word in node.keywords if word.arg == "purpose"]
            if called in {"blind", "mark_of"} and given:
                found.add(ast.unparse(given[0]).strip("'"))
    assert found == {
        "BLIND_PURPOSE",  # Entry.blind; halves of it in Received.signals
        "_KEY_PURPOSE",  # Received.blind
        "backup-code",  # StaticToken.token
        "contact",  # Contact.blind, Suspension.blind
        "content",  # Copy.group, Task.group
        "library",  # the same
        "f'document:{kind}",  # Document.mark
        "f'mark:{ENTRY}",  # Mark.blind
        "f'mark:{found.kind}",  # the same
        "f'object:{hook_id}",  # BucketObject.blind
        "f'tally:{what}",  # Tally.blind
        "idempotency",  # RememberedCheck.token_digest
        "import",  # Import.digest
        "look",  # Look.mark
        "reply",  # Reply.key
        "report-correction",  # Report.facts_digest
        "report-facts",  # the same
        "request",  # RememberedCheck.request_digest
        "sign-in:address",  # SignInCount.blind
        "sign-in:both",
        "sign-in:name",
        "site",  # Site.domain_blind
        "address",  # Location.url_blind, media_blind
    }


def test_two_changes_at_once_are_refused(installation: Installation) -> None:
    code = (
        "import sys, time\nfrom staydown_web.base.keys import keys_changing\n"
        "from staydown_web.base.sealing import installation_keys\n"
        "with keys_changing(installation_keys().folder):\n"
        "    print('held', flush=True)\n    time.sleep(60)\n"
    )
    begin = "from staydown_web.config.preparing import set_up_django\nset_up_django()\n"
    process = subprocess.Popen(
        [sys.executable, "-c", begin + code],
        env=installation.environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.readline()
    try:
        said = staydown(installation, "keys", "rotate", "field", status=7)["said"]
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert "another command" in said
    assert rows_of(installation)[1]["audit_event"]
