"""The records of what was signed in a case, unsealed and checked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext as _

from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.models import Case, Signature
from staydown_web.regimes.selectors import regimes, text_digest


@dataclass(frozen=True, slots=True)
class SignatureView:
    """One time that something was signed.

    Attributes:
        law: title of the regime.
        version: of the regime then.
        language: in which it was shown.
        paragraphs: of the text that was shown, word for word; empty once erased.
        typed: the name under it; empty where none was typed, or once erased.
        ticked: what was declared, in words.
        authority: by what right a representative signed; empty otherwise.
        shown_at: when the browser says that it showed the text; None where it did not say.
        signed_at: when it was received, by our own clock.
        digest: SHA-256 of the text, 64 hex digits.
        is_intact: the text still has this digest; False once erased.
        was_sent_back: the browser returned the digest of what it showed, and it was this one.
        is_erased: the words are gone with the key of the case.
    """

    law: str
    version: str
    language: str
    paragraphs: list[str]
    typed: str
    ticked: list[str]
    authority: str
    shown_at: datetime | None
    signed_at: datetime
    digest: str
    is_intact: bool
    was_sent_back: bool
    is_erased: bool


def signatures_of(case: Case) -> list[SignatureView]:
    """All that was signed in a case, the first first; the caller records that it was looked at."""
    return [_view(row) for row in case.signatures.select_related("notice")]


def _view(row: Signature) -> SignatureView:
    held = {}
    if row.box is not None:
        held = unseal_for_case(row.case_id, row.box, context=f"signature:{row.pk}")
    text = str(held.get("text", ""))
    law = regimes().get(row.notice.regime)
    return SignatureView(
        law=_(law.short_title) if law else row.notice.regime,
        version=row.regime_version,
        language=row.language,
        paragraphs=text.split("\n\n") if text else [],
        typed=str(held.get("typed", "")),
        ticked=_ticked(held),
        authority=str(held.get("authority", "")),
        shown_at=_moment(str(held.get("shown_at", ""))),
        signed_at=row.signed_at,
        digest=row.digest,
        is_intact=bool(text) and text_digest(text) == row.digest,
        was_sent_back=row.was_sent_back,
        is_erased=row.box is None,
    )


def _ticked(held: dict[str, object]) -> list[str]:
    declared = held.get("declarations") or []
    words = []
    if held.get("is_good_faith"):
        words.append(_good_faith(is_complete=bool(held.get("is_complete"))))
    if isinstance(declared, list) and "on_service" in declared:
        words.append(_("I declare that it is on this service."))
    if isinstance(declared, list) and "role" in declared:
        words.append(_("I declare that I am the person shown, or act for them."))
    return words


def _good_faith(*, is_complete: bool) -> str:
    """In the words that stood beside the tick then."""
    if is_complete:
        return _(
            "I believe in good faith that this notice is true and complete, and that there was no "
            "consent."
        )
    return _("I believe in good faith that this is true, and that there was no consent.")


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except ValueError:
        return None
