"""Partners have confirmed entries of people who agreed, and lose them as soon as that ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import confirm_entries, dispute_entries, unconfirm_entries
from staydown_web.base.errors import ExchangeUnavailableError
from staydown_web.cases.forms import Answers, FiledFile, Filing
from staydown_web.cases.models import Case
from staydown_web.cases.services import agree_to_partners, end_partners, erase_case, file_case
from staydown_web.exchanges.models import Contributed, Exchange, Outgoing
from staydown_web.exchanges.services import (
    end_contribution,
    follow_news,
    settle_contributions,
)

from .conftest import photo

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("segments")]
ANSWERS = Answers(
    statement="It was shared without my consent.",
    signature="Ada Example",
    is_good_faith=True,
    declarations=frozenset({"on_service", "role"}),
    name="Ada Example",
    email="ada@mail.example",
)


@pytest.fixture
def receiving(exchange) -> Exchange:
    """The partner may have entries of ours."""
    Exchange.objects.update(state="on", contributes=True)
    return exchange


@pytest.fixture
def filed(platform, now) -> Callable[..., Case]:
    """``filed("hers")``: a valid notice of somebody about that picture."""

    def file(name: str) -> Case:
        filing = Filing(
            way="published",
            acts_as="self",
            is_adult_in_picture=True,
            language="en",
            regimes=["us-tida"],
            urls=["http://127.0.0.1:8161/media/1.jpg"],
            files=[FiledFile(photo(name), name="holiday.jpg", size_bytes=1000)],
            answers=ANSWERS,
            platform=platform,
        )
        return file_case(filing=filing, now=now).case

    return file


@pytest.fixture
def given(receiving, filed, partner, sent, reviewer, now) -> Entry:
    """An entry that the partner has."""
    agree_to_partners(case=filed("hers"), now=now)
    entry = Entry.objects.get()
    confirm_entries(entry_ids=[entry.pk], actor=f"user:{reviewer.pk}", now=now)
    run(now, sent)
    assert partner.given == [photo("hers").to_bytes()]
    return entry


def run(now, sent, **later) -> None:
    follow_news(now)
    sent(**later)


def key() -> str:
    return photo("hers").to_bytes().hex()


def test_only_confirmed_entries_of_those_who_agreed_are_given(
    receiving, filed, partner, sent, reviewer, now
) -> None:
    agreed, silent = filed("hers"), filed("another's")
    run(now, sent)
    agree_to_partners(case=agreed, now=now)
    run(now, sent)
    assert partner.given == [], "nobody has confirmed them"
    everything = list(Entry.objects.values_list("pk", flat=True))
    confirm_entries(entry_ids=everything, actor=f"user:{reviewer.pk}", now=now)
    run(now, sent)
    run(now, sent)
    assert partner.given == [photo("hers").to_bytes()]
    told = Event.objects.get(what="partner_told")
    assert (told.facts["what"], told.facts["count"]) == ("given", 1)
    agree_to_partners(case=silent, now=now)
    run(now, sent)
    assert len(partner.given) == 2


def test_without_the_agreement_of_two_nothing_is_given(
    receiving, filed, partner, sent, reviewer, now
) -> None:
    Exchange.objects.update(contributes=False)
    agree_to_partners(case=filed("hers"), now=now)
    entry = Entry.objects.get()
    confirm_entries(entry_ids=[entry.pk], actor=f"user:{reviewer.pk}", now=now)
    run(now, sent)
    settle_contributions(now)
    sent()
    assert partner.given == []


@pytest.mark.parametrize(
    "how", ["consent", "unconfirmed", "disputed", "agreement", "withdrawn", "erased"]
)
def test_what_ends_it_is_told_in_one_run(
    how, given, receiving, partner, sent, reviewer, now
) -> None:
    from staydown_web.banks.services import withdraw_entry

    actor = f"user:{reviewer.pk}"
    match how:
        case "consent":
            end_partners(case=Case.objects.get(), now=now)
        case "unconfirmed":
            unconfirm_entries(entry_ids=[given.pk], actor=actor, now=now)
        case "disputed":
            dispute_entries(entry_ids=[given.pk], actor=actor, now=now)
        case "agreement":
            end_contribution(exchange_id=receiving.pk, actor=actor, now=now)
        case "erased":
            erase_case(case=Case.objects.get(), now=now)
        case _:
            withdraw_entry(entry_id=given.pk, actor=actor, now=now)
    run(now, sent)
    assert partner.told == [(key(), "withdrawn")]
    row = Contributed.objects.get()
    assert (row.state, row.raw_box, row.key_box) == ("ended", None, None)
    told = Event.objects.filter(what="partner_told").order_by("-seq").first()
    assert told.facts["what"] == "withdrawn"
    assert told.facts["entries"] == [str(given.pk)]


def test_what_was_taken_back_and_stands_again_is_given_again(
    given, partner, sent, reviewer, now
) -> None:
    actor = f"user:{reviewer.pk}"
    unconfirm_entries(entry_ids=[given.pk], actor=actor, now=now)
    run(now, sent)
    confirm_entries(entry_ids=[given.pk], actor=actor, now=now)
    run(now, sent)
    assert len(partner.given) == 2
    assert sorted(Contributed.objects.values_list("state", flat=True)) == ["ended", "given"]


def test_an_entry_that_has_run_out_is_taken_back_without_any_news(
    given, partner, sent, now
) -> None:
    Entry.objects.update(expires_at=now + timedelta(hours=1))
    settle_contributions(now + timedelta(hours=2))
    sent(hours=2)
    assert partner.told == [(key(), "withdrawn")]


def test_what_never_left_needs_no_word(receiving, filed, partner, sent, reviewer, now) -> None:
    agree_to_partners(case=filed("hers"), now=now)
    entry = Entry.objects.get()
    confirm_entries(entry_ids=[entry.pk], actor=f"user:{reviewer.pk}", now=now)
    follow_news(now)
    end_partners(case=Case.objects.get(), now=now)
    run(now, sent)
    assert (partner.given, partner.told) == ([], [])
    assert Contributed.objects.get().raw_box is None
    assert Outgoing.objects.count() == 0


def test_what_may_have_got_there_is_taken_back_once_its_key_is_known(
    receiving, filed, partner, sent, reviewer, now
) -> None:
    agree_to_partners(case=filed("hers"), now=now)
    entry = Entry.objects.get()
    confirm_entries(entry_ids=[entry.pk], actor=f"user:{reviewer.pk}", now=now)
    follow_news(now)
    partner.wrong = [ExchangeUnavailableError("cut off")]
    sent()
    end_partners(case=Case.objects.get(), now=now)
    run(now, sent)
    assert partner.told == []
    sent(minutes=2)
    sent(minutes=5)
    assert partner.told == [(key(), "withdrawn")]
    assert Contributed.objects.get().state == "ended"


def test_what_the_partner_has_no_kind_for_is_not_offered_again(
    receiving, filed, partner, sent, reviewer, now
) -> None:
    partner.untaken = {photo("hers").to_bytes()}
    agree_to_partners(case=filed("hers"), now=now)
    entry = Entry.objects.get()
    confirm_entries(entry_ids=[entry.pk], actor=f"user:{reviewer.pk}", now=now)
    run(now, sent)
    settle_contributions(now)
    sent(hours=1)
    assert len(partner.given) == 1
    assert Contributed.objects.get().state == "untaken"
    assert not Event.objects.filter(what="partner_told").exists()
