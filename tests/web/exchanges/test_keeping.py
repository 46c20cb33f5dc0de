"""Rows of fetches and of the outbox go when their time is over."""

from __future__ import annotations

from datetime import timedelta

import pytest

from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import take_in_entries
from staydown_web.base.retention import keeps
from staydown_web.exchanges.models import Contributed, Outgoing, Run
from staydown_web.exchanges.services import forget_old_rows

from .conftest import photo

pytestmark = pytest.mark.django_db


def test_old_fetches_go_and_the_one_under_way_stays(off, now) -> None:
    old = now - keeps("list_fetches") - timedelta(seconds=1)
    Run.objects.create(exchange=off, began_at=old, ended_at=old)
    under_way = Run.objects.create(exchange=off, began_at=old)
    young = Run.objects.create(exchange=off, began_at=now, ended_at=now)
    assert forget_old_rows(now) == 1
    assert set(Run.objects.all()) == {under_way, young}
    assert Event.objects.get(what="rows_forgotten").facts == {"kind": "list_fetches", "rows": 1}
    assert forget_old_rows(now) == 0


def test_what_was_told_goes_and_what_could_not_be_taken_back_stays(off, now) -> None:
    (taken,) = take_in_entries(
        bank=off.bank,
        raws=[photo("a").to_bytes()],
        origin=Entry.Origin.EXCHANGE,
        actor="system",
        now=now,
    )
    given = Contributed.objects.create(exchange=off, entry_id=taken.entry_id, made_at=now)
    old = now - keeps("partner_words") - timedelta(seconds=1)

    def row(cause: int, state: str, **more: object) -> Outgoing:
        return Outgoing.objects.create(
            exchange=off,
            entry_id=taken.entry_id,
            what="withdrawn",
            cause=cause,
            state=state,
            next_try_at=old,
            made_at=old,
            done_at=old,
            **more,
        )

    row(1, "sent")
    row(2, "sent", contributed=given)
    row(3, "dead")
    kept = {row(4, "dead", contributed=given), row(5, "due")}
    forget_old_rows(now)
    assert set(Outgoing.objects.all()) == kept
