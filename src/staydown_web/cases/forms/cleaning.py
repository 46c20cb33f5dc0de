"""What a person sends, made clean: every field checked, and all that is wrong said at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from django.conf import settings
from django.utils.translation import gettext as _

from staydown_web.accounts.selectors import flagger_of_code
from staydown_web.base.errors import FieldsError, RecordNotFoundError
from staydown_web.base.lengths import too_long
from staydown_web.base.mailing import is_ready as mail_is_ready
from staydown_web.cases.forms.addresses import address_key, clean_url
from staydown_web.cases.forms.filing import Answers, FiledFile, Filing
from staydown_web.cases.forms.reaching import is_email, is_phone
from staydown_web.cases.models import Case
from staydown_web.regimes.selectors import regime, signing_text, text_digest

MOST_FILES = 100
MOST_URLS = 500
"""In one sending, and in a case with all its parts. Source: ADR-0028."""
MOST_FINGERPRINT_BYTES = 16 * 1024 * 1024
MOST_CHARACTERS = {
    "statement": 4000,
    "place": 1000,
    "authority": 1000,
    "signature": 200,
    "name": 200,
    "phone": 40,
    "file_name": 255,
}
DECLARATIONS = frozenset({"on_service", "role"})


def clean_filing(filing: Filing) -> Filing:
    """The filing with addresses normalised and words trimmed.

    A notice that lacks something the law asks for is taken all the same: it waits for the rest.

    Raises:
        FieldsError: field -> what to do, for every field that is wrong.
    """
    wrong: dict[str, str] = {}
    if filing.is_adult_in_picture is not True:
        # Alone and first: nothing else of such a filing is looked at.
        raise FieldsError({"is_adult_in_picture": _("We cannot take this here. Go back to Start.")})
    _check_choices(filing, wrong)
    urls = _clean_urls(filing.urls, wrong)
    files = _clean_files(filing.files, wrong)
    answers = _clean_answers(filing.answers, wrong)
    safe = _clean_email(filing.safe_contact, "safe_contact", wrong)
    _check_ways(filing.way, urls, files, wrong)
    if filing.acts_as == Case.ActsAs.REPRESENTATIVE and not answers.authority:
        wrong["authority"] = _("Write who you are and how the person shown asked you to act.")
    flagger = filing.flagger or flagger_of_code(filing.flagger_code)
    if filing.flagger_code.strip() and flagger is None:
        wrong["flagger_code"] = _("We do not know this code. Check it, or leave it empty.")
    is_cooling = filing.withdrawal_mode == Case.WithdrawalMode.COOLING
    if is_cooling and not safe and mail_is_ready():
        wrong["safe_contact"] = _("Give the e-mail address of someone who can stop it for you.")
    if not wrong:
        check_shown(filing.regimes, answers, filing.language, filing.acts_as)
    if wrong:
        raise FieldsError(wrong)
    return replace(
        filing,
        urls=urls,
        files=files,
        answers=answers,
        safe_contact=safe,
        flagger=flagger,
        flagger_code="",
    )


def errors_of(filing: Filing) -> dict[str, str]:
    """What is wrong with a filing that is not sent yet: field -> what to do."""
    try:
        clean_filing(filing)
    except FieldsError as error:
        return error.fields
    return {}


def clean_addition(
    *, urls: Sequence[str], files: Sequence[FiledFile], answers: Answers
) -> tuple[tuple[str, ...], tuple[FiledFile, ...], Answers]:
    """What is added to a case, made clean.

    Raises:
        FieldsError: field -> what to do, for every field that is wrong.
    """
    wrong: dict[str, str] = {}
    cleaned = (_clean_urls(urls, wrong), _clean_files(files, wrong), _clean_answers(answers, wrong))
    if wrong:
        raise FieldsError(wrong)
    return cleaned


def check_shown(regimes: Sequence[str], answers: Answers, language: str, acts_as: str) -> None:
    """Refuse a signature under another text than the one that stands now.

    Raises:
        FieldsError: a text changed between showing and signing.
    """
    for id_, digest in answers.text_digests.items():
        if id_ in regimes and digest != text_digest(signing_text(regime(id_), language, acts_as)):
            raise FieldsError({"signature": _("The text has changed. Read it again, then sign.")})


def _check_choices(filing: Filing, wrong: dict[str, str]) -> None:
    for name, value, choices in (
        ("way", filing.way, Case.Way.values),
        ("acts_as", filing.acts_as, Case.ActsAs.values),
        ("withdrawal_mode", filing.withdrawal_mode, Case.WithdrawalMode.values),
        ("language", filing.language, [code for code, _name in settings.LANGUAGES]),
    ):
        if value not in choices:
            wrong[name] = _choose(name)
    if not filing.regimes or len(set(filing.regimes)) != len(filing.regimes):
        wrong["regimes"] = _("Choose at least one law, each once.")
        return
    for id_ in filing.regimes:
        try:
            serves = filing.way in regime(id_).ways
        except RecordNotFoundError:
            serves = False
        if not serves:
            wrong["regimes"] = _("One of these laws does not fit what you report.")


def _choose(name: str) -> str:
    """Which choice is missing, so that two in one list can be told apart."""
    words = {
        "acts_as": _("Please say whether you are the person shown or act for them."),
        "withdrawal_mode": _("Please choose how taking back works. You cannot change it later."),
    }
    return words.get(name) or _("Choose one of the answers.")


def _check_ways(
    way: str, urls: Sequence[str], files: Sequence[FiledFile], wrong: dict[str, str]
) -> None:
    if way == Case.Way.THREATENED:
        if urls:
            wrong.setdefault("urls", _("If it is online already, choose that way in."))
        if not files:
            wrong.setdefault("files", _("Choose at least one picture or video."))
    elif way == Case.Way.LINK:
        if files:
            wrong.setdefault("files", _("If you have the file, choose that it is online."))
        if not urls:
            wrong.setdefault("urls", _("Give at least one full address."))
    elif not urls and not files:
        wrong.setdefault("urls", _("Give at least one address, or choose a picture or video."))


def _clean_urls(typed: Sequence[str], wrong: dict[str, str]) -> tuple[str, ...]:
    found: dict[str, str] = {}
    filled = [text for text in typed if text.strip()]
    if len(filled) > MOST_URLS:
        wrong["urls"] = _("Give at most %(most)d addresses.") % {"most": MOST_URLS}
        return ()
    for number, text in enumerate(filled, 1):
        try:
            url = clean_url(text)
            found.setdefault(address_key(url), url)
        except ValueError:
            wrong["urls"] = _(
                "Address %(number)d: write a full address, such as https://forum.example/picture/1."
            ) % {"number": number}
    return tuple(found.values())


def _clean_files(files: Sequence[FiledFile], wrong: dict[str, str]) -> tuple[FiledFile, ...]:
    if len(files) > MOST_FILES:
        wrong["files"] = _("Choose at most %(most)d pictures and videos.") % {"most": MOST_FILES}
        return ()
    if sum(len(file.fingerprint.to_bytes()) for file in files) > MOST_FINGERPRINT_BYTES:
        wrong["files"] = _("These are too many at once. Send a part of them first.")
    if any(not file.fingerprint.signals for file in files):
        wrong["files"] = _("One of these has nothing to recognise it by. Choose it again.")
    return tuple(
        replace(
            file,
            name=_one_line(file.name)[-MOST_CHARACTERS["file_name"] :],
            size_bytes=max(0, file.size_bytes),
        )
        for file in files
    )


def _clean_answers(answers: Answers, wrong: dict[str, str]) -> Answers:
    words = {}
    for name in ("statement", "place", "authority", "signature", "name", "phone"):
        text = getattr(answers, name)
        text = _lines(text) if name in {"statement", "place", "authority"} else _one_line(text)
        if len(text) > MOST_CHARACTERS[name]:
            wrong[name] = too_long(text, MOST_CHARACTERS[name])
        words[name] = text
    if words["phone"] and not is_phone(words["phone"]):
        wrong["phone"] = _("Write the number with its digits, such as +44 20 7946 0000.")
    if not answers.declarations <= DECLARATIONS:
        wrong["declarations"] = _("Choose one of the answers.")
    return replace(
        answers,
        email=_clean_email(answers.email, "email", wrong),
        is_good_faith=answers.is_good_faith is True,
        shown_at=_moment(answers.shown_at),
        statement=words["statement"],
        place=words["place"],
        authority=words["authority"],
        signature=words["signature"],
        name=words["name"],
        phone=words["phone"],
    )


def _clean_email(typed: str, name: str, wrong: dict[str, str]) -> str:
    text = typed.strip()
    if text and not is_email(text):
        wrong[name] = _("Please write a full address, such as name@mail.example.")
    return text


def _moment(text: str) -> str:
    """What a browser says of the time; empty where it is none. It decides nothing."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return ""
    return moment.astimezone(UTC).isoformat() if moment.tzinfo else ""


def _lines(text: str) -> str:
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in kept if c == "\n" or unicodedata.category(c) != "Cc").strip()


def _one_line(text: str) -> str:
    return " ".join(_lines(text).split())
