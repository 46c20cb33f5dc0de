"""A bank leaves as a file: asked by one, granted by another, used once by the command."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from review_scene import make_entry
from staydown.index import BankFile
from staydown_web.accounts.models import Approval
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import confirm_entries

pytestmark = pytest.mark.django_db

COMMAND = re.compile(
    r"staydown manage export-bank (?P<target>\S+) "
    r"--bank (?P<bank>\S+) --approval (?P<id>[0-9a-f-]+)"
)


@pytest.fixture
def confirmed(bank, today) -> Entry:
    entry = make_entry(bank, "citrus.jpg", today)
    confirm_entries(entry_ids=[entry.pk], actor="system", now=today)
    return entry


@pytest.fixture
def address(bank) -> str:
    return reverse("review:export", args=[bank.slug])


def ask(client, address):
    return client.post(address, {"reason": "A partner agreed to it."})


def answer(client, do: str):
    approval = Approval.objects.get()
    return client.post(reverse("review:answer_approval", args=[approval.pk]), {"do": do})


def read(client, address) -> str:
    return client.get(address).content.decode()


def test_asked_granted_by_another_and_used_once(
    lead_client, admin_client, bank, confirmed, address, tmp_path
) -> None:
    assert address in read(lead_client, reverse("review:banks"))
    assert ask(lead_client, address).status_code == 302
    waits = read(admin_client, reverse("review:approvals"))
    assert f"Let the bank “{bank.name}” leave as a file" in waits
    assert "It held 1 confirmed entry when this was asked" in waits
    assert not COMMAND.search(read(lead_client, address)), "not yet granted"
    answer(admin_client, "grant")
    asked = Approval.objects.get()
    assert asked.state == Approval.State.GRANTED

    page = read(lead_client, address)
    told = COMMAND.search(page)
    assert told is not None
    assert (told["bank"], told["id"]) == (bank.slug, str(asked.pk))
    assert "Holds until" in page
    assert re.search(r'class="chip done"><svg[^>]*><use href="#i-check"/></svg>Granted<', page)
    assert f"{asked.expires_at:%Y}" in page
    options = {"bank": told["bank"], "approval": told["id"]}
    call_command("export-bank", str(tmp_path / told["target"]), **options)
    with BankFile.open(tmp_path / told["target"], read_only=True) as file:
        assert len(file) == 1

    page = read(lead_client, address)
    assert not COMMAND.search(page)
    assert "by the command where the service runs: 1 entry" in page
    assert Event.objects.filter(what="export_made", facts__approval=str(asked.pk)).count() == 1
    with pytest.raises(CommandError, match=r"error\[record_conflict\]"):
        call_command("export-bank", str(tmp_path / "again.sdb"), **options)
    assert not (tmp_path / "again.sdb").exists()


def test_nobody_grants_their_own_export(lead_client, confirmed, address) -> None:
    ask(lead_client, address)
    assert answer(lead_client, "grant").status_code == 403
    assert Approval.objects.get().state == Approval.State.ASKED


def test_a_refused_export_leaves_nothing(
    lead_client, admin_client, bank, confirmed, address, tmp_path
) -> None:
    ask(lead_client, address)
    answer(admin_client, "refuse")
    page = read(lead_client, address)
    assert "Refused" in page
    assert not COMMAND.search(page)
    options = {"bank": bank.slug, "approval": str(Approval.objects.get().pk)}
    with pytest.raises(CommandError, match=r"error\[record_conflict\]"):
        call_command("export-bank", str(tmp_path / "x.sdb"), **options)
    assert not (tmp_path / "x.sdb").exists()


def test_a_grant_that_was_not_used_lapses(
    lead_client, admin_client, confirmed, address, today
) -> None:
    ask(lead_client, address)
    answer(admin_client, "grant")
    Approval.objects.update(expires_at=today - timedelta(minutes=1))
    page = read(lead_client, address)
    assert "Lapsed" in page
    assert not COMMAND.search(page)


def test_leads_alone_ask_and_an_empty_bank_is_not_exported(
    reviewer_client, lead_client, bank, address
) -> None:
    assert reviewer_client.get(address).status_code == 403
    assert ask(reviewer_client, address).status_code == 403
    assert b"the file would be empty" in ask(lead_client, address).content
    assert not Approval.objects.exists()
