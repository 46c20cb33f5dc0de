"""What leaves, byte for byte, for each recipient: a change in it is seen and meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from staydown_web.escalation.chain import Role
from staydown_web.escalation.formats import compose_notice, compose_report, formats_for
from staydown_web.escalation.formats.facts import Composed
from staydown_web.escalation.formats.letters import LANGUAGES
from staydown_web.regimes.selectors import regimes

GOLDEN = Path(__file__).parent / "golden"
REPORTS: dict[str, tuple[str, dict[str, Any]]] = {
    **{
        f"{role.value}.{language}": (
            formats_for("email", role),
            {"role": role.value, "language": language, "targets_domain": is_whole},
        )
        for role, is_whole in [
            *[(role, False) for role in (Role.HOST, Role.CDN, Role.NETWORK, Role.ADS)],
            *[(role, True) for role in (Role.DNS, Role.REGISTRAR, Role.REGISTRY, Role.MAIL)],
            (Role.PAYMENT, True),
        ]
        for language in LANGUAGES
    },
    **{
        f"host.whole-site.kept-back.synthetic.{language}": (
            "mail",
            {
                "language": language,
                "targets_domain": True,
                "may_hand_on": False,
                "is_synthetic": True,
            },
        )
        for language in LANGUAGES
    },
    "host.arf.en": ("arf", {}),
    "host.xarf_http": ("xarf_http", {}),
    "host.aws": ("aws", {}),
    "cdn.cloudflare": ("cloudflare", {"role": "cdn"}),
    "host.form.en": ("form_letter", {}),
    "payment.form.fr": ("form_letter", {"role": "payment", "language": "fr"}),
}
NOTICES: dict[str, tuple[str, str, dict[str, Any]]] = {
    **{
        f"site.{law}.en": ("mail", "site", {"regimes": (law,)})
        for law in ("us-tida", "eu-dsa", "uk-osa", "in-it-rules", "platform-terms")
    },
    **{
        f"site.nameless.{language}": (
            "mail",
            "site",
            {"language": language, "signed_name": "", "regimes": ("eu-dsa",)},
        )
        for language in LANGUAGES
    },
    **{
        f"search.{language}": (
            "form_letter",
            "search",
            {"language": language, "signed_name": "", "regimes": ("platform-terms",)},
        )
        for language in LANGUAGES
    },
    "site.representative.form.en": (
        "form_letter",
        "site",
        {
            "acts_as": "representative",
            "regimes": ("us-tida", "uk-osa"),
            "statement": "They were made in 2024.\nI never agreed.",
            "is_synthetic": True,
        },
    ),
}


def as_kept(composed: Composed) -> str:
    """The body, and the rows of a form below it."""
    rows = "".join(f"\n== {label}\n{value}\n" for label, value in composed.fields)
    head = "".join(f"{name}: {value}\n" for name, value in composed.headers)
    shown = f"shown: {', '.join(composed.shown)}\n" if composed.shown else ""
    return f"{composed.format} {composed.media_type}\n{head}{shown}---\n{composed.body}{rows}"


def check(name: str, composed: Composed) -> None:
    path = GOLDEN / f"{name}.txt"
    wanted = path.read_text(encoding="utf-8") if path.exists() else ""
    now = as_kept(composed)
    changes = difflib.unified_diff(
        wanted.splitlines(keepends=True), now.splitlines(keepends=True), f"{name}.txt", "now"
    )
    assert now == wanted, "\n" + "".join(changes)


@pytest.mark.parametrize("name", list(REPORTS))
def test_a_report_is_as_it_was(report_facts: Any, name: str) -> None:
    report_format, changes = REPORTS[name]
    check(name, compose_report(format=report_format, facts=report_facts(**changes)))


@pytest.mark.parametrize("name", list(NOTICES))
def test_a_notice_is_as_it_was(notice_facts: Any, name: str) -> None:
    report_format, kind, changes = NOTICES[name]
    facts = notice_facts(**changes)
    check(name, compose_notice(format=report_format, kind=kind, facts=facts))


def test_every_law_has_a_notice_here() -> None:
    assert {law for _, _, changes in NOTICES.values() for law in changes["regimes"]} == {*regimes()}


def _names() -> Iterator[str]:
    for path in GOLDEN.iterdir():
        text = path.read_text(encoding="utf-8").replace("=\n", "")
        yield from re.findall(r"(?:https?://|@)([\w.-]+)", text)


def test_only_names_that_belong_to_nobody_are_in_them() -> None:
    assert {name.rstrip(".").rpartition(".")[2] for name in _names()} == {"example"}


def test_none_is_left_over() -> None:
    assert {path.stem for path in GOLDEN.iterdir()} == {*REPORTS, *NOTICES}
