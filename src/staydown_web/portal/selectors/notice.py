"""What the page of a notice needs to know of the law, so that it can check without asking us."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from django.utils.translation import gettext

from staydown_web.accounts.models import Platform
from staydown_web.base.sealing import lasting_name
from staydown_web.cases.models import Case, Notice
from staydown_web.cases.services.notices import answers_of, facts_of
from staydown_web.cases.services.places import owners
from staydown_web.regimes.schemas import Regime, RequiredElement
from staydown_web.regimes.selectors import (
    regime,
    regimes_for,
    signing_text,
    start_note,
    text_digest,
)


def laws_of(platform: Platform | None, *, way: str) -> list[Regime]:
    """The regimes under which a notice to this platform can be given, for one way in."""
    return regimes_for(way=way, bound_by=platform.regimes if platform else [])


def law_facts(platform: Platform | None, language: str) -> dict[str, Any]:
    """All that the page checks and shows, as plain JSON.

    Args:
        platform: to which the notice is given.
        language: in which it is read and signed.

    Returns:
        ``laws``: id -> title, words and hours of the clock, what an open start means, elements,
        texts with their digests; ``offered``: way in -> ids; ``served``: the websites at which an
        address counts.
    """
    offered = {way: laws_of(platform, way=way) for way in Case.Way.values}
    every = {law.id: law for laws in offered.values() for law in laws}
    return {
        "laws": {id_: _law(law, language) for id_, law in every.items()},
        "offered": {way: [law.id for law in laws] for way, laws in offered.items()},
        "served": sorted(owners()),
    }


def sole_platform(platform: Platform | None) -> str:
    """Its name where this service works for it alone, so that nobody else can be meant."""
    is_alone = platform is not None and Platform.objects.count() == 1
    return platform.name if platform is not None and is_alone else ""


def _law(law: Regime, language: str) -> dict[str, Any]:
    return {
        "title": gettext(law.short_title),
        "clock": gettext(law.clock.words) if law.clock.words else "",
        "hours": law.clock.hours,
        "startNote": start_note(law),
        "elements": [
            {
                "id": element.id,
                "label": gettext(element.label),
                "remedy": gettext(element.remedy),
                "allOf": list(element.all_of),
                "anyOf": list(element.any_of),
                "onlyIf": element.only_if,
                "fields": controls_of(element),
            }
            for element in law.elements
        ],
        "texts": {acts_as: _text(law, language, acts_as) for acts_as in Case.ActsAs.values},
    }


_DECLARED: Final = {"has_on_service": "on_service", "has_role": "role"}
"""Fact -> the sentence to tick: each is a control of its own, and is led to by itself."""


def controls_of(element: RequiredElement) -> list[str]:
    """The fields that give it, as the page names them."""
    ticked = [_DECLARED[fact] for fact in (*element.all_of, *element.any_of) if fact in _DECLARED]
    return [
        name
        for field in element.form_fields
        for name in (ticked if field == "declarations" else [field])
    ]


def _text(law: Regime, language: str, acts_as: str) -> dict[str, Any]:
    text = signing_text(law, language, acts_as)
    return {"paragraphs": text.split("\n\n"), "digest": text_digest(text)}


def texts_to_sign(laws: Sequence[Regime], language: str, acts_as: str) -> list[dict[str, Any]]:
    """For a page without JavaScript: each law's time, and what is signed under it."""
    return [
        {
            "id": law.id,
            "title": gettext(law.short_title),
            "clock": gettext(law.clock.words) if law.clock.words else "",
            "start_note": start_note(law),
            **_text(law, language, acts_as),
        }
        for law in laws
    ]


def draft_mark(case: Case) -> str:
    """By what a draft of an addition knows its case again; on a device it says nothing."""
    return lasting_name(case.pk.bytes, purpose="draft", digits=32)


def adding_facts(case: Case) -> dict[str, Any]:
    """What the page needs where something is added to a case.

    Returns:
        As ``law_facts``, and: ``case``: its mark in a draft; ``given``: which facts the case holds
        already; ``unsigned``: ids of the laws whose notice lacks something; ``comingTrue``: ids of
        those that come to it once a threat comes true.
    """
    language = case.language
    first = first_notice(case)
    given = asdict(facts_of(case, answers_of(first))) if first else {}
    waiting = {notice.regime for notice in case.notices.filter(valid_at__isnull=True)}
    unsigned = [id_ for id_ in case.regimes if id_ in waiting]
    coming = [law.id for law in coming_true(case)]
    if case.way == Case.Way.THREATENED:
        # Another law has another text: it is signed anew.
        given |= {"has_signature": False, "has_good_faith": False}
    laws = [regime(id_) for id_ in dict.fromkeys([*unsigned, *coming])]
    return {
        "goal": "add",
        "case": draft_mark(case),
        "way": case.way,
        "actsAs": case.acts_as,
        "given": given,
        "unsigned": unsigned,
        "comingTrue": coming,
        "laws": {law.id: _law(law, language) for law in laws},
        "offered": {case.way: [law.id for law in laws]},
        "served": sorted(owners()),
    }


def coming_true(case: Case) -> list[Regime]:
    """The laws that come to a case about a threat once it has an address; else none."""
    if case.way != Case.Way.THREATENED:
        return []
    offered = laws_of(case.platform, way=Case.Way.PUBLISHED)
    return [law for law in offered if law.id not in case.regimes]


def first_notice(case: Case) -> Notice | None:
    """The one that came first, from whose answers further ones are made."""
    return case.notices.order_by("received_at", "regime").first()
