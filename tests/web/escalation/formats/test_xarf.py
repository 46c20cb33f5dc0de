"""Every report in XARF is valid in the strictest sense, and holds nothing of anybody."""

from __future__ import annotations

import base64
import hashlib
import json
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_string, policy
from typing import Any
from uuid import UUID

import pytest
import xarf
from hypothesis import given, settings
from hypothesis import strategies as st

from staydown_web.base.errors import ReportUnfitError
from staydown_web.escalation.chain import Role
from staydown_web.escalation.formats import compose_report
from staydown_web.escalation.formats.least import EXAMPLES

IN_XARF = ("xarf_mail", "xarf_http", "aws")


def xarf_of(composed: Any) -> dict[str, Any]:
    """The report itself, out of what carries it."""
    match composed.format:
        case "xarf_http":
            return dict(json.loads(composed.body))
        case "aws":
            return dict(json.loads(composed.body)["report"]["xarf"])
        case _:
            mail = message_from_string(composed.body, policy=policy.default)
            [part] = mail.iter_attachments()
            assert part.get_filename() == "xarf.json"
            assert part.get_content_type() == "application/json"
            return dict(json.loads(part.get_payload(decode=True)))


def complaints(report: dict[str, Any], *, strict: bool = True) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = xarf.parse(report, strict=strict)
    assert (found.report is not None) == (not found.errors)
    return [f"{error.field}: {error.message}" for error in found.errors]


def links_in(report: dict[str, Any]) -> list[str]:
    [evidence] = report["evidence"]
    data = base64.b64decode(evidence["payload"])
    assert evidence["content_type"] == "text/plain"
    assert evidence["hash"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
    assert evidence["size"] == len(data)
    return data.decode().splitlines()


@pytest.mark.parametrize("report_format", IN_XARF)
@pytest.mark.parametrize("role", list(Role))
def test_every_role_is_valid_in_strict_mode(
    report_facts: Any, report_format: str, role: str
) -> None:
    report = xarf_of(compose_report(format=report_format, facts=report_facts(role=role)))
    assert complaints(report) == []
    assert (report["category"], report["type"]) == ("content", "exposed_data")
    assert report["data_types"] == ["other"]
    assert report["exposure_method"] == "intentional_leak"


def test_reporter_and_sender_are_the_organisation(report_facts: Any) -> None:
    report = xarf_of(compose_report(format="xarf_http", facts=report_facts()))
    assert report["reporter"] == report["sender"]
    assert report["reporter"] == {
        "org": "Example Helpline",
        "contact": "reports@helpline.example",
        "domain": "helpline.example",
    }
    assert report["report_id"] == "6f1c0a52-8f0e-4d1b-9c3a-2b7e5d90a114"


def test_one_report_holds_all_links_the_first_as_its_url(report_facts: Any) -> None:
    facts = report_facts()
    report = xarf_of(compose_report(format="xarf_http", facts=facts))
    assert report["url"] == facts.urls[0]
    assert links_in(report) == list(facts.urls)
    assert report["record_count"] == len(facts.urls)


def test_250_long_links_stay_under_the_limit_of_evidence(report_facts: Any) -> None:
    urls = tuple(f"https://pics.example/{n}?{'x' * 1900}" for n in range(250))
    report = xarf_of(compose_report(format="xarf_mail", facts=report_facts(urls=urls)))
    assert complaints(report) == []
    assert links_in(report) == list(urls)
    assert report["evidence"][0]["size"] < 5_000_000


def test_who_cannot_act_on_links_gets_examples_or_none(report_facts: Any) -> None:
    facts = report_facts(role="registrar")
    report = xarf_of(compose_report(format="xarf_http", facts=facts))
    assert links_in(report) == list(facts.urls[:EXAMPLES])
    report = xarf_of(compose_report(format="xarf_http", facts=report_facts(role="dns")))
    assert report["url"] == "https://pics.example/"
    assert links_in(report) == ["pics.example: 7 links, given on request"]
    assert "/v/883" not in json.dumps(report)


@pytest.mark.parametrize(
    ("role", "wanted"),
    [
        *[("host", "192.0.2.41"), ("cdn", "192.0.2.41"), ("network", "192.0.2.41")],
        *[("registrar", "pics.example"), ("dns", "pics.example"), ("ads", "pics.example")],
    ],
)
def test_the_source_is_what_the_recipient_may_have(
    report_facts: Any, role: str, wanted: str
) -> None:
    report = xarf_of(compose_report(format="xarf_http", facts=report_facts(role=role)))
    assert report["source_identifier"] == wanted


def test_a_host_without_a_known_address_gets_the_domain(report_facts: Any) -> None:
    report = xarf_of(compose_report(format="xarf_http", facts=report_facts(source_identifier="")))
    assert report["source_identifier"] == "pics.example"
    assert complaints(report) == []


@pytest.mark.parametrize(
    ("url", "port"),
    [("https://a.example/", 443), ("http://a.example/", 80), ("https://a.example:8443/", 8443)],
)
def test_the_port_is_that_of_the_first_link(report_facts: Any, url: str, port: int) -> None:
    report = xarf_of(compose_report(format="xarf_http", facts=report_facts(urls=(url,))))
    assert report["source_port"] == port


def test_tags_are_in_one_namespace(report_facts: Any) -> None:
    facts = report_facts(is_synthetic=True)
    report = xarf_of(compose_report(format="xarf_http", facts=facts))
    assert report["tags"] == ["ncii:intimate-image", "ncii:synthetic"]
    assert "altered by computer" in report["description"]
    plain = xarf_of(compose_report(format="xarf_http", facts=report_facts()))
    assert plain["tags"] == ["ncii:intimate-image"]


@pytest.mark.parametrize("domain", ["xn--bcher-kva.example", "bücher.example", "192.0.2.9"])
def test_what_its_pattern_of_domains_does_not_know_leaves_that_field_out(
    report_facts: Any, domain: str
) -> None:
    facts = report_facts(domain=domain, urls=(f"https://{domain}/1",))
    report = xarf_of(compose_report(format="xarf_http", facts=facts))
    assert "domain" not in report
    assert complaints(report) == [": 'domain' is a required property"]
    assert complaints(report, strict=False) == []


def test_what_the_package_does_not_take_does_not_leave(report_facts: Any, sender: Any) -> None:
    nobody = replace(sender, domain="")
    with pytest.raises(ReportUnfitError):
        compose_report(format="xarf_http", facts=report_facts(sender=nobody))


_hosts = st.from_regex(r"[a-z]{1,10}(-[a-z0-9]{1,10})?\.(example|test)", fullmatch=True)
_paths = st.text(st.characters(exclude_categories=("Cc", "Zs", "Zl", "Zp", "Cs")), max_size=40)
_moments = st.integers(0, 4_000_000_000).map(lambda s: datetime.fromtimestamp(s, tz=UTC))
_words = st.text(max_size=80)


@st.composite
def drawn(draw: st.DrawFn) -> dict[str, Any]:
    host = draw(_hosts)
    paths = draw(st.lists(_paths, min_size=1, max_size=8))
    return {
        "report_id": draw(st.uuids()),
        "number": draw(_words),
        "recipient": draw(_words),
        "role": draw(st.sampled_from(list(Role))),
        "language": draw(st.sampled_from(["en", "de", "es", "fr", "pt-BR"])),
        "domain": host,
        "urls": tuple(f"https://{host}/{path}" for path in paths),
        "targets_domain": draw(st.booleans()),
        "source_identifier": draw(_words),
        "accounts": tuple(draw(st.lists(_words, max_size=3))),
        "found_by": tuple(draw(st.lists(_words, max_size=3))),
        "told_at": draw(_moments),
        "deadline_at": draw(_moments),
        "seen_at": draw(_moments),
        "is_synthetic": draw(st.booleans()),
        "may_hand_on": draw(st.booleans()),
    }


@settings(max_examples=120, deadline=None)
@given(changes=drawn(), org=_words, report_format=st.sampled_from(IN_XARF))
def test_any_facts_are_valid_in_strict_mode(
    report_facts: Any, sender: Any, changes: dict[str, Any], org: str, report_format: str
) -> None:
    facts = report_facts(**changes, sender=replace(sender, org=org))
    report = xarf_of(compose_report(format=report_format, facts=facts))
    assert complaints(report) == []
    assert UUID(report["report_id"]) == facts.report_id
    assert [item["content_type"] for item in report["evidence"]] == ["text/plain"]
    assert report["type"] not in {"csam", "csem"}
