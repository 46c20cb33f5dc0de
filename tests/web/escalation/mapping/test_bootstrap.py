"""Lists of RDAP servers: those carried along, and those that the operator installs."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.base.errors import BootstrapError
from staydown_web.escalation.mapping.bootstrap import (
    CARRIED,
    Bootstrap,
    load_bootstrap,
    read_bootstrap,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("domain", "server"),
    [
        ("pics.example.com", "https://rdap.verisign.com/com/v1/"),
        ("a.co.uk", "https://rdap.nominet.uk/uk/"),
        ("A.PHOTOS.", "https://rdap.identitydigital.services/rdap/"),
        ("nothing.invalid", ""),
    ],
)
def test_a_domain_has_the_server_of_its_suffix(domain: str, server: str) -> None:
    assert load_bootstrap(None).of_domain(domain) == server


@pytest.mark.parametrize(
    ("address", "registry"),
    [
        ("8.8.8.8", "arin"),
        ("185.1.1.1", "ripe"),
        ("1.1.1.1", "apnic"),
        ("41.0.0.1", "afrinic"),
        ("200.1.1.1", "lacnic"),
        ("2606:4700::1", "arin"),
        ("2a01::1", "ripe"),
        ("10.0.0.1", ""),
        ("127.0.0.1", ""),
        ("fe80::1", ""),
    ],
)
def test_an_address_has_the_server_of_its_region(address: str, registry: str) -> None:
    server = load_bootstrap(None).of_address(address)
    assert registry in server
    assert bool(registry) == bool(server)


def test_numbers_for_private_use_have_no_server() -> None:
    lists = load_bootstrap(None)
    assert "ripe" in lists.of_number(24940)
    assert "arin" in lists.of_number(13335)
    assert lists.of_number(64512) == lists.of_number(4_200_000_000) == ""


def test_every_carried_server_is_reached_by_https() -> None:
    lists = load_bootstrap(None)
    servers = {*lists.domains.values(), *(row[-1] for row in (*lists.networks, *lists.numbers))}
    assert all(server.startswith("https://") and server.endswith("/") for server in servers)
    assert len(lists.domains) > 1_000


def test_the_longest_network_wins() -> None:
    lists = read_bootstrap(
        {
            "ipv4": {
                "services": [
                    [["203.0.113.0/24"], ["https://wide.example"]],
                    [["203.0.113.128/25"], ["http://plain.example/", "https://near.example/r"]],
                ]
            }
        }
    )
    assert lists.of_address("203.0.113.1") == "https://wide.example/"
    assert lists.of_address("203.0.113.200") == "https://near.example/r/"


@given(JSON)
def test_any_json_is_a_list_or_a_clear_error(found: object) -> None:
    for kind in ("dns", "ipv4", "ipv6", "asn"):
        with suppress(BootstrapError):
            assert isinstance(read_bootstrap({kind: found}), Bootstrap)


def test_the_operators_lists_take_the_place_of_the_carried_ones(settings, tmp_path, capsys) -> None:
    settings.STAYDOWN_HOME = tmp_path / "home"
    own = tmp_path / "fetched"
    own.write_text(json.dumps({"services": [[["com"], ["https://rdap.new.example/com"]]]}))
    call_command("update-rdap-bootstrap", str(own), str(CARRIED / "asn.json"))
    assert "dns: 1 entry installed" in capsys.readouterr().out
    lists = load_bootstrap(settings.STAYDOWN_HOME)
    assert lists.of_domain("a.com") == "https://rdap.new.example/com/"
    assert lists.of_domain("a.net") == ""
    assert "ripe" in lists.of_address("185.1.1.1")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"services": 3}', "<html>", '{"services": []}'])
def test_a_damaged_list_changes_nothing(settings, tmp_path: Path, text: str) -> None:
    settings.STAYDOWN_HOME = tmp_path / "home"
    bad = tmp_path / "bad.json"
    bad.write_text(text)
    with pytest.raises(CommandError, match="bootstrap_invalid"):
        call_command("update-rdap-bootstrap", str(CARRIED / "dns.json"), str(bad))
    assert not (settings.STAYDOWN_HOME / "rdap").exists()
