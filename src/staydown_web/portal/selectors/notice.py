"""What the page of a notice needs to know of the law, so that it can check without asking us."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final

from django.utils.translation import gettext

from staydown_web.accounts.models import Platform
from staydown_web.base.sealing import lasting_name
from staydown_web.cases.models import Case, Notice
from staydown_web.cases.services.binding import all_platforms, laws_at
from staydown_web.cases.services.notices import answers_of, facts_of
from staydown_web.cases.services.places import owners
from staydown_web.regimes.schemas import Regime, RequiredElement
from staydown_web.regimes.selectors import (
    regime,
    signing_text,
    start_note,
    text_digest,
)


def laws_of(*, way: str) -> list[Regime]:
    """The regimes under which a notice can be given to a platform served here, for one way in."""
    return [regime(id_) for id_ in laws_at(all_platforms(), way=way)]


def law_facts(language: str) -> dict[str, Any]:
    """All that the page checks and shows, as plain JSON.

    Args:
        language: in which the notice is read and signed.

    Returns:
        ``laws``: id -> title, words and hours of the clock, what an open start means, elements,
        texts with their digests; ``offered``: way in -> ids; ``served``: the websites at which an
        address counts; ``websites``: where several are served, what is offered to which of them.
    """
    offered = {way: laws_of(way=way) for way in Case.Way.values}
    every = {law.id: law for laws in offered.values() for law in laws}
    return {
        "laws": _laws(every.values(), language),
        "offered": {way: [law.id for law in laws] for way, laws in offered.items()},
        "served": sorted(owners()),
        **_websites(),
    }


def _laws(laws: Iterable[Regime], language: str) -> dict[str, Any]:
    """Id -> all of a law; where several platforms are served, with the names of its own."""
    names = names_bound()
    return {
        law.id: _law(law, language) | ({"websites": names.get(law.id, "")} if names else {})
        for law in laws
    }


def _websites() -> dict[str, Any]:
    """By which the page knows the laws of an address; nothing where one alone is served."""
    every, served = all_platforms(), owners()
    if len(every) <= 1:
        return {}
    return {
        "websites": [
            {
                "id": platform.slug,
                "name": platform.name,
                "origins": sorted(origin for origin, one in served.items() if one == platform),
                "offered": {way: list(laws_at([platform], way=way)) for way in Case.Way.values},
            }
            for platform in every
        ]
    }


def recipients() -> dict[str, str]:
    """Whom a notice can reach: ``recipient``, where one alone is served; else ``recipients``."""
    every = all_platforms()
    names = ", ".join(platform.name for platform in every)
    return {"recipient" if len(every) == 1 else "recipients": names}


def reached(case: Case) -> str:
    """To which platforms a notice went, by their names; empty where one alone is served.

    Those of its addresses; without an address here the one that was chosen, and for a threat none.
    """
    if Platform.objects.count() < 2 or case.way == Case.Way.THREATENED:
        return ""
    places = case.locations.select_related("platform").order_by("position")
    found = [place.platform.name for place in places if place.platform]
    if not found and not places and case.platform:
        found = [case.platform.name]
    return ", ".join(dict.fromkeys(found))


def names_bound() -> dict[str, str]:
    """Law -> the names of the platforms to which it applies; empty where one alone is served."""
    every = all_platforms()
    if len(every) <= 1:
        return {}
    bound: dict[str, dict[str, None]] = {}
    for way in Case.Way.values:
        for id_, platforms in laws_at(every, way=way).items():
            bound.setdefault(id_, {}).update(dict.fromkeys(one.name for one in platforms))
    return {id_: ", ".join(names) for id_, names in bound.items()}


def _law(law: Regime, language: str) -> dict[str, Any]:
    return {
        "id": law.id,
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
    names = names_bound()
    return [
        {
            "id": law.id,
            "title": gettext(law.short_title),
            "clock": gettext(law.clock.words) if law.clock.words else "",
            "start_note": start_note(law),
            "websites": names.get(law.id, ""),
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
    if first and unsigned:
        # An address counts where the law of the notice binds.
        found = {id_: facts_of(case, answers_of(first), law=id_).has_url for id_ in unsigned}
        given["has_url"] = all(found.values())
        given |= {f"has_url@{id_}": has for id_, has in found.items()}
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
        "laws": _laws(laws, language),
        "offered": {case.way: [law.id for law in laws]},
        "served": sorted(owners()),
        **_websites(),
    }


def coming_true(case: Case) -> list[Regime]:
    """The laws that come to a case about a threat once it has an address; else none.

    Where several platforms are served, those of each: which of them, its address says.
    """
    if case.way != Case.Way.THREATENED:
        return []
    every = all_platforms()
    platforms = every if len(every) > 1 or case.platform else []
    offered = laws_at(platforms, way=Case.Way.PUBLISHED)
    return [regime(id_) for id_ in offered if id_ not in case.regimes]


def first_notice(case: Case) -> Notice | None:
    """The one that came first, from whose answers further ones are made."""
    return case.notices.order_by("received_at", "regime").first()
