"""More for a case that is there: pictures, addresses, answers; a threat that came true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from staydown_web.base.errors import FieldsError, RecordConflictError
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.forms import (
    MOST_FILES,
    MOST_URLS,
    Answers,
    FiledFile,
    address_key,
    check_shown,
    clean_addition,
)
from staydown_web.cases.models import Case, Item
from staydown_web.cases.services.binding import laws_at, platforms_at
from staydown_web.cases.services.contacts import replace_notifier
from staydown_web.cases.services.events import Events, by_helpline
from staydown_web.cases.services.filing import (
    THREAT_LASTS,
    add_items,
    add_link_items,
    seal_details,
    settle_validity,
)
from staydown_web.cases.services.joining import join_files, tie_to_copies
from staydown_web.cases.services.known_files import without_known
from staydown_web.cases.services.notices import answer_notice, answers_of, make_notice, merged
from staydown_web.cases.services.places import add_places, keys_of, look_again

_ENDED = (Case.State.WITHDRAWN, Case.State.CLOSED)
_PERSON = "person"


@transaction.atomic
def add_to_case(
    *,
    case: Case,
    files: Sequence[FiledFile] = (),
    urls: Sequence[str] = (),
    answers: Answers | None = None,
    now: datetime,
    actor: str = _PERSON,
) -> Case:
    """Add pictures, addresses or missing answers; a notice that was incomplete can become valid.

    A case about a threat that gets an address becomes one about something published: its notices
    are then given under the platform's laws too, and its time runs once they are signed. A picture
    that comes with an address of the case becomes what that stands for: see ``joining``. A picture
    that the case holds changes nothing.

    Args:
        case: open.
        files: more pictures and videos.
        urls: more addresses, as typed.
        answers: what was missing; empty fields stay as they were.
        now: the moment, aware UTC; a clock that starts, starts then.
        actor: ``person``, or the caseworker of a helpline that acts for her.

    Returns:
        The case as it is now.

    Raises:
        FieldsError: field -> what to do; nothing was stored.
        RecordConflictError: the case was taken back, or has ended.
    """
    new_urls, new_files, given = clean_addition(
        urls=urls, files=files, answers=answers or Answers()
    )
    case = Case.objects.select_for_update().get(pk=case.pk)
    if case.state in _ENDED or case.withdrawal_due_at is not None:
        raise RecordConflictError("this case has ended; file a new notice")
    Case.objects.filter(pk=case.pk).update(touched_at=now)
    fresh = without_known(case=case, files=new_files)
    if not (fresh or new_urls or given != Answers()):
        return case
    _check_room(case, new_urls, fresh)
    events = Events(case.pk, actor, now)
    had = keys_of(case)
    known = tuple(url for url in new_urls if address_key(url) in had)
    new_urls = tuple(url for url in new_urls if url not in known)
    again = look_again(case=case, urls=known, now=now, events=events)
    alone, joined = join_files(case=case, files=fresh, urls=known, has_more=bool(new_urls), now=now)
    items = add_items(case=case, files=alone, now=now)
    links: list[Item] = []
    if case.way == Case.Way.LINK and not new_files:
        # With pictures beside them, an address most likely shows one of these: looking tells.
        links = add_link_items(case=case, count=len(new_urls), now=now)
    add_places(case=case, urls=new_urls, items=links, now=now, events=events)
    if new_urls or fresh or again:
        events.add(
            "items_added",
            f"case:{case.pk}",
            items=len(items) + len(links),
            locations=len(new_urls) + again,
            **({"joined": len({one.item.pk for one in joined})} if joined else {}),
        )
        events.rows.insert(0, events.rows.pop())  # what follows from it comes after it
    _take_answers(case, given, now)
    if case.way == Case.Way.THREATENED and new_urls:
        _publish(case, given, new_urls, now)
    settle_validity(case=case, now=now, events=events)
    tie_to_copies(joined=joined, now=now)
    return case


@transaction.atomic
def keep_threatened(*, case: Case, now: datetime, actor: str = _PERSON) -> datetime:
    """Go on waiting for what was threatened, for another while from now.

    Args:
        case: hers.
        now: the moment, aware UTC.
        actor: who asks, for the audit: the person, or a helpline that acts for her.

    Returns:
        Until when.

    Raises:
        RecordConflictError: it is not such a case, or it has ended.
    """
    until = now + THREAT_LASTS
    changed = (
        Case.objects.filter(pk=case.pk, way=Case.Way.THREATENED, expires_at__gt=now)
        .exclude(state__in=_ENDED)
        .update(expires_at=until, touched_at=now)
    )
    if not changed:
        raise RecordConflictError("this case does not wait for anything any more")
    case.expires_at = until
    events = Events(case.pk, actor, now)
    events.add("case_prolonged", f"case:{case.pk}", until=until, **by_helpline(actor))
    events.record()
    return until


def _check_room(case: Case, urls: Sequence[str], files: Sequence[FiledFile]) -> None:
    if case.items.count() + len(files) > MOST_FILES:
        raise FieldsError(
            {
                "files": _("A case takes at most %(most)d pictures and videos.")
                % {"most": MOST_FILES}
            }
        )
    if case.locations.count() + len(urls) > MOST_URLS:
        raise FieldsError(
            {"urls": _("A case takes at most %(most)d addresses.") % {"most": MOST_URLS}}
        )


def _take_answers(case: Case, given: Answers, now: datetime) -> None:
    if given == Answers():
        return
    check_shown(case.regimes, given, case.language, case.acts_as)
    for notice in case.notices.filter(valid_at__isnull=True):
        answer_notice(notice=notice, case=case, answers=given, now=now)
    held = unseal_for_case(case.pk, case.details_box or b"", context="details")
    case.details_box = seal_details(case, merged(Answers(**held), given))
    case.save(update_fields=["details_box"])
    if given.email:
        replace_notifier(case=case, address=given.email, now=now)


def _publish(case: Case, given: Answers, urls: Sequence[str], now: datetime) -> None:
    """The threat came true: its platforms' laws apply, each with a text of its own to sign."""
    platforms = platforms_at(urls) or ([case.platform] if case.platform else [])
    first = case.notices.order_by("received_at", "regime").first()
    before = merged(answers_of(first) if first else Answers(), Answers())
    for law in laws_at(platforms, way=Case.Way.PUBLISHED):
        if law not in case.regimes:
            check_shown([law], given, case.language, case.acts_as)
            unsigned = replace(before, signature="", is_good_faith=False)
            answers = merged(unsigned, given)
            make_notice(case=case, regime_id=law, answers=answers, now=now, sent=given)
            case.regimes = [*case.regimes, law]
    case.way, case.expires_at = Case.Way.PUBLISHED, None
    case.save(update_fields=["regimes", "way", "expires_at"])
