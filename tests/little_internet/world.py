"""The little internet as a whole: everything of a scenario runs while the block lasts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from little_internet.certificates import authority_pem, client_context
from little_internet.mailbox import Mailbox
from little_internet.naming import NameServer, Zone
from little_internet.post_office import PostOffice
from little_internet.proxy import Proxy, tunnelling
from little_internet.reporting import AmazonSignal, CloudflareReports, XarfReceiver
from little_internet.web import Site, WebServers, web_servers
from little_internet.wiring import Cables, Canary, canary, is_public
from staydown_web.base.fetching import Fetcher, through_proxy
from staydown_web.escalation.mapping import Names, Pace, WayOut, Ways, read_bootstrap

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
INTERFACES = "198.51.100.200"
"""Where the interfaces that take reports stand."""


@dataclass(frozen=True)
class Scenario:
    """A little internet as data.

    Attributes:
        name: by which a test names it.
        host: the name that is looked at.
        names: name -> its DNS records.
        sites: host -> its pages; RDAP servers are sites too.
        bootstrap: ``dns``, ``ipv4``, ``ipv6``, ``asn`` in IANA's form.
        pages: addresses of pages that were reported, all on the site.
        down: addresses that do not answer.
        run_out: hosts whose certificate has run out.
        misnamed: hosts that show the certificate of another.
    """

    name: str = "empty"
    host: str = "pics.little"
    names: Mapping[str, Zone] = field(default_factory=dict)
    sites: Mapping[str, Site] = field(default_factory=dict)
    bootstrap: Mapping[str, Any] = field(default_factory=dict)
    pages: tuple[str, ...] = ()
    down: tuple[str, ...] = ()
    run_out: tuple[str, ...] = ()
    misnamed: tuple[str, ...] = ()


@dataclass
class Clock:
    """A clock that a test moves; every reading is the same moment until then."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> datetime:
        """``move(hours=2)``; gives the new moment."""
        self.now += timedelta(**by)
        return self.now


@dataclass
class Net:
    """A running little internet. See README.md beside this file."""

    scenario: Scenario
    dns: NameServer
    web: WebServers
    cables: Cables
    canary: Canary
    proxy: Proxy
    smtp: PostOffice
    imap: Mailbox
    aws: AmazonSignal
    cloudflare: CloudflareReports
    xarf: XarfReceiver
    clock: Clock = field(default_factory=Clock)

    @property
    def requests(self) -> list[str]:
        """Every address that a web server was asked for, in order: ``https://host/path``."""
        return [asked.target for asked in self.web.requests]

    @property
    def names(self) -> Names:
        """Look-ups at this internet's name server."""
        return Names(servers=(("127.0.0.1", self.dns.port),))

    def fetcher(self, **more: Any) -> Fetcher:
        """The guarded fetcher of base, its connections through the cables."""
        options = {
            "resolve": self.names.resolve,
            "tls": client_context(),
            "is_public": is_public,
            "dial": self.cables.dial,
        }
        return Fetcher(**{**options, **more})

    def ways(self, *, timeout_s: float = 3.0, by_proxy: bool = False, **more: Any) -> Ways:
        """The mapper's and watcher's ways into this internet.

        Args:
            timeout_s: for one look-up of a name.
            by_proxy: through ``net.proxy`` instead of directly.
            more: other parts of ``WayOut``.
        """
        names = Names(servers=(("127.0.0.1", self.dns.port),), timeout_s=timeout_s)
        dial = through_proxy(self.proxy.url) if by_proxy else self.cables.dial
        fetcher = self.fetcher(resolve=names.resolve, dial=dial)
        way = WayOut(fetcher, **{"pace": Pace(gap_s=0.0), **more})
        return Ways(names, way, read_bootstrap(self.scenario.bootstrap), self.clock)

    def mail_settings(self) -> dict[str, Any]:
        """Django settings under which the service's letters leave by ``net.smtp``."""
        return {
            "EMAIL_BACKEND": "staydown_web.base.smtp.SmtpBackend",
            "EMAIL_HOST": self.smtp.host,
            "EMAIL_PORT": self.smtp.port,
            "EMAIL_TIMEOUT": 5,
            "EMAIL_USE_SSL": False,
            "EMAIL_HOST_USER": "",
            "EMAIL_HOST_PASSWORD": "",
            "DEFAULT_FROM_EMAIL": "mail@staydown.example",
            "STAYDOWN_MAIL_READY": True,
        }

    @property
    def authority(self) -> bytes:
        """The certificate that this internet trusts, PEM: for files that name whom to trust."""
        return authority_pem()


@contextmanager
def little_internet(scenario: Scenario | None = None) -> Iterator[Net]:
    """Run a little internet on this machine until the block ends.

    Args:
        scenario: which; None has the interfaces and the mail servers alone.
    """
    chosen = scenario or Scenario()
    aws, cloudflare, xarf = AmazonSignal(), CloudflareReports(), XarfReceiver()
    interfaces = {each.host: each.site for each in (aws, cloudflare, xarf)}
    names = {host: {"A": [INTERFACES]} for host in interfaces}
    with ExitStack() as stack:
        bird = stack.enter_context(canary())
        dns = stack.enter_context(NameServer({**names, **chosen.names}))
        web = stack.enter_context(
            web_servers(
                {**interfaces, **chosen.sites}, run_out=chosen.run_out, misnamed=chosen.misnamed
            )
        )
        cables = Cables(bird, {80: web.plain_port, 443: web.tls_port}, down=set(chosen.down))
        proxy = stack.enter_context(tunnelling(cables.dial))
        imap = stack.enter_context(Mailbox())
        smtp = stack.enter_context(PostOffice(imap.add))
        yield Net(chosen, dns, web, cables, bird, proxy, smtp, imap, aws, cloudflare, xarf)
