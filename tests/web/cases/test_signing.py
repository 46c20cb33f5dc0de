"""The record of a signature: what was shown, when, its digest; kept, sealed, and erased."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from staydown_web.base.errors import FieldsError
from staydown_web.base.sealing import seal_for_case, unseal_for_case
from staydown_web.cases.forms import Answers
from staydown_web.cases.models import Case, Signature
from staydown_web.cases.selectors.signatures import signatures_of
from staydown_web.cases.services import Filed, add_to_case
from staydown_web.cases.services.erasing import erase_case
from staydown_web.regimes.selectors import regime, signing_text, text_digest

pytestmark = pytest.mark.django_db
TICKED = (
    "I believe in good faith that this notice is true and complete, and that there was no consent."
)
SHOWN = "2026-11-26T08:59:30+01:00"


def digest_of(law: str, acts_as: str = "self") -> str:
    return text_digest(signing_text(regime(law), "en", acts_as))


def test_each_law_gets_a_record_of_its_own_text(filed: Callable[..., Filed], now: datetime) -> None:
    laws = ["us-tida", "eu-dsa", "uk-osa"]
    case = filed(regimes=laws, shown_at=SHOWN, text_digests={x: digest_of(x) for x in laws}).case

    rows = signatures_of(case)

    assert {row.digest for row in rows} == {digest_of(law) for law in laws}
    for row in rows:
        assert row.is_intact
        assert row.was_sent_back
        assert row.typed == "Ada Example"
        assert row.signed_at == now
        assert row.shown_at == datetime.fromisoformat(SHOWN)
        assert row.ticked == [
            TICKED,
            "I declare that it is on this service.",
            "I declare that I am the person shown, or act for them.",
        ]


def test_what_was_ticked_before_is_told_in_the_words_that_it_had(
    filed: Callable[..., Filed],
) -> None:
    case = filed().case
    row = Signature.objects.get()
    context = f"signature:{row.pk}"
    assert row.box is not None
    held = unseal_for_case(case.pk, row.box, context=context)
    del held["is_complete"]  # as a release before left it
    Signature.objects.update(box=seal_for_case(case.pk, held, context=context))

    (told,) = signatures_of(case)

    assert told.ticked[0] == (
        "I believe in good faith that this is true, and that there was no consent."
    )


def test_the_record_of_a_representative_says_by_what_right(filed: Callable[..., Filed]) -> None:
    case = filed(acts_as="representative", authority="Her lawyer; she asked me today.").case

    (row,) = signatures_of(case)

    assert row.authority == "Her lawyer; she asked me today."
    assert row.digest == digest_of("us-tida", "representative")
    assert not row.was_sent_back, "no browser returned a digest"


def test_what_is_completed_later_is_signed_anew_and_the_first_record_stays(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed(signature="").case
    later = now + timedelta(hours=5)

    add_to_case(case=case, answers=Answers(signature="Ada Example"), now=later)

    first, second = signatures_of(case)
    assert (first.typed, first.signed_at) == ("", now)
    assert (second.typed, second.signed_at) == ("Ada Example", later)


def test_where_nothing_is_signed_there_is_no_record(filed: Callable[..., Filed]) -> None:
    case = filed(signature="", is_good_faith=False, declarations=frozenset()).case

    assert signatures_of(case) == []


def test_another_text_than_was_shown_leaves_no_record(filed: Callable[..., Filed]) -> None:
    with pytest.raises(FieldsError):
        filed(text_digests={"us-tida": "0" * 64})
    assert not Signature.objects.exists()


@pytest.mark.parametrize("said", ["yesterday", "2026-11-26", "<script>", "9999999999"])
def test_a_time_that_is_none_is_left_out(filed: Callable[..., Filed], said: str) -> None:
    (row,) = signatures_of(filed(shown_at=said).case)
    assert row.shown_at is None


def test_words_and_name_lie_sealed(filed: Callable[..., Filed]) -> None:
    case = filed().case
    box = bytes(case.signatures.get().box)
    assert b"Ada" not in box
    assert b"I am the person shown" not in box


def test_erasing_a_case_takes_the_words_and_leaves_digest_and_time(
    filed: Callable[..., Filed], now: datetime
) -> None:
    case = filed().case
    erase_case(case=Case.objects.get(pk=case.pk), now=now + timedelta(days=1))

    (row,) = signatures_of(case)

    assert (row.is_erased, row.paragraphs, row.typed) == (True, [], "")
    assert row.digest == digest_of("us-tida")
    assert not row.is_intact
