"""Which laws bind the websites that a notice is about, where several are served. ADR-0027.

A law that is not theirs sets them no time: neither is it offered for their addresses, nor does one
of its time limits begin there.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from staydown_web.accounts.models import Platform
from staydown_web.accounts.selectors import default_platform
from staydown_web.base.errors import FieldsError
from staydown_web.cases.forms import Filing, clean_url, origin_of
from staydown_web.cases.models import Case, Item, Location
from staydown_web.cases.services.places import owners
from staydown_web.regimes.schemas import Regime
from staydown_web.regimes.selectors import FALLBACK, regime, regimes, regimes_for


def all_platforms() -> list[Platform]:
    """All that are served, in the order in which they were made."""
    return list(Platform.objects.order_by("created_at", "id"))


def platforms_at(urls: Iterable[str]) -> list[Platform]:
    """The platforms of addresses as typed, each once; what is no address of one is passed over."""
    served, found = owners(), {}
    for url in urls:
        with suppress(ValueError):  # no address: that is said at its field
            platform = served.get(origin_of(clean_url(url)))
            if platform is not None:
                found[platform.pk] = platform
    return list(found.values())


def laws_at(platforms: Iterable[Platform], *, way: str) -> dict[str, list[Platform]]:
    """The laws under which a notice to these can be given, and whom each of them binds.

    Args:
        platforms: to which; none: nobody is served yet.
        way: of ``Case.Way``.

    Returns:
        Id of the law -> its platforms; laws before terms.
    """
    bound: dict[str, list[Platform]] = {}
    for platform in platforms:
        for law in regimes_for(way=way, bound_by=platform.regimes):
            bound.setdefault(law.id, []).append(platform)
    ranked: list[Regime] = regimes_for(way=way, bound_by=list(bound))
    return {law.id: bound.get(law.id, []) for law in ranked}


def check_bound(filing: Filing) -> None:
    """Refuse a law that binds none of the websites that a filing is about.

    Where one website alone is served, there is none to mistake for another. A notice without an
    address is for one website: the one that was chosen, else one that each of its laws binds.

    Args:
        filing: clean.

    Raises:
        FieldsError: which rules do not apply there, and which do; or to choose a website.
    """
    every = all_platforms()
    if len(every) < 2:
        return
    chosen = filing.platform if is_for_one(filing) else None
    theirs = laws_at([chosen] if chosen else platforms_at(filing.urls) or every, way=filing.way)
    known = regimes()
    wrong = [id_ for id_ in filing.regimes if id_ not in theirs and id_ in known]
    if wrong and wrong != [FALLBACK]:
        raise FieldsError({"regimes": _wrong_words(wrong, theirs, chosen)})
    if is_for_one(filing) and not chosen and not _binding_all(filing, every):
        raise FieldsError({"website": _("Choose the website that your notice is for.")})


def is_for_one(filing: Filing) -> bool:
    """Whether no address says whom a filing is for, so that one website gets it."""
    return filing.way != Case.Way.THREATENED and not filing.urls


def _binding_all(filing: Filing, every: Iterable[Platform]) -> list[Platform]:
    """The platforms that each law of a filing binds."""
    bound, known = laws_at(every, way=filing.way), regimes()
    laws = [id_ for id_ in filing.regimes if id_ in known and id_ != FALLBACK]
    return [one for one in every if all(one in bound.get(id_, []) for id_ in laws)]


def _wrong_words(wrong: Iterable[str], right: Iterable[str], chosen: Platform | None) -> str:
    names = {"wrong": _titles(w for w in wrong if w != FALLBACK), "right": _titles(right)}
    if chosen is not None:
        words = _(
            "These rules do not apply to %(website)s: %(wrong)s. Choose from these: %(right)s."
        )
        return words % {"website": chosen.name, **names}
    words = _(
        "These rules do not apply to the websites of your addresses: %(wrong)s. Choose from "
        "these: %(right)s."
    )
    return words % names


def platform_of(filing: Filing) -> Platform | None:
    """To which platform a filing counts: that of its addresses, else one that its laws bind.

    Args:
        filing: clean.

    Returns:
        Of several the chosen or default one, else the first; None where none is served.
    """
    first = filing.platform or default_platform()
    every = all_platforms()
    theirs = platforms_at(filing.urls) or (
        _binding_all(filing, every) if is_for_one(filing) else []
    )
    if not theirs:
        bound = laws_at(every, way=filing.way)
        theirs = [one for id_ in filing.regimes for one in bound.get(id_, [])]
    return first if not theirs or first in theirs else theirs[0]


def bound_platforms(law: str) -> set[UUID] | None:
    """The platforms that a law binds.

    Returns:
        None where there is nothing to tell apart: it binds all that are served, or is no law of
        any of them now, as after its platform's settings were changed.
    """
    rows = Platform.objects.values_list("pk", "regimes")
    bound = {pk for pk, laws in rows if law in laws}
    return None if law == FALLBACK or not bound or len(bound) == len(rows) else bound


def bound_places(places: QuerySet[Location], law: str) -> QuerySet[Location]:
    """Those of these addresses that are on a platform which a law binds."""
    bound = bound_platforms(law)
    return places if bound is None else places.filter(Q(platform__in=bound))


def binds(platform: Platform, law: str) -> bool:
    """Whether a law binds a platform; where there is nothing to tell apart, it does."""
    if law in platform.regimes:
        return True
    bound = bound_platforms(law)
    return bound is None or platform.pk in bound


def unbound_platforms(case: Case) -> list[Platform]:
    """The platforms that no law of a case's notices binds: an address there gets no time.

    A threat that comes true gets the laws of its address.
    """
    if case.way == Case.Way.THREATENED:
        return []
    laws = list(case.notices.values_list("regime", flat=True))
    return [one for one in all_platforms() if not any(binds(one, law) for law in laws)]


def unbound_at(case: Case, urls: Iterable[str]) -> list[Platform]:
    """Those of these addresses, as typed."""
    unbound = {one.pk for one in unbound_platforms(case)}
    return [one for one in platforms_at(urls) if one.pk in unbound]


def served_places(case: Case) -> QuerySet[Location]:
    """The addresses of a case that are on a platform which is served here."""
    places = case.locations.filter(platform__isnull=False)
    return places.exclude(state=Location.State.ELSEWHERE)


def known_elsewhere(items: QuerySet[Item]) -> QuerySet[Item]:
    """Those that wait and are known by addresses alone, all on websites that nobody here serves.

    Nobody here will ever decide on them, so that nothing waits for it.
    """
    own = Location.objects.filter(item=OuterRef("pk"))
    here = own.filter(platform__isnull=False).exclude(state=Location.State.ELSEWHERE)
    waiting = items.filter(state=Item.State.RECEIVED, content_kind="")
    return waiting.filter(Exists(own), ~Exists(here))


def is_bound(case: Case, law: str) -> bool:
    """Whether a law binds a platform of a case: of its addresses; without any, the case's own."""
    places = served_places(case)
    if places.exists():
        return bound_places(places, law).exists()
    return case.platform is None or binds(case.platform, law)


def _titles(ids: Iterable[str]) -> str:
    return "; ".join(_(regime(id_).short_title) for id_ in ids)


def unbound_remark(filing: Filing) -> dict[str, str]:
    """What ``check_bound`` says of a filing that is not sent yet; empty where all is well."""
    try:
        check_bound(filing)
    except FieldsError as error:
        return error.fields
    return {}
