"""Edges by what a site shows programs: ads and payments in its markup, ads.txt, sellers.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from staydown_web.escalation.chain import Confidence, ContactFound, MarkFound, Role, Source
from staydown_web.escalation.mapping.ads_reading import AdsRow, AdsTxt, Sellers
from staydown_web.escalation.mapping.contacts import mail_contact, usual_contact, with_fallback
from staydown_web.escalation.mapping.edges import Edges
from staydown_web.escalation.mapping.page_reading import Markup
from staydown_web.escalation.mapping.run import Run
from staydown_web.escalation.mapping.signatures import Known, is_below

_STRONG = frozenset({"script", "iframe", "form", "embed", "object"})
_MOST_DIRECT = 12
_MOST_RESELLERS = 5
_MOST_ACCOUNTS = 4
_SCOPES = {Role.ADS: "ads", Role.PAYMENT: "payments"}


@dataclass(frozen=True, slots=True)
class SellersOf:
    """A sellers.json and whose it is."""

    system: str
    sellers: Sellers


def add_markup(run: Run, edges: Edges, markup: Markup) -> list[MarkFound]:
    """Ad and payment services that a page leans on; gives the accounts as marks."""
    marks: list[MarkFound] = []
    lists = ((Role.ADS, run.ways.signatures.ads), (Role.PAYMENT, run.ways.signatures.payments))
    for role, services in lists:
        for known in services:
            marks += _add_service(run, edges, markup, role, known)
    return marks


def _add_service(
    run: Run, edges: Edges, markup: Markup, role: Role, known: Known
) -> list[MarkFound]:
    parts = [part for part in markup.parts if is_below(part.host, known.hosts)]
    strong = [part for part in parts if part.tag in _STRONG]
    is_in_code = any(f"{host}/" in markup.code for host in known.hosts)
    if not parts and not is_in_code:
        return []
    text = "\n".join([markup.code, *(part.url for part in parts)])
    accounts = _accounts(known, text)
    best = next(iter(strong or parts), None)
    detail = f"{best.tag} {best.host}" if best is not None else "script text"
    if strong:
        confidence = Confidence.SURE if accounts else Confidence.LIKELY
    elif accounts or is_in_code:
        confidence = Confidence.LIKELY
    else:
        confidence = Confidence.GUESS
    edges.add(
        role=role,
        key=known.key,
        name=known.name,
        confidence=confidence,
        evidence=[
            run.seen(Source.MARKUP, detail),
            *(run.seen(Source.MARKUP, f"account {account}") for account in accounts),
        ],
        contacts=_contacts(run, known, role),
        facts=[("account", account) for account in accounts],
    )
    if not strong and not is_in_code:
        return []  # behind a link is whoever was linked to, not the site
    kind = "ads_account" if role == Role.ADS else "payment_account"
    return [
        MarkFound(kind, f"{known.key.removeprefix('list:')}:{a}", f"{known.name} {a}")
        for a in accounts
    ]


def _accounts(known: Known, text: str) -> list[str]:
    found: dict[str, None] = {}
    for pattern in known.accounts:
        for match in pattern.finditer(text):
            found[match[1][:80]] = None
            if len(found) >= _MOST_ACCOUNTS:
                return list(found)
    return list(found)


def _contacts(run: Run, known: Known, role: Role) -> Iterable[ContactFound]:
    scope = _SCOPES[role]
    contacts = known.contacts_found(scope=scope, at=run.now)
    return with_fallback(contacts, known.domain, scope=scope, at=run.now)


def wanted_sellers(run: Run, ads: AdsTxt) -> dict[str, str]:
    """Of which ad systems the list of sellers is read: system -> address; few, direct ones."""
    wanted: dict[str, str] = {}
    for row in ads.rows:
        if row.is_direct and len(wanted) < 4:
            known = run.ways.signatures.by_system(row.system)
            # Of a large system without an address in our list, its list is too long to read.
            if known is None:
                wanted[row.system] = f"https://{row.system}/sellers.json"
            elif known.sellers:
                wanted[row.system] = known.sellers
    return wanted


def add_ads_txt(
    run: Run, edges: Edges, ads: AdsTxt, sellers: Mapping[str, Sellers], domain: str
) -> list[MarkFound]:
    """Ad systems that the site's ads.txt names; gives its own accounts as marks."""
    direct = [row for row in ads.rows if row.is_direct]
    others = [row for row in ads.rows if not row.is_direct]
    systems: set[str] = set()
    marks: list[MarkFound] = []
    for row in direct[:100]:
        if row.system in systems or len(systems) < _MOST_DIRECT:
            systems.add(row.system)
            _add_row(run, edges, row, sellers.get(row.system), {domain, ads.owner} - {""})
            label = f"{row.system} {row.account}"
            marks.append(MarkFound("ads_account", _account_value(run, row), label))
    for row in others[:_MOST_RESELLERS]:
        if row.system not in systems:
            systems.add(row.system)
            _add_row(run, edges, row, None, set())
    if ads.owner and ads.owner != domain:
        marks.append(MarkFound("ads_account", f"owner:{ads.owner}", f"owner {ads.owner}"))
    return marks


def _account_value(run: Run, row: AdsRow) -> str:
    """The same for an account in ads.txt and in the markup."""
    known = run.ways.signatures.by_system(row.system)
    return f"{known.key.removeprefix('list:') if known else row.system}:{row.account}"


def _add_row(run: Run, edges: Edges, row: AdsRow, sellers: Sellers | None, own: set[str]) -> None:
    known = run.ways.signatures.by_system(row.system)
    relation = "DIRECT" if row.is_direct else "RESELLER"
    evidence = [
        run.seen(Source.ADS_TXT, f"line {row.line}: {row.system}, {row.account}, {relation}")
    ]
    confidence = Confidence.LIKELY if row.is_direct else Confidence.GUESS
    contacts: list[ContactFound] = []
    if sellers is not None:
        seller = sellers.sellers.get(row.account)
        if seller is not None:
            what = f"seller {row.account} {seller.domain}".strip()
            evidence.append(run.seen(Source.SELLERS_JSON, what))
            if seller.domain in own:
                confidence = Confidence.SURE
        if sellers.contact:
            seen = run.seen(Source.SELLERS_JSON, f"contact_email of {row.system}")
            contacts.append(
                mail_contact(sellers.contact, scope="ads", evidence=seen, takes_any=True)
            )
    if known is not None:
        contacts += _contacts(run, known, Role.ADS)
    elif not any(not contact.refused for contact in contacts):
        contacts.append(usual_contact(row.system, scope="ads", at=run.now))
    edges.add(
        role=Role.ADS,
        key=known.key if known else f"domain:{row.system}",
        name=known.name if known else row.system,
        confidence=confidence,
        evidence=evidence,
        contacts=contacts,
        facts=[("account", row.account)],
    )
