"""Attempts to lead the mapper's way out to inner addresses: all refused, none reaches the canary.

Each attempt is made by the real guarded way, by real names, redirects and sockets. The canary
stands behind every address that is not of the little internet, so it sees whatever slips through.
"""

# ruff: noqa: RUF001 - letters that look like others are what is tried
from __future__ import annotations

from collections.abc import Iterator

import pytest

from little_internet import Answer, Net, Scenario, Turns, little_internet, plain, redirect
from little_internet.wiring import is_little
from staydown.errors import StaydownError
from staydown_web.base.errors import FetchError, FetchRefusedError
from staydown_web.escalation.mapping import Ways

HTML = frozenset({"text/html", "text/plain"})
PUBLIC = {"A": ["192.0.2.41"]}
NUMBERS = {
    "loopback": "http://127.0.0.1/",
    "loopback, its other end": "http://127.255.255.254/",
    "loopback by https": "https://127.0.0.1/",
    "loopback with an end dot": "http://127.0.0.1./",
    "nowhere": "http://0.0.0.0/",
    "private, class A": "http://10.0.0.1/",
    "private, class B": "http://172.16.0.1/",
    "private, class C": "http://192.168.0.1/",
    "carrier's own": "http://100.64.0.1/",
    "clouds' metadata": "http://169.254.169.254/latest/meta-data/",
    "link-local": "http://169.254.1.1/",
    "benchmarks": "http://198.18.0.1/",
    "multicast": "http://224.0.0.1/",
    "reserved": "http://240.0.0.1/",
    "broadcast": "http://255.255.255.255/",
    "IPv6 loopback": "http://[::1]/",
    "IPv6 loopback, written out": "http://[0:0:0:0:0:0:0:1]/",
    "IPv6 nowhere": "http://[::]/",
    "IPv6 with IPv4, mapped": "http://[::ffff:127.0.0.1]/",
    "IPv6 with IPv4, mapped, in hex": "http://[::ffff:7f00:1]/",
    "IPv6 with a public IPv4, mapped": "http://[::ffff:192.0.2.41]/",
    "IPv6 with IPv4, compatible": "http://[::127.0.0.1]/",
    "NAT64": "http://[64:ff9b::7f00:1]/",
    "NAT64, local": "http://[64:ff9b:1::7f00:1]/",
    "6to4": "http://[2002:7f00:1::]/",
    "Teredo": "http://[2001:0:7f00:1::]/",
    "IPv6 link-local": "http://[fe80::1]/",
    "IPv6 unique local": "http://[fd00::1]/",
    "IPv6 site-local": "http://[fec0::1]/",
    "IPv6 multicast": "http://[ff02::1]/",
    "clouds' metadata by IPv6": "http://[fd00:ec2::254]/",
}
"""Numbers in their usual form, which only the rule of addresses refuses."""
ODD = {
    "decimal": "http://2130706433/",
    "hexadecimal": "http://0x7f000001/",
    "hexadecimal by parts": "http://0x7f.0x0.0x0.0x1/",
    "octal": "http://0177.0.0.1/",
    "octal, one number": "http://017700000001/",
    "short": "http://127.1/",
    "shorter": "http://0/",
    "too large a part": "http://127.0.0.257/",
    "card": "http://[fe80::1%25lo]/",
    "circled digits": "http://①②⑦.⓪.⓪.①/",
    "full-width digits": "http://１２７.０.０.１/",
    "other full stops": "http://127。0。0。1/",
    "no dot": "http://localhost/",
    "no dot, full-width": "http://ｌｏｃａｌｈｏｓｔ/",
    "no dot, inner name": "http://intranet/",
    "homograph": "http://рics.example/",
    "user name": "http://pics.example@127.0.0.1/",
    "user name and port": "http://pics.example:80@127.0.0.1/",
    "user name of ours": "http://127.0.0.1@pics.example/",
    "backslash": "http://127.0.0.1\\@pics.example/",
    "backslash before host": "http://pics.example\\@127.0.0.1/",
    "fragment": "http://127.0.0.1#@pics.example/",
    "query": "http://127.0.0.1?@pics.example/",
    "encoded end": "http://127.0.0.1%2f@pics.example/",
    "encoded zero": "http://127.0.0.1%00.pics.example/",
    "line end": "http://pics.example/\r\nHost: 127.0.0.1",
    "tab in host": "http://127.0.\t0.1/",
    "two ports": "http://127.0.0.1:80:80/",
    "mail server's port": "http://pics.example:25/",
    "database's port": "http://pics.example:6379/",
    "other web port": "http://pics.example:8080/",
    "port nought": "http://pics.example:0/",
    "own port of the canary": "http://127.0.0.1:{canary}/",
    "file": "file:///etc/passwd",
    "gopher": "gopher://127.0.0.1:25/_HELO",
    "dict": "dict://127.0.0.1:2628/d",
    "ftp": "ftp://127.0.0.1/",
    "ldap": "ldap://127.0.0.1/",
    "web socket": "ws://127.0.0.1/",
    "data": "data:text/html,hello",
    "script": "javascript:alert(1)",
}
"""Addresses in disguise, other ports, other schemes."""
NAMES = {
    "loopback.example": {"A": ["127.0.0.1"]},
    "private.example": {"A": ["10.0.0.7"]},
    "metadata.example": {"A": ["169.254.169.254"]},
    "nowhere.example": {"A": ["0.0.0.0"]},
    "six.example": {"AAAA": ["::1"]},
    "mapped.example": {"AAAA": ["::ffff:7f00:1"]},
    "mapped-public.example": {"AAAA": ["::ffff:c000:229"]},
    "nat64.example": {"AAAA": ["64:ff9b::7f00:1"]},
    "sixtofour.example": {"AAAA": ["2002:7f00:1::"]},
    "teredo.example": {"AAAA": ["2001:0:7f00:1::"]},
    "linklocal.example": {"AAAA": ["fe80::1"]},
    "uniquelocal.example": {"AAAA": ["fd12:3456::1"]},
    "mixed.example": {"A": ["192.0.2.41", "127.0.0.1"]},
    "mixed-versions.example": {"A": ["192.0.2.41"], "AAAA": ["::1"]},
    "alias.example": {"CNAME": ["inner.corp.example."]},
    "inner.corp.example": {"A": ["10.0.0.8"]},
    "alias-local.example": {"CNAME": ["localhost."]},
    "metadata.google.internal": {"A": ["169.254.169.254"]},
    "127.0.0.1.nip.example": {"A": ["127.0.0.1"]},
    "xn--ics-zed.example": {"A": ["127.0.0.1"]},
}
"""Names whose answers lead inside."""
BENEATH = {
    "localhost": {"A": ["127.0.0.1"], "AAAA": ["::1"]},
    "intranet": {"A": ["10.0.0.5"]},
    "pics.example": PUBLIC,
    "door.example": PUBLIC,
}
NAMED = {name: f"http://{name}/secret" for name in NAMES}
EVERY = {**NUMBERS, **ODD, **NAMED}
IN_A_HEADER = {name: attempt for name, attempt in EVERY.items() if "\r" not in attempt}


@pytest.fixture(scope="module")
def running() -> Iterator[Net]:
    sites = {"pics.example": {"*": Answer("public")}, "door.example": {}}
    with little_internet(Scenario(names={**NAMES, **BENEATH}, sites=sites)) as net:
        yield net


@pytest.fixture
def net(running: Net) -> Iterator[Net]:
    running.web.requests.clear()
    running.cables.dialled.clear()
    yield running
    assert running.canary.is_silent, running.canary.dialled
    assert all(is_little(address) for address, _ in running.cables.dialled)


@pytest.fixture
def ways(net: Net) -> Ways:
    return net.ways()


def written(net: Net, attempt: str) -> str:
    return attempt.replace("{canary}", str(net.canary.port))


def test_the_way_out_is_open_to_public_addresses(net: Net, ways: Ways) -> None:
    for url in ("http://pics.example/", "https://pics.example/", "http://192.0.2.41/"):
        net.web.sites["192.0.2.41"] = net.web.sites["pics.example"]
        seen = ways.fetcher.see(url=url, kinds=HTML, max_bytes=100)
        assert (seen.status, seen.last.body) == (200, b"public")


@pytest.mark.parametrize("attempt", EVERY.values(), ids=EVERY)
def test_an_inner_address_is_refused(net: Net, ways: Ways, attempt: str) -> None:
    with pytest.raises(FetchRefusedError):
        ways.fetcher.see(url=written(net, attempt), kinds=HTML, max_bytes=100)
    assert net.cables.dialled == []


@pytest.mark.parametrize("attempt", IN_A_HEADER.values(), ids=IN_A_HEADER)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_redirect_to_it_is_refused(net: Net, ways: Ways, attempt: str, scheme: str) -> None:
    location = written(net, attempt).replace("http:", f"{scheme}:", 1)
    net.web.sites["door.example"] = {"*": redirect(location)}
    with pytest.raises(FetchRefusedError):
        ways.fetcher.see(url=f"{scheme}://door.example/", kinds=HTML, max_bytes=100)
    assert net.requests == [f"{scheme}://door.example/"]


@pytest.mark.parametrize("attempt", [*NUMBERS.values(), *NAMED.values()], ids=[*NUMBERS, *NAMED])
def test_a_redirect_of_robots_to_it_is_refused(net: Net, ways: Ways, attempt: str) -> None:
    net.web.sites["door.example"] = {"/robots.txt": redirect(attempt), "*": Answer("public")}
    ways.fetcher.see(url="http://door.example/", kinds=HTML, max_bytes=100, asks_robots=True)
    assert net.requests == ["http://door.example/robots.txt", "http://door.example/"]


@pytest.mark.parametrize("attempt", [*NUMBERS.values(), *NAMED.values()], ids=[*NUMBERS, *NAMED])
def test_nothing_is_sent_to_it_either(net: Net, attempt: str) -> None:
    fetcher = net.fetcher()
    with pytest.raises(FetchRefusedError):
        fetcher.post(url=attempt, body=b"{}", headers={})
    with pytest.raises(FetchRefusedError):
        fetcher.call(url=attempt, method="POST", body=b"{}", headers={}, max_bytes=100)


def test_a_name_that_turns_is_looked_up_once_for_each_request() -> None:
    turning = Turns([["192.0.2.41"], ["127.0.0.1"]])
    names = {"pics.example": {"A": turning}}
    with little_internet(Scenario(names=names, sites={"pics.example": {"*": plain("hi")}})) as net:
        way = net.ways().fetcher
        assert way.see(url="http://pics.example/", kinds=HTML, max_bytes=9).last.body == b"hi"
        assert net.cables.dialled == [("192.0.2.41", 80)]
        with pytest.raises(FetchRefusedError):
            way.see(url="http://pics.example/", kinds=HTML, max_bytes=9)
        assert net.canary.is_silent


def test_a_name_that_turns_between_robots_and_page_is_refused_at_the_page() -> None:
    names = {"pics.example": {"A": Turns([["192.0.2.41"], ["10.0.0.1"]])}}
    with little_internet(Scenario(names=names, sites={"pics.example": {"*": plain("hi")}})) as net:
        with pytest.raises(FetchRefusedError):
            net.ways().fetcher.see(
                url="http://pics.example/", kinds=HTML, max_bytes=9, asks_robots=True
            )
        assert net.requests == ["http://pics.example/robots.txt"]
        assert net.canary.is_silent


def test_a_name_that_turns_between_redirects_is_refused_at_the_second() -> None:
    names = {"pics.example": {"A": Turns([["192.0.2.41"], ["::ffff:127.0.0.1"[7:]]])}}
    sites = {"pics.example": {"/": redirect("/two"), "*": plain("hi")}}
    with little_internet(Scenario(names=names, sites=sites)) as net:
        with pytest.raises(FetchRefusedError):
            net.ways().fetcher.see(url="http://pics.example/", kinds=HTML, max_bytes=9)
        assert net.requests == ["http://pics.example/"]
        assert net.canary.is_silent


def test_redirects_without_end_are_left() -> None:
    def on(asked):
        return redirect(f"http://pics.example/{int(asked.path.strip('/') or 0) + 1}")

    sites = {"pics.example": {"*": on}}
    with little_internet(Scenario(names={"pics.example": PUBLIC}, sites=sites)) as net:
        with pytest.raises(FetchRefusedError, match="redirects more than"):
            net.ways().fetcher.see(url="http://pics.example/", kinds=HTML, max_bytes=9)
        assert len(net.requests) <= 6


def test_a_redirect_from_https_to_http_is_refused(net: Net, ways: Ways) -> None:
    net.web.sites["door.example"] = {"*": redirect("http://pics.example/")}
    with pytest.raises(FetchRefusedError):
        ways.fetcher.see(url="https://door.example/", kinds=HTML, max_bytes=9)


def test_a_proxy_of_the_environment_is_not_used(net: Net, ways: Ways, monkeypatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{net.canary.port}")
    seen = ways.fetcher.see(url="https://pics.example/", kinds=HTML, max_bytes=9)
    assert seen.last.body == b"public"


def test_the_operators_proxy_is_told_checked_numbers_alone(net: Net) -> None:
    way = net.ways(by_proxy=True).fetcher
    assert way.see(url="http://pics.example/", kinds=HTML, max_bytes=9).last.body == b"public"
    assert way.see(url="https://pics.example/", kinds=HTML, max_bytes=9).last.body == b"public"
    assert net.proxy.asked == ["192.0.2.41:80", "192.0.2.41:443"]
    for attempt in EVERY.values():
        with pytest.raises(StaydownError):
            way.see(url=written(net, attempt), kinds=HTML, max_bytes=9)
    assert net.proxy.asked == ["192.0.2.41:80", "192.0.2.41:443"]


def test_a_proxy_that_refuses_is_not_gone_round(net: Net) -> None:
    net.proxy.refuses = True
    try:
        with pytest.raises(FetchError):
            net.ways(by_proxy=True).fetcher.see(url="http://pics.example/", kinds=HTML, max_bytes=9)
    finally:
        net.proxy.refuses = False
    assert net.cables.dialled == []


def test_what_is_sent_holds_no_cookie_and_says_who_we_are(net: Net, ways: Ways) -> None:
    cookie = (("Set-Cookie", "id=1; Path=/"),)
    net.web.sites["door.example"] = {
        "/": Answer("", 302, headers=(*cookie, ("Location", "/two"))),
        "*": Answer("two", headers=cookie),
    }
    for _ in range(2):
        ways.fetcher.see(url="http://door.example/", kinds=HTML, max_bytes=9)
    assert len(net.web.requests) == 4
    for asked in net.web.requests:
        assert "cookie" not in asked.headers
        assert "referer" not in asked.headers
        assert asked.headers["user-agent"].startswith("Staydown")


def test_an_operators_way_names_the_installation(settings) -> None:
    from staydown_web.escalation.mapping import system_ways

    system_ways.cache_clear()
    settings.STAYDOWN_URL = "https://staydown.example"
    try:
        agent = system_ways().fetcher.fetcher.user_agent
    finally:
        system_ways.cache_clear()
    assert "Staydown/" in agent
    assert "https://staydown.example" in agent
