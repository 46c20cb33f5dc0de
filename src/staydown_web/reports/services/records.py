"""The record of a case: a ZIP with the signed facts, the same as a document, and the keys."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation

from staydown.cli.verify.archives import CAME_WITH_RECORD, CONTENTS, RECORD
from staydown.cli.verify.canon import readable
from staydown.errors import StaydownError
from staydown_web.accounts.models import Approval, User
from staydown_web.accounts.services import ask_approval, use_approval
from staydown_web.audit.services import record_event
from staydown_web.base.errors import NotAllowedError, RecordConflictError, RecordNotFoundError
from staydown_web.base.sealing import installation_keys
from staydown_web.base.signing import public_keys, public_pem
from staydown_web.cases.models import Case
from staydown_web.cases.selectors import person_view
from staydown_web.reports.models import Document
from staydown_web.reports.selectors.exports import CASE_EXPORT
from staydown_web.reports.selectors.receipts import receipts_offered
from staydown_web.reports.selectors.record_pages import record_pages
from staydown_web.reports.selectors.records import are_proven, record_facts
from staydown_web.reports.services.receipts import keep_offered
from staydown_web.reports.services.signing import document_of, with_timestamp
from staydown_web.reports.services.stamping import ask_authority
from staydown_web.reports.services.trees import make_tree
from staydown_web.reports.services.typesetting import typeset

KEYS_INSIDE = "key-inside.pem"
_STAMP_WITHIN_S = 5.0
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it is handed out.

    Attributes:
        data: the ZIP.
        digest: SHA-256 of the file with the signed facts, 64 hex digits.
        is_stamped: an authority has stamped it.
    """

    data: bytes
    digest: str
    is_stamped: bool


def make_record(
    *, case: Case, with_details: bool, language: str, now: datetime, actor: str = "person"
) -> Record:
    """The record of a case for the person herself.

    Args:
        case: hers, opened; not one whose page says that it has ended.
        with_details: with her name, address, number and words.
        language: of the document.
        now: the moment, aware UTC.
        actor: who asks, for the audit.

    Raises:
        RecordConflictError: what it held was erased.
        TypesettingError: the document could not be made.

    Cost: about a second; five more at most where an authority is asked.
    """
    made = _make(case=case, with_details=with_details, language=language, now=now, for_staff=False)
    _note(case, actor, now, {"has_details": with_details, "is_stamped": made.is_stamped})
    return made


def ask_export(*, case_number: str, reason: str, user: User, now: datetime) -> Case:
    """Ask for a second person, so that a case's record may leave without the person.

    Raises:
        RecordNotFoundError: no case has this number.
        RecordConflictError: what it held was erased.
    """
    case = Case.objects.filter(number=case_number.strip().upper()).first()
    if case is None:
        raise RecordNotFoundError("no case has this number")
    if case.erased_at is not None:
        raise RecordConflictError("what this case held was erased; there is nothing to export")
    facts = {"case": str(case.pk), "number": case.number}
    ask_approval(what=CASE_EXPORT, facts=facts, reason=reason, user=user, now=now)
    return case


def export_record(*, approval_id: UUID, user: User, language: str, now: datetime) -> Record:
    """Make the record that two people agreed to; the approval is used up.

    It holds nothing that names the person or that she wrote.

    Raises:
        NotAllowedError: somebody else asked for it.
        RecordConflictError: not granted, used already, lapsed, or erased meanwhile.
        TypesettingError: the document could not be made; the approval is still good.
    """
    asked = Approval.objects.filter(
        pk=approval_id, what=CASE_EXPORT, state=Approval.State.GRANTED
    ).first()
    if asked is None:
        raise RecordConflictError("this export was not granted, or was taken already; ask again")
    if asked.asked_by_id != user.pk:
        raise NotAllowedError("only who asked for this export may take it")
    case = Case.objects.filter(pk=asked.facts.get("case")).first()
    if case is None:
        raise RecordNotFoundError("this case is gone")
    made = _make(case=case, with_details=False, language=language, now=now, for_staff=True)
    # Made first, used after: a document that fails costs no approval, and of two at the same
    # moment one alone is handed out.
    with transaction.atomic():
        use_approval(approval_id=approval_id, what=CASE_EXPORT, now=now)
        facts = {"approval": approval_id, "is_stamped": made.is_stamped}
        _note(case, f"user:{user.pk}", now, facts)
    return made


def _make(
    *, case: Case, with_details: bool, language: str, now: datetime, for_staff: bool
) -> Record:
    if case.erased_at is not None:
        raise RecordConflictError("what this case held was erased; there is nothing to export")
    view = person_view(case=case, is_unveiled=True, now=now)
    for offered in receipts_offered(case=case, view=view):
        keep_offered(case=case, offered=offered, now=now)
    if not are_proven(case, for_staff=for_staff):
        make_tree(now=now, is_due=True)
    facts = record_facts(
        case=case, view=view, with_details=with_details, for_staff=for_staff, now=now
    )
    record = document_of(kind="case_record", facts=facts, now=now)
    file = readable(record)
    digest = hashlib.sha256(file).hexdigest()
    with translation.override(language):
        pages = record_pages(record, digest=digest, for_staff=for_staff)
        pdf = typeset(template="record.typ", data=pages, at=now)
    return _zipped({RECORD: file, "record.pdf": pdf, KEYS_INSIDE: _keys_inside()}, now, digest)


def _keys_inside() -> bytes:
    """The public keys, for whoever checks by hand; marked, so that nobody takes them for proof."""
    keys = public_keys(installation_keys().folder).values()
    where = f"Get the key from {settings.STAYDOWN_URL}/key/ and compare."
    return "".join([f"{CAME_WITH_RECORD}\n{where}\n", *(public_pem(raw) for raw in keys)]).encode()


def _zipped(files: dict[str, bytes], now: datetime, digest: str) -> Record:
    rows = [
        {"name": name, "sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data)}
        for name, data in sorted(files.items())
    ]
    kind = str(Document.Kind.RECORD_CONTENTS)
    contents = _stamped(document_of(kind=kind, facts={"files": rows}, now=now))
    whole = {CONTENTS: readable(contents), **files}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in whole.items():
            row = zipfile.ZipInfo(name, date_time=_zip_time(now))
            row.external_attr = 0o600 << 16
            archive.writestr(row, data, zipfile.ZIP_DEFLATED)
    return Record(target.getvalue(), digest, "timestamp" in contents)


def _stamped(contents: dict[str, Any]) -> dict[str, Any]:
    """With a timestamp where an authority gives one at once: a record never waits for it longer."""
    if not settings.STAYDOWN_TIMESTAMP_URL:
        return contents
    try:
        token = ask_authority(contents, timeout_s=_STAMP_WITHIN_S)
        authority = str(settings.STAYDOWN_TIMESTAMP_URL)
        return with_timestamp(contents, authority=authority, token=token)
    except StaydownError:
        return contents


def _zip_time(now: datetime) -> tuple[int, int, int, int, int, int]:
    at = now.astimezone(UTC)
    return max(_ZIP_EPOCH, (at.year, at.month, at.day, at.hour, at.minute, at.second))


def _note(case: Case, actor: str, now: datetime, facts: dict[str, Any]) -> None:
    record_event(
        what="export_made",
        actor=actor,
        at=now,
        case_id=case.pk,
        subject=f"case:{case.pk}",
        facts={"what": "case_record", **facts},
    )
