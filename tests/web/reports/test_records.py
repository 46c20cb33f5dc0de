"""Records for police or court: what is in them, what never is, and that they can be checked."""

from __future__ import annotations

import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unicodedata import normalize
from uuid import UUID

import jsonschema
import pytest
from django.test import Client
from django.utils import translation
from pypdf import PdfReader

from partner_scene import doubt, give, make_list, make_member, tell
from statement_scene import decide_firmly, make_task
from staydown.cli.verify.archives import judge_archive
from staydown.cli.verify.summaries import summary_of
from staydown_web.accounts.models import Platform, User
from staydown_web.accounts.services import grant_approval
from staydown_web.actions.services import answer_order
from staydown_web.audit.models import Event
from staydown_web.audit.services import record_event
from staydown_web.banks.services import close_segments
from staydown_web.base.errors import NotAllowedError, RecordConflictError, TypesettingError
from staydown_web.base.sealing import installation_keys
from staydown_web.base.signing import public_keys
from staydown_web.cases.models import Case, Claim, Contact, Letter
from staydown_web.cases.selectors.timeline import SHOWN
from staydown_web.cases.services import (
    add_to_case,
    agree_to_partners,
    ask_withdrawal,
    cancel_withdrawal,
    settle_item,
    settle_location,
)
from staydown_web.reports.models import AuditTree
from staydown_web.reports.selectors.documents import moment
from staydown_web.reports.selectors.event_words import event_words
from staydown_web.reports.selectors.record_parts import moment_words
from staydown_web.reports.services import (
    ask_export,
    export_record,
    make_receipt,
    make_record,
    typesetting,
)
from staydown_web.reports.services.typeset_letters import LETTERS
from staydown_web.review.services import make_decisions_firm
from web.reports.evidence_scene import (
    HOSTILE,
    URL,
    digest_of,
    file_of,
    file_one,
    order_about,
    settle_first,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    yield
    close_segments()


@pytest.fixture
def case(platform: Platform, bank: Any, now: datetime) -> Case:
    made = file_one(platform, now).case
    settle_first(made, now)
    made.refresh_from_db()
    return made


OPEN_START = (
    "  first day",
    "not confirmed; times count as if the duty had begun, and it may begin later",
)


def trusted() -> set[str]:
    return set(public_keys(installation_keys().folder))


def files_in(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def facts_in(data: bytes) -> dict[str, Any]:
    return dict(json.loads(files_in(data)["record.json"])["facts"])


def text_of(pdf: bytes) -> str:
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return "\n".join(pages).replace("\u200b", "")


def record(case: Case, now: datetime, *, with_details: bool = True, language: str = "en") -> bytes:
    later = now + timedelta(hours=2)
    made = make_record(case=case, with_details=with_details, language=language, now=later)
    return made.data


def test_a_decision_in_time_that_waited_for_her_is_in_time_in_her_record(
    platform: Platform, bank: Any, now: datetime
) -> None:
    filed = file_one(platform, now, files=[file_of(1)], urls=[], place="The third picture")
    case, decided, firm = filed.case, now + timedelta(hours=1), now + timedelta(hours=50)
    item = case.items.get()
    settle_item(item=item, state="kept", actor="system", now=firm, answered_at=decided)
    data = make_record(case=case, with_details=False, language="en", now=firm).data
    text = " ".join(text_of(files_in(data)["record.pdf"]).split())
    assert "The website acted or decided on 2026-11-26 10:00:00 UTC (In time)" in text
    assert "Not removed 2026-11-26 10:00:00 UTC" in text
    clocks = [one for row in facts_in(data)["notices"] for one in row["clocks"]]
    assert {one["outcome"] for one in clocks} == {"kept"}


def test_a_record_says_that_a_taking_back_was_stopped_and_not_by_whom(
    case: Case, now: datetime
) -> None:
    Case.objects.update(withdrawal_mode="cooling")
    case.refresh_from_db()
    ask_withdrawal(case=case, now=now)
    friend = case.contacts.create(role="safe", state="confirmed", blind="x")
    cancel_withdrawal(case=case, now=now + timedelta(seconds=1))
    assert Event.objects.get(what="withdrawal_cancelled").actor == f"contact:{friend.pk}"
    files = files_in(record(case, now))
    text = " ".join(text_of(files["record.pdf"]).split())
    assert "The person who filed took back the request" in text
    assert "The taking back was stopped" in text
    assert str(friend.pk) not in files["record.json"].decode()
    assert "contact:" not in files["record.json"].decode()


def test_a_record_says_that_a_law_s_first_day_is_not_confirmed(
    platform: Platform, bank: Any, now: datetime
) -> None:
    case = file_one(platform, now, regimes=["us-tida", "uk-osa"]).case
    text = " ".join(text_of(files_in(record(case, now))["record.pdf"]).split())
    assert text.count("The day on which this duty begins is not confirmed.") == 1
    assert text.count("not confirmed") == 1
    assert text.count("We count the time as if it had begun.") == 1
    maybe = "If this duty is in force already, the website must act by"
    assert text.count(maybe) == 1
    assert text.count("The website must act by") == 2


def test_a_record_does_not_say_in_time_under_a_law_that_may_not_have_begun(
    platform: Platform, bank: Any, now: datetime
) -> None:
    case = file_one(platform, now, regimes=["uk-osa"]).case
    settle_first(case, now)
    data = record(case, now)
    text = " ".join(text_of(files_in(data)["record.pdf"]).split())
    assert "If this duty is in force already, the website must act by" in text
    assert "The website must act by" not in text
    assert "In time" not in text
    document = json.loads(files_in(data)["record.json"])
    jsonschema.validate(document, SCHEMA)
    assert summary_of(document).count(OPEN_START) == 1
    assert not any("in time" in value for _name, value in summary_of(document))


def test_a_record_of_a_law_that_has_begun_has_no_such_mark(case: Case, now: datetime) -> None:
    document = json.loads(files_in(record(case, now))["record.json"])
    assert OPEN_START not in summary_of(document)
    assert "is_start_open" not in json.dumps(document)


def test_a_time_limit_of_what_was_added_later_says_so(
    platform: Platform, bank: Any, now: datetime
) -> None:
    case = file_one(platform, now).case
    later = now + timedelta(hours=1)
    add_to_case(case=case, urls=[URL + "?2"], now=later)
    data = record(case, later)
    text = " ".join(text_of(files_in(data)["record.pdf"]).split())
    at = moment_words(moment(later))
    assert text.count(f"For what was added on {at} The website must act by") == 1
    jsonschema.validate(json.loads(files_in(data)["record.json"]), SCHEMA)


def test_a_record_says_what_partners_were_told(case: Case, now: datetime) -> None:
    agree_to_partners(case=case, now=now)
    entry_id = Claim.objects.filter(item__case=case).values_list("entry_id", flat=True)[0]
    given = give(make_list("List One", now), entry_id, now)
    doubt(given, now + timedelta(hours=1))
    tell(make_member("Second Forum", now), entry_id, "withdraw", now + timedelta(hours=1))
    data = record(case, now)
    later = "2026-11-26T10:00:00Z"
    assert [(one["partner"], one["what"]) for one in facts_in(data)["partners"]] == [
        ("List One", "given"),
        ("List One", "doubted"),
        ("Second Forum", "withdrawn"),
    ]
    assert [one["at"] for one in facts_in(data)["partners"]][1:] == [later, later]
    jsonschema.validate(json.loads(files_in(data)["record.json"]), SCHEMA)
    text = " ".join(text_of(files_in(data)["record.pdf"]).split())
    assert "What partners were told" in text
    assert "List One Given the fingerprints" in text
    assert "Second Forum Asked to delete the fingerprints" in text
    assert "Partners were allowed to look for the pictures too" in text


def test_a_record_is_whole_and_anybody_can_check_it_without_the_service(
    case: Case, now: datetime, tmp_path: Path, client: Client
) -> None:
    data = record(case, now)
    files = files_in(data)
    assert sorted(files) == ["contents.json", "key-inside.pem", "record.json", "record.pdf"]
    assert judge_archive(data, trusted=trusted()).is_signed
    assert hashlib.sha256(files["record.json"]).hexdigest() in text_of(files["record.pdf"])
    (tmp_path / "notes.zip").write_bytes(data)
    (tmp_path / "key-inside.pem").write_bytes(files["key-inside.pem"])
    (tmp_path / "key.pem").write_bytes(client.get("/key/").content)
    done = verified(tmp_path, "notes.zip", "--key", "key.pem")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = " ".join(done.stdout.split())
    for words in (case.number, "TAKE IT DOWN Act, 47 USC 223a", "2026-11-28 09:00:00 UTC"):
        assert words in lines
    for name in ("key-inside.pem", "record.json", "record.pdf"):
        assert f"{name} unchanged" in lines
    # The key that came with it proves nothing, and neither does no key at all.
    for given in (["--key", "key-inside.pem"], []):
        done = verified(tmp_path, "notes.zip", *given)
        assert done.returncode == 3
        assert "NOT PROVEN" in done.stdout
        assert "/key/" in done.stdout


def verified(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``staydown verify`` in a process of its own, as somebody else would run it."""
    command = [sys.executable, "-m", "staydown.cli", "verify", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_the_document_sends_for_the_key_to_the_service_and_not_to_the_zip(
    case: Case, now: datetime
) -> None:
    text = " ".join(text_of(files_in(record(case, now))["record.pdf"]).split())
    assert "/key/" in text
    assert "A key that came with the file proves nothing" in text
    assert "It is not proven that what people stated is true" in text
    assert "key-inside.pem" not in text
    assert next(iter(trusted())) in text


def test_the_document_says_what_happened_in_words_with_law_zone_and_signature(
    case: Case, now: datetime
) -> None:
    facts = facts_in(record(case, now))
    text = " ".join(text_of(files_in(record(case, now))["record.pdf"]).split())
    assert "The notice was complete in law (United States: TAKE IT DOWN Act)" in text
    assert "Item 1: removed" in text
    assert "Signed on 2026-11-26 09:00:00 UTC" in text
    assert facts["notices"][0]["law"] == "TAKE IT DOWN Act, 47 USC 223a"
    for event in Event.objects.filter(case_id=case.pk):
        assert event.what not in text


def test_every_event_that_a_page_shows_has_words_for_the_document() -> None:
    kept = {"case_erased"}  # of an erased case there is no record
    for what in set(SHOWN) - kept:
        assert event_words(what, {}, item="Item 1", place="forum.example"), what


def test_orders_come_with_the_proof_of_their_delivery(
    case: Case, platform: Platform, reviewer: User, now: datetime
) -> None:
    order = order_about(case, platform, reviewer, now)
    files = files_in(record(case, now))
    facts = json.loads(files["record.json"])["facts"]
    (said,), (place,) = facts["orders"], facts["places"]
    assert (said["order"], said["what"]) == (str(order.pk), "remove")
    assert (said["place"], place["address"]) == (place["id"], URL)
    assert [(one["at"], one["http_status"]) for one in said["tries"]] == [
        ("2026-11-26T09:02:00Z", 503),
        ("2026-11-26T09:03:00Z", 204),
    ]
    assert [one["at"] for one in said["delivered"]] == ["2026-11-26T09:03:00Z"]
    text = " ".join(text_of(files["record.pdf"]).split())
    assert "2026-11-26 09:03:00 UTC" in text
    assert "Waiting for the platform" in text


def test_that_the_other_side_complained_is_not_in_her_record(case: Case, now: datetime) -> None:
    for side in ("uploader", "notifier"):
        facts = {"side": side, "state": "open"}
        told(case, now, "complaint_filed", facts)
        for outcome in ("stands", "reversed"):
            told(case, now, "complaint_told", {"side": side, "outcome": outcome, "was": "remove"})
    files = files_in(record(case, now))
    events = json.loads(files["record.json"])["facts"]["audit"]["events"]
    named = [event for event in events if "complaint" in str(event)]
    assert [event.get("what", "") or event["fields"][2] for event in named] == [
        "complaint_filed",
        "complaint_told",
        "complaint_told",
    ]
    assert not [event for event in named if "uploader" in str(event)]
    back = [event for event in events if event.get("what") == "reversal_told"]
    assert [(event["subject"], event["facts"]) for event in back] == [("", {})]
    text = " ".join(text_of(files["record.pdf"]).split())
    assert "The person who filed asked for another look" in text
    assert "Another reviewer reversed the removal" in text
    for said in ("uploaded it complained", "did not agree", "was answered"):
        assert said not in text


def told(case: Case, now: datetime, what: str, facts: dict[str, str]) -> None:
    """One event of a complaint, as it is recorded."""
    record_event(
        what=what, actor="system", at=now, case_id=case.pk, subject="complaint:1", facts=facts
    )


def test_it_says_what_happened_with_digests_of_the_files_as_she_gave_them(
    case: Case, now: datetime
) -> None:
    facts = facts_in(record(case, now))
    assert facts["case"]["number"] == case.number
    assert facts["person"]["name"] == "Ada Example"
    assert facts["places"][0]["address"] == URL
    first = facts["items"][0]
    assert first["state"] == "removed"
    assert first["files"][0]["sha256"] == digest_of(1)
    kinds = [one["kind"] for one in facts["receipts"]]
    assert kinds == ["notice_received", "item_decided"]
    named = facts["receipts"][0]["facts"]["files"][0]["commitment"]
    assert named == first["files"][0]["commitment"]


def test_it_holds_no_perceptual_hash_and_no_picture(case: Case, now: datetime) -> None:
    files = files_in(record(case, now))
    pdq = [signal.value for signal in file_of(1).fingerprint.signals if signal.type == "pdq"]
    for data in files.values():
        assert pdq[0].encode() not in data
        assert b"windows/1" not in data
        assert b"timeline" not in data
    assert not any(page.images for page in PdfReader(io.BytesIO(files["record.pdf"])).pages)


def test_without_her_details_nothing_names_her(case: Case, now: datetime) -> None:
    files = files_in(record(case, now, with_details=False))
    text = files["record.json"].decode() + text_of(files["record.pdf"])
    for word in ("Ada", "mail.example", "consent", "holiday"):
        assert word not in text
    assert "person" not in json.loads(files["record.json"])["facts"]


def test_every_event_of_the_page_stands_in_the_signed_audit(case: Case, now: datetime) -> None:
    for number in range(9):  # events of others, before and after
        record_event(what="key_created", actor="system", at=now, facts={"number": number})
    facts = facts_in(record(case, now))
    proven = {event["seq"] for event in facts["audit"]["events"]}
    shown = Event.objects.filter(
        case_id=case.pk, what__in=["case_filed", "notice_valid", "item_settled"]
    )
    assert {event.seq for event in shown} <= proven
    whole = [event for event in facts["audit"]["events"] if "fields" in event]
    assert {event["fields"][2] for event in whole} >= {"case_filed", "item_settled"}


def test_a_record_made_again_signs_no_more_of_the_audit(case: Case, now: datetime) -> None:
    record(case, now)
    trees = AuditTree.objects.count()
    record(case, now)
    assert AuditTree.objects.count() == trees


def test_an_event_changed_in_the_database_before_the_record_shows(
    case: Case, now: datetime
) -> None:
    record(case, now)  # signs the audit as it is
    event = Event.objects.filter(case_id=case.pk, what="item_settled").get()
    Event.objects.filter(pk=event.pk).update(facts={"state": "kept", "case_state": "valid"})
    again = record(case, now)
    found = judge_archive(again, trusted=trusted())
    assert found.state == "changed"
    assert "event" in found.why


def test_events_that_her_page_hides_are_not_in_her_record(case: Case, now: datetime) -> None:
    Contact.objects.filter(case=case).delete()
    for what in ("contact_confirmed", "entry_confirmed", "copy_blocked"):
        record_event(what=what, actor="system", at=now, case_id=case.pk)
    facts = facts_in(record(case, now))
    told = json.dumps(facts["audit"]["events"])
    for what in ("contact_confirmed", "entry_confirmed", "copy_blocked"):
        assert what not in told


def test_letters_to_a_safe_contact_are_never_named(
    platform: Platform, bank: Any, now: datetime
) -> None:
    case = file_one(platform, now, safe_contact="safe@mail.example").case
    for contact in case.contacts.all():
        Letter.objects.create(
            contact=contact,
            template="news" if contact.role == "notifier" else "withdrawal",
            state="sent",
            next_try_at=now,
            made_at=now,
            sent_at=now,
        )
    facts = facts_in(record(case, now))
    assert [letter["what"] for letter in facts["letters"]] == ["news"]


@pytest.mark.parametrize("language", ["en", "es", "fr", "de"])
def test_the_document_is_tagged_with_title_and_language(
    case: Case, now: datetime, language: str
) -> None:
    pdf = PdfReader(io.BytesIO(files_in(record(case, now, language=language))["record.pdf"]))
    root = pdf.trailer["/Root"]
    assert root["/Lang"] == language
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert case.number in str(pdf.metadata.title if pdf.metadata else "")
    assert case.number in pdf.pages[0].extract_text()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_in_every_field_are_shown_as_words(
    platform: Platform, bank: Any, now: datetime, text: str
) -> None:
    case = file_one(
        platform,
        now,
        statement=text,
        name=text[:90],
        signature=text[:90],
        files=[file_of(1, name=text[:90])],
    ).case
    files = files_in(record(case, now))
    kept = json.loads(files["record.json"])["facts"]["person"]
    shown = "".join(typesetting.writable(kept["statement"]).split())
    found = "".join(text_of(files["record.pdf"]).split())
    # A reader of PDFs gives words that run from right to left in another order: count letters.
    assert not Counter(shown[:60]) - Counter(found)
    assert shown[:20] in found or not shown.isascii()
    assert "rootx:0" not in found


def test_letters_that_the_fonts_lack_are_written_as_numbers() -> None:
    assert typesetting.writable("Zoë 你\u202e\x00😀\n") == "Zoë [U+4F60][U+202E][U+0000][U+1F600]\n"


def test_every_letter_of_the_table_can_still_be_set(now: datetime) -> None:
    every = (chr(code) for first, last in LETTERS for code in range(first, last + 1))
    words = [f"a{letter}a" for letter in every if normalize("NFC", letter) == letter]
    # Ten in a paragraph: to read a page takes long, whatever is on it.
    texts = [" ".join(words[at : at + 10]) for at in range(0, len(words), 10)]
    pdf = typesetting.typeset(template="record.typ", data=shown_as(texts), at=now)
    assert "[U+" not in "".join(text_of(pdf).split())


def test_marks_that_cannot_be_set_upon_each_other_are_written_as_numbers(now: datetime) -> None:
    hostile = "".join(chr(code) for code in range(0x5C1, 0x5F3)) + " é"
    pdf = typesetting.typeset(template="record.typ", data=shown_as([hostile]), at=now)
    assert "[U+05C7]" in text_of(pdf)
    assert "é" in text_of(pdf)


def shown_as(texts: list[str]) -> dict[str, Any]:
    parts = [{"kind": "text", "text": text} for text in texts]
    return {
        "lang": "en",
        "title": "Letters",
        "author": "",
        "subtitle": "",
        "footer": "",
        "intro": [],
        "sections": [{"title": "All", "parts": parts}],
    }


def test_a_document_over_its_limits_is_an_error_without_its_words(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = {"title": "secret words"}
    with pytest.raises(TypesettingError) as caught:
        typesetting.typeset(template="record.typ", data=data, at=now)
    assert "secret" not in str(caught.value)
    monkeypatch.setattr(typesetting, "WITHIN_S", 0.001)
    with pytest.raises(TypesettingError, match="too long"):
        typesetting.typeset(template="record.typ", data=data, at=now)
    monkeypatch.setattr(typesetting, "MOST_DATA_BYTES", 10)
    with pytest.raises(TypesettingError, match="too much"):
        typesetting.typeset(template="record.typ", data=data, at=now)


def test_a_failed_document_leaves_nothing_half_done(
    case: Case, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typesetting, "WITHIN_S", 0.001)
    with pytest.raises(TypesettingError):
        record(case, now)
    assert not Event.objects.filter(what="export_made").exists()
    monkeypatch.undo()
    record(case, now)
    assert Event.objects.filter(what="export_made", case_id=case.pk).count() == 1


def granted(case: Case, lead: User, admin: User, now: datetime) -> UUID:
    ask_export(case_number=case.number.lower(), reason="Court 12/26", user=lead, now=now)
    approval = lead.approvals_asked.get(what="case_export")
    grant_approval(approval_id=approval.pk, user=admin, now=now)
    return approval.pk


def test_staff_take_a_record_when_two_agreed_once_and_it_names_nobody(
    case: Case, now: datetime, lead: User, admin: User
) -> None:
    approval_id = granted(case, lead, admin, now)
    with pytest.raises(NotAllowedError):
        export_record(approval_id=approval_id, user=admin, language="en", now=now)
    made = export_record(approval_id=approval_id, user=lead, language="en", now=now)
    assert judge_archive(made.data, trusted=trusted()).is_signed
    files = files_in(made.data)
    text = files["record.json"].decode() + text_of(files["record.pdf"])
    for word in ("Ada", "mail.example", "consent", "holiday"):
        assert word not in text
    with pytest.raises(RecordConflictError):
        export_record(approval_id=approval_id, user=lead, language="en", now=now)
    assert "about the work inside the service; record.json names" in " ".join(text.split())
    event = Event.objects.get(what="export_made", case_id=case.pk)
    assert event.actor == f"user:{lead.pk}"
    assert event.facts["approval"] == str(approval_id)


def test_a_record_that_was_only_asked_for_is_not_handed_out(
    case: Case, now: datetime, lead: User
) -> None:
    ask_export(case_number=case.number, reason="Court", user=lead, now=now)
    approval = lead.approvals_asked.get(what="case_export")
    with pytest.raises(RecordConflictError):
        export_record(approval_id=approval.pk, user=lead, language="en", now=now)


def test_the_page_of_staff_asks_and_hands_out(
    case: Case, lead: User, admin: User, lead_client: Client, admin_client: Client
) -> None:
    wrong = lead_client.post("/staff/records/", {"number": "C-0000-0000", "reason": "Court"})
    assert wrong.status_code == 400
    lead_client.post("/staff/records/", {"number": case.number, "reason": "Court 12/26"})
    approval = lead.approvals_asked.get(what="case_export")
    assert case.number in admin_client.get("/staff/approvals/").content.decode()
    admin_client.post(f"/staff/approvals/{approval.pk}/", {"do": "grant"})
    approval.refresh_from_db()
    assert approval.state == "granted"
    assert "Take it" in lead_client.get("/staff/records/").content.decode()
    answer = lead_client.post(f"/staff/records/{approval.pk}/")
    assert answer["Content-Type"] == "application/zip"
    assert judge_archive(answer.content, trusted=trusted()).is_signed


def test_the_way_to_it_is_the_one_that_the_page_of_evidence_names(
    lead_client: Client, db: None
) -> None:
    text = (Path(__file__).parents[3] / "docs" / "evidence.md").read_text()
    sentence = text[text.index("*Audit* in the menu") : text.index("That one never holds")]
    assert re.findall(r"\*([^*]+)\*", sentence) == [
        "Audit",
        "Records for police or court",
        "Approvals",
    ]
    page = lead_client.get("/staff/queue/").content.decode()
    assert link_to(page, "Approvals")
    page = lead_client.get(link_to(page, "Audit")).content.decode()
    answer = lead_client.get(link_to(page, "Records for police or court"))
    assert answer.status_code == 200
    assert next(iter(trusted())) in answer.content.decode()


def link_to(page: str, words: str) -> str:
    """The address of the first link with these words."""
    found = re.search(rf'<a [^>]*?href="([^"]+)"[^>]*>{words}</a>', page)
    return found[1] if found else pytest.fail(f"no link {words}")


def test_her_page_hands_out_the_record_with_and_without_her_name(
    platform: Platform, bank: Any, now: datetime
) -> None:
    filed = file_one(platform, now)
    client = Client()
    client.post("/case/", {"number": filed.case.number, "phrase": filed.phrase})
    with_name = client.post("/case/files/", {"details": "1"})
    assert with_name["Content-Disposition"] == 'attachment; filename="notes.zip"'
    assert "person" in facts_in(with_name.content)
    assert "person" not in facts_in(client.post("/case/files/").content)


def test_translated_words_are_used(case: Case, now: datetime) -> None:
    with translation.override("de"):
        said = translation.gettext("Removed")
    text = text_of(files_in(record(case, now, language="de"))["record.pdf"])
    assert said in text


def test_receipts_records_and_lists_follow_the_schema_which_explains_every_member(
    case: Case, platform: Platform, reviewer: User, lead: User, admin: User, now: datetime
) -> None:
    order = order_about(case, platform, reviewer, now)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    files = files_in(record(case, now))
    documents = [json.loads(files[name]) for name in ("record.json", "contents.json")]
    facts = documents[0]["facts"]
    documents += facts["receipts"] + facts["audit"]["heads"]
    approval_id = granted(case, lead, admin, now)
    staff = export_record(approval_id=approval_id, user=lead, language="en", now=now)
    documents.append(json.loads(files_in(staff.data)["record.json"]))
    for side, kind in (("platform", "decision_made"), ("uploader", "decision_made")):
        made = make_receipt(decision=order.decision, side=side, kind=kind, now=now)
        documents.append(json.loads(made.data))
    documents.append(
        json.loads(make_receipt(order=order, side="platform", kind="order_made", now=now).data)
    )
    for one in documents:
        validator.validate(one)
        assert unexplained(one, SCHEMA, one["kind"]) == []
    for wrong in ({"more": 1}, {"kind": "other"}, {"signature": "x"}, {"facts": {"a": 0.5}}):
        assert not validator.is_valid({**documents[0], **wrong})
    for name in SCHEMA["$defs"]["case_record"]["required"]:
        lacking = {key: value for key, value in facts.items() if key != name}
        assert not validator.is_valid({**documents[0], "facts": lacking}), name
    kinds = {one["kind"] for one in documents}
    assert kinds >= {"case_record", "notice_received", "item_decided", "audit_tree", "order_made"}


SCHEMA = json.loads(
    (Path(__file__).parents[3] / "docs" / "document.schema.json").read_text(encoding="utf-8")
)


def unexplained(value: Any, schema: dict[str, Any], path: str) -> list[str]:
    """Members of a document that its schema says nothing of."""
    if isinstance(value, list):
        # Documents in a document, and an event's own facts, are explained where they belong.
        inner = schema.get("items", {"$ref": "#/$defs/object"})
        return [gap for part in value for gap in unexplained(part, inner, path)]
    if not isinstance(value, dict) or schema.get("$ref") == "#/$defs/object":
        return []
    gaps: list[str] = []
    for name, part in value.items():
        said = schema.get("properties", {}).get(name)
        if said is None or not said.get("description"):
            gaps.append(f"{path}.{name}")
        elif name == "facts" and "format" in value:
            kind = "order" if value["kind"].startswith("order_") else value["kind"]
            gaps += unexplained(part, SCHEMA["$defs"][kind], f"{path}.facts")
        else:
            gaps += unexplained(part, said, f"{path}.{name}")
    return gaps


def test_what_the_schema_does_not_explain_is_noticed() -> None:
    assert unexplained({"kind": "order_made", "more": 1}, SCHEMA, "x") == ["x.more"]
    facts = {"format": "", "kind": "item_decided", "facts": {"item": 1, "more": 1}}
    assert unexplained(facts, SCHEMA, "x") == ["x.facts.more"]


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ("", "ordered", "Ordered to be removed"),
        ("failed", "failed", "Not removed yet"),
        ("done", "removed", "Removed"),
    ],
)
def test_a_record_calls_removed_what_the_platform_removed(
    platform: Platform, bank: Any, reviewer: User, now: datetime, answer: str, code: str, words: str
) -> None:
    case = file_one(platform, now, files=[file_of(1)]).case
    order = order_about(case, platform, reviewer, now, item=case.items.get())
    if answer:
        answer_order(
            order_id=order.pk, platform_id=platform.pk, state=answer, note="", actor="system",
            now=now + timedelta(hours=1),
        )  # fmt: skip

    data = record(case, now)

    facts = facts_in(data)
    assert facts["items"][0]["state"] == code
    assert facts["places"][0]["state"] == code
    text = " ".join(text_of(files_in(data)["record.pdf"]).split())
    assert f"State {words} Added" in text
    assert "1 To be removed 2026-11-26 09:00:00 UTC" in text
    assert "Item 1: it was decided to remove it" in text
    assert ("Removed at 127.0.0.1" in text) == (answer == "done")


@pytest.mark.parametrize(
    ("outcome", "ground", "state", "words"),
    [
        ("remove", "us-tida", "removed", "it was decided to remove it"),
        ("restore", "not_here", "not_found", "nothing of it was found"),
    ],
)
def test_a_record_says_of_what_nobody_saw_what_was_decided_of_it(
    platform: Platform, bank: Any, reviewer: User, now: datetime, outcome: str, ground: str,
    state: str, words: str,
) -> None:  # fmt: skip
    case = file_one(platform, now, files=[file_of(1)]).case
    item, place = case.items.get(), case.locations.get()
    settle_location(location=place, state="not_found", reason="gone", now=now)
    case.locations.update(item=item)
    task = make_task(platform, now, case=case, item=item)
    decide_firmly(task, reviewer, now, outcome=outcome, grounds=(ground,))
    make_decisions_firm(now + timedelta(days=3))

    data = record(case, now + timedelta(days=3))

    facts = facts_in(data)
    assert facts["items"][0]["state"] == state
    assert facts["places"][0]["state"] == ("removed" if outcome == "remove" else "not_found")
    text = " ".join(text_of(files_in(data)["record.pdf"]).split())
    assert f"Item 1: {words}" in text
    if outcome == "restore":
        assert "State Nothing found Added" in text
        assert "1 Nothing found 2026-11-26" in text
        assert "Not removed" not in text
        assert "not removed" not in text


def test_a_record_says_that_a_copy_lay_at_another_address(
    platform: Platform, bank: Any, now: datetime
) -> None:
    case = file_one(platform, now, files=[file_of(1)]).case
    case.locations.update(media_box=b"sealed")
    settle_location(location=case.locations.get(), state="found", now=now)
    text = " ".join(text_of(files_in(record(case, now))["record.pdf"]).split())
    assert "Found at another address of the website" in text.replace("- ", "")
    assert "A copy was found at another address of 127.0.0.1" in text
    assert "A copy was found at 127.0.0.1" not in text


@pytest.mark.parametrize(("is_there", "where"), [(True, ""), (False, "another address of ")])
def test_a_record_calls_nothing_a_copy_where_an_address_alone_was_given(
    platform: Platform, bank: Any, now: datetime, is_there: bool, where: str
) -> None:
    case = file_one(platform, now, files=[]).case
    if not is_there:
        case.locations.update(media_box=b"sealed")
    settle_location(location=case.locations.get(), state="found", now=now)
    files = files_in(record(case, now))
    text = " ".join(text_of(files["record.pdf"]).split())
    assert f"A picture or video was found at {where}127.0.0.1" in text
    assert "A copy was found" not in text


def test_an_export_names_what_the_platform_answered() -> None:
    words = {state: event_words("order_answered", {"state": state}) for state in ("done", "failed")}
    assert words == {
        "done": "The platform answered that an order is done",
        "failed": "The platform answered that it could not do an order",
    }
    assert event_words("item_settled", {"state": "removed"}, item="Item 1") == "Item 1: removed"
