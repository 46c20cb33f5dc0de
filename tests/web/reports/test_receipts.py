"""Receipts: what they say, that they are made once, that nobody learns from them what is hidden."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from statement_scene import make_copy, make_task
from staydown.cli.verify.documents import judge
from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Order
from staydown_web.actions.services import answer_order, make_orders
from staydown_web.banks.services import close_segments
from staydown_web.base.sealing import installation_keys
from staydown_web.base.signing import (
    change_signing_key,
    destroy_old_keys,
    public_keys,
    signing_key,
)
from staydown_web.cases.models import Case
from staydown_web.cases.services import ask_withdrawal, cancel_withdrawal, settle_item
from staydown_web.reports.models import Document
from staydown_web.reports.services import (
    change_key,
    forget_receipts,
    make_receipt,
    make_receipts,
    sign_document,
)
from staydown_web.review.services import decide, make_decisions_firm
from web.reports.evidence_scene import digest_of, file_one, settle_first

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    yield
    close_segments()


def trusted() -> set[str]:
    return set(public_keys(installation_keys().folder))


def facts_in(data: bytes) -> dict[str, Any]:
    judged = judge(data, trusted=trusted())
    assert judged.is_signed, judged.why
    assert judged.document is not None
    return dict(judged.document["facts"])


def test_the_receipt_of_a_notice_says_what_came_when_and_names_files_by_commitment_alone(
    platform: Platform, bank: Any, now: datetime
) -> None:
    case = file_one(platform, now).case
    made = make_receipt(case=case, side="notifier", kind="notice_received", now=now)
    facts = facts_in(made.data)
    assert facts["case"] == case.number
    assert facts["filed_at"] == "2026-11-26T09:00:00Z"
    assert facts["notices"][0]["regime"] == "us-tida"
    assert facts["notices"][0]["due_at"] == "2026-11-28T09:00:00Z"
    assert len(facts["notices"][0]["signed_text_sha256"]) == 64
    assert [row["item"] for row in facts["files"]] == [1, 2]
    for forbidden in (digest_of(1), "Ada", "mail.example", "consent", "holiday", "media/1.jpg"):
        assert forbidden.encode() not in made.data


def test_the_same_facts_are_signed_once_and_new_facts_anew(
    platform: Platform, bank: Any, now: datetime, reviewer: User
) -> None:
    case = file_one(platform, now).case
    first = make_receipt(case=case, side="notifier", kind="notice_received", now=now)
    again = make_receipt(
        case=case, side="notifier", kind="notice_received", now=now + timedelta(days=1)
    )
    assert again.data == first.data
    order = ordered(platform, reviewer, now)
    made = make_receipt(order=order, side="platform", kind="order_made", now=now)
    Order.objects.filter(pk=order.pk).update(seen_at=now + timedelta(hours=1))
    order.refresh_from_db()
    changed = make_receipt(order=order, side="platform", kind="order_made", now=now)
    assert changed.data != made.data


def test_events_call_for_receipts_once(platform: Platform, bank: Any, now: datetime) -> None:
    case = file_one(platform, now).case
    settle_first(case, now)
    while make_receipts(now):
        pass
    kinds = list(case.documents.order_by("made_at", "kind").values_list("kind", flat=True))
    assert sorted(kinds) == ["item_decided", "notice_received"]
    assert make_receipts(now) == 0


def test_a_decision_is_attested_with_its_outcome(
    platform: Platform, bank: Any, now: datetime
) -> None:
    case = file_one(platform, now).case
    settle_first(case, now, "kept")
    facts = facts_in(make_receipt(case=case, side="notifier", kind="item_decided", now=now).data)
    assert (facts["item"], facts["outcome"]) == (1, "kept")
    assert facts["decided_at"] == "2026-11-26T10:00:00Z"


def test_a_decision_that_waited_for_her_is_attested_with_the_moment_when_it_was_made(
    platform: Platform, bank: Any, now: datetime
) -> None:
    case = file_one(platform, now).case
    item, firm = case.items.order_by("position")[0], now + timedelta(hours=50)
    decided = now + timedelta(hours=1)
    settle_item(item=item, state="kept", actor="system", now=firm, answered_at=decided)
    while make_receipts(firm):
        pass
    facts = facts_in(make_receipt(case=case, side="notifier", kind="item_decided", now=firm).data)
    assert facts["decided_at"] == "2026-11-26T10:00:00Z"
    assert case.documents.filter(kind="item_decided").count() == 1


def person_at(case: Case, phrase: str) -> Client:
    client = Client()
    answer = client.post("/case/", {"number": case.number, "phrase": phrase})
    assert answer.status_code == 302
    return client


def test_her_page_hands_out_each_receipt_under_a_name_that_says_nothing(
    platform: Platform, bank: Any, now: datetime
) -> None:
    filed = file_one(platform, now)
    settle_first(filed.case, now)
    client = person_at(filed.case, filed.phrase)
    page = client.get("/case/page/").content.decode()
    assert "/case/file/1/" in page
    assert "/case/file/2/" in page
    answer = client.get("/case/file/2/")
    assert answer["Content-Disposition"] == 'attachment; filename="notes-2.json"'
    assert facts_in(answer.content)["outcome"] == "removed"
    assert client.get("/case/file/3/").status_code == 404
    assert client.get("/case/file/0/").status_code == 404


def test_a_withdrawal_and_one_that_only_seems_so_give_the_same_receipt(
    platform: Platform, bank: Any, now: datetime
) -> None:
    pages, said = [], []
    for is_feigned in (False, True):
        more = {"withdrawal_mode": "cooling", "safe_contact": "safe@mail.example"}
        filed = file_one(platform, now, **(more if is_feigned else {}))
        ask_withdrawal(case=filed.case, now=now)
        filed.case.refresh_from_db()
        if is_feigned:
            cancel_withdrawal(case=filed.case, now=now + timedelta(hours=1))
        else:
            assert filed.case.erased_at is not None
        client = person_at(filed.case, filed.phrase)
        page = client.get("/case/page/").content.decode()
        pages.append(page.count("/case/file/"))
        facts = facts_in(client.get("/case/file/1/").content)
        assert facts.pop("case") == filed.case.number
        said.append(facts)
        assert client.post("/case/files/").status_code == 302
    assert pages == [1, 1]
    assert said[0] == said[1] == {"asked_at": "2026-11-26T09:00:00Z"}


def test_receipts_of_an_erased_case_go_with_it(
    platform: Platform, bank: Any, now: datetime
) -> None:
    case = file_one(platform, now).case
    make_receipt(case=case, side="notifier", kind="notice_received", now=now)
    ask_withdrawal(case=case, now=now)
    make_receipts(now)
    assert forget_receipts(now) == 1
    assert list(case.documents.values_list("kind", flat=True)) == ["withdrawal_asked"]
    assert forget_receipts(now + timedelta(days=364)) == 0
    assert forget_receipts(now + timedelta(days=366)) == 1


def test_what_an_old_key_signed_stays_proven_after_the_key_was_changed(
    now: datetime, db: None, settings: Any, tmp_path: Path
) -> None:
    from staydown_web.base.keys import make_keys

    settings.STAYDOWN_KEYS = tmp_path / "keys"
    make_keys(tmp_path / "keys")
    before = sign_document(kind="notice_received", facts={"case": "C-1"}, now=now)
    old, new = change_key(now=now)
    after = sign_document(kind="notice_received", facts={"case": "C-1"}, now=now)
    assert list(public_keys(tmp_path / "keys")) == [new, old]
    assert judge(before.data, trusted=trusted()).key == old
    assert judge(after.data, trusted=trusted()).key == new
    assert judge(before.data, trusted=trusted()).is_signed
    names = sorted(path.name for path in (tmp_path / "keys" / "signing").iterdir())
    assert names == ["0001.json", "0001.pub", "0002.key"]
    said = judge((tmp_path / "keys" / "signing" / "0001.json").read_bytes(), trusted={old})
    assert said.is_signed
    assert said.document is not None
    assert said.document["facts"]["new"] == new


def test_the_public_keys_are_open_to_everybody(client: Client, db: None) -> None:
    answer = client.get("/key/")
    assert answer.status_code == 200
    assert answer.content.count(b"BEGIN PUBLIC KEY") >= 1
    assert b"PRIVATE" not in answer.content


def test_a_document_signed_twice_at_the_same_moment_counts_once(
    platform: Platform, bank: Any, now: datetime
) -> None:
    case = file_one(platform, now).case
    make_receipt(case=case, side="notifier", kind="notice_received", now=now)
    kept = Document.objects.get(case=case)
    copy = Document.objects.get(pk=kept.pk)
    assert (
        json.loads(make_receipt(case=case, side="notifier", kind="notice_received", now=now).data)[
            "signature"
        ]
        == json.loads(_file(copy))["signature"]
    )


def _file(document: Document) -> bytes:
    from staydown_web.reports.services import file_of

    return file_of(document).data


def test_a_key_of_another_service_is_unknown(now: datetime, db: None) -> None:
    made = sign_document(kind="notice_received", facts={}, now=now)
    assert judge(made.data, trusted={"0" * 64}).state == "unknown_key"
    assert judge(made.data, trusted=()).state == "unknown_key"


def ordered(platform: Platform, user: User, now: datetime) -> Order:
    """An order out of a decision that is firm."""
    task = make_task(platform, now, make_copy(platform, now, state="held"))
    decide(task=task, outcome="remove", grounds=["us-tida"], facts="", user=user, now=now)
    make_decisions_firm(now + timedelta(minutes=2))
    make_orders(now + timedelta(minutes=2))
    return Order.objects.order_by("seq").last() or pytest.fail("no order was made")


def test_a_platform_fetches_the_receipt_of_its_order_and_nobody_elses(
    platform: Platform, bank: Any, reviewer: User, now: datetime, key_for: Any, other_platform: Any
) -> None:
    order = ordered(platform, reviewer, now)
    mine, theirs = (key_for(one, "orders")[1] for one in (platform, other_platform))
    address = f"/api/v1/orders/{order.pk}/receipt"
    answer = Client(headers={"Authorization": f"Bearer {mine}"}).get(address)
    facts = facts_in(answer.content)
    assert (facts["order"], facts["what"], facts["state"]) == (str(order.pk), "remove", "waiting")
    foreign = Client(headers={"Authorization": f"Bearer {theirs}"}).get(address)
    assert foreign.status_code == 404
    answer_order(
        order_id=order.pk,
        platform_id=platform.pk,
        state="done",
        note="Gone.",
        actor="system",
        now=now + timedelta(hours=1),
    )
    later = Client(headers={"Authorization": f"Bearer {mine}"}).get(address)
    facts = facts_in(later.content)
    assert (facts["state"], facts["answered_at"]) == ("done", "2026-11-26T10:00:00Z")
    assert b"Gone." not in later.content
    assert json.loads(answer.content)["kind"] == "order_made"
    assert json.loads(later.content)["kind"] == "order_answered"


def test_a_platform_fetches_the_receipt_of_the_decision_that_its_order_carries_out(
    platform: Platform, bank: Any, reviewer: User, now: datetime, key_for: Any, other_platform: Any
) -> None:
    order = ordered(platform, reviewer, now)
    mine, theirs = (key_for(one, "orders")[1] for one in (platform, other_platform))
    address = f"/api/v1/orders/{order.pk}/receipt?of=decision"
    answer = Client(headers={"Authorization": f"Bearer {mine}"}).get(address)
    assert json.loads(answer.content)["kind"] == "decision_made"
    facts = facts_in(answer.content)
    assert (facts["decision"], facts["outcome"]) == (str(order.decision_id), "remove")
    assert facts["grounds_in_words"] == ["United States: TAKE IT DOWN Act"]
    foreign = Client(headers={"Authorization": f"Bearer {theirs}"}).get(address)
    assert foreign.status_code == 404
    Order.objects.filter(pk=order.pk).update(decision=None)
    none = Client(headers={"Authorization": f"Bearer {mine}"}).get(address)
    assert (none.status_code, none.json()["code"]) == (404, "record_not_found")
    odd = Client(headers={"Authorization": f"Bearer {mine}"}).get(address + "s")
    assert odd.status_code == 422


def test_events_of_decisions_and_orders_call_for_receipts_of_the_platform(
    platform: Platform, bank: Any, reviewer: User, now: datetime
) -> None:
    order = ordered(platform, reviewer, now)
    while make_receipts(now):
        pass
    kinds = Document.objects.filter(side="platform").values_list("kind", flat=True)
    assert {"decision_made", "order_made"} <= set(kinds)
    facts = facts_in(_file(Document.objects.filter(kind="decision_made", side="platform")[0]))
    assert order.decision is not None
    assert facts["decision"] == str(order.decision.pk)
    assert facts["task"] == order.decision.task.number


def test_whoever_uploaded_it_gets_a_receipt_without_a_trace_of_the_notice(
    platform: Platform, bank: Any, reviewer: User, now: datetime, client: Client
) -> None:
    order = ordered(platform, reviewer, now)
    assert order.decision is not None
    made = make_receipt(decision=order.decision, side="uploader", kind="decision_made", now=now)
    facts = facts_in(made.data)
    assert facts["outcome"] == "remove"
    assert "task" not in facts
    assert order.decision.task.number.encode() not in made.data
    assert client.get("/statement/unknown/receipt/").status_code == 404


def test_two_processes_that_start_at_once_sign_with_one_key(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(lambda _: signing_key(folder).fingerprint, range(32)))
    assert len(names) == 1
    assert [path.name for path in (folder / "signing").iterdir()] == ["0001.key"]


def test_a_kill_while_the_key_is_changed_loses_no_proof(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    before, after = change_signing_key(folder)  # and then the process dies
    assert signing_key(folder).fingerprint == after.fingerprint
    assert list(public_keys(folder)) == [after.fingerprint, before.fingerprint]
    assert destroy_old_keys(folder) == 1
    assert list(public_keys(folder)) == [after.fingerprint, before.fingerprint]
    assert not list((folder / "signing").glob(".new-*"))
