"""Staff enter how a site takes notices; its links go on then."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext as _

from staydown_web.accounts.models import User
from staydown_web.audit.services import record_event
from staydown_web.base.access import has_rank
from staydown_web.base.errors import FieldsError, NotAllowedError
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal
from staydown_web.escalation.models import Site, SiteChannel, WaitingPlace
from staydown_web.escalation.selectors.first_reading import LETTER_LANGUAGES
from staydown_web.regimes.schemas import Kind
from staydown_web.regimes.selectors import regimes

_MAIL = re.compile(r"[^@\s<>,;\"]{1,64}@([a-z0-9-]+\.)+[a-z]{2,}")
_LONGEST = 400


@transaction.atomic
def set_channel(
    *,
    site: Site,
    kind: str,
    address: str,
    source: str,
    language: str,
    laws: Sequence[str],
    user: User,
    now: datetime,
) -> SiteChannel:
    """Keep how a site takes notices; it counts before our list from now on.

    Args:
        site: any.
        kind: a value of ``SiteChannel.Kind``.
        address: e-mail address, or https address of the form.
        source: where it was read: an address of a page, or words.
        language: in which to write.
        laws: ids of laws that bind the site, as far as is known.
        user: a reviewer, lead or administrator.
        now: the moment, aware UTC.

    Raises:
        NotAllowedError: the role enters no channels.
        FieldsError: a field is wrong; which, and what it should be.
    """
    if not has_rank(user, "reviewer"):
        raise NotAllowedError("only reviewers, leads and administrators enter channels")
    address, source = address.strip(), source.strip()
    _check(kind, address, source, language, laws)
    row = SiteChannel.objects.filter(site=site).first() or SiteChannel(id=new_id(), site=site)
    held = json.dumps({"address": address, "source": source}).encode()
    row.kind, row.language, row.laws = kind, language, sorted(laws)
    row.box = seal(held, context=f"site-channel:{row.pk}")
    row.set_by, row.set_at = user, now
    row.save()
    freed = WaitingPlace.objects.filter(site=site).delete()[0]
    record_event(
        what="channel_set",
        actor=f"user:{user.pk}",
        at=now,
        subject=f"site:{site.pk}",
        facts={"kind": kind, "laws": sorted(laws), "links": freed},
    )
    return row


def _check(kind: str, address: str, source: str, language: str, laws: Sequence[str]) -> None:
    wrong = {}
    known = {law.id for law in regimes().values() if law.kind is Kind.LAW}
    if kind not in SiteChannel.Kind.values:
        wrong["kind"] = _("Choose one.")
    if kind == SiteChannel.Kind.MAIL and not _MAIL.fullmatch(address.lower()):
        wrong["address"] = _("Write a full e-mail address, such as abuse@site.example.")
    if kind == SiteChannel.Kind.FORM and not _is_page(address):
        wrong["address"] = _("Write the full address of the form, beginning with https://")
    if not source:
        wrong["source"] = _("Say where the site publishes it.")
    if max(len(address), len(source)) > _LONGEST:
        wrong.setdefault("address", _("Write at most 400 characters."))
    if language not in LETTER_LANGUAGES:
        wrong["language"] = _("Choose one.")
    if not set(laws) <= known:
        wrong["laws"] = _("Choose laws of the list.")
    if wrong:
        raise FieldsError(wrong)


def _is_page(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    is_plain = parts.username is None and parts.password is None
    return parts.scheme == "https" and "." in (parts.hostname or "") and is_plain
