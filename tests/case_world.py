"""A small world around cases, for tests in any order: people, a site, jobs, crashes."""

from __future__ import annotations

import random
import re
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from django.conf import settings
from django.core import mail
from django.db import connection, transaction

from review_scene import make_copy
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Order
from staydown_web.actions.services import make_orders
from staydown_web.base import ids
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.cases import tasks as case_tasks
from staydown_web.cases.forms import Answers, FiledFile, Filing
from staydown_web.cases.models import Case, Claim, Letter, Location, StaffLetter
from staydown_web.cases.services import Filed, confirm_contact, file_case, settle_location
from staydown_web.cases.services.clock_warnings import advance_clocks, write_to_staff
from staydown_web.regimes.schemas import Pause
from staydown_web.regimes.selectors import regimes
from staydown_web.review import services as review
from staydown_web.review import tasks as review_tasks

SITE = "http://forum.example"
WAITS = "waiting_for_notifier"
LAWS = (["us-tida"], ["us-tida", "uk-osa"], ["uk-osa", "platform-terms"], ["in-it-rules"])
JOBS: dict[str, Callable[[datetime], int]] = {
    "advance_clocks": advance_clocks,
    "write_to_staff": write_to_staff,
    "send_letters": case_tasks.send_letters,
    "send_staff_letters": case_tasks.send_staff_letters,
    "carry_out_due_withdrawals": case_tasks.carry_out_due_withdrawals,
    "end_threatened": case_tasks.end_threatened,
    "erase_old": case_tasks.erase_old,
    "take_in": review_tasks.take_in,
    "follow_clocks": review.follow_clocks,
    "make_firm": review.make_decisions_firm,
    "settle_complaints": review.settle_complaints,
    "drop_complaints": review.drop_complaints,
    "drop_needless": review.drop_needless,
    "make_orders": make_orders,
}
_WRITES = ("INSERT", "UPDATE", "DELETE")


class Crash(BaseException):
    """The process died here. No handler of the code under test catches it."""


@contextmanager
def dying_at(write: int) -> Iterator[None]:
    """Die at this write to the database, counted from 1; never where there are fewer."""
    seen = 0

    def execute(run: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal seen
        if sql.lstrip().upper().startswith(_WRITES):
            seen += 1
            if seen == write:
                raise Crash
        return run(sql, params, many, context)

    with connection.execute_wrapper(execute):
        yield


@contextmanager
def laws_that_pause() -> Iterator[None]:
    """The laws with hours as if they let their time stand still: none that is shipped does."""
    known = regimes()
    before = {id_: known[id_] for id_ in ("us-tida", "uk-osa")}
    for id_, law in before.items():
        known[id_] = replace(law, pauses=(Pause(WAITS, "It asked something.", "a test"),))
    try:
        yield
    finally:
        known.update(before)


@contextmanager
def the_same_ids_every_time() -> Iterator[None]:
    """Ids and numbers from a fixed seed: the same steps give the same rows in the same order.

    Real ones are random, and rows of one moment are read in their order. A search in which a draw
    meets another row when it is made again is no search, and a failure of it cannot be repeated.
    """
    chance = random.Random(2026)
    again: dict[str, Any] = {
        "uuid": SimpleNamespace(
            UUID=uuid.UUID, uuid4=lambda: uuid.UUID(int=chance.getrandbits(128), version=4)
        ),
        "os": SimpleNamespace(urandom=chance.randbytes),
        "secrets": SimpleNamespace(
            choice=chance.choice, token_urlsafe=lambda size: chance.randbytes(size).hex()
        ),
    }
    keys = Path(settings.STAYDOWN_KEYS) / "cases"
    before = set(keys.rglob("*"))
    try:
        with mock.patch.multiple(ids, **again):
            yield
    finally:
        for path in set(keys.rglob("*")) - before:
            if path.is_file():
                path.unlink()


def drawn(seed: int) -> FiledFile:
    """A picture that is not there: the same number is the same picture."""
    bits = f"{seed:02x}5a" * 16
    return FiledFile(Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, bits, 100),)), "x.jpg")


class World:
    """A platform, two reviewers, a lead with an address, and what happens."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.crashes = 0
        self.platform = Platform.objects.create(
            name="P",
            slug=f"p-{Platform.objects.count()}",
            public_url=SITE,
            media_origins=[SITE],
            regimes=["us-tida", "uk-osa", "in-it-rules"],
            created_at=now,
        )
        self.reviewers = [self._user(f"r{n}", "reviewer") for n in (1, 2, 3)]
        self.lead = self._user("lead", "lead", email="lead@forum.example")
        self.admin = self._user("admin", "admin")
        mail.outbox = []

    @staticmethod
    def _user(name: str, role: str, email: str = "") -> User:
        return User.objects.create(username=name, pseudonym=name, role=role, email=email)

    def file(self, *, laws: Sequence[str], is_signed: bool, is_slow: bool, seed: int) -> Filed:
        """File a notice; one that is not signed is not valid yet."""
        filing = Filing(
            way="published",
            acts_as="self",
            is_adult_in_picture=True,
            language="en",
            regimes=list(laws),
            urls=[f"{SITE}/{seed}"],
            files=[drawn(seed)],
            answers=self.answers(is_signed=is_signed),
            withdrawal_mode="cooling" if is_slow else "immediate",
            safe_contact="friend@mail.example" if is_slow else "",
            platform=self.platform,
        )
        return file_case(filing=filing, now=self.now)

    @staticmethod
    def answers(*, is_signed: bool) -> Answers:
        return Answers(
            statement="It is of me, and I did not agree.",
            signature="Ada" if is_signed else "",
            is_good_faith=True,
            declarations=frozenset({"on_service", "role"}),
            name="Ada",
            email="ada@mail.example",
        )

    def find(self, place: Location) -> None:
        """The site shows a copy at a place."""
        claim = Claim.objects.filter(item__case=place.case_id, ended_at=None).first()
        item = place.item or place.case.items.order_by("position").first()
        with transaction.atomic():
            copy = make_copy(
                self.platform,
                claim.entry if claim else None,
                self.now,
                url=f"{SITE}/media/{place.pk}",
                group=str(place.pk),
                source="notice",
                state="seen",
                verdict="clear",
            )
            Location.objects.filter(pk=place.pk).update(copy=copy, item=item)
            place.refresh_from_db()
            settle_location(location=place, state=Location.State.FOUND, now=self.now)

    def confirm(self) -> None:
        """Everybody who got a first letter says that it reached them."""
        for message in mail.outbox:
            found = re.search(r"/contact/confirm/([^/\s]+)/", str(message.body))
            if found:
                try:
                    confirm_contact(token=found[1], now=self.now)
                except RecordNotFoundError:
                    continue  # an old or used link: nothing changes

    def run(self, name: str, *, crash_at: int = 0) -> None:
        """Run a job; it may die on the way."""
        try:
            with dying_at(crash_at):
                JOBS[name](self.now)
        except Crash:
            self.crashes += 1
            if connection.in_atomic_block:
                transaction.set_rollback(False)  # only of what was under way, as in real life

    def settle(self) -> None:
        """Let every job do all that is due, without a crash."""
        for _round in range(6):
            for name in JOBS:
                self.run(name)

    def orders(self) -> list[Order]:
        return list(Order.objects.filter(state__in=["waiting", "failed"]).order_by("seq"))

    def cases(self) -> list[Case]:
        return list(Case.objects.order_by("filed_at", "number"))


def letters_sent() -> Counter[str]:
    """Id of a letter -> how often it left, by its Message-ID."""
    ids = [str(message.extra_headers["Message-ID"]) for message in mail.outbox]
    return Counter(one.strip("<>").partition("@")[0] for one in ids)


def wrong_letters(crashes: int) -> list[str]:
    """Letters that say they left and did not, or left too often; once more only for a crash."""
    sent = letters_sent()
    rows = [*Letter.objects.all(), *StaffLetter.objects.all()]
    wrong = [
        f"letter {row.pk} says it left, and did not"
        for row in rows
        if row.state == "sent" and not sent[str(row.pk)]
    ]
    doubles = sum(times - 1 for times in sent.values())
    if doubles > crashes:
        wrong.append(f"{doubles} doubles after {crashes} crashes")
    return wrong


def wrong_batches(recipients: int) -> list[str]:
    """Warnings that were told and are not in exactly one letter to each who is to be told."""
    from staydown_web.cases.models import ClockWarning

    return [
        f"warning {one.mark} is in {one.letters.count()} letters"
        for one in ClockWarning.objects.filter(told_at__isnull=False)
        if one.letters.count() != recipients
    ]
