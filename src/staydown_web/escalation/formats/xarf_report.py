"""A report as XARF 4, checked by the format's own package before anybody sees it.

XARF has no type for intimate images without consent (docs/xarf-ncii.md proposes one). Until it has,
``content/exposed_data`` is what fits; never the types for the abuse of children.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from staydown_web.base.errors import ReportUnfitError
from staydown_web.escalation.formats import clean
from staydown_web.escalation.formats.least import Given

VERSION = "4.2.0"
NO_ONE = "none"
"""Where strict mode wants a brand or an organisation that was harmed: there is none."""
# The schema takes any number from 0 to 1, the package's own reader whole ones alone, so that a
# reader built on it would not get a report with 0.9. Two people signed: as sure as a sender can be.
_CONFIDENCE = 1
_PORTS = {"http": 80, "https": 443}
_TAGS = ("ncii:intimate-image",)
_TAG_SYNTHETIC = "ncii:synthetic"
_LONGEST_DESCRIPTION = 1000
_KEEP_BACK = "Please do not show this report to your customer; it could put people in danger. "


def xarf_report(facts: Given) -> dict[str, Any]:
    """The report as a JSON object.

    Raises:
        ReportUnfitError: the package says that it is not XARF.
    """
    links = [clean.link(url) for url in facts.named_links]
    # Who gets no links gets the site's own address: the format wants one.
    url = links[0] if links else f"https://{clean.ascii_domain(facts.domain)}/"
    party = _party(facts)
    report: dict[str, Any] = {
        "xarf_version": VERSION,
        "report_id": str(facts.report_id),
        "timestamp": _stamp(facts.seen_at),
        "reporter": party,
        "sender": dict(party),
        "source_identifier": _source(facts),
        "source_port": _port(url),
        "category": "content",
        "type": "exposed_data",
        "url": url,
        "domain": clean.ascii_domain(facts.domain),
        "verified_at": _stamp(facts.seen_at),
        "verification_method": "user_report",
        "evidence_source": "user_report",
        "data_types": ["other"],
        "exposure_method": "intentional_leak",
        "sensitive_fields": ["intimate image"],
        "record_count": facts.total,
        "accessibility": "public",
        "discovery_source": "user_report",
        "encryption_status": "unencrypted",
        "affected_organization": NO_ONE,
        "target_brand": NO_ONE,
        "confidence": _CONFIDENCE,
        "description": _description(facts),
        "evidence": [_evidence(facts, links)],
        "tags": [*_TAGS, *([_TAG_SYNTHETIC] if facts.is_synthetic else [])],
    }
    return _checked(report)


def as_text(report: dict[str, Any]) -> str:
    """JSON as it leaves: ASCII, in rows that a person can read."""
    return json.dumps(report, indent=1) + "\n"


def _checked(report: dict[str, Any]) -> dict[str, Any]:
    wrong = _complaints(report, strict=True)
    if wrong == ["domain"]:
        # Its pattern knows no names in punycode and no numbers; the link says the same.
        del report["domain"]
        wrong = _complaints(report, strict=False)
    if wrong:
        raise ReportUnfitError(f"this is not XARF: {', '.join(wrong)}")
    return report


def _complaints(report: dict[str, Any], *, strict: bool) -> list[str]:
    """Fields that the format's package does not take; also where it cannot read the whole."""
    from xarf import parse  # takes a tenth of the start of a server, most of which send no report

    read = parse(report, strict=strict)
    fields = sorted({error.field or "the report" for error in read.errors})
    return fields or ([] if read.report is not None else ["the report"])


def _party(facts: Given) -> dict[str, str]:
    return {
        "org": clean.line(facts.org),
        "contact": clean.email_address(facts.contact_email),
        "domain": clean.ascii_domain(facts.sender_domain),
    }


def _source(facts: Given) -> str:
    # What the recipient gets of its customer; the domain where it gets no more.
    known = facts.source_identifier if facts.has("source_identifier") else ""
    return clean.line(known or clean.ascii_domain(facts.domain))


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _port(url: str) -> int:
    parts = urlsplit(url)
    return parts.port or _PORTS[parts.scheme]


def _description(facts: Given) -> str:
    whole = "the whole site, which is made for such images" if facts.targets_domain else "the links"
    kind = "Said to be made or altered by computer. " if facts.is_synthetic else ""
    kept = "" if facts.may_hand_on else _KEEP_BACK
    text = (
        "Intimate images of an adult, shared without the consent of the person shown. "
        f"{kind}This report is about {whole}. The site was told on {_stamp(facts.told_at)} and had "
        f"until {_stamp(facts.deadline_at)}. A request under your own rules. No image is attached; "
        f"please send none. {kept}Answers: {facts.reply_address}, with {facts.number}. "
        f"Objections: {facts.appeal_email}."
    )
    return clean.line(text, longest=_LONGEST_DESCRIPTION)


def _evidence(facts: Given, links: list[str]) -> dict[str, Any]:
    if links:
        body = "".join(f"{url}\n" for url in links)
        what = f"Links that this report names: {len(links)} of {facts.total}, one a line"
    else:
        body = f"{clean.ascii_domain(facts.domain)}: {facts.total} links, given on request\n"
        what = "The site; its links are given on request"
    data = body.encode()
    return {
        "content_type": "text/plain",
        "description": what,
        "payload": base64.b64encode(data).decode(),
        "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "size": len(data),
    }
