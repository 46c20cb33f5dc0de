"""Entries that stand for no picture: whoever asks for one is stopped, and a person is told."""

from __future__ import annotations

import io
import json
import random
from math import comb

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from staydown import Fingerprint
from staydown_web.accounts.models import ApiKey
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.banks.services import catch_up
from staydown_web.banks.services.entries import entry_context
from staydown_web.base.errors import FieldsError
from staydown_web.base.sealing import unseal
from staydown_web.screening.models import Copy
from staydown_web.screening.services.canaries import BANK, look_for_canaries, plant_canaries

pytestmark = pytest.mark.django_db(transaction=True)


def stolen(entry: Entry) -> Fingerprint:
    """What somebody has who has the bank."""
    return Fingerprint.from_bytes(unseal(bytes(entry.box), context=entry_context(entry.pk)))


@pytest.fixture
def planted(now) -> list[Fingerprint]:
    assert plant_canaries(count=3, actor="system", now=now) == 3
    catch_up()
    return [stolen(entry) for entry in Entry.objects.filter(bank__slug=BANK)]


@pytest.fixture
def thief(client: Client, platform, key_for):
    """``thief(fingerprint)`` asks with one key; the status of the answer."""
    _, key = key_for(platform, "check")

    def asked(fingerprint: Fingerprint) -> int:
        body = json.dumps({"signals": fingerprint.to_dict()["signals"]})
        headers = {"Authorization": f"Bearer {key}"}
        return client.post(
            "/api/v1/check", body, content_type="application/json", headers=headers
        ).status_code

    return asked


def test_a_key_that_asks_for_one_is_ended_in_the_same_moment(thief, planted) -> None:
    assert thief(planted[0]) == 200
    assert thief(planted[1]) == 401
    key = ApiKey.objects.get()
    assert key.revoked_at is not None
    event = Event.objects.get(what="canary_asked")
    assert (event.actor, event.subject) == (f"key:{key.pk}", f"key:{key.pk}")


def test_the_answer_looks_like_any_other(ask, planted, seed, drawn_fingerprint) -> None:
    seed(drawn_fingerprint(1))
    assert ask(planted[0]).verdict == ask(drawn_fingerprint(1)).verdict == "hold"


def test_whoever_tries_stolen_hashes_comes_as_far_as_the_first_canary(
    thief, planted, seed, drawn_fingerprint
) -> None:
    real = [drawn_fingerprint(number) for number in range(4)]
    for fingerprint in real:
        seed(fingerprint)
    hashes = [*real, *planted]
    random.Random(3).shuffle(hashes)
    first = next(n for n, fingerprint in enumerate(hashes) if fingerprint in planted)
    statuses = [thief(fingerprint) for fingerprint in hashes]
    assert statuses == [200] * (first + 1) + [401] * (len(hashes) - first - 1)


def test_uploads_of_honest_platforms_end_no_key(ask, seed, drawn_fingerprint, planted) -> None:
    seed(drawn_fingerprint(1))
    for number in range(4):
        ask(drawn_fingerprint(number))
    assert not Event.objects.filter(what__in=("canary_asked", "key_revoked")).exists()


def test_an_honest_upload_cannot_come_near_one() -> None:
    near = sum(comb(256, bits) for bits in range(32))
    assert near / 2**256 < 1e-36


def test_what_a_notice_brings_is_no_question(ask, planted) -> None:
    ask(planted[0], source=Copy.Source.NOTICE)
    assert not Event.objects.filter(what="canary_asked").exists()


def test_people_and_the_service_itself_are_no_keys(now) -> None:
    class Facts:
        bank, entry_id = BANK, None

    assert not look_for_canaries(matched=[Facts()], actor="system", now=now)


def test_the_calls_of_hma_are_watched_too(client: Client, platform, key_for, planted) -> None:
    _, key = key_for(platform, "check", "match:detail")
    value = next(s.raw for s in planted[0].signals if s.type == "pdq").hex()
    headers = {"Authorization": f"Bearer {key}"}
    query = {"signal": value, "signal_type": "pdq"}
    assert client.get("/m/lookup", query, headers=headers).status_code == 200
    assert Event.objects.filter(what="canary_asked").count() == 1
    assert client.get("/m/lookup", query, headers=headers).status_code in {401, 403}


def test_the_command_plants_and_refuses_odd_numbers() -> None:
    out = io.StringIO()
    call_command("plant-canaries", "2", stdout=out)
    assert out.getvalue() == "2 canaries are in the bank.\n"
    with pytest.raises(CommandError, match="a number from 1"):
        call_command("plant-canaries", "0")


def test_more_than_may_be_at_once_are_refused(now) -> None:
    with pytest.raises(FieldsError):
        plant_canaries(count=10_001, actor="system", now=now)
