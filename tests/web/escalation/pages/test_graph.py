"""The drawing of a chain: every service once, nothing over anything else, nothing outside."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staydown_web.escalation.chain import Confidence, Role
from staydown_web.escalation.selectors.graph import (
    NAME_PX,
    NAMED,
    REACHABLE,
    Graph,
    Node,
    cut_to,
    draw_chain,
    text_width,
)

NAMES = st.text(min_size=0, max_size=200)
NODES = st.lists(
    st.builds(
        Node,
        role=st.sampled_from(Role.values),
        label=NAMES,
        name=NAMES,
        note=NAMES,
        confidence=st.sampled_from(Confidence.values),
        is_ready=st.booleans(),
    ),
    max_size=14,
)


def rectangles(graph: Graph) -> list[tuple[int, int, int, int]]:
    return [(box.x, box.y, box.width, box.height) for box in graph.boxes] + [graph.site]


def overlap(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    (x, y, w, h), (u, v, m, n) = one, other
    return x < u + m and u < x + w and y < v + n and v < y + h


@given(NODES, NAMES, NAMES)
def test_no_box_overlaps_another_or_leaves_the_drawing(
    nodes: list[Node], domain: str, note: str
) -> None:
    graph = draw_chain(domain=domain, note=note, nodes=nodes)
    for one, other in combinations(rectangles(graph), 2):
        assert not overlap(one, other)
    for x, y, width, height in rectangles(graph):
        assert x >= 0
        assert y >= 0
        assert x + width <= graph.width
        assert y + height <= graph.height


@given(NODES)
def test_every_service_is_drawn_once(nodes: list[Node]) -> None:
    graph = draw_chain(domain="pics.example", note="", nodes=nodes)
    drawn = [box.name.whole or box.name.text for box in graph.boxes]
    assert sorted(drawn) == sorted(node.name for node in nodes)
    assert len({box.line for box in graph.boxes}) == len(nodes)


@given(NODES, NAMES)
def test_words_fit_into_their_boxes(nodes: list[Node], domain: str) -> None:
    graph = draw_chain(domain=domain, note="3 links", nodes=nodes)
    for box in graph.boxes:
        assert box.x + 14 + text_width(box.name.text, NAME_PX) <= box.x + box.width - 14 + 1e-6
        assert box.y < box.label.y < box.name.y < box.note.y < box.y + box.height
    assert text_width(graph.name.text, NAME_PX) <= graph.site[2] - 28 + 1e-6


def test_every_role_has_a_side() -> None:
    assert {*REACHABLE, *NAMED} == set(Role)
    assert not {*REACHABLE} & {*NAMED}


def test_a_line_reaches_from_the_box_to_the_site() -> None:
    nodes = [Node(role, role, role, "", "sure") for role in ("host", "cdn", "ads")]
    graph = draw_chain(domain="pics.example", note="3 links", nodes=nodes)
    x, y, width, height = graph.site
    host, _, ads = graph.boxes
    assert host.line.startswith(f"M{host.x + host.width} {host.y + 34}C")
    assert host.line.endswith(f" {x} {y + height // 2}")
    assert ads.line.startswith(f"M{ads.x} {ads.y + 34}C")
    assert ads.line.endswith(f" {x + width} {y + height // 2}")


def test_a_long_name_is_cut_and_said_in_full() -> None:
    long = "The Very Long Company Name of a Hosting Provider in Some Country Limited"
    graph = draw_chain(
        domain="pics.example", note="", nodes=[Node("host", "Host", long, "from DNS", "sure")]
    )
    (box,) = graph.boxes
    assert box.name.text.endswith("…")
    assert box.name.whole == long
    assert box.whole == f"Host; {long}; from DNS"


@pytest.mark.parametrize("length", range(12, 24))
def test_the_box_in_the_middle_grows_with_its_name(length: int) -> None:
    domain = "n" * (length - 8) + ".example"
    graph = draw_chain(domain=domain, note="3 links, still there", nodes=[])
    assert graph.name.text == domain


def test_an_empty_side_says_so_where_its_boxes_would_be() -> None:
    graph = draw_chain(
        domain="pics.example", note="", nodes=[Node("host", "Host", "Northwind", "", "sure")]
    )
    assert graph.bare == ((740, graph.site[1] + 38),)


@pytest.mark.parametrize("text", ["", "a", "pics.example", "画像" * 40])
def test_a_text_that_is_cut_fits(text: str) -> None:
    cut = cut_to(text, 100, NAME_PX)
    assert text_width(cut, NAME_PX) <= 100
    assert cut == text or cut.endswith("…")
