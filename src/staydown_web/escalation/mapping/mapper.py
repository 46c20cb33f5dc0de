"""The map of one site: everything is looked up side by side, and what fails is left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial

from staydown_web.base.errors import FetchRefusedError
from staydown_web.escalation.chain import Chain, MarkFound, Role, Trouble
from staydown_web.escalation.domains import host_of, site_domain
from staydown_web.escalation.mapping import rdap
from staydown_web.escalation.mapping.address_edges import add_addresses, note_origin
from staydown_web.escalation.mapping.ads_reading import AdsTxt, Sellers
from staydown_web.escalation.mapping.edges import Edges
from staydown_web.escalation.mapping.marks import name_marks, page_marks
from staydown_web.escalation.mapping.named_edges import (
    add_by_names,
    add_registration,
    network_of,
    own_names,
)
from staydown_web.escalation.mapping.names import Addresses, NameUnknownError
from staydown_web.escalation.mapping.networks import Network, look_up, public_ones, registered
from staydown_web.escalation.mapping.page_edges import add_ads_txt, add_markup, wanted_sellers
from staydown_web.escalation.mapping.page_looks import (
    PageSeen,
    see_ads_txt,
    see_icon,
    see_pages,
    see_sellers,
)
from staydown_web.escalation.mapping.rdap_reading import Answer
from staydown_web.escalation.mapping.run import Run, Task
from staydown_web.escalation.mapping.ways import Ways

MOST_S = 20.0
"""For one site in all; a site whose servers all answer takes about one second."""


def map_site(
    *, host: str, pages: Sequence[str] = (), ways: Ways, now: datetime, most_s: float = MOST_S
) -> Chain:
    """Find the services that a site stands on, by public facts alone.

    Args:
        host: its name (IDNA, lower case) or address.
        pages: addresses on it that were reported; their markup is read, nothing else of them.
        ways: how the net is looked at.
        now: the moment of all evidence.
        most_s: seconds after which what is still missing is left out.

    Returns:
        What was found. Parts that could not be read are ``troubles``; it never raises for what a
        site does.
    """
    try:
        # In its one form: numbers that only some programs read as addresses are refused here.
        host = host_of(f"https://{f'[{host}]' if ':' in host else host}/")
        domain = site_domain(host)
    except FetchRefusedError as error:
        return Chain(host, host, (), (), (Trouble("dns", error.code),), now)
    with Run(ways, now, most_s) as run:
        edges = Edges()
        marks = _Looks(run, host, domain, pages).finish(edges)
        return Chain(domain, host, edges.found(), tuple(marks), tuple(run.troubles), now)


class _Looks:
    """The look-ups of one map, in the order in which they can begin."""

    def __init__(self, run: Run, host: str, domain: str, pages: Sequence[str]) -> None:
        self.run = run
        self.domain = domain
        self.own = registered(host)
        names, is_name = run.ways.names, bool(self.own) and not host.replace(".", "").isdigit()
        is_name = is_name and ":" not in host
        self.is_name = is_name
        # Below a suffix that people rent names at (``a.github.io``), whoever sold the suffix sold
        # this site nothing: its registrar, name servers and mail servers are the landlord's.
        self.is_rented = is_name and self.own != domain
        self.addresses: Task[Addresses] = run.start(
            "dns",
            lambda: names.addresses(host, run.left(4.0)) if is_name else Addresses((), (host,)),
        )
        self.page: Task[PageSeen | None] = run.start("page", lambda: see_pages(run, host, pages))
        if is_name:
            self.servers = run.start("dns", self._name_servers)
            self.mails = run.start("mail", lambda: names.records(domain, "MX", run.left(4.0)))
            self.registration: Task[Answer | None] = run.start(
                "rdap_domain", lambda: None if self.is_rented else rdap.of_domain(run, self.own)
            )

    def _name_servers(self) -> list[str]:
        if self.is_rented:
            return sorted(self.run.ways.names.records(self.domain, "NS", self.run.left(4.0)))
        return _name_servers(self.run, self.own)

    def finish(self, edges: Edges) -> list[MarkFound]:
        """Take what comes, and begin what needed it."""
        run = self.run
        addresses = run.take(self.addresses, Addresses((), ()))
        hosts: list[Task[Network | None]] = [
            run.start("rdap_ip", partial(look_up, run, address))
            for address in public_ones(run, sorted(addresses.addresses), "dns")
        ]
        servers = run.take(self.servers, []) if self.is_name else []
        mails = run.take(self.mails, []) if self.is_name else []
        named = self._named(Role.DNS, servers)
        named_mail = self._named(Role.MAIL, mails)
        page = run.take(self.page, None)
        ads_task, icon_task = self._files(page)
        networks = _present(run.take(task, None) for task in hosts)
        add_addresses(run, edges, networks, addresses.chain, page.headers if page else {})
        found_mail = _taken(run, named_mail)
        for role, names, found in (
            (Role.DNS, servers, _taken(run, named)),
            (Role.MAIL, mails, found_mail),
        ):
            add_by_names(run, edges, role=role, names=names, own_domain=self.own, networks=found)
        note_origin(run, edges, list(found_mail.values()))
        if self.is_name and (answer := run.take(self.registration, None)) is not None:
            add_registration(run, edges, self.own, answer)
        by_name = run.ways.signatures.by_name
        is_fronted = any(True for name in addresses.chain for _ in by_name(name, Role.CDN))
        marks = name_marks([] if is_fronted else networks, servers, self.own)
        if page is not None and page.markup is not None:
            marks += add_markup(run, edges, page.markup)
            marks += page_marks(run, page.markup)
        if ads_task is not None and (ads := run.take(ads_task, None)) is not None:
            marks += add_ads_txt(run, edges, ads, self._sellers(ads), self.domain)
        if icon_task is not None and (icon := run.take(icon_task, "")):
            marks.append(MarkFound("favicon", icon, "icon"))
        return list({(mark.kind, mark.value): mark for mark in marks}.values())

    def _named(self, role: Role, names: Sequence[str]) -> dict[str, Task[Network | None]]:
        run = self.run
        return {
            name: run.start(role.value, partial(network_of, run, role, name))
            for name in own_names(names, self.own)
        }

    def _files(self, page: PageSeen | None) -> tuple[Task[AdsTxt | None] | None, Task[str] | None]:
        if page is None or page.trouble == "moved_away":
            return None, None
        run, origin = self.run, page.origin
        return (
            run.start("ads_txt", lambda: see_ads_txt(run, origin)),
            run.start("favicon", lambda: see_icon(run, origin)),
        )

    def _sellers(self, ads: AdsTxt) -> dict[str, Sellers]:
        run = self.run
        tasks = {
            system: run.start(
                "sellers_json", partial(see_sellers, run, url, _accounts(ads, system))
            )
            for system, url in wanted_sellers(run, ads).items()
        }
        found = {system: run.take(task, None) for system, task in tasks.items()}
        return {system: sellers for system, sellers in found.items() if sellers is not None}


def _present(found: Iterable[Network | None]) -> list[Network]:
    return [network for network in found if network is not None]


def _accounts(ads: AdsTxt, system: str) -> frozenset[str]:
    return frozenset(row.account for row in ads.rows if row.system == system)


def _taken(run: Run, tasks: dict[str, Task[Network | None]]) -> dict[str, Network]:
    found = {name: run.take(task, None) for name, task in tasks.items()}
    return {name: network for name, network in found.items() if network is not None}


def _name_servers(run: Run, domain: str) -> list[str]:
    """Name servers of the zone that holds the domain; none where no zone is found."""
    found = run.ways.names.records(domain, "NS", run.left(4.0))
    if found:
        return sorted(found)
    try:
        zone, first = run.ways.names.zone(domain, run.left(4.0))
    except NameUnknownError:
        return []
    if zone == domain or domain.endswith(f".{zone}"):
        return sorted(run.ways.names.records(zone, "NS", run.left(4.0))) or [first]
    return [first]
