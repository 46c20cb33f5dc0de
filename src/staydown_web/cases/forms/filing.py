"""What a person sends: a filing, its files and her answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from staydown.types import Fingerprint
from staydown_web.accounts.models import Flagger, Platform
from staydown_web.cases.models import Case


@dataclass(frozen=True, slots=True)
class FiledFile:
    """One picture or video that was fingerprinted on the person's device. No pixel of it is here.

    Attributes:
        fingerprint: what was computed from it.
        name: of the file, so that she can tell which is which.
        size_bytes: of the file.
        modified_on: day of its last change, where the device said so.
        item_index: files with the same number are versions of one picture; None: it stands alone.
    """

    fingerprint: Fingerprint
    name: str = ""
    size_bytes: int = 0
    modified_on: date | None = None
    item_index: int | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """The words and statements of a notice; when adding to a case, empty means: as before.

    Attributes:
        statement: why it is wrong, in her words.
        place: where it is, where there is no address.
        signature: her name as she typed it under the text.
        is_good_faith: she made the statement of good faith.
        declarations: of ``on_service`` (it is on this service) and ``role`` (she is the person
            shown, or acts for them).
        name: her name.
        email: her address.
        phone: her number.
        authority: by what right a representative acts.
        text_digests: regime id -> digest of the text that was shown for signing; compared with
            the text of now, so that nobody signs another text than they saw.
        shown_at: when the browser showed that text, ISO 8601, by the browser's clock; it is kept
            with the record of the signature and decides nothing.
    """

    statement: str = ""
    place: str = ""
    signature: str = ""
    is_good_faith: bool = False
    declarations: frozenset[str] = frozenset()
    name: str = ""
    email: str = ""
    phone: str = ""
    authority: str = ""
    text_digests: Mapping[str, str] = field(default_factory=dict)
    shown_at: str = ""


@dataclass(frozen=True, slots=True)
class Filing:
    """All that one notifier sends at once.

    Attributes:
        way: of ``Case.Way``.
        acts_as: of ``Case.ActsAs``.
        is_adult_in_picture: everybody shown was 18 or older; anything else is led away and
            nothing of it is stored.
        language: code of one of the service's languages.
        regimes: ids of the laws, see ``regimes.selectors.regimes_for``.
        urls: addresses as typed.
        files: what was fingerprinted.
        answers: words and statements.
        withdrawal_mode: of ``Case.WithdrawalMode``.
        safe_contact: e-mail address of someone who can stop a withdrawal; empty for none.
        platform: to which it is filed, where no address says it; None for the default one.
        flagger_code: of a trusted flagger, as typed; empty for anybody else.
        flagger: the trusted flagger whose own caseworker files; None for anybody else.
    """

    way: str
    acts_as: str
    is_adult_in_picture: bool
    language: str
    regimes: Sequence[str]
    urls: Sequence[str] = ()
    files: Sequence[FiledFile] = ()
    answers: Answers = Answers()
    withdrawal_mode: str = Case.WithdrawalMode.IMMEDIATE
    safe_contact: str = ""
    platform: Platform | None = None
    flagger_code: str = ""
    flagger: Flagger | None = None
