"""What one answer says, and what several looks make known. No net, no tables."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from staydown_web.escalation.models import Watch
from staydown_web.escalation.services.watching_judging import LastLook, judge
from staydown_web.escalation.services.watching_rules import (
    Answered,
    Said,
    read_answer,
    watching_rules,
)

S = Watch.State
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("answered", "state"),
    [
        (Answered(200, content_type="text/html"), S.THERE),
        (Answered(200, content_type="video/mp4", size_bytes=9), S.THERE),
        (Answered(206, content_type="image/jpeg"), S.THERE),
        (Answered(404), S.GONE),
        (Answered(410), S.GONE),
        (Answered(200, soft="titles:de"), S.GONE),
        (Answered(200, soft="headings:ja"), S.GONE),
        (Answered(200, soft="parked:en"), S.GONE),
        (Answered(200, redirected="home"), S.GONE),
        (Answered(200, redirected="removed"), S.GONE),
        (Answered(404, redirected="other"), S.GONE),
        (Answered(200, redirected="same"), S.MOVED),
        (Answered(200, redirected="other"), S.MOVED),
        (Answered(451), S.GEO_BLOCKED),
        (Answered(200, soft="closed_countries:fr"), S.GEO_BLOCKED),
        (Answered(403), S.UNREACHABLE),
        (Answered(401), S.UNREACHABLE),
        (Answered(429, retry_after_s=60), S.UNREACHABLE),
        (Answered(500), S.UNREACHABLE),
        (Answered(503), S.UNREACHABLE),
        (Answered(200, redirected="closed"), S.UNREACHABLE),
        (Answered(302), S.UNREACHABLE),
        (Answered(error="address_unreachable"), S.UNREACHABLE),
        (Answered(error="address_refused"), S.UNREACHABLE),
    ],
)
def test_each_answer_says_one_state(answered: Answered, state: S) -> None:
    assert read_answer(answered).state == state


@pytest.mark.parametrize("first", [Answered(404), Answered(403), Answered(error="x")])
def test_what_another_way_out_sees_is_closed_to_ours_alone(first: Answered) -> None:
    assert read_answer(first, Answered(200)).state == S.GEO_BLOCKED
    assert read_answer(first, Answered(404)).state == read_answer(first).state


def looks(now: datetime, *says: tuple[float, S]) -> list[S]:
    """What is known after each of some looks, given as hours and what they say."""
    known, round_, last, out = S.NEW, 0, None, []
    for hours, state in says:
        at = now + hours * HOUR
        judged = judge(
            known=known, round_=round_, last=last, said=Said(state), is_same_file=False, now=at
        )
        if judged.is_kept:
            last = LastLook(state, at)
        known, round_ = judged.state, judged.round
        out.append(known)
    return out


def test_one_odd_look_changes_nothing(now: datetime) -> None:
    odd = [(0.0, S.THERE), (1.0, S.GONE), (2.0, S.THERE), (8.0, S.UNREACHABLE), (9.0, S.THERE)]
    assert looks(now, *odd) == [S.THERE] * 5


def test_two_looks_that_agree_an_hour_apart_do(now: datetime) -> None:
    assert looks(now, (0, S.THERE), (1, S.GONE), (2, S.GONE))[-1] == S.GONE
    assert looks(now, (0, S.THERE), (1, S.GONE), (1.5, S.GONE))[-1] == S.THERE


def test_odd_looks_with_others_between_them_do_not_add_up(now: datetime) -> None:
    says = [(0.0, S.THERE), (1.0, S.GONE), (2.0, S.THERE), (26.0, S.GONE)]
    assert looks(now, *says)[-1] == S.THERE


def test_the_first_look_counts_but_for_gone(now: datetime) -> None:
    assert looks(now, (0, S.UNREACHABLE)) == [S.UNREACHABLE]
    assert looks(now, (0, S.GONE), (1, S.GONE)) == [S.NEW, S.GONE]


def test_gone_for_good_takes_one_look(now: datetime) -> None:
    said = read_answer(Answered(410))
    judged = judge(known=S.THERE, round_=3, last=None, said=said, is_same_file=False, now=now)
    assert (judged.state, judged.is_change, judged.round) == (S.GONE, True, 0)


def test_what_is_gone_stays_gone_while_nothing_answers(now: datetime) -> None:
    says = [(0.0, S.GONE), (1.0, S.GONE), (2.0, S.UNREACHABLE), (3.0, S.UNREACHABLE)]
    assert looks(now, *says)[-1] == S.GONE


def test_what_shows_something_again_is_back_and_stays_so(now: datetime) -> None:
    says = [(0, S.GONE), (1, S.GONE), (2, S.THERE), (3, S.THERE), (4, S.THERE), (10, S.THERE)]
    known = looks(now, *says)
    assert known == [S.NEW, S.GONE, S.GONE, S.BACK, S.BACK, S.BACK]


def test_the_file_that_was_there_is_back_after_one_look(now: datetime) -> None:
    last = LastLook(S.GONE, now - 5 * HOUR)
    for is_same_file, state in ((True, S.BACK), (False, S.GONE)):
        judged = judge(
            known=S.GONE,
            round_=2,
            last=last,
            said=Said(S.THERE),
            is_same_file=is_same_file,
            now=now,
        )
        assert judged.state == state


def test_looks_become_rarer_and_quick_again_after_a_change(now: datetime) -> None:
    rules, known, round_, waits = watching_rules(), S.NEW, 0, []
    last = None
    for _ in range(9):
        judged = judge(
            known=known, round_=round_, last=last, said=Said(S.THERE), is_same_file=False, now=now
        )
        known, round_, last = judged.state, judged.round, LastLook(S.THERE, now)
        waits.append(judged.pause)
    hours = [wait / HOUR for wait in waits]
    assert hours == [1, 6, 24, 72, 168, 336, 720, 720, 720]
    assert rules.pause_after(10_000) == timedelta(days=30)


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("Error 404 - Example", "en"),
        ("This video   has been REMOVED | Example", "en"),
        ("Seite nicht gefunden", "de"),
        ("Página no encontrada", "es"),
        ("Cette page n\N{RIGHT SINGLE QUOTATION MARK}existe pas", "fr"),
        ("Страница не найдена", "ru"),
        ("お探しのページが見つかりません", "ja"),
        ("Room 404 of the hotel", ""),
        ("IMG_40417", ""),
        ("Example: pictures of our holiday", ""),
    ],
)
def test_titles_that_say_not_here_are_known_in_several_languages(title: str, language: str) -> None:
    assert watching_rules().language_of("titles", title) == language
