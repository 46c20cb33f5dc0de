"""The list of channels: every entry is whole, says where it was read, and slips stop the start."""

from __future__ import annotations

from pathlib import Path

import pytest

from staydown_web.base.errors import ConfigError
from staydown_web.escalation.domains import site_domain
from staydown_web.escalation.selectors.first_channels import (
    FOLDER,
    channel_of_domain,
    channels,
    covered_by,
    engines,
    rules,
)
from staydown_web.escalation.selectors.first_reading import read_channels
from staydown_web.escalation.views.first_words import asks_words, caution_words

GOOD = """
schema = 1
[[channels]]
key = "one"
name = "One"
role = "site"
domains = ["one.example"]
kind = "form"
address = "https://one.example/report"
languages = ["en"]
laws = ["us-tida"]
asks = ["urls"]
cautions = ["no_pictures"]
source = "https://one.example/terms"
read_on = 2026-11-27
checked = true
"""


def read(folder: Path, text: str) -> None:
    (folder / "one.toml").write_text(text)
    read_channels(folder)


def test_the_list_holds_the_large_sites_and_search_engines() -> None:
    known = channels()
    assert len([one for one in known.values() if not one.is_search]) >= 30
    assert {"google-search", "bing", "yandex", "brave-search", "baidu"} <= known.keys()
    assert [one.key for one in engines()] == ["google-search", "bing", "yandex", "brave-search"]


def test_engines_that_show_the_results_of_another_are_not_asked_twice() -> None:
    assert set(covered_by(channels()["bing"])) == {"DuckDuckGo", "Yahoo Search", "Ecosia"}


def test_every_entry_says_where_to_look_and_never_more_than_was_read() -> None:
    for one in channels().values():
        assert one.address or one.look_for or one.served_by
        assert one.read_on is not None
        assert one.source or not one.is_checked
        assert asks_words(one) is not None
        if not one.served_by:
            assert "no_pictures" in one.cautions
            assert caution_words(one)


def test_no_address_leads_to_a_place_for_people_under_18() -> None:
    text = "".join(path.read_text() for path in FOLDER.glob("*.toml")).casefold()
    assert not any(word in text for word in ("csam", "ncmec", "minor", "child", "teen"))


def test_every_domain_is_a_site_of_its_own_or_part_of_one() -> None:
    for one in channels().values():
        for domain in one.domains:
            assert domain == site_domain(domain) or one.is_search


def test_a_name_below_a_domain_of_the_list_is_found_and_a_lookalike_is_not() -> None:
    found = channel_of_domain("someone.tumblr.com")
    assert found is not None
    assert found.key == "tumblr"
    assert channel_of_domain("nottumblr.com") is None
    assert channel_of_domain("tumblr.com.bad.example") is None


def test_our_own_time_is_data() -> None:
    assert rules().own_days == 7


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ('key = "one"', 'key = "One!"', "key"),
        ('kind = "form"', 'kind = "fax"', "kind"),
        ('address = "https:', 'address = "http:', "address"),
        ('kind = "form"', 'kind = "mail"', "e-mail"),
        ('laws = ["us-tida"]', 'laws = ["moon"]', "laws"),
        ('asks = ["urls"]', 'asks = ["passport"]', "asks"),
        ('source = "https://one.example/terms"', "", "source"),
        ('address = "https://one.example/report"', "", "look_for"),
        ("checked = true", 'checked = "yes"', "checked"),
        ("checked = true", "checked = true\ncolour = 1", "colour"),
        ('domains = ["one.example"]', "domains = []", "domains"),
        ("checked = true", "checked = true\nserved_by = 'two'", "served_by"),
        ("checked = true", "checked = true\nfrom_day_one = true", "from_day_one"),
        ("schema = 1", "schema = 2", "schema"),
        ('name = "One"', "", "name"),
    ],
)
def test_a_slip_in_a_file_is_named(tmp_path: Path, before: str, after: str, says: str) -> None:
    read(tmp_path, GOOD)
    with pytest.raises(ConfigError, match=says):
        read(tmp_path, GOOD.replace(before, after))


def test_two_entries_never_share_a_key_or_a_domain(tmp_path: Path) -> None:
    read(tmp_path, GOOD)
    again = GOOD.replace("schema = 1", "")
    with pytest.raises(ConfigError, match="twice"):
        read(tmp_path, GOOD + again)
    with pytest.raises(ConfigError, match="another entry"):
        read(tmp_path, GOOD + again.replace('key = "one"', 'key = "two"'))
