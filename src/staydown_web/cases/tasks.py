"""What the worker does for cases: look at addresses, send letters, end and erase what is over."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from django.conf import settings
from django.urls import reverse

import staydown
from staydown import Fingerprint
from staydown.errors import ContentTooLargeError, InputError
from staydown_web.accounts.models import Platform
from staydown_web.base.clock import StepWatch, running_s
from staydown_web.base.dates import when_sure
from staydown_web.base.errors import (
    FetchError,
    FetchRefusedError,
    RecordConflictError,
    SealError,
)
from staydown_web.base.fetching import Fetched, fetch
from staydown_web.base.jobs import Job, each_apart
from staydown_web.base.mailing import is_ready, send_neutral
from staydown_web.cases.forms import origin_of
from staydown_web.cases.models import Case, Contact, Location
from staydown_web.cases.services import carry_out_withdrawal, erase_case, settle_location
from staydown_web.cases.services.clients import forget_idle_clients
from staydown_web.cases.services.clock_warnings import advance_clocks, write_to_staff
from staydown_web.cases.services.contacts import ask_contact, waiting_contacts
from staydown_web.cases.services.erasing import (
    due_for_erasure,
    erase_left_keys,
    forget_left_addresses,
    forget_phrases,
)
from staydown_web.cases.services.expiring import (
    ending_cases,
    expire_threatened,
    expired_cases,
    warn_of_end,
)
from staydown_web.cases.services.known_places import MAY_BE_HIDDEN, tie_known
from staydown_web.cases.services.letters import Sending, letter_failed, letter_sent, take_letter
from staydown_web.cases.services.looking import put_off, take_copy, take_location
from staydown_web.cases.services.pages import MAX_PAGE_BYTES, media_of_page
from staydown_web.cases.services.places import (
    brought_to,
    media_origins_of,
    origins_of,
    seen_url_of,
)
from staydown_web.cases.services.staff_letters import (
    staff_letter_failed,
    staff_letter_sent,
    take_staff_letter,
)

MAX_MEDIA_BYTES = 512 * 1024 * 1024
FETCH_TIMEOUT_S = 60
LETTERS_A_RUN = 20
CASES_A_RUN = 50
_MEDIA = ("image/", "video/")
_PAGES = {"text/html", "application/xhtml+xml"}
_UNTYPED = {"", "application/octet-stream", "binary/octet-stream"}
_GONE = {404, 410, 451}
PAGES = {
    "confirm_contact": "portal:confirm",
    "safe_contact_asked": "portal:confirm",
    "withdrawal_pending": "portal:safe",
    "news": "portal:case",
}
"""Letter -> the page that its link opens."""
_REFUSE_PAGE = "portal:refuse"
_STAFF_PAGE = "review:queue"
_WATCH = StepWatch()
_Due_co = TypeVar("_Due_co", covariant=True)
log = logging.getLogger("staydown.worker")


class _Take(Protocol[_Due_co]):
    """Takes the next letter that is due in hand; None where there is none."""

    def __call__(self, *, now: datetime) -> _Due_co | None: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """What is at an address.

    Attributes:
        reason: why it is no picture or video that can be read, of ``Location.Reason``; empty for
            one that is.
        url: where the picture or video is: the address itself, or what its page shows.
        fingerprint: of it.
    """

    reason: str = ""
    url: str = ""
    fingerprint: Fingerprint | None = None


def look_at_locations(now: datetime) -> int:
    """Look at one reported address; the next run takes the next.

    Returns:
        1 where one was due, else 0.
    """
    location = take_location(now=now)
    if location is None or location.platform is None:
        return 0
    origins = media_origins_of(location.platform)
    try:
        seen = look(_allowed(seen_url_of(location), location.platform), origins=origins)
    except SealError as error:
        # Nobody can read this one; it must not come first again and again. A person hears of it.
        log.error("a place cannot be read (%s)", error.code)  # noqa: TRY400 - the code says it
        seen = Seen(Location.Reason.SILENT)
    except FetchRefusedError:
        seen = Seen(Location.Reason.REFUSED)
    except ContentTooLargeError:
        seen = Seen(Location.Reason.TOO_LARGE)
    except FetchError:
        seen = Seen(Location.Reason.SILENT)
    if seen.fingerprint is not None:
        take_copy(location=location, url=seen.url, fingerprint=seen.fingerprint, now=now)
    elif seen.reason in MAY_BE_HIDDEN and tie_known(location=location, now=now):
        pass
    elif seen.reason == Location.Reason.SILENT:
        put_off(location=location, reason=seen.reason, now=now)
    else:
        settle_location(
            location=location, state=Location.State.NOT_FOUND, reason=seen.reason, now=now
        )
    return 1


def look(url: str, *, origins: Sequence[str]) -> Seen:
    """Fetch an address of a platform, and what its page shows where it is one.

    Media is decoded in a child process; it is in memory alone and gone when this returns.

    Args:
        url: clean, on an origin of the platform.
        origins: where its media lies; only there is any fetched.

    Raises:
        FetchRefusedError: an address that we do not go to.
        ContentTooLargeError: more bytes or pixels than are taken.
        FetchError: no answer.
    """
    with _fetch(url, origins) as fetched:
        if fetched.content_type not in _PAGES:
            is_owned = origin_of(url) in origins
            return _read(url, fetched) if is_owned else Seen(Location.Reason.PAGE)
        if fetched.status != 200:
            return _read(url, fetched)
        page = fetched.body.read(MAX_PAGE_BYTES).decode("utf-8", "replace")
    seen = Seen(Location.Reason.PAGE)
    for address in media_of_page(page, page_url=url, origins=origins):
        with _fetch(address, origins) as fetched:
            seen = _read(address, fetched)
        if seen.fingerprint is not None:
            break
    return seen


def send_letters(now: datetime) -> int:
    """Send the letters that are due, as far as a mail server is set.

    Returns:
        How many left.
    """
    sent = 0
    for sending in _due_letters(take_letter, now):
        try:
            send_neutral(
                to=sending.to,
                template=sending.template,
                language=sending.language,
                context=_context(sending),
                key=str(sending.letter_id),
            )
        except (FetchRefusedError, FetchError) as error:
            letter_failed(letter_id=sending.letter_id, is_retryable=error.retryable, now=now)
        else:
            letter_sent(letter_id=sending.letter_id, now=now)
            sent += 1
    return sent


def _due_letters(take: _Take[_Due_co], now: datetime) -> Iterator[_Due_co]:
    """What one run sends: a letter is taken in hand once the one before has been dealt with."""
    if not is_ready():
        return
    for _number in range(LETTERS_A_RUN):
        sending = take(now=now)
        if sending is None:
            return
        yield sending


def ask_waiting(now: datetime) -> int:
    """Line up the first letter to addresses that had got enough of them when they were given.

    Returns:
        How many were lined up.
    """

    def ask(contact: Contact) -> int:
        return int(ask_contact(contact=contact, now=now))

    return each_apart(list(waiting_contacts(now)[:LETTERS_A_RUN]), ask)


def watch_clocks(now: datetime) -> int:
    """Warn of time limits that come near and note those that are over, unless the date jumped.

    Returns:
        How many time limits were dealt with, and letters lined up.
    """
    if not _WATCH.is_steady(now, at_s=running_s()):
        return 0
    return advance_clocks(now) + write_to_staff(now)


def send_staff_letters(now: datetime) -> int:
    """Send the letters to staff that are due, as far as a mail server is set.

    Returns:
        How many left.
    """
    sent = 0
    link = settings.STAYDOWN_URL + reverse(_STAFF_PAGE)
    for sending in _due_letters(take_staff_letter, now):
        try:
            send_neutral(
                to=sending.to,
                template="staff_alert",
                language="en",
                context={"link": link},
                key=str(sending.letter_id),
            )
        except (FetchRefusedError, FetchError) as error:
            staff_letter_failed(letter_id=sending.letter_id, is_retryable=error.retryable, now=now)
        else:
            sent += staff_letter_sent(letter_id=sending.letter_id, now=now)
    return sent


def carry_out_due_withdrawals(now: datetime) -> int:
    """Carry out the withdrawals whose pause is over.

    Returns:
        How many.
    """
    due = Case.objects.filter(withdrawal_due_at__lte=now).order_by("withdrawal_due_at")

    def carry_out(case: Case) -> int:
        try:
            carry_out_withdrawal(case=case, now=now)
        except RecordConflictError:  # stopped between the look and the act
            return 0
        return 1

    return each_apart(due[:CASES_A_RUN], carry_out)


def end_threatened(now: datetime) -> int:
    """End cases about threats whose time is over, and warn of those that end soon.

    Returns:
        How many ended.
    """

    def warn(case: Case) -> int:
        warn_of_end(case=case, now=now)
        return 1

    def expire(case: Case) -> int:
        expire_threatened(case=case, now=now)
        return 1

    each_apart(ending_cases(now)[:CASES_A_RUN], warn)
    return each_apart(list(expired_cases(now)[:CASES_A_RUN]), expire)


def erase_old(now: datetime) -> int:
    """Erase what is kept no longer, and the keys of what was erased.

    Returns:
        How many cases were erased.
    """

    def erase(case: Case) -> int:
        erase_case(case=case, now=now)
        return 1

    try:
        return each_apart(list(due_for_erasure(now)[:CASES_A_RUN]), erase)
    finally:
        forget_left_addresses(now)
        forget_phrases(now)
        forget_idle_clients(now)
        erase_left_keys(now)


def _allowed(url: str, platform: Platform) -> str:
    """Where to fetch an address: at an origin that its platform lists, whatever was typed.

    Raises:
        FetchRefusedError: the platform lists none at which it would be.
    """
    found = brought_to(url, origins_of(platform))
    if found is None:
        raise FetchRefusedError("the platform lists no such website as its own")
    return found


def _fetch(url: str, origins: Sequence[str]) -> Fetched:
    return fetch(
        url=url, allowed_origins=origins, max_bytes=MAX_MEDIA_BYTES, timeout_s=FETCH_TIMEOUT_S
    )


def _read(url: str, fetched: Fetched) -> Seen:
    if fetched.status in _GONE:
        return Seen(Location.Reason.GONE)
    if fetched.status != 200:
        return Seen(Location.Reason.SILENT)
    if not (fetched.content_type.startswith(_MEDIA) or fetched.content_type in _UNTYPED):
        return Seen(Location.Reason.PAGE)
    try:
        # The name says nothing: no error may tell the address.
        return Seen(url=url, fingerprint=staydown.fingerprint(fetched.body, name="media"))
    except ContentTooLargeError:
        raise
    except InputError:
        return Seen(Location.Reason.UNREADABLE)


def _context(sending: Sending) -> dict[str, str]:
    page = PAGES[sending.template]
    arguments = [sending.token] if sending.token else []
    context = {"link": settings.STAYDOWN_URL + reverse(page, args=arguments)}
    if page == "portal:confirm":
        context["refuse_link"] = settings.STAYDOWN_URL + reverse(_REFUSE_PAGE, args=arguments)
    if sending.template == "withdrawal_pending":
        context["day"] = sending.day
    return context


JOBS: tuple[Job, ...] = (
    Job("look_at_locations", 1.0, look_at_locations),
    Job("send_letters", 5.0, send_letters),
    Job("ask_waiting", 3600.0, when_sure(ask_waiting)),
    Job("watch_clocks", 20.0, watch_clocks),
    Job("send_staff_letters", 15.0, send_staff_letters),
    Job("carry_out_due_withdrawals", 60.0, when_sure(carry_out_due_withdrawals)),
    Job("end_threatened", 3600.0, when_sure(end_threatened)),
    Job("erase_old", 3600.0, when_sure(erase_old)),
)
