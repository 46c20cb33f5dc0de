"""Letters to addresses that somebody supplied: neutral, plain text, one recipient each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import make_msgid
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.utils import translation
from django.utils.translation import gettext

from staydown_web.base.errors import ConfigError, FetchRefusedError
from staydown_web.base.letters import TEMPLATES, Template

_LONGEST_ADDRESS = 254
_WORD = re.compile(r"[\w .:/-]{1,40}")
_LINK = re.compile(r"[!-~]{1,500}")


def is_ready() -> bool:
    """Whether a mail server is set; where it is not, no letter leaves."""
    return bool(settings.STAYDOWN_MAIL_READY)


def send_neutral(
    *,
    to: str,
    template: str,
    language: str,
    context: Mapping[str, Any] | None = None,
    key: str = "",
) -> None:
    """Send one letter. The caller counts how many an address gets.

    Args:
        to: one address.
        template: a name in ``base.letters.TEMPLATES``.
        language: code of the language to write in; English where it is not one of ours.
        context: the links and words that the template asks for. A link leads to this service; a
            word is short.
        key: id of the letter: sent a second time after a crash, it is the same message, by which
            mailboxes that look for doubles keep one.

    Raises:
        FetchRefusedError: not one e-mail address.
        FetchError: the mail server does not answer or does not take it; ``retryable`` says whether
            later can help.
        ConfigError: an unknown template, or a context that does not fit: a defect of the caller.
    """
    found = TEMPLATES.get(template)
    if found is None:
        raise ConfigError(f"no letter has the name {template[:40]!r}")
    values = _checked(found, context or {})
    with translation.override(_known(language)):
        subject = gettext(found.subject) % values
        text = gettext(found.text) % values
    EmailMessage(
        subject=subject, body=text + "\n", to=[clean_address(to)], headers=_headers(key)
    ).send()


def clean_address(address: str) -> str:
    """One e-mail address without spaces around it.

    Raises:
        FetchRefusedError: not one address, or one with characters that end a header line. The
            message never shows it.
    """
    bare = address.strip(" ")
    try:
        validate_email(bare)
    except ValidationError:
        raise FetchRefusedError("this is not an e-mail address; check how it is written") from None
    if len(bare) > _LONGEST_ADDRESS or not bare.isprintable() or any(c in bare for c in ' ,;<>"'):
        raise FetchRefusedError("this is not an e-mail address; check how it is written")
    return bare


def _checked(template: Template, context: Mapping[str, Any]) -> dict[str, str]:
    values = {name: str(value) for name, value in context.items()}
    if set(values) != {*template.links, *template.words}:
        raise ConfigError("a letter's context does not hold what its template asks for")
    # Nobody can make the service send a link to elsewhere, or a sentence of theirs.
    if not all(_is_ours(values[name]) for name in template.links):
        raise ConfigError("a link in a letter leads away from this service")
    if not all(_WORD.fullmatch(values[name]) for name in template.words):
        raise ConfigError("a word in a letter is more than a word")
    return values


def _is_ours(link: str) -> bool:
    ours, there = urlsplit(settings.STAYDOWN_URL), urlsplit(link)
    same = (ours.scheme, ours.netloc) == (there.scheme, there.netloc)
    return same and bool(_LINK.fullmatch(link))


def _known(language: str) -> str:
    codes = {code for code, _ in settings.LANGUAGES}
    return language if language in codes else settings.LANGUAGE_CODE


def _headers(key: str) -> dict[str, str]:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">") or "localhost"
    return {
        # The id would otherwise hold the name of this machine.
        "Message-ID": f"<{key}@{domain}>" if key else make_msgid(domain=domain),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
