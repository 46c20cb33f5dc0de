"""What Cloudflare and Amazon get by HTTP, and the third part of ARF."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from email import message_from_string, policy
from typing import Any

import pytest

from staydown_web.base.errors import ConfigError, ReportUnfitError
from staydown_web.escalation.chain import ContactKind, Role
from staydown_web.escalation.formats import batches, compose_report, formats_for
from staydown_web.escalation.models import Report


def cloudflare(facts: Any) -> dict[str, Any]:
    composed = compose_report(format="cloudflare", facts=facts)
    assert composed.media_type == "application/json"
    assert dict(composed.headers)["Content-Type"] == "application/json"
    return dict(json.loads(composed.body))


def test_cloudflare_gets_the_helpline_and_no_notice_to_the_owner(report_facts: Any) -> None:
    body = cloudflare(report_facts())
    assert set(body) == {
        *("act", "email", "email2", "name", "company", "ncsei_subject_representation"),
        *("urls", "host_notification", "owner_notification", "comments"),
    }
    assert body["act"] == "abuse_ncsei"
    assert body["email"] == body["email2"] == "reports@helpline.example"
    assert body["ncsei_subject_representation"] is False
    assert (body["host_notification"], body["owner_notification"]) == ("send-anon", "none")
    assert body["urls"].split("\n") == list(report_facts().urls)


def test_cloudflare_gets_no_key_to_the_case(report_facts: Any, sender: Any) -> None:
    """Its reports may reach a public archive."""
    composed = compose_report(format="cloudflare", facts=report_facts())
    assert sender.reply_address not in composed.body
    assert sender.postal not in composed.body


def test_cloudflare_s_lengths_hold(report_facts: Any, sender: Any) -> None:
    long = replace(sender, org="ö" * 500, contact_name="n" * 500)
    body = cloudflare(report_facts(sender=long, number="E-" + "1" * 3000))
    assert len(body["company"]) <= 100
    assert len(body["name"]) <= 255
    assert len(body["comments"]) <= 2000


@pytest.mark.parametrize(
    ("urls", "why"),
    [
        (("https://a.pics.example/1", "https://b.pics.example/1"), "one host"),
        (("https://pics.example/1", "https://pics.example/1"), "each link once"),
        (tuple(f"https://pics.example/{n}" for n in range(251)), "250 links"),
        ((), "1 to 250 links"),
    ],
)
def test_what_cloudflare_would_not_take_is_refused(
    report_facts: Any, urls: tuple[str, ...], why: str
) -> None:
    with pytest.raises(ReportUnfitError, match=why):
        compose_report(format="cloudflare", facts=report_facts(urls=urls))


def test_who_gets_no_links_is_not_written_to_by_cloudflare_s_call(report_facts: Any) -> None:
    with pytest.raises(ReportUnfitError, match="links"):
        compose_report(format="cloudflare", facts=report_facts(role="dns"))


def test_amazon_gets_xarf_with_a_token_of_the_report(report_facts: Any) -> None:
    body = json.loads(compose_report(format="aws", facts=report_facts()).body)
    assert set(body) == {"clientToken", "correlationId", "report"}
    assert set(body["report"]) == {"xarf"}
    assert re.fullmatch(r"[\x21-\x7e]{1,128}", body["clientToken"])
    assert re.fullmatch(r"[a-zA-Z0-9-_]{1,256}", body["correlationId"])
    assert body["clientToken"] == body["report"]["xarf"]["report_id"]


def test_no_body_holds_credentials(report_facts: Any) -> None:
    for report_format in ("cloudflare", "aws", "xarf_http"):
        composed = compose_report(format=report_format, facts=report_facts())
        names = {name.lower() for name, _ in composed.headers}
        assert names == {"content-type", "accept"}


def test_arf_has_three_parts(report_facts: Any) -> None:
    composed = compose_report(format="arf", facts=report_facts())
    mail = message_from_string(composed.body, policy=policy.default)
    assert mail.get_content_type() == "multipart/report"
    assert mail.get_param("report-type") == "feedback-report"
    text, feedback, headers = mail.get_payload()
    assert text.get_content_type() == "text/plain"
    assert feedback.get_content_type() == "message/feedback-report"
    assert headers.get_content_type() == "text/rfc822-headers"
    [rows] = feedback.get_payload()
    assert (rows["Feedback-Type"], rows["Version"]) == ("other", "1")
    assert rows["User-Agent"]
    assert rows["Source-IP"] == "192.0.2.41"
    assert rows["Reported-Domain"] == "pics.example"
    assert rows.get_all("Reported-URI") == list(report_facts().urls)
    assert "no original message" in headers.get_payload()


def test_arf_leaves_out_what_is_no_address_and_links_too_long_for_a_line(
    report_facts: Any,
) -> None:
    urls = ("https://pics.example/1", f"https://pics.example/{'x' * 1200}")
    facts = report_facts(urls=urls, source_identifier="customer 7")
    composed = compose_report(format="arf", facts=facts)
    mail = message_from_string(composed.body, policy=policy.default)
    [rows] = mail.get_payload()[1].get_payload()
    assert rows["Source-IP"] is None
    assert rows.get_all("Reported-URI") == [urls[0]]
    assert urls[1] in mail.get_payload()[0].get_content()


@pytest.mark.parametrize("role", list(Role))
def test_every_way_of_contact_has_a_format_that_can_be_written(
    report_facts: Any, role: str
) -> None:
    for kind in ContactKind:
        chosen = formats_for(kind, role)
        assert chosen in Report.Format.values
        assert compose_report(format=chosen, facts=report_facts(role=role)).format == chosen


def test_desks_of_networks_get_xarf_and_people_letters() -> None:
    assert formats_for("email", "host") == "xarf_mail"
    assert formats_for("email", "payment") == formats_for("email", "ads") == "mail"
    assert formats_for("form", "host") == "form_letter"
    assert formats_for("cloudflare", "cdn") == "cloudflare"
    assert formats_for("cloudflare", "registrar") == "form_letter"
    assert (formats_for("aws", "host"), formats_for("xarf", "host")) == ("aws", "xarf_http")


def test_links_are_grouped_so_that_each_report_can_be_written(report_facts: Any) -> None:
    urls = [f"https://{'ab'[n % 2]}.pics.example/{n}" for n in range(600)]
    groups = batches(format="cloudflare", urls=[*urls, urls[0]])
    assert [len(group) for group in groups] == [250, 50, 250, 50]
    assert sorted(url for group in groups for url in group) == sorted(urls)
    for group in groups:
        compose_report(format="cloudflare", facts=report_facts(urls=group))
    assert [len(group) for group in batches(format="mail", urls=urls)] == [250, 250, 100]
    assert batches(format="mail", urls=[]) == []


def test_a_format_or_role_that_does_not_exist_is_a_clear_error(report_facts: Any) -> None:
    with pytest.raises(ReportUnfitError, match="format"):
        compose_report(format="fax", facts=report_facts())
    with pytest.raises(ConfigError, match="role"):
        compose_report(format="mail", facts=report_facts(role="baker"))
