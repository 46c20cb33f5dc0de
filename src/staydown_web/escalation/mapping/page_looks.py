"""Looks at a site itself: a page or two, ads.txt, the icon. Text alone, and never media."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from staydown.errors import StaydownError
from staydown_web.base.errors import FetchError, FetchRefusedError
from staydown_web.base.fetching import origin_of
from staydown_web.escalation.domains import host_of, site_domain
from staydown_web.escalation.mapping.ads_reading import AdsTxt, Sellers, read_ads_txt, read_sellers
from staydown_web.escalation.mapping.page_reading import Markup, read_page
from staydown_web.escalation.mapping.run import Run
from staydown_web.escalation.mapping.way_out import ICONS, JSONS, PAGES, TEXTS, RobotsError, Seen

_MOST_PAGE = 1024 * 1024
_MOST_ADS = 512 * 1024
_MOST_SELLERS = 3 * 1024 * 1024
_MOST_ICON = 32 * 1024
_ICO = b"\x00\x00\x01\x00"
_ONE_LOOK_S = 6.0
_MOST_PAGES = 2


@dataclass(frozen=True, slots=True)
class PageSeen:
    """A page of the site.

    Attributes:
        origin: scheme, host and port that answered, for the site's other files.
        headers: of the answer; they say who stands in front.
        markup: None where no page was given.
        trouble: code of why there is no markup; empty where there is.
    """

    origin: str
    headers: Mapping[str, str]
    markup: Markup | None
    trouble: str = ""


def addresses_of(host: str, pages: Sequence[str]) -> list[str]:
    """Which pages to try: the reported ones on this site, then its home page."""
    own: list[str] = []
    origins: list[str] = []
    for page in pages:
        try:
            if site_domain(host_of(page)) == site_domain(host):
                own.append(page)
                origins.append(origin_of(page))
        except FetchRefusedError:
            continue
    name = f"[{host}]" if ":" in host else host
    homes = list(dict.fromkeys([*origins, f"https://{name}:443", f"http://{name}:80"]))
    return [*dict.fromkeys(own)][:_MOST_PAGES] + [f"{home}/" for home in homes][:3]


def see_page(run: Run, url: str) -> PageSeen:
    """One page, read where the site lets programs do so.

    Raises:
        RobotsError: the site asks to stay away.
        FetchError: no answer.
        FetchRefusedError: it leads where nobody goes.
    """
    seen = run.ways.fetcher.see(
        url=url,
        kinds=PAGES,
        max_bytes=_MOST_PAGE,
        timeout_s=run.left(_ONE_LOOK_S),
        asks_robots=True,
    )
    origin, headers = origin_of(seen.last.url), seen.last.headers
    trouble = _why_no_page(url, seen)
    if trouble:
        return PageSeen(origin, headers if trouble != "moved_away" else {}, None, trouble)
    kind = headers.get("content-type", "")
    return PageSeen(
        origin, headers, read_page(seen.last.body, url=seen.last.url, content_type=kind)
    )


def _why_no_page(url: str, seen: Seen) -> str:
    if site_domain(host_of(seen.last.url)) != site_domain(host_of(url)):
        return "moved_away"
    if seen.status != 200:
        return f"status_{seen.status}"
    return "" if seen.last.body else "no_page"


def see_pages(run: Run, host: str, pages: Sequence[str]) -> PageSeen | None:
    """The first pages that answer, their markup joined; None where none does."""
    best: PageSeen | None = None
    tried: set[str] = set()
    for url in addresses_of(host, pages):
        is_home = urlsplit(url).path == "/"
        if best is not None and best.markup is not None and (is_home or len(tried) > 1):
            break
        tried.add(url)
        try:
            found = see_page(run, url)
        except RobotsError:
            run.trouble("page", "robots")
            continue
        except StaydownError as error:
            if not is_home or url.startswith("http://"):
                run.trouble("page", error.code)
            continue
        if found.trouble:
            run.trouble("page", found.trouble)
        best = found if best is None or best.markup is None else _joined(best, found)
    return best


def _joined(first: PageSeen, second: PageSeen) -> PageSeen:
    if first.markup is None or second.markup is None:
        return first
    markup = Markup(
        tuple(dict.fromkeys(first.markup.parts + second.markup.parts)),
        f"{first.markup.code}\n{second.markup.code}",
        first.markup.template or second.markup.template,
    )
    return PageSeen(first.origin, {**second.headers, **first.headers}, markup)


def see_ads_txt(run: Run, origin: str) -> AdsTxt | None:
    """The site's ads.txt; None where it has none.

    Raises:
        FetchError: no answer.
        FetchRefusedError: it leads where nobody goes.
    """
    seen = run.ways.fetcher.see(
        url=f"{origin}/ads.txt",
        kinds=TEXTS,
        max_bytes=_MOST_ADS,
        timeout_s=run.left(_ONE_LOOK_S),
    )
    # A page in place of the file, or none at all: the site has no ads.txt, which is no trouble.
    return read_ads_txt(seen.last.body) if seen.last.body else None


def see_sellers(run: Run, url: str, accounts: frozenset[str]) -> Sellers | None:
    """What an ad system's sellers.json says of accounts.

    Raises:
        FetchError: no answer, or a broken or too long one.
    """
    seen = run.ways.fetcher.see(
        url=url, kinds=JSONS, max_bytes=_MOST_SELLERS, timeout_s=run.left(4.0)
    )
    if seen.status == 404:
        return None
    found = read_sellers(seen.last.body, accounts) if seen.last.is_whole else None
    if found is None:
        raise FetchError("a sellers.json cannot be read", retryable=False)
    return found


def see_icon(run: Run, origin: str) -> str:
    """SHA-256 of the site's icon, whose bytes are thrown away; empty where there is none.

    Raises:
        FetchError: no answer.
        RobotsError: the site asks to stay away.
    """
    seen = run.ways.fetcher.see(
        url=f"{origin}/favicon.ico",
        kinds=ICONS,
        max_bytes=_MOST_ICON,
        timeout_s=run.left(4.0),
        asks_robots=True,
    )
    body = seen.last.body
    if not seen.last.is_whole or not body.startswith(_ICO):
        return ""
    return hashlib.sha256(body).hexdigest()
