"""Entries are listed by bank, state, source and list; what is cut says how much more there is."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank, Entry, Import
from staydown_web.screening.models import Flood

pytestmark = pytest.mark.django_db


@pytest.fixture
def make(bank, today):
    """``make(state=…)``: an entry, each a minute younger than the one before."""

    def entry(**values) -> Entry:
        n = Entry.objects.count()
        given = {
            "bank": bank,
            "content_kind": "photo",
            "origin": "import",
            "box": b"sealed",
            "blind": f"{n:032x}",
            "created_at": today + timedelta(minutes=n),
            "claimed_at": today,
            **values,
        }
        return Entry.objects.create(**given)

    return entry


def listed(client, **query) -> list[str]:
    page = client.get(reverse("review:entries"), query)
    assert page.status_code == 200
    return re.findall(r'class="code" href="[^"]*/entries/([0-9a-f-]{36})/"', page.content.decode())


def ids(*entries: Entry) -> list[str]:
    return [str(entry.pk) for entry in entries]


def test_entries_of_an_imported_list_are_found(reviewer_client, reviewer, bank, make, today):
    batch = Import.objects.create(
        bank=bank, digest="d", state="done", count=2, actor="system", started_at=today
    )
    first, second = make(batch=batch), make(batch=batch, state="confirmed")
    other = Bank.objects.create(name="Partner list", slug="partner", created_at=today)
    theirs, hers = make(bank=other, origin="exchange"), make(origin="notice")

    assert listed(reviewer_client) == ids(hers, theirs, second, first)
    assert listed(reviewer_client, batch=str(batch.pk)) == ids(second, first)
    assert listed(reviewer_client, bank="partner") == ids(theirs)
    assert listed(reviewer_client, bank=bank.slug, state="seed", origin="import") == ids(first)
    assert listed(reviewer_client, state="disputed") == []
    assert len(listed(reviewer_client, bank="nowhere", state="x", batch="y")) == 4

    banks = reviewer_client.get(reverse("review:banks")).content.decode()
    assert f"{reverse('review:entries')}?bank=partner" in banks
    looked = Event.objects.filter(what="entries_listed", subject=f"bank:{other.pk}").get()
    assert (looked.actor, looked.facts["entries"]) == (f"user:{reviewer.pk}", 1)


def test_a_list_has_pages_that_keep_its_filter(reviewer_client, make) -> None:
    made = [make() for _ in range(52)]
    query = {"state": "seed", "bank": "reported"}
    page = reviewer_client.get(reverse("review:entries"), query).content.decode()
    assert "1 to 50 of 52" in page
    assert "?bank=reported&amp;state=seed&amp;page=2" in page
    assert listed(reviewer_client, page="2", **query) == ids(made[1], made[0])
    assert listed(reviewer_client, page="99", **query) == ids(made[1], made[0])


def test_what_is_cut_says_how_many_more_and_leads_to_all(reviewer_client, make, today) -> None:
    put_aside = [make(quarantined_at=today) for _ in range(22)]
    floods = [make(state="confirmed") for _ in range(21)]
    for entry in floods:
        Flood.objects.create(entry=entry, hits_in_hour=40, usual_in_hour=1, at=today)
    page = reviewer_client.get(reverse("review:banks")).content.decode()
    assert "2 more: see all" in page
    assert "1 more: see all" in page
    assert len(listed(reviewer_client, state="quarantined")) == len(put_aside)
    assert set(listed(reviewer_client, state="wave")) == set(ids(*floods))
