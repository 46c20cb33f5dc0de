"""A website is called by its host, as people know it; where that is a number, by its own name."""

from __future__ import annotations

import pytest

from staydown_web.portal.selectors.addresses import website_of


@pytest.mark.parametrize(
    ("url", "platform", "name"),
    [
        ("http://127.0.0.1:8161/p/1", "Commonplace", "Commonplace"),
        ("http://localhost:8161/p/1", "Commonplace", "Commonplace"),
        ("http://[::1]:8161/p/1", "Commonplace", "Commonplace"),
        ("https://www.forum.example/p/1", "Forum Media", "forum.example"),
        ("http://127.0.0.1:8161/p/1", "", "127.0.0.1"),
        ("", "Commonplace", ""),
    ],
)
def test_a_number_is_no_name_of_a_website(url: str, platform: str, name: str) -> None:
    assert website_of(url, platform) == name
