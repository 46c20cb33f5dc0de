"""Who may open what: every address of the service, every kind of visitor, one table.

An address without a row fails, and so does a row without an address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from helpline_scene import give_case, make_case, make_caseworker, make_client, make_team, tell
from named_rows import rows
from page_loads import faults, is_page
from staydown.types import Fingerprint
from staydown_web.accounts.models import ApiKey, Platform, User
from staydown_web.banks.models import Bank
from staydown_web.banks.services import close_segments
from staydown_web.base.clock import utc_now
from staydown_web.base.ids import new_id
from staydown_web.cases.models import Case
from staydown_web.cases.services.accesses import share_case
from staydown_web.cases.services.handing import offer_case
from staydown_web.cases.services.phrases import digest_phrase
from staydown_web.config.api import api
from staydown_web.config.demo import seeding

OPEN, PERSON, STAFF, REVIEWER, LEAD, ADMIN = "open", "person", "staff", "reviewer", "lead", "admin"
CASEWORKER = "caseworker"
CHECK_KEY, DETAIL_KEY, OTHER_KEY = "key:check", "key:match:detail", "key:other"
READ, WRITE, BOTH = ("GET",), ("POST",), ("GET", "POST")

PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "status": (OPEN, READ),
    "busy": (OPEN, READ),
    "metrics": (OPEN, READ),
    "licences": (OPEN, READ),
    "notices": (OPEN, READ),
    "api-docs": (OPEN, READ),
    "audit:events": (LEAD, READ),
    "watch:status": (LEAD, READ),
    "setup:home": (STAFF, READ),
    "setup:keys": (ADMIN, READ),
    "setup:site": (ADMIN, BOTH),
    "setup:connect": (ADMIN, BOTH),
    "setup:attempt": (ADMIN, BOTH),
    "accounts:login": (OPEN, BOTH),
    "accounts:logout": (STAFF, WRITE),
    "accounts:join": (OPEN, BOTH),
    "accounts:second_factor": (STAFF, BOTH),
    "accounts:set_up_factor": (STAFF, BOTH),
    "accounts:renew_codes": (STAFF, WRITE),
    "accounts:me": (STAFF, BOTH),
    "accounts:end_sessions": (STAFF, WRITE),
    "accounts:people": (ADMIN, READ),
    "accounts:invite": (ADMIN, WRITE),
    "accounts:change_user": (ADMIN, WRITE),
    "accounts:flaggers": (ADMIN, BOTH),
    "accounts:change_flagger": (ADMIN, WRITE),
    "accounts:add_team": (ADMIN, WRITE),
    "accounts:change_team": (ADMIN, WRITE),
    "accounts:keys": (ADMIN, BOTH),
    "accounts:revoke_key": (ADMIN, WRITE),
    "hooks:hooks": (ADMIN, BOTH),
    "hooks:choose": (ADMIN, WRITE),
    "hooks:end": (ADMIN, WRITE),
    "hooks:call": (OPEN, WRITE),
    "hooks:call_by_address": (OPEN, WRITE),
    "review:queue": (REVIEWER, READ),
    "review:next": (REVIEWER, WRITE),
    "review:break": (REVIEWER, READ),
    "review:change_break": (REVIEWER, WRITE),
    "review:care": (REVIEWER, READ),
    "review:keys": (REVIEWER, READ),
    "review:limits": (REVIEWER, READ),
    "review:calendar": (REVIEWER, READ),
    "review:change_feed": (REVIEWER, WRITE),
    "review:feed": (OPEN, READ),
    "review:messages": (REVIEWER, READ),
    "review:statements": (REVIEWER, READ),
    "review:statement": (REVIEWER, BOTH),
    "review:conversation": (REVIEWER, READ),
    "review:answer_message": (REVIEWER, WRITE),
    "review:complaints": (REVIEWER, READ),
    "review:complaint": (REVIEWER, READ),
    "review:answer_complaint": (REVIEWER, WRITE),
    "review:undo_answer": (REVIEWER, WRITE),
    "review:notifiers": (LEAD, READ),
    "review:notifier": (LEAD, READ),
    "review:warn": (LEAD, WRITE),
    "review:change_suspension": (LEAD, WRITE),
    "review:task": (REVIEWER, READ),
    "review:decide": (REVIEWER, WRITE),
    "review:take": (REVIEWER, WRITE),
    "review:hand": (REVIEWER, WRITE),
    "review:write": (REVIEWER, WRITE),
    "review:contact": (REVIEWER, WRITE),
    "review:signatures": (REVIEWER, WRITE),
    "review:clock": (REVIEWER, WRITE),
    "review:minor": (REVIEWER, BOTH),
    "review:point": (REVIEWER, WRITE),
    "review:preview": (REVIEWER, READ),
    "review:undo": (REVIEWER, WRITE),
    "review:banks": (REVIEWER, READ),
    "review:policy": (LEAD, BOTH),
    "review:export": (LEAD, BOTH),
    "review:entries": (REVIEWER, READ),
    "review:entry": (REVIEWER, READ),
    "review:change_entry": (LEAD, WRITE),
    "review:approvals": (REVIEWER, READ),
    "review:answer_approval": (REVIEWER, WRITE),
    "review:platforms": (ADMIN, READ),
    "review:new_platform": (ADMIN, BOTH),
    "review:platform": (ADMIN, BOTH),
    "review:licences": (ADMIN, BOTH),
    "review:remove_licence": (ADMIN, WRITE),
    "actions:deliveries": (REVIEWER, READ),
    "actions:order": (REVIEWER, READ),
    "actions:order_again": (REVIEWER, WRITE),
    "actions:replay": (LEAD, WRITE),
    "actions:send_now": (LEAD, WRITE),
    "actions:endpoints": (ADMIN, READ),
    "actions:add_endpoint": (ADMIN, WRITE),
    "actions:endpoint": (ADMIN, READ),
    "actions:rotate": (ADMIN, WRITE),
    "actions:change_endpoint": (ADMIN, WRITE),
    "escalation:inbound": (OPEN, WRITE),
    "escalation:first": (REVIEWER, READ),
    "escalation:first_channels": (REVIEWER, READ),
    "escalation:first_channel": (REVIEWER, BOTH),
    "escalation:first_notice": (REVIEWER, READ),
    "escalation:first_sign": (REVIEWER, WRITE),
    "escalation:first_back": (REVIEWER, WRITE),
    "escalation:first_again": (REVIEWER, WRITE),
    "escalation:paste": (REVIEWER, BOTH),
    "escalation:list": (REVIEWER, READ),
    "escalation:chain": (REVIEWER, READ),
    "escalation:report": (REVIEWER, READ),
    "escalation:download": (REVIEWER, READ),
    "escalation:sign": (REVIEWER, WRITE),
    "escalation:undo": (REVIEWER, WRITE),
    "escalation:back": (REVIEWER, WRITE),
    "escalation:by_hand": (REVIEWER, WRITE),
    "escalation:again": (REVIEWER, WRITE),
    "escalation:stop": (REVIEWER, BOTH),
    "escalation:appeal": (REVIEWER, BOTH),
    "escalation:answer_appeal": (REVIEWER, WRITE),
    "escalation:links": (REVIEWER, READ),
    "escalation:saw": (REVIEWER, WRITE),
    "escalation:send_again": (REVIEWER, WRITE),
    "escalation:outcome": (REVIEWER, WRITE),
    "escalation:site_kind": (REVIEWER, BOTH),
    "escalation:site_unsafe": (REVIEWER, BOTH),
    "escalation:read": (REVIEWER, WRITE),
    "escalation:kinship": (REVIEWER, READ),
    "escalation:answer_kin": (REVIEWER, WRITE),
    "escalation:settings": (ADMIN, BOTH),
    "escalation:try_mail": (ADMIN, WRITE),
    "escalation:sites": (REVIEWER, READ),
    "escalation:site": (REVIEWER, READ),
    "escalation:provider": (REVIEWER, BOTH),
    "escalation:contact": (REVIEWER, WRITE),
    "exchanges:list": (LEAD, READ),
    "exchanges:kinds": (ADMIN, READ),
    "exchanges:add": (ADMIN, BOTH),
    "exchanges:detail": (LEAD, READ),
    "exchanges:change": (ADMIN, WRITE),
    "exchanges:settings": (ADMIN, BOTH),
    "exchanges:ask": (ADMIN, BOTH),
    "exchanges:leave": (ADMIN, BOTH),
    "exchanges:told": (LEAD, READ),
    "exchanges:replay": (ADMIN, WRITE),
    "exchanges:trial": (LEAD, BOTH),
    "exchanges:mute": (LEAD, WRITE),
    "exchanges:look": (LEAD, WRITE),
    "exchanges:uploads": (LEAD, READ),
    "exchanges:change_uploads": (ADMIN, WRITE),
    "federation:keys": (OPEN, READ),
    "federation:feed": (OPEN, READ),
    "federation:members": (LEAD, READ),
    "federation:add_member": (ADMIN, BOTH),
    "federation:change_key": (ADMIN, WRITE),
    "federation:look": (LEAD, WRITE),
    "federation:member": (ADMIN, READ),
    "federation:change_member": (ADMIN, WRITE),
    "replicas:list": (LEAD, READ),
    "replicas:new": (LEAD, BOTH),
    "replicas:replica": (LEAD, READ),
    "replicas:start": (LEAD, WRITE),
    "replicas:end": (LEAD, WRITE),
    "reports:statement": (OPEN, READ),
    "reports:preview": (REVIEWER, WRITE),
    "reports:decision_statements": (REVIEWER, WRITE),
    "reports:submissions": (LEAD, READ),
    "reports:submission": (LEAD, BOTH),
    "reports:transparency": (OPEN, READ),
    "reports:transparency_file": (OPEN, READ),
    "reports:how_to_ask": (OPEN, READ),
    "reports:how_to_ask_frame": (OPEN, READ),
    "reports:how_to_ask_text": (OPEN, READ),
    "reports:keys": (OPEN, READ),
    "reports:statement_receipt": (OPEN, READ),
    "reports:records": (LEAD, BOTH),
    "reports:take_record": (LEAD, WRITE),
    "reports:public_pages": (ADMIN, BOTH),
    "portal:start": (OPEN, READ),
    "portal:begin": (OPEN, READ),
    "portal:under_18": (OPEN, READ),
    "portal:help_lines": (OPEN, READ),
    "portal:hide_visit": (OPEN, READ),
    "portal:evidence": (OPEN, READ),
    "portal:your_data": (OPEN, READ),
    "portal:language": (OPEN, BOTH),
    "regimes:regimes": (OPEN, READ),
    "regimes:regime": (OPEN, READ),
    "portal:leave": (OPEN, READ),
    "portal:notice": (OPEN, READ),
    "portal:send": (OPEN, BOTH),
    "portal:plain": (OPEN, BOTH),
    "portal:case": (OPEN, BOTH),
    "portal:page": (PERSON, READ),
    "portal:add": (PERSON, READ),
    "portal:add_plain": (PERSON, BOTH),
    "portal:add_send": (PERSON, BOTH),
    "portal:reminder": (PERSON, READ),
    "portal:message": (PERSON, BOTH),
    "portal:complain_case": (PERSON, BOTH),
    "portal:complain": (OPEN, BOTH),
    "portal:complain_limit": (PERSON, BOTH),
    "portal:keep": (PERSON, BOTH),
    "portal:allow": (PERSON, BOTH),
    "portal:held": (PERSON, READ),
    "portal:held_file": (PERSON, WRITE),
    "portal:file": (PERSON, READ),
    "portal:files": (PERSON, BOTH),
    "portal:withdraw": (PERSON, BOTH),
    "portal:reach": (PERSON, BOTH),
    "portal:share": (PERSON, BOTH),
    "portal:partners": (PERSON, BOTH),
    "portal:providers": (PERSON, BOTH),
    "portal:close": (OPEN, BOTH),
    "portal:confirm": (OPEN, BOTH),
    "portal:refuse": (OPEN, BOTH),
    "portal:safe": (OPEN, BOTH),
    "portal:caseload": (CASEWORKER, READ),
    "portal:complain_team_limit": (CASEWORKER, WRITE),
    "portal:bulk": (CASEWORKER, WRITE),
    "portal:export_caseload": (CASEWORKER, WRITE),
    "portal:caseload_calendar": (CASEWORKER, READ),
    "portal:change_helpline_feed": (CASEWORKER, BOTH),
    "portal:helpline_feed": (OPEN, READ),
    "portal:untold": (CASEWORKER, READ),
    "portal:mark_told": (CASEWORKER, WRITE),
    "portal:undo_told": (CASEWORKER, WRITE),
    "portal:place_answered": (CASEWORKER, WRITE),
    "portal:clients": (CASEWORKER, BOTH),
    "portal:client": (CASEWORKER, READ),
    "portal:change_client": (CASEWORKER, WRITE),
    "portal:file_link": (CASEWORKER, BOTH),
    "portal:file_notice": (CASEWORKER, READ),
    "portal:file_send": (CASEWORKER, BOTH),
    "portal:helpline_case": (CASEWORKER, READ),
    "portal:helpline_contact": (CASEWORKER, WRITE),
    "portal:helpline_message": (CASEWORKER, WRITE),
    "portal:helpline_add": (CASEWORKER, BOTH),
    "portal:helpline_complain": (CASEWORKER, BOTH),
    "portal:helpline_keep": (CASEWORKER, WRITE),
    "portal:helpline_partners": (CASEWORKER, WRITE),
    "portal:helpline_providers": (CASEWORKER, WRITE),
    "portal:helpline_record": (CASEWORKER, WRITE),
    "portal:hand_case": (CASEWORKER, WRITE),
    "portal:answer_offer": (CASEWORKER, WRITE),
    "portal:take_on": (CASEWORKER, BOTH),
    "portal:team": (CASEWORKER, BOTH),
    "api:openapi-json": (OPEN, BOTH),
    "api:api-root": (OPEN, BOTH),
    "hma:live": (OPEN, READ),
    "hma:livez": (OPEN, READ),
    "hma:readyz": (OPEN, READ),
    "hma:site_map": (OPEN, READ),
    "hma:hash": (CHECK_KEY, BOTH),
    "hma:lookup": (CHECK_KEY, BOTH),
    "hma:raw_lookup": (DETAIL_KEY, READ),
    "hma:compare": (DETAIL_KEY, WRITE),
    "hma:index_status": (CHECK_KEY, READ),
    "hma:banks": (OTHER_KEY, BOTH),
    "hma:bank": (OTHER_KEY, READ),
    "hma:contents": (OTHER_KEY, WRITE),
    "hma:content": (OTHER_KEY, READ),
    "hma:signals": (OTHER_KEY, WRITE),
    "hma:signal_types": (CHECK_KEY, READ),
    "hma:index_by_type": (CHECK_KEY, READ),
    "hma:signal_type": (OTHER_KEY, ()),
    "hma:content_types": (CHECK_KEY, READ),
    "hma:exchanges": (OTHER_KEY, BOTH),
    "hma:apis": (OTHER_KEY, READ),
    "hma:api": (OTHER_KEY, BOTH),
    "hma:schema": (OTHER_KEY, READ),
    "hma:exchange": (OTHER_KEY, READ),
    "hma:exchange_status": (OTHER_KEY, READ),
    "hma:credentials": (OTHER_KEY, BOTH),
}
"""Name -> who is let in, by which methods."""

CALLS: dict[tuple[str, str], str] = {
    ("POST", "/api/v1/check"): "check",
    ("POST", "/api/v1/check/batch"): "check",
    ("GET", "/api/v1/checks/{check_id}"): "check",
    ("POST", "/api/v1/hits"): "library",
    ("GET", "/api/v1/hits"): "hits",
    ("GET", "/api/v1/orders"): "orders",
    ("GET", "/api/v1/orders/{order_id}"): "orders",
    ("POST", "/api/v1/orders/{order_id}/answer"): "orders",
    ("GET", "/api/v1/orders/{order_id}/receipt"): "orders",
    ("GET", "/api/v1/exchanges"): "exchanges",
    ("GET", "/api/v1/exchanges/{exchange_id}"): "exchanges",
    ("POST", "/api/v1/exchanges/{exchange_id}/fetch"): "exchanges",
    ("GET", "/api/v1/exchanges/{exchange_id}/runs"): "exchanges",
    ("GET", "/api/v1/replica/agreement"): "replica",
    ("GET", "/api/v1/replica/entries"): "replica",
    ("GET", "/api/v1/replica/changes"): "replica",
    ("POST", "/api/v1/replica/hits"): "replica",
    ("GET", "/api/v1/statements"): "orders",
    ("GET", "/api/v1/complaints"): "orders",
}
"""Call -> the scope that opens it."""

NOT_THERE: dict[str, tuple[str, ...]] = {
    # Opened by a secret in the address, or in a letter, which no visitor has.
    **dict.fromkeys(("accounts:join", "portal:safe"), BOTH),
    **dict.fromkeys(("portal:confirm", "portal:refuse"), WRITE),
    **dict.fromkeys(("review:feed", "portal:helpline_feed"), READ),
    # The scene has no first notice, decision of hers, deadline, member, or notifier to warn.
    "escalation:first_notice": READ,
    **dict.fromkeys(("escalation:first_sign", "escalation:first_back"), WRITE),
    "escalation:first_again": WRITE,
    **dict.fromkeys(("portal:complain_case", "portal:helpline_complain"), BOTH),
    "portal:reminder": READ,
    "federation:change_member": WRITE,
    "exchanges:mute": WRITE,
    "review:notifier": READ,
    **dict.fromkeys(("review:warn", "review:change_suspension"), WRITE),
    # A task of the bank alone: no case with a contact, a signature or a clock.
    **dict.fromkeys(("review:contact", "review:signatures", "review:clock"), WRITE),
    "review:write": WRITE,
    # Says nothing but that there is no such page.
    "api:api-root": BOTH,
}
"""Name -> the methods by which whoever is let in finds that the thing itself is not there."""

GUIDE: dict[str, tuple[str, ...]] = {
    "demo:guide": READ,
    "demo:picture": READ,
    "demo:reviewer": WRITE,
    "demo:second": WRITE,
    "demo:caseworker": WRITE,
}
"""Addresses of a demonstration, open to all by these methods; elsewhere they do not exist."""

BODIES: dict[tuple[str, str], Any] = {
    ("POST", "/api/v1/check"): {"signals": [{"type": "pdq", "value": "0f" * 32, "quality": 90}]},
    ("POST", "/api/v1/check/batch"): {
        "checks": [{"signals": [{"type": "pdq", "value": "0f" * 32, "quality": 90}]}]
    },
    ("POST", "/api/v1/orders/{order_id}/answer"): {"state": "done"},
}
UNDOCUMENTED = {"api:openapi-json", "api:api-root"}
"""Addresses of the API that are no calls: they say what calls there are."""

RANK = {"reviewer": 1, "lead": 2, "admin": 3}
PHRASE = "stately arrange olive acorn drapery culture"


@dataclass(frozen=True, slots=True)
class Scene:
    """A service with one of everything.

    Attributes:
        visitors: name of a kind of visitor -> a browser.
        ids: values for the names in addresses.
    """

    visitors: dict[str, Client]
    ids: dict[str, Any]


@pytest.fixture(autouse=True)
def _segments_of_this_test_alone() -> Iterator[None]:
    yield
    close_segments()


@pytest.fixture
def scene(
    platform: Platform,
    bank: Bank,
    reviewer: User,
    lead: User,
    admin: User,
    api_key: tuple[ApiKey, str],
    client_of: Callable[..., Client],
    key_for: Callable[..., tuple[ApiKey, str]],
    other_platform: Platform,
    drawn_fingerprint: Callable[[int], Fingerprint],
    now: datetime,
) -> Scene:
    desk = helpline(platform, now)
    ids = desk.ids | rows(platform, bank, reviewer, admin, api_key[0], drawn_fingerprint(1), now)
    _, foreign = key_for(other_platform, "check", "hits", "orders", "library", "match:detail")
    return Scene(
        {
            "anonymous": Client(),
            "person": person_of(platform, now),
            "reviewer": client_of(reviewer),
            "lead": client_of(lead),
            "admin": client_of(admin),
            "caseworker": client_of(desk.caseworker),
            "foreign key": Client(headers={"Authorization": f"Bearer {foreign}"}),
        },
        ids,
    )


@dataclass(frozen=True, slots=True)
class Desk:
    """A helpline with one of everything, and a caseworker of another one.

    Attributes:
        caseworker: who has the case, and a colleague's offer.
        stranger: of another helpline.
        ids: values for the names in addresses.
    """

    caseworker: User
    stranger: User
    ids: dict[str, Any]


def helpline(platform: Platform, now: datetime) -> Desk:
    """One client, one case that was told, one that is offered, one that a person shares."""
    team, other = make_team("Helpline One", now), make_team("Helpline Two", now)
    mia, noa = make_caseworker("mia", team, leads=True), make_caseworker("noa", team)
    client = make_client(mia, "File 7", now)
    access = give_case(make_case(platform, now, elsewhere=["board.example"]), client, mia, now)
    telling = tell(access, mia, now)
    theirs = give_case(make_case(platform, now), make_client(noa, "File 8", now), noa, now)
    offer = offer_case(access=theirs, user=noa, taker=mia, note="", now=now)
    shared = share_case(case=make_case(platform, now), team=team, now=now)
    ids = {
        "case_number": access.case.number,
        "client_id": client.pk,
        "telling_id": telling.pk,
        "batch": telling.batch,
        "offer_id": offer.pk,
        "access_id": shared.pk,
        "team_id": team.pk,
        "decision_id": new_id(),
    }
    return Desk(mia, make_caseworker("sam", other), ids)


def person_of(platform: Platform, now: datetime) -> Client:
    """A browser in which a case is open."""
    from staydown_web.base.keys import make_case_key
    from staydown_web.base.sealing import installation_keys, seal_for_case

    case_id = new_id()
    make_case_key(installation_keys().folder, case_id)
    case = Case.objects.create(
        id=case_id,
        number="C-2345-6789",
        phrase_hash=digest_phrase(PHRASE),
        way="published",
        acts_as="self",
        platform=platform,
        regimes=["us-tida"],
        details_box=seal_for_case(case_id, {}, context="details"),
        filed_at=now,
        touched_at=now,
    )
    client = Client()
    answer = client.post("/case/", {"number": case.number, "phrase": PHRASE})
    assert answer.status_code == 302, answer.content
    return client


def patterns(found: Any = None, room: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address with its name."""
    for row in get_resolver().url_patterns if found is None else found:
        if isinstance(row, URLPattern):
            yield f"{room}{row.name}", row
        else:
            inner = f"{room}{row.namespace}:" if row.namespace else room
            yield from patterns(row.url_patterns, inner)


NAMES = sorted(
    name for name, _ in patterns() if not name.startswith("api:") or name in UNDOCUMENTED
)


def outcome(answer: HttpResponse) -> str:
    """What a visitor gets, in a word."""
    goes_to = answer.headers.get("Location", "")
    if answer.status_code == 302 and goes_to.startswith(("/staff/sign-in/", "/staff/second-f")):
        return "sign in"
    if answer.status_code == 302 and goes_to == "/case/":
        return "the door of the case"
    if answer.status_code == 403 and b"No page is open in this browser" in answer.content:
        return "the door of the case"
    if answer.status_code >= 500 and answer.status_code != 503:
        return f"a defect ({answer.status_code})"
    other = {401: "no key", 403: "refused", 404: "not there", 405: "not this way"}
    if answer.status_code == 400 and answer.request["REQUEST_METHOD"] == "GET":
        return "not understood"
    return other.get(answer.status_code, "let in")


def wanted_with_a_key(visitor: str, who: str) -> str:
    """What a call that takes a key of some scope answers."""
    if visitor != "foreign key":
        return "no key"
    return "let in" if who in {CHECK_KEY, DETAIL_KEY} else "refused"  # what the foreign key has


def wanted(visitor: str, who: str, *, is_a_way: bool) -> str:
    """What the table says that a visitor gets."""
    rank = RANK.get(visitor, 0)
    is_helpline = visitor == CASEWORKER
    if who.startswith("key:"):
        return wanted_with_a_key(visitor, who) if is_a_way else "not this way"
    if who not in {OPEN, PERSON} and not (rank or is_helpline):
        return "sign in"
    if not is_a_way:
        return "not this way"
    if who in {OPEN, PERSON}:
        return "let in" if who == OPEN or visitor == "person" else "the door of the case"
    if is_helpline or who == CASEWORKER:
        return "let in" if who == STAFF or (is_helpline and who == CASEWORKER) else "refused"
    return "let in" if rank >= RANK.get(who, 1) else "refused"


@pytest.mark.django_db
def test_every_address_lets_in_whom_the_table_says_and_nobody_else(scene: Scene) -> None:
    """And no page that anybody is shown loads from, or sends to, somebody else."""
    wrong: dict[str, Any] = {}
    from_elsewhere: dict[str, list[str]] = {}
    shown = set()
    for name, pattern in patterns():
        if name not in PAGES:
            continue
        who, ways = PAGES[name]
        kwargs = {key: scene.ids[key] for key in pattern.pattern.converters}
        for (visitor, method), answer in walk(scene, reverse(name, kwargs=kwargs)):
            said = EXCEPTIONS.get(name, {}).get(
                (visitor, method), wanted(visitor, who, is_a_way=method in ways)
            )
            if said == "let in" and method in NOT_THERE.get(name, ()):
                said = "not there"
            if outcome(answer) != said:
                wrong[f"{name} {visitor} {method}"] = (outcome(answer), said)
            if is_page(answer):
                shown.add(name)
                if found := faults(answer):
                    from_elsewhere[f"{name} {visitor} {method}"] = found
    assert not wrong, "\n".join(f"{place}: {both}" for place, both in wrong.items())
    assert not from_elsewhere, from_elsewhere
    assert shown >= LOOKED_AT


def walk(scene: Scene, address: str) -> Iterator[tuple[tuple[str, str], HttpResponse]]:
    """What each visitor gets at one address, by each method."""
    for visitor, client in scene.visitors.items():
        for method in BOTH:
            kept = client.cookies.copy()
            with transaction.atomic():  # each visitor finds the scene as it was
                yield (visitor, method), client.generic(method, address, "", EMPTY_FORM)
                transaction.set_rollback(True)
            client.cookies = kept


@pytest.mark.django_db
def test_the_doors_of_a_demonstration_are_open_to_all_there_and_exist_nowhere_else(
    demo_urls: Any, scene: Scene
) -> None:
    seeding.ensure_people(utc_now())
    assert sorted(name for name, _ in patterns() if name.startswith("demo:")) == sorted(GUIDE)
    for is_demo in (True, False):
        demo_urls.STAYDOWN_DEMO = is_demo
        for name, ways in GUIDE.items():
            kwargs = {"name": "bridge.jpg"} if name == "demo:picture" else {}
            for (visitor, method), answer in walk(scene, reverse(name, kwargs=kwargs)):
                there = "let in" if method in ways else "not this way"
                expected = there if is_demo else "not there"
                assert outcome(answer) == expected, (name, visitor, method)
                assert not is_page(answer) or faults(answer) == []
                if answer.streaming:
                    answer.getvalue()  # reads, and so closes, the file


@pytest.mark.django_db
def test_a_wrong_phrase_is_refused_whoever_sends_it(scene: Scene) -> None:
    given = {"number": "C-2222-2222", "phrase": "one two three four five six"}
    answers = {v: client.post("/case/", given) for v, client in scene.visitors.items()}
    assert {visitor: outcome(answer) for visitor, answer in answers.items()} == dict.fromkeys(
        EVERYONE, "refused"
    )


LOOKED_AT = {
    *("portal:page", "portal:add", "portal:add_plain", "portal:plain", "portal:complain"),
    *("portal:caseload", "portal:client", "portal:helpline_case", "portal:team"),
    *("review:task", "review:complaint", "review:messages", "review:conversation"),
    *("review:entries", "review:entry", "review:export", "review:approvals"),
    *("escalation:chain", "escalation:report", "escalation:site", "federation:member"),
    *("exchanges:detail", "replicas:replica", "reports:statement", "reports:submission"),
    *("reports:transparency", "reports:records"),
}
"""Pages of one thing, which are shown only where the scene has that thing."""


@pytest.mark.django_db
def test_a_caseworker_of_another_helpline_finds_nothing_of_this_one(
    platform: Platform, client_of: Callable[..., Client], now: datetime
) -> None:
    desk = helpline(platform, now)
    foreign, wrong = client_of(desk.stranger), {}
    for name, pattern in patterns():
        names = pattern.pattern.converters
        who, ways = PAGES.get(name, (OPEN, READ))
        if who != CASEWORKER or not names:
            continue
        for method in ways:
            address = reverse(name, kwargs={key: desk.ids[key] for key in names})
            answer = foreign.generic(method, address, "", EMPTY_FORM)
            # What one press marked is undone by who pressed: for everybody else it is over.
            if answer.status_code != (409 if name == "portal:undo_told" else 404):
                wrong[name, method] = answer.status_code
    assert not wrong


EMPTY_FORM = "application/x-www-form-urlencoded"
EVERYONE = ("anonymous", "person", "reviewer", "lead", "admin", "caseworker", "foreign key")
EXCEPTIONS: dict[str, dict[tuple[str, str], str]] = {
    # Asked for nothing, it says that it was asked for nothing.
    "hma:lookup": {("foreign key", "GET"): "not understood"},
    # What an export asks for takes a lead, and never the one who asked.
    "review:answer_approval": {("reviewer", "POST"): "refused", ("admin", "POST"): "refused"},
    # Who decided first does not answer the complaint about it.
    "review:answer_complaint": {("reviewer", "POST"): "refused"},
    # Only who decided takes a decision back.
    "review:undo": {("lead", "POST"): "refused", ("admin", "POST"): "refused"},
    # The signature of another installation lets in, and no visitor makes one.
    "federation:feed": {(visitor, "GET"): "no key" for visitor in EVERYONE},
    # The secret of a hook lets in, and no visitor has one.
    "hooks:call": {(visitor, "POST"): "no key" for visitor in EVERYONE},
    "hooks:call_by_address": {(visitor, "POST"): "no key" for visitor in EVERYONE},
    # So does the secret of a mail server that hands over what it gets.
    "escalation:inbound": {(visitor, "POST"): "no key" for visitor in EVERYONE},
    # Signing out leads to the door of signing in.
    "accounts:logout": {(visitor, "POST"): "sign in" for visitor in (*RANK, CASEWORKER)},
    # Closing leads to the door; so does it where nothing is open.
    "portal:close": {
        **{(visitor, "POST"): "let in" for visitor in EVERYONE},
        **{(v, "GET"): "the door of the case" for v in EVERYONE if v != "person"},
    },
}


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert sorted(PAGES) == NAMES


def calls() -> Iterator[tuple[str, str]]:
    """Method and path of every call of the API."""
    for path, found in api.get_openapi_schema()["paths"].items():
        for method in found:
            yield method.upper(), path


def test_every_call_of_the_api_has_a_row_and_no_address_of_it_is_hidden() -> None:
    assert sorted(calls()) == sorted(CALLS)
    documented = {path.removeprefix("/api/v1/") for _, path in calls()}
    hidden = {
        name
        for name, row in patterns()
        if name.startswith("api:")
        and str(row.pattern).replace("<", "{").replace(">", "}") not in documented
    }
    assert hidden <= UNDOCUMENTED


@pytest.mark.django_db
def test_every_call_asks_for_a_key_of_its_scope_and_shows_nothing_of_another_platform(
    scene: Scene, platform: Platform, key_for: Callable[..., tuple[ApiKey, str]]
) -> None:
    for call, scope in CALLS.items():
        others = {"check", "match:detail", "library", "hits", "orders"} - {scope}
        _, right = key_for(platform, scope)
        _, wrong = key_for(platform, *others)
        visitors = {
            **scene.visitors,
            "key": Client(headers={"Authorization": f"Bearer {right}"}),
            "key without the scope": Client(headers={"Authorization": f"Bearer {wrong}"}),
            "no such key": Client(headers={"Authorization": "Bearer nonsense"}),
        }
        found = {}
        for visitor, client in visitors.items():
            with transaction.atomic():
                found[visitor] = ask(client, call, scene.ids).status_code
                transaction.set_rollback(True)
        # Lists of partners belong to the installation: that key has no scope for them at all.
        names_a_row = "{" in call[1] and scope != "exchanges"
        foreign = found.pop("foreign key")
        assert foreign == 404 if names_a_row else foreign < 500, call
        # A key alone opens no local copy: it takes the agreement that it was made for.
        right_key = {403, 422} if scope == "replica" else {200, 400, 422}
        assert found.pop("key") in right_key, call
        assert found.pop("key without the scope") == 403, call
        assert set(found.values()) == {401}, (call, found)


def ask(client: Client, call: tuple[str, str], ids: dict[str, UUID]) -> HttpResponse:
    """Make a call."""
    method, path = call
    address = path.format(**ids)
    if method == "GET":
        return client.get(address)
    return client.post(address, BODIES.get(call, {}), content_type="application/json")


@pytest.mark.django_db
def test_a_key_sees_no_check_or_order_of_another_platform_in_lists(scene: Scene) -> None:
    foreign = scene.visitors["foreign key"]
    assert foreign.get("/api/v1/orders").json()["orders"] == []
    assert foreign.get("/api/v1/hits").json()["hits"] == []
