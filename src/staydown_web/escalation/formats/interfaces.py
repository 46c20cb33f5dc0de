"""Bodies for providers that take reports by HTTP: Cloudflare and Amazon."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from staydown_web.base.errors import ReportUnfitError
from staydown_web.escalation.formats import clean, letters
from staydown_web.escalation.formats.least import Given

CLOUDFLARE_TYPE = "abuse_ncsei"
"""Its type for sexual images without consent; the last part of the call's path."""
MOST_LINKS = 250
"""Source: Cloudflare's reference of its abuse reports, read 2026-11; all of one host."""
_LONGEST_NAME = 255
_LONGEST_COMPANY = 100
_LONGEST_COMMENT = 2000


def cloudflare_body(facts: Given) -> dict[str, Any]:
    """The call's body: the helpline's identity, the host told without it, the owner not at all.

    Raises:
        ReportUnfitError: no links, too many, one twice, or links of several hosts.
    """
    email = clean.email_address(facts.contact_email)
    return {
        "act": CLOUDFLARE_TYPE,
        "email": email,
        "email2": email,
        "name": clean.line(facts.contact_name or facts.org, longest=_LONGEST_NAME),
        "company": clean.line(facts.org, longest=_LONGEST_COMPANY),
        # True would say that the sender is the person shown.
        "ncsei_subject_representation": False,
        "urls": "\n".join(_of_one_host(facts.named_links)),
        "host_notification": "send-anon",
        "owner_notification": "none",
        "comments": _comment(facts),
    }


def aws_body(facts: Given, report: dict[str, Any]) -> dict[str, Any]:
    """The call's body: XARF, with a token by which a repeated call stays one report."""
    return {
        "clientToken": str(facts.report_id),
        "correlationId": str(facts.report_id),  # its list of states can be asked for by this
        "report": {"xarf": report},
    }


def as_text(body: dict[str, Any]) -> str:
    """JSON as it leaves."""
    return json.dumps(body, indent=1) + "\n"


def _of_one_host(urls: tuple[str, ...]) -> list[str]:
    links = [clean.link(url) for url in urls]
    if not 1 <= len(links) <= MOST_LINKS:
        raise ReportUnfitError(f"Cloudflare takes 1 to {MOST_LINKS} links in a report")
    if len(set(links)) != len(links):
        raise ReportUnfitError("Cloudflare takes each link once in a report")
    if len({urlsplit(link).hostname for link in links}) != 1:
        raise ReportUnfitError("Cloudflare takes links of one host in a report; make one for each")
    return links


def _comment(facts: Given) -> str:
    told, until = (letters.moment(at, "en") for at in (facts.told_at, facts.deadline_at))
    kind = "They are said to be made or altered by computer. " if facts.is_synthetic else ""
    scope = (
        "The site is made for images of this kind; please look at it as a whole. "
        if facts.targets_domain
        else "This report is about these links, not about the rest of the site. "
    )
    text = (
        f"Report {facts.number} of {facts.org}. The images show an adult and were shared without "
        f"the consent of the person shown. {kind}{scope}The site was told on {told} and had until "
        f"{until}. Please tell us which company hosts it. No image is attached; please send none. "
        f"Objections to this report: {facts.appeal_email}."
    )
    return clean.line(text, longest=_LONGEST_COMMENT)
