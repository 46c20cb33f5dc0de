"""What may stand in an event, and what never gets in."""

from __future__ import annotations

import base64
import string
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.audit.services.facts import clean_actor, clean_facts, clean_subject, clean_what
from staydown_web.banks.models import Entry
from staydown_web.base.errors import AuditFactError

ALLOWED = [
    "held",
    "needs_information",
    "us-tida",
    "eu-dsa-16",
    "windows/1",
    "timeline/1",
    "2026.1",
    "C-7Q2M-4KXR",
    "2026-11-26",
    "2026-11-26T09:00:00Z",
    "match:detail",
    "address_unreachable",
    "",
    str(UUID(int=7)),
    f"user:{UUID(int=7)}".partition(":")[2],
]
REFUSED = [
    "https://forum.example/p/1",
    "http://127.0.0.1",
    "forum.example",
    "ada@forum.example",
    "Ada",
    "Ada Lovelace",
    "he has my pictures",
    "0f" * 32,
    "0f" * 8,
    "0f0f-" * 8 + "0f",
    "+4915112345678",
    "4915112345678",
    "two\nlines",
    "nul\x00byte",
    "/srv/media/1.jpg",
    "img1.jpg",
    "whsec_c2VjcmV0",
    "a" * 26,
    "sk9f8a7s6d5f4a3s2d1f",
]

ID = UUID("5d8f0c56-3a40-4c8e-9f0b-1d2f6a7b8c9d")


@pytest.mark.parametrize("value", ALLOWED)
def test_ids_states_and_moments_get_in(value: str) -> None:
    assert clean_facts({"fact": value}) == {"fact": value}


@pytest.mark.parametrize("value", REFUSED)
def test_addresses_hashes_names_and_sentences_stay_out(value: str) -> None:
    with pytest.raises(AuditFactError) as caught:
        clean_facts({"fact": value})
    assert value not in str(caught.value)
    with pytest.raises(AuditFactError):
        clean_facts({"fact": {"inner": [value]}})


def test_other_types_become_plain_json() -> None:
    made = uuid4()
    facts = {
        "entry": made,
        "state": Entry.State.SEED,
        "at": datetime(2026, 1, 2, tzinfo=UTC),
        "states": {"seed", "confirmed"},
        "count": 3,
        "is_new": True,
        "none": None,
    }
    assert clean_facts(facts) == {
        "entry": str(made),
        "state": "seed",
        "at": "2026-01-02T00:00:00Z",
        "states": ["confirmed", "seed"],
        "count": 3,
        "is_new": True,
        "none": None,
    }
    assert type(clean_facts(facts)["state"]) is str


@pytest.mark.parametrize(
    "value",
    [0.5, b"bytes", 1 << 60, {"a": {"b": {"c": 1}}}, object(), datetime(2026, 1, 1), [0] * 501],  # noqa: DTZ001
)
def test_what_is_no_id_state_or_count_is_refused(value: object) -> None:
    with pytest.raises(AuditFactError):
        clean_facts({"fact": value})


@pytest.mark.parametrize("key", ["", "Key", "a b", "url=https://x", "é", 7])
def test_the_name_of_a_fact_is_a_plain_word(key: object) -> None:
    with pytest.raises(AuditFactError):
        clean_facts({key: 1})  # type: ignore[dict-item]


@given(st.binary(min_size=8, max_size=64))
def test_no_digest_gets_in_as_hex_or_base64(digest: bytes) -> None:
    for text in (digest.hex(), digest.hex("-", 2), digest.hex("_", 4)):
        with pytest.raises(AuditFactError):
            clean_facts({"fact": text})
    encoded = base64.b64encode(digest * 4).decode()
    with pytest.raises(AuditFactError):
        clean_facts({"fact": encoded})


@given(
    st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=12),
    st.sampled_from(["com", "example", "org", "co.uk"]),
    st.sampled_from(["{}.{}", "https://{}.{}/", "ada@{}.{}", "{}.{}:8000", "www.{}.{}"]),
)
def test_no_address_gets_in(name: str, end: str, shape: str) -> None:
    with pytest.raises(AuditFactError):
        clean_facts({"fact": shape.format(name, end)})


@given(st.lists(st.text(string.ascii_letters, min_size=1), min_size=2, max_size=6))
def test_no_sentence_gets_in(words: list[str]) -> None:
    with pytest.raises(AuditFactError):
        clean_facts({"fact": " ".join(words)})


@given(st.text())
def test_what_gets_in_is_short_plain_ascii(text: str) -> None:
    try:
        cleaned = clean_facts({"fact": text})["fact"]
    except AuditFactError:
        return
    assert cleaned.isascii()
    assert cleaned == text
    assert not set(cleaned) & set(" @\n\t\"'\\")


@pytest.mark.parametrize("actor", ["system", "person", f"user:{ID}", f"key:{ID}"])
def test_the_kinds_of_actor(actor: str) -> None:
    assert clean_actor(actor) == actor


@pytest.mark.parametrize("actor", ["", "Ada", "user:ada", "user:", f"admin:{ID}", "person "])
def test_no_other_actor(actor: str) -> None:
    with pytest.raises(AuditFactError):
        clean_actor(actor)


@pytest.mark.parametrize("subject", ["", f"item:{ID}", "order:17", "bank:reported"])
def test_subjects_are_kind_and_id(subject: str) -> None:
    assert clean_subject(subject) == subject


@pytest.mark.parametrize("subject", ["item", "url:https://x", "entry:" + "0f" * 20, "a b:1"])
def test_no_other_subject(subject: str) -> None:
    with pytest.raises(AuditFactError):
        clean_subject(subject)


def test_what_happened_is_a_plain_name() -> None:
    assert clean_what("case_filed") == "case_filed"
    for wrong in ("filed", "case filed", "Case_Filed", "case_filed_" + "x" * 70, ""):
        with pytest.raises(AuditFactError):
            clean_what(wrong)
