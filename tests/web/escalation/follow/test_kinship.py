"""Sites that share marks are proposed; a person answers; nothing is taken over by that alone."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from helpline_scene import make_case, make_caseworker, make_team
from staydown_web.accounts.models import Approval, Platform, User
from staydown_web.audit.models import Event
from staydown_web.audit.services import record_event
from staydown_web.banks.models import Bank, Entry
from staydown_web.base.errors import NotAllowedError, RecordConflictError, RecordNotFoundError
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import blind, seal
from staydown_web.cases.models import Case, Claim, Item
from staydown_web.escalation.models import Kinship, Mark, Site
from staydown_web.escalation.services.kinship import answer_kinship, mark_entries, propose_kin
from staydown_web.escalation.services.kinship_marks import mark_entries_of
from staydown_web.escalation.services.sites import site_of_domain
from staydown_web.escalation.services.watching import watch_left_places

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def give(site: Site, now: datetime, **marks: str | list[str]) -> None:
    """``give(site, now, ip="192.0.2.1")``: marks as the mapper stores them."""
    for kind, values in marks.items():
        for value in [values] if isinstance(values, str) else values:
            mark_id = new_id()
            Mark.objects.create(
                id=mark_id,
                site=site,
                kind=kind,
                blind=blind(value.encode(), purpose=f"mark:{kind}"),
                label_box=seal(value.encode(), context=f"mark:{mark_id}"),
                first_seen_at=now,
                last_seen_at=now,
            )
    record_event(what="site_mapped", actor="system", at=now, subject=f"site:{site.pk}")


@pytest.fixture
def pair(now: datetime) -> tuple[Site, Site]:
    """Two sites with the same accounts; the first has been known for longer."""
    older = site_of_domain(domain="pics.example", now=now - 90 * DAY)
    newer = site_of_domain(domain="pics-again.example", now=now)
    for site in (newer, older):
        give(site, now, payment_account="shop-88", ads_account="pub-17", ip="192.0.2.9")
    return older, newer


def test_two_sites_with_the_same_accounts_are_proposed_once(
    pair: tuple[Site, Site], now: datetime
) -> None:
    assert propose_kin(now) == 2
    assert propose_kin(now) == 0
    kinship = Kinship.objects.get()
    assert (kinship.older, kinship.newer, kinship.state) == (*pair, "proposed")
    assert kinship.reasons[0] == ["payment_account", 1]
    assert ["ads_account", 1] in kinship.reasons
    assert kinship.score >= 8


def test_shared_hosts_do_not_make_kin(now: datetime) -> None:
    for number in range(12):
        site = site_of_domain(domain=f"s{number}.example", now=now)
        give(site, now, ip="192.0.2.9", nameserver=["ns1.host.example", "ns2.host.example"])
    propose_kin(now)
    assert not Kinship.objects.exists()


def test_a_mark_of_very_many_sites_says_nothing(now: datetime) -> None:
    for number in range(45):
        site = site_of_domain(domain=f"s{number}.example", now=now)
        give(site, now, ads_account=["reseller-1", "reseller-2"], analytics="agency")
    while propose_kin(now):
        pass
    assert not Kinship.objects.exists()


def test_what_a_person_answered_stands(
    pair: tuple[Site, Site], reviewer: User, now: datetime
) -> None:
    propose_kin(now)
    kinship = Kinship.objects.get()
    answer_kinship(kinship_id=kinship.pk, is_same=False, user=reviewer, now=now)
    give(pair[1], now, analytics="count-1")
    give(pair[0], now, analytics="count-1")
    propose_kin(now)
    kinship.refresh_from_db()
    assert (kinship.state, kinship.answered_by) == ("refused", reviewer)
    assert ["analytics", 1] not in kinship.reasons
    with pytest.raises(RecordConflictError):
        answer_kinship(kinship_id=kinship.pk, is_same=True, user=reviewer, now=now)


def test_reasons_that_are_found_later_are_added(pair: tuple[Site, Site], now: datetime) -> None:
    propose_kin(now)
    for site in pair:
        give(site, now, favicon="icon")
    propose_kin(now)
    assert ["favicon", 1] in Kinship.objects.get().reasons


@pytest.mark.parametrize("kind", list(Site.Kind.values))
def test_yes_asks_a_second_person_and_changes_nothing_by_itself(
    pair: tuple[Site, Site], reviewer: User, now: datetime, kind: str
) -> None:
    Site.objects.filter(pk=pair[0].pk).update(kind=kind)
    propose_kin(now)
    kinship = Kinship.objects.get()
    answer_kinship(kinship_id=kinship.pk, is_same=True, user=reviewer, now=now)
    assert Site.objects.get(pk=pair[1].pk).kind == "user_content"
    asked = [(one.what, one.facts["kind"], one.state) for one in Approval.objects.all()]
    assert asked == ([("site_kind", "dedicated", "asked")] if kind == "dedicated" else [])


def test_only_staff_that_reviews_answers(
    pair: tuple[Site, Site], reviewer: User, now: datetime
) -> None:
    propose_kin(now)
    kinship = Kinship.objects.get()
    caseworker = make_caseworker("cora", make_team("Helpline", now))
    with pytest.raises(NotAllowedError):
        answer_kinship(kinship_id=kinship.pk, is_same=True, user=caseworker, now=now)
    with pytest.raises(RecordNotFoundError):
        answer_kinship(kinship_id=pair[0].pk, is_same=True, user=reviewer, now=now)


def test_events_name_no_site_and_no_account(
    pair: tuple[Site, Site], reviewer: User, now: datetime
) -> None:
    propose_kin(now)
    answer_kinship(kinship_id=Kinship.objects.get().pk, is_same=True, user=reviewer, now=now)
    rows = Event.objects.filter(what__startswith="kinship_")
    assert sorted(rows.values_list("what", flat=True)) == ["kinship_answered", "kinship_proposed"]
    said = json.dumps(list(rows.values("facts", "subject")), default=str)
    # Of more than digits: the id of what happened may hold any three.
    for secret in ("pics", "shop", "pub-17", "192.0.2"):
        assert secret not in said


@pytest.fixture
def claimed(platform: Platform, bank: Bank, now: datetime) -> Case:
    """A case with one banked picture, and links on two sites."""
    case = make_case(platform, now, served=0, elsewhere=["pics.example", "pics-again.example"])
    Case.objects.filter(pk=case.pk).update(providers_agreed_at=now)
    item = Item.objects.create(case=case, position=1, added_at=now, state_at=now)
    entry = Entry.objects.create(
        bank=bank,
        content_kind="photo",
        origin=Entry.Origin.NOTICE,
        state=Entry.State.CONFIRMED,
        blind="0" * 32,
        box=b"sealed",
        created_at=now,
        claimed_at=now,
    )
    Claim.objects.create(item=item, entry=entry, made_at=now)
    case.locations.update(item=item)
    watch_left_places(now)
    case.refresh_from_db()
    return case


def test_pictures_are_marks_of_the_sites_they_were_seen_on(claimed: Case, now: datetime) -> None:
    record_event(what="notice_valid", actor="system", at=now, case_id=claimed.pk)
    assert mark_entries(now) == 1
    marks = Mark.objects.filter(kind="entry")
    assert marks.count() == 2
    assert len(set(marks.values_list("blind", flat=True))) == 1
    entry_id = str(Entry.objects.get().pk)
    assert all(entry_id not in bytes(one.label_box).hex() for one in marks)
    assert propose_kin(now) > 0
    assert not Kinship.objects.exists(), "one picture on two sites is no operation"


def test_what_was_taken_back_is_no_mark_any_more(claimed: Case, now: datetime) -> None:
    site = site_of_domain(domain="pics.example", now=now)
    assert mark_entries_of(site=site, now=now) == 1
    assert mark_entries_of(site=site, now=now) == 0
    Claim.objects.update(ended_at=now)
    mark_entries_of(site=site, now=now)
    assert not Mark.objects.filter(site=site).exists()
    Claim.objects.update(ended_at=None)
    Case.objects.update(providers_agreed_at=None)
    assert mark_entries_of(site=site, now=now) == 0
