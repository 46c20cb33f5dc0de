"""How well the score tells one operation from chance, on a drawn population. No tables."""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import isclose

import pytest

from kin_population import draw
from staydown_web.escalation.services.kinship_rules import kin_rules, score_shared, weight_of


@pytest.mark.parametrize("seed", [20261126, 7])
def test_relaunches_are_proposed_and_chance_is_not(
    seed: int, record_property: Callable[[str, object], None]
) -> None:
    rules, population = kin_rules(), draw(seed=seed)
    rows = [
        (
            score_shared(shared, of_sites=len(population.sites)).score,
            (older, newer) in population.relaunched,
        )
        for older, newer, shared in population.pairs(rules.most_sites)
    ]
    for threshold in (5.0, 6.0, 7.0, rules.threshold, 9.0, 10.0):
        proposed = [is_true for score, is_true in rows if score >= threshold]
        precision = sum(proposed) / len(proposed)
        recall = sum(proposed) / len(population.relaunched)
        sys.stdout.write(f"threshold {threshold}: precision {precision:.2f}, recall {recall:.2f}\n")
        if threshold == rules.threshold:
            record_property("quality", (precision, recall))
            assert precision >= 0.85
            assert recall >= 0.85


def test_shared_hosts_and_name_servers_alone_never_suffice() -> None:
    shared = [("ip", 2)] * 4 + [("nameserver", 2)] * 4
    assert score_shared(shared, of_sites=2_000).score < kin_rules().threshold / 2


def test_few_pictures_in_common_never_suffice_and_many_rare_ones_do() -> None:
    few = score_shared([("entry", 2)] * 2, of_sites=2_000)
    many = score_shared([("entry", 2)] * 8, of_sites=2_000)
    common = score_shared([("entry", 30)] * 6, of_sites=2_000)
    assert few.score < kin_rules().threshold <= many.score
    assert common.score < kin_rules().threshold


def test_what_many_share_says_next_to_nothing() -> None:
    rare, usual = (weight_of("analytics", on_sites=n, of_sites=2_000) for n in (2, 40))
    assert usual < rare / 2
    assert weight_of("analytics", on_sites=41, of_sites=2_000) == 0
    assert weight_of("a_new_kind", on_sites=2, of_sites=2_000) == 0


def test_a_small_installation_does_not_take_two_sites_for_the_whole_web() -> None:
    assert isclose(
        weight_of("ip", on_sites=2, of_sites=5),
        weight_of("ip", on_sites=2, of_sites=50),
        rel_tol=0.1,
    )
    two = score_shared([("ip", 2), ("nameserver", 2), ("nameserver", 2)], of_sites=3)
    assert two.score < kin_rules().threshold / 2


def test_reasons_say_what_is_shared_the_strongest_first() -> None:
    found = score_shared(
        [("ip", 90), ("payment_account", 2), ("entry", 3), ("entry", 2)], of_sites=500
    )
    assert found.reasons[0] == ("payment_account", 1)
    assert ("entry", 2) in found.reasons
