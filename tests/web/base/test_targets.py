"""Which addresses are looked at, as text and as numbers."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.base.errors import FetchRefusedError
from staydown_web.base.fetching import Fetcher, is_never_reached
from staydown_web.base.fetching.addresses import is_ownable, is_public
from staydown_web.base.fetching.targets import origin_of, read_target, redirected


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Forum.Example/a", "https://forum.example:443"),
        ("http://forum.example.:80/", "http://forum.example:80"),
        ("https://bücher.example/", "https://xn--bcher-kva.example:443"),
        ("http://127.0.0.1:8161", "http://127.0.0.1:8161"),
        ("http://[2001:DB8:0::1]:8080/x", "http://[2001:db8::1]:8080"),
        ("HTTPS://forum.example?q=1#part", "https://forum.example:443"),
    ],
)
def test_equal_origins_have_one_form(url: str, origin: str) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "",
        "forum.example/a",
        "ftp://forum.example/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:25/",
        "javascript:alert(1)",
        "https://",
        "https:///a",
        "https://user:secret@forum.example/",
        "https://forum.example@127.0.0.1/",
        "https://forum.example:99999/",
        "https://forum.example:0/",
        "https://forum.example:a/",
        "https://forum example/",
        "https://forum.example\\@127.0.0.1/",
        "https://forum.example/\r\nHost: 127.0.0.1",
        "https://[fe80::1%25eth0]/",
        "https://[::1",
        "https://[v1.x]/",
        "https://-a..b/",
        "https://forum.example/" + "a" * 3_000,
        "http://127.1/",
        "http://0177.0.0.1/",
        "http://0x7f.0.0.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://127.0.0.1.1/",
        "http://127.0.0.256/",
        "http://①②⑦.0.0.1.nip/a\x00",
    ],
)
def test_odd_addresses_are_refused_and_never_shown(url: str) -> None:
    with pytest.raises(FetchRefusedError) as caught:
        read_target(url)
    assert "forum" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://①②⑦.⓪.⓪.①/", "http://127。0。0。1/"])
def test_numbers_in_disguise_are_numbers(url: str) -> None:
    # What other programs would connect to is seen for what it is, then refused as an address.
    assert read_target(url).host == "127.0.0.1"
    with pytest.raises(FetchRefusedError):
        Fetcher().fetch(url=url, max_bytes=1)


INNER = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.255",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2002:808:808::1",
    "3fff::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", INNER)
def test_inner_and_reserved_addresses_are_not_public(address: str) -> None:
    assert not is_public(address)
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(FetchRefusedError):
        Fetcher().fetch(url=f"http://{host}/", max_bytes=1)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "2a00:1450::1"])
def test_outer_addresses_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_nothing_that_python_calls_private_is_public(address: ipaddress.IPv4Address) -> None:
    if is_public(str(address)):
        assert address.is_global
        assert not is_public(f"::ffff:{address}")
        assert not is_public(str(ipaddress.IPv6Address((0x2002 << 112) | (int(address) << 80))))
        assert not is_public(str(ipaddress.IPv6Address((0x64FF9B << 96) | int(address))))


def test_an_owned_origin_may_be_inner_but_never_where_clouds_keep_secrets() -> None:
    assert [is_ownable(a) for a in ("127.0.0.1", "10.0.0.1", "::1", "fd12::1")] == [True] * 4
    refused = ["169.254.169.254", "fd00:ec2::254", "fe80::1", "224.0.0.1", "0.0.0.0", "240.0.0.1"]
    assert [is_ownable(a) for a in [*refused, "::ffff:127.0.0.1"]] == [False] * 7


def test_a_redirect_is_read_as_strictly() -> None:
    start = read_target("https://forum.example/a/b")
    assert redirected(start, "../c").url == "https://forum.example/c"
    assert redirected(start, "//other.example/").origin == "https://other.example:443"
    for location in ("http://forum.example/", "file:///etc/passwd", "//[::1", "/a\r\nb: c"):
        with pytest.raises(FetchRefusedError):
            redirected(start, location)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    for url in (text, f"http://{text}", f"https://forum.example/{text}"):
        try:
            target = read_target(url)
        except FetchRefusedError:
            continue
        assert read_target(target.url) == target
        assert target.url.isascii()


@pytest.mark.parametrize(
    ("url", "is_open_to_all", "is_open_to_its_owner"),
    [
        ("https://forum.example/a", True, True),
        ("https://9.9.9.9/", True, True),
        ("https://[2620:fe::fe]/", True, True),
        ("https://127.0.0.1/", False, True),
        ("https://LocalHost./", False, True),
        ("https://a.localhost/", False, True),
        ("https://localhost.example/", True, True),
        ("https://hook.internal/x", False, True),
        ("https://Printer.LOCAL./", False, True),
        ("https://forum.test/", False, True),
        ("https://forum.invalid/", False, True),
        ("https://nas.home.arpa/", False, True),
        ("https://home.arpa/", False, True),
        ("https://local.example.org/", True, True),
        ("https://internal.example.org/", True, True),
        ("https://myhome.arpa.example.org/", True, True),
        ("https://b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.example/", True, True),
        ("https://xn--bcher-kva.example/", True, True),
        ("https://xn--i-7iq.ws/", True, True),
        ("https://xn--/", False, False),
        ("https://forum.xn--/", False, False),
        ("https://192.168.1.1/", False, True),
        ("https://[::1]/", False, True),
        ("https://[fd00::1]/", False, True),
        ("https://169.254.169.254/", False, False),
        ("https://[fe80::1]/", False, False),
        ("https://[::ffff:10.0.0.1]/", False, False),
        ("https://0.0.0.0/", False, False),
        ("https://[::]/", False, False),
    ],
)
def test_what_is_never_reached_is_known_by_its_text(
    url: str, is_open_to_all: bool, is_open_to_its_owner: bool
) -> None:
    assert is_never_reached(url, is_owned=False) is not is_open_to_all
    assert is_never_reached(url, is_owned=True) is not is_open_to_its_owner
