"""The platform's notice: what the law asks it to say, as a page, in a frame, and as text."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from staydown_web.accounts.models import Platform, ServiceSettings
from staydown_web.regimes.schemas import Kind
from staydown_web.regimes.selectors import regimes, start_note
from staydown_web.reports.models import PublicPages
from staydown_web.reports.selectors.public_notice import frame_origins
from web.reports.public_scene import publish

pytestmark = pytest.mark.django_db
WAYS = ("reports:how_to_ask", "reports:how_to_ask_frame", "reports:how_to_ask_text")


def words_of(client: Client, way: str, **asked: str) -> str:
    """The text of one version, tags and runs of spaces taken out."""
    answer = client.get(reverse(way), asked)
    assert answer.status_code == 200
    text = re.sub(r"(?s)<head>.*?</head>|<[^>]+>", " ", answer.content.decode())
    return " ".join(text.replace("&#x27;", "'").split())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "said",
    [
        "Forum Example",  # whose notice it is
        "legal@forum.example",  # contact
        "You need no account with us. It costs nothing.",
        "Someone whom you asked to act for you",
        "Your signature. You type your name; that is enough.",
        "the full address of the page, or words by which we can find it",
        "in good faith that it was shared without your consent",
        "A way to reach you",
        "at most 48 hours after it received a valid request",
        "A time limit counts from the moment when your request is complete.",
        "It counts if the picture or video shows you, or the person you act for.",
        "We also look for copies of the same picture or video.",
        "You can ask for another person to look again.",
        "Were you under 18 in the picture, or are you not sure?",
        "It is not legal advice.",
        "United States: TAKE IT DOWN Act",
        "known identical copies",
    ],
)
def test_every_version_says_what_has_to_be_said(
    client: Client, platform: Platform, way: str, said: str
) -> None:
    assert said in words_of(client, way)


def test_parts_of_other_laws_are_there_where_they_bind(client: Client, platform: Platform) -> None:
    def titles() -> set[str]:
        page = words_of(client, "reports:how_to_ask")
        return {law.short_title for law in regimes().values() if law.short_title in page}

    assert titles() == {regimes()["us-tida"].short_title}
    platform.regimes = ["eu-dsa", "uk-osa", "platform-terms", "unknown"]
    platform.save()
    assert titles() == {regimes()["eu-dsa"].short_title, regimes()["uk-osa"].short_title}


@pytest.mark.parametrize("way", WAYS)
def test_where_no_law_names_hours_none_are_promised(
    client: Client, platform: Platform, way: str
) -> None:
    platform.regimes = ["eu-dsa"]
    platform.save()
    said = words_of(client, way)
    assert "48 hours" not in said
    assert "The law names no number of hours." in said
    assert "The platform tells its decision without undue delay." in said


@pytest.mark.parametrize("way", WAYS)
def test_by_when_is_said_for_each_law_in_its_own_words_and_never_for_all(
    client: Client, platform: Platform, way: str
) -> None:
    laws = [law for law in regimes().values() if law.kind is Kind.LAW]
    platform.regimes = [law.id for law in laws]
    platform.save()
    said = words_of(client, way)
    for law in laws:
        assert f"{law.short_title}: {law.clock.words}" in said
    between = said[said.index("What happens then") : said.index("By when we must act")]
    assert "hours" not in between, "no time stands without the law that sets it"


@pytest.mark.parametrize("way", WAYS)
def test_a_law_whose_start_is_not_confirmed_says_so(
    client: Client, platform: Platform, way: str
) -> None:
    note = start_note(regimes()["uk-osa"])
    assert note not in words_of(client, way)
    platform.regimes = ["us-tida", "uk-osa"]
    platform.save()
    assert words_of(client, way).count(note) == 1


def test_without_a_law_nothing_is_said_of_any_time_limit(
    client: Client, platform: Platform
) -> None:
    platform.regimes = ["platform-terms"]
    platform.save()
    said = words_of(client, "reports:how_to_ask")
    assert "When your request is complete, we decide as soon as we can." in said
    assert "By when we must act" not in said


def test_no_version_promises_what_cannot_be_kept(client: Client, platform: Platform) -> None:
    platform.regimes = list(regimes())
    platform.save()
    said = words_of(client, "reports:how_to_ask").lower()
    for word in ("internet", "anonymous", "guarantee", "cannot be reversed", "victim"):
        assert word not in said


@pytest.mark.parametrize("language", ["en", "es", "fr", "de"])
def test_the_frame_and_the_text_come_in_the_language_of_their_address(
    client: Client, platform: Platform, language: str
) -> None:
    answer = client.get(reverse("reports:how_to_ask_frame"), {"language": language})
    assert f'<html lang="{language}">' in answer.content.decode()
    assert client.get(reverse("reports:how_to_ask_text"), {"language": language}).status_code == 200


def test_one_page_alone_may_be_framed_and_by_the_platform_alone(
    client: Client, platform: Platform
) -> None:
    platform.public_url = "https://forum.example/start"
    platform.media_origins = ["https://media.forum.example"]
    platform.save()

    frame = client.get(reverse("reports:how_to_ask_frame"))
    policy = frame.headers["Content-Security-Policy"]
    allowed = re.search(r"frame-ancestors ([^;]+)", policy)

    assert allowed is not None
    assert allowed[1] == "'self' https://forum.example https://media.forum.example"
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "X-Frame-Options" not in frame.headers
    assert "<script" not in frame.content.decode()
    assert "<form" not in frame.content.decode()
    publish(platform)
    for name in ("reports:how_to_ask", "reports:how_to_ask_text", "reports:transparency"):
        other = client.get(reverse(name))
        assert other.headers["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in other.headers["Content-Security-Policy"]


def test_an_address_with_other_words_in_it_gets_into_no_policy(platform: Platform) -> None:
    platform.public_url = "javascript:alert(1)"
    platform.media_origins = ["https://u:p@media.forum.example:8443/x; script-src *", "nonsense"]
    assert frame_origins(platform) == ["https://media.forum.example:8443"]


def test_links_lead_to_this_service_by_full_addresses(client: Client, platform: Platform) -> None:
    html = client.get(reverse("reports:how_to_ask_frame")).content.decode()
    links = re.findall(r'<a [^>]*href="([^"]+)"[^>]*>', html)
    assert links
    assert all(link.startswith("http://127.0.0.1:8000/") for link in links)
    assert html.count('target="_top"') == len(links)


def test_no_cookie_and_no_row_for_whoever_reads_it(client: Client, platform: Platform) -> None:
    for way in WAYS:
        answer = client.get(reverse(way))
        assert answer.cookies == {}
    assert not PublicPages.objects.exists()


def test_questions_go_to_the_contact_that_was_set(client: Client, platform: Platform) -> None:
    pages = publish(platform)
    PublicPages.objects.filter(pk=pages.pk).update(contact="help@forum.example")
    said = words_of(client, "reports:how_to_ask")
    assert "help@forum.example" in said
    assert "How we answered requests so far" in said


def test_another_platform_has_its_own(
    client: Client, platform: Platform, other_platform: Platform
) -> None:
    assert "Other Example" in words_of(client, "reports:how_to_ask", site="other-example")
    assert client.get(reverse("reports:how_to_ask"), {"site": "nobody"}).status_code == 404
    ServiceSettings.objects.update(default_platform=other_platform)
    assert "Other Example" in words_of(client, "reports:how_to_ask")


def test_what_a_platform_is_called_is_never_markup(client: Client, platform: Platform) -> None:
    platform.name = "<script>x</script>"
    platform.minors_contact = "<b>y</b>"
    platform.save()
    for way in WAYS[:2]:
        html = client.get(reverse(way)).content.decode()
        assert "<script>x" not in html
        assert "<b>y" not in html
    text = client.get(reverse(WAYS[2]))
    assert text.headers["Content-Type"].startswith("text/plain")
    assert text.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "may be told why it was removed, but not who asked"),
        ("de", "kann erfahren, warum es entfernt wurde, aber nicht, wer darum gebeten hat"),
        ("es", "se le puede decir por qué se eliminó, pero no quién lo pidió"),
        ("fr", "peut apprendre pourquoi cela a été retiré, mais non qui"),
    ],
)
def test_no_language_promises_that_the_uploader_is_told(
    client: Client, platform: Platform, language: str, said: str
) -> None:
    """A reviewer may choose to tell nobody, where no law asks for a statement."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    assert said in words_of(client, "reports:how_to_ask")


@pytest.mark.parametrize("way", WAYS)
def test_in_french_every_colon_has_its_space_before(
    client: Client, platform: Platform, way: str
) -> None:
    platform.regimes = ["eu-dsa", "uk-osa", "us-tida"]
    platform.save()
    answer = client.get(reverse(way), {"language": "fr"}, headers={"Accept-Language": "fr"})
    text = re.sub(r"(?s)<head>.*?</head>|<[^>]+>", "", answer.content.decode())
    assert "num\u00e9riques\u00a0: " in text
    assert re.findall(r"[^\s\u00a0]+: ", text) == []
