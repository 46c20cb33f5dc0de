"""For every regime a table of notices, each judged element by element.

A row says what a notice holds, who gives it, and which elements it then lacks. The words for what
it holds are those of ``NoticeFacts`` without their ``has_``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import pytest

from staydown_web.regimes.schemas import NoticeFacts
from staydown_web.regimes.selectors import regimes
from staydown_web.regimes.services import check_notice

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
LEAST = 25

WORDS = "authority signature fingerprint url place statement good_faith name email phone"
ALL = f"{WORDS} on_service role"


class Row(NamedTuple):
    """One notice: what it holds, what it lacks under the law, whether somebody acts for another."""

    holds: str
    lacks: str = ""
    acts: bool = False


def but(*names: str) -> str:
    """Everything except these."""
    return " ".join(word for word in ALL.split() if word not in names)


US = [
    Row(ALL),
    Row(ALL, acts=True),
    Row(but("signature"), "signature"),
    Row(but("good_faith"), "good_faith"),
    Row(but("email")),
    Row(but("phone")),
    Row(but("email", "phone"), "contact"),
    Row(but("url")),
    Row(but("place")),
    Row(but("fingerprint")),
    Row(but("url", "place"), "location"),
    Row(but("url", "fingerprint"), "identification"),
    Row(but("url", "fingerprint", "place"), "identification location"),
    Row(but("statement")),
    Row(but("name")),
    Row(but("on_service", "role")),
    Row(but("authority")),
    Row(but("authority"), "authority", acts=True),
    Row(but("authority", "signature"), "authority signature", acts=True),
    Row("signature url good_faith email"),
    Row("signature url good_faith phone"),
    Row("signature fingerprint place good_faith email"),
    Row("signature fingerprint good_faith email", "location"),
    Row("signature place good_faith email", "identification"),
    Row("signature url email", "good_faith"),
    Row("url good_faith email", "signature"),
    Row("signature url good_faith", "contact"),
    Row("signature url good_faith name", "contact"),
    Row("signature url good_faith email", "authority", acts=True),
    Row("signature authority url good_faith email", acts=True),
    Row("", "signature identification location good_faith contact"),
    Row("", "signature authority identification location good_faith contact", acts=True),
]

EU = [
    Row(ALL),
    Row(ALL, acts=True),
    Row(but("statement"), "explanation"),
    Row(but("url"), "location"),
    Row(but("name"), "name"),
    Row(but("email"), "email"),
    Row(but("good_faith"), "good_faith"),
    Row(but("phone")),
    Row(but("place")),
    Row(but("fingerprint")),
    Row(but("signature")),
    Row(but("on_service")),
    Row(but("role")),
    Row(but("authority")),
    Row(but("authority"), acts=True),
    Row(but("url", "place"), "location"),
    Row(but("url", "fingerprint"), "location"),
    Row(but("email", "phone"), "email"),
    Row(but("statement", "url"), "explanation location"),
    Row(but("name", "email"), "name email"),
    Row("statement url name email good_faith"),
    Row("statement url name email good_faith", acts=True),
    Row("statement place name email good_faith", "location"),
    Row("statement fingerprint name email good_faith", "location"),
    Row("statement url name phone good_faith", "email"),
    Row("statement url signature email good_faith", "name"),
    Row("signature url name email good_faith", "explanation"),
    Row("statement url name email signature role", "good_faith"),
    Row("", "explanation location name email good_faith"),
    Row("", "explanation location name email good_faith", acts=True),
]

UK = [
    Row(ALL),
    Row(ALL, acts=True),
    Row(but("on_service"), "on_service"),
    Row(but("role"), "role"),
    Row(but("good_faith"), "good_faith"),
    Row(but("on_service", "role"), "on_service role"),
    Row(but("authority")),
    Row(but("authority"), "authority", acts=True),
    Row(but("email")),
    Row(but("phone")),
    Row(but("email", "phone"), "contact"),
    Row(but("url")),
    Row(but("place")),
    Row(but("fingerprint")),
    Row(but("url", "place")),
    Row(but("url", "fingerprint")),
    Row(but("place", "fingerprint")),
    Row(but("url", "place", "fingerprint"), "identification"),
    Row(but("signature")),
    Row(but("statement")),
    Row(but("name")),
    Row("on_service role good_faith url email"),
    Row("on_service role good_faith place phone"),
    Row("on_service role good_faith fingerprint phone"),
    Row("on_service role url email", "good_faith"),
    Row("on_service role good_faith url", "contact"),
    Row("on_service role good_faith url email", "authority", acts=True),
    Row("on_service role good_faith authority url email", acts=True),
    Row("signature good_faith url email", "on_service role"),
    Row("", "on_service role good_faith identification contact"),
    Row("", "on_service role good_faith authority identification contact", acts=True),
]

IN = [
    Row(ALL),
    Row(ALL, acts=True),
    Row(but("role"), "role"),
    Row(but("role"), "role", acts=True),
    Row(but("good_faith")),
    Row(but("statement")),
    Row(but("good_faith", "statement"), "nature"),
    Row(but("url")),
    Row(but("place")),
    Row(but("url", "place"), "location"),
    Row(but("fingerprint")),
    Row(but("url", "fingerprint")),
    Row(but("url", "place", "fingerprint"), "location"),
    Row(but("signature")),
    Row(but("name")),
    Row(but("email")),
    Row(but("email", "phone")),
    Row(but("on_service")),
    Row(but("authority")),
    Row(but("authority"), acts=True),
    Row("role good_faith url"),
    Row("role statement url"),
    Row("role statement place"),
    Row("role good_faith place", acts=True),
    Row("role good_faith fingerprint", "location"),
    Row("role url", "nature"),
    Row("good_faith url", "role"),
    Row("on_service good_faith url email name", "role"),
    Row("", "role nature location"),
    Row("", "role nature location", acts=True),
]

TERMS = [
    Row(ALL),
    Row(ALL, acts=True),
    Row(but("signature"), "signature"),
    Row(but("good_faith"), "good_faith"),
    Row(but("authority")),
    Row(but("authority"), "authority", acts=True),
    Row(but("url")),
    Row(but("fingerprint")),
    Row(but("place")),
    Row(but("url", "fingerprint"), "identification"),
    Row(but("url", "place")),
    Row(but("fingerprint", "place")),
    Row(but("email")),
    Row(but("phone")),
    Row(but("email", "phone")),
    Row(but("name")),
    Row(but("statement")),
    Row(but("on_service")),
    Row(but("role")),
    Row(but("on_service", "role")),
    Row("signature fingerprint good_faith"),
    Row("signature url good_faith"),
    Row("signature place good_faith", "identification"),
    Row("signature fingerprint", "good_faith"),
    Row("fingerprint good_faith email", "signature"),
    Row("signature fingerprint good_faith", "authority", acts=True),
    Row("signature authority fingerprint good_faith", acts=True),
    Row("", "signature identification good_faith"),
    Row("", "signature authority identification good_faith", acts=True),
]

TABLES = {"us-tida": US, "eu-dsa": EU, "uk-osa": UK, "in-it-rules": IN, "platform-terms": TERMS}
ROWS = [(id_, row) for id_, rows in TABLES.items() for row in rows]


def facts_of(row: Row) -> NoticeFacts:
    held = {f"has_{word}": True for word in row.holds.split()}
    return NoticeFacts(**held, is_representative=row.acts)


def test_every_regime_has_a_table_and_each_is_long_enough() -> None:
    assert sorted(TABLES) == sorted(regimes())
    assert all(len(set(rows)) == len(rows) >= LEAST for rows in TABLES.values())


@pytest.mark.parametrize("id_", sorted(TABLES))
def test_every_element_of_a_regime_is_once_the_only_one_that_is_missing(id_: str) -> None:
    alone = {row.lacks for row in TABLES[id_] if row.lacks and " " not in row.lacks}
    assert alone == {element.id for element in regimes()[id_].elements}


@pytest.mark.parametrize(("id_", "row"), ROWS, ids=lambda value: str(value)[:60])
def test_a_notice_is_judged_element_by_element(id_: str, row: Row) -> None:
    findings = check_notice(regime=id_, facts=facts_of(row), now=NOW)

    asked = [e.id for e in regimes()[id_].elements if row.acts or not e.only_if]
    lacks = set(row.lacks.split())
    assert [(r.id, r.is_met) for r in findings.requirements] == [
        (element, element not in lacks) for element in asked
    ]
    assert lacks <= set(asked)
    assert findings.is_valid is (not lacks)
    assert all(r.remedy and r.label for r in findings.missing)
    assert all(r.form_fields for r in findings.missing)
