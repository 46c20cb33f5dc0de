"""An edge replica against a real hub: fetched, a moment behind, and answering without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from edge_hub import DOWN, FAILURES, PASS
from media_files import MEDIA
from staydown.types import Fingerprint
from staydown_client.edge import WithoutCopyError, loops
from staydown_client.edge.asking import asked_of
from staydown_client.edge.errors import HubError
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import (
    add_entry,
    dispute_entries,
    set_policy,
    take_in_entries,
    withdraw_entry,
)
from staydown_web.replicas.services import giving
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db(transaction=True)
Drawn = Callable[[int], Fingerprint]


@pytest.fixture
def filled(bank: Bank, drawn_fingerprint: Drawn, moment: Any) -> list[Fingerprint]:
    """Some hundred seeds in the bank."""
    made = [drawn_fingerprint(n) for n in range(300)]
    take_in_entries(
        bank=bank,
        raws=[f.to_bytes() for f in made],
        origin=Entry.Origin.IMPORT,
        actor="system",
        now=moment,
    )
    return made


def test_a_copy_is_fetched_and_answers_as_the_hub_does(
    site: Any, filled: list[Fingerprint], confirmed: Any, drawn_fingerprint: Drawn
) -> None:
    blocked = confirmed(drawn_fingerprint(1000))
    one = site().start()
    with pytest.raises(WithoutCopyError) as error:
        one.edge.check(filled[7])
    assert error.value.why == "empty"

    one.follow()

    answer = one.edge.check(drawn_fingerprint(1000))
    assert (answer.verdict, answer.matches[0]["entry_id"]) == ("block", str(blocked.pk))
    assert one.edge.check(filled[7]).verdict == "hold"
    assert one.edge.check(drawn_fingerprint(5000)).verdict == "clear"
    status = one.edge.status()
    assert (status["state"], status["entries"], status["is_ready"]) == ("ready", 301, True)


def test_what_changes_at_the_hub_is_felt_after_one_exchange(
    site: Any, filled: list[Fingerprint], confirmed: Any, drawn_fingerprint: Drawn, moment: Any
) -> None:
    one = site().start().follow()
    entry = confirmed(drawn_fingerprint(1000))
    assert one.edge.check(drawn_fingerprint(1000)).verdict == "clear"
    one.keeper.step()
    assert one.edge.check(drawn_fingerprint(1000)).verdict == "block"

    dispute_entries(entry_ids=[entry.pk], actor="system", now=moment)
    one.keeper.step()
    assert one.edge.check(drawn_fingerprint(1000)).verdict == "clear"

    set_policy(bank=entry.bank, actor="system", now=moment, is_active=False)
    one.keeper.step()
    assert one.edge.check(filled[3]).verdict == "clear"
    set_policy(bank=entry.bank, actor="system", now=moment, is_active=True)
    one.keeper.step()
    assert one.edge.check(filled[3]).verdict == "hold"


def test_a_whole_import_comes_through_the_changes(
    site: Any,
    filled: list[Fingerprint],
    bank: Bank,
    drawn_fingerprint: Drawn,
    moment: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = site().start().follow()
    monkeypatch.setattr(giving, "ROWS_AT_ONCE", 70)
    more = [drawn_fingerprint(n) for n in range(2000, 2200)]
    raws = [f.to_bytes() for f in more]
    take_in_entries(bank=bank, raws=raws, origin=Entry.Origin.IMPORT, actor="system", now=moment)
    for _ in range(20):
        one.keeper.step()
    assert one.edge.status()["entries"] == 500
    assert {one.edge.check(f).verdict for f in more} == {"hold"}


def test_a_withdrawn_entry_is_gone_at_once_and_its_bytes_at_the_next_tidying(
    site: Any, filled: list[Fingerprint], drawn_fingerprint: Drawn, confirmed: Any, moment: Any
) -> None:
    entry = confirmed(drawn_fingerprint(1000))
    one = site().start().follow()
    secret = drawn_fingerprint(1000).signals[0].raw
    memory = one.keeper.memory.bank
    assert secret in memory.read_bytes()
    assert one.edge.check(drawn_fingerprint(1000)).verdict == "block"

    withdraw_entry(entry_id=entry.pk, actor="person", now=moment, reason="she asked")
    one.keeper.step()
    assert one.edge.check(drawn_fingerprint(1000)).verdict == "clear"

    mapped = memory.open("rb")
    files = {p.name for p in one.keeper.disk.folder.glob("copy-*")}
    one.keeper.tidy()
    assert secret not in memory.read_bytes()
    assert secret not in mapped.read(), "the old bytes lived on in who had them mapped"
    mapped.close()
    assert {p.name for p in one.keeper.disk.folder.glob("copy-*")}.isdisjoint(files)
    assert one.edge.check(filled[5]).verdict == "hold"


def test_without_the_hub_it_answers_and_says_how_old_it_is(
    site: Any, filled: list[Fingerprint]
) -> None:
    one = site().start().follow()
    one.way.mode = DOWN
    one.clock.moved_s = 3600.0
    with pytest.raises(HubError):
        one.keeper.step()
    one.keeper.beat()
    answers = [one.edge.check(f) for f in filled[:50]]
    assert {a.verdict for a in answers} == {"hold"}
    assert all(3590 < a.to_dict()["edge"]["age_s"] < 3700 for a in answers)
    assert one.edge.status()["is_ready"]


@pytest.mark.parametrize("failure", FAILURES)
def test_a_hub_that_answers_nonsense_changes_nothing(
    site: Any, filled: list[Fingerprint], confirmed: Any, drawn_fingerprint: Drawn, failure: str
) -> None:
    one = site().start()
    one.way.mode = failure
    for _ in range(3):
        with pytest.raises(HubError):
            one.keeper.step()
    one.way.mode = PASS
    one.follow()
    assert one.edge.check(filled[0]).verdict == "hold"

    confirmed(drawn_fingerprint(1000))
    one.way.mode = failure
    for _ in range(3):
        with pytest.raises(HubError):
            one.keeper.step()
    assert one.edge.check(filled[0]).verdict == "hold"
    one.way.mode = PASS
    one.follow()
    assert one.edge.check(drawn_fingerprint(1000)).verdict == "block"


def test_reports_fill_the_queue_once_and_late(
    site: Any, drawn_fingerprint: Drawn, bank: Bank, moment: Any
) -> None:
    given = {"bank": bank, "origin": Entry.Origin.NOTICE, "actor": "person", "now": moment}
    add_entry(fingerprint=drawn_fingerprint(1), **given)
    one = site().start().follow()
    one.way.mode = DOWN
    answer = one.edge.check(drawn_fingerprint(1), content_ref="post-7", account="ann")
    assert answer.verdict == "hold"
    for _ in range(3):
        with pytest.raises(HubError):
            one.keeper.send()
    one.keeper.beat()
    assert one.edge.status()["reports_waiting"] == 1
    assert not Copy.objects.exists()

    one.kill()
    one.start()
    one.way.mode = PASS
    one.follow()
    assert one.keeper.send() == 1
    copy = Copy.objects.get()
    assert (copy.state, copy.content_ref, copy.source) == ("held", "post-7", "upload")
    one.keeper.beat()
    assert one.edge.status()["reports_waiting"] == 0
    assert one.edge.corrections() == []


@pytest.fixture
def running(
    site: Any, drawn_fingerprint: Drawn, bank: Bank, moment: Any, monkeypatch: pytest.MonkeyPatch
) -> tuple[Any, loops.Loops]:
    """A replica with its threads, which sends nothing of itself until it ends."""
    monkeypatch.setattr(loops, "_COLLECT_EVERY_S", 3600.0)
    given = {"bank": bank, "origin": Entry.Origin.NOTICE, "actor": "person", "now": moment}
    add_entry(fingerprint=drawn_fingerprint(1), **given)
    one = site().start().follow()
    threads = loops.Loops(one.keeper)
    threads.start()
    return one, threads


def ended(threads: loops.Loops) -> None:
    """Let them end; here nothing may go on beside the next start."""
    threads.stop()
    for thread in threads._threads.values():
        thread.join()


def test_ended_in_order_it_sends_what_matched_last(
    running: tuple[Any, loops.Loops], drawn_fingerprint: Drawn
) -> None:
    one, threads = running
    for n in range(120):
        one.edge.check(drawn_fingerprint(1), content_ref=f"post-{n}")
    ended(threads)
    assert set(Copy.objects.values_list("content_ref", flat=True)) == {
        f"post-{n}" for n in range(120)
    }


def test_ended_while_the_hub_is_away_it_ends_and_keeps_what_matched(
    running: tuple[Any, loops.Loops], drawn_fingerprint: Drawn
) -> None:
    one, threads = running
    one.way.mode = DOWN
    one.edge.check(drawn_fingerprint(1), content_ref="post-7")
    ended(threads)
    one.kill()
    one.way.mode = PASS
    one.start().follow()
    one.keeper.send()
    assert Copy.objects.get().content_ref == "post-7"


def test_what_was_withdrawn_meanwhile_is_not_stored_and_comes_back_as_a_correction(
    site: Any, drawn_fingerprint: Drawn, confirmed: Any, moment: Any
) -> None:
    entry = confirmed(drawn_fingerprint(1))
    one = site().start().follow()
    withdraw_entry(entry_id=entry.pk, actor="person", now=moment, reason="she asked")
    answer = one.edge.check(drawn_fingerprint(1), content_ref="post-8")
    assert answer.verdict == "block"
    one.keeper.send()
    (row,) = one.edge.corrections()
    assert (row["check_id"], row["was"], row["verdict"]) == (
        str(answer.check_id),
        "block",
        "clear",
    )
    assert not Copy.objects.exists()


def test_only_hashes_leave(
    site: Any, demo_fingerprint: Callable[[str], Fingerprint], confirmed: Any
) -> None:
    confirmed(demo_fingerprint("bridge.jpg"))
    one = site().start().follow()
    media = (MEDIA / "bridge.jpg").read_bytes()
    form = (
        b'--x\r\nContent-Disposition: form-data; name="media"; filename="a.jpg"\r\n\r\n'
        + media
        + b'\r\n--x\r\nContent-Disposition: form-data; name="content_ref"\r\n\r\n'
        + b"post-9\r\n--x--\r\n"
    )
    asked = asked_of(form, "multipart/form-data; boundary=x")
    assert one.edge.check(asked.fingerprint, content_ref=asked.content_ref).verdict == "block"
    one.keeper.send()
    assert Copy.objects.get().content_ref == "post-9"
    assert not any(media[200:260] in body for body in one.way.bodies)
