"""Every text of the service is there in every language, with its placeholders and its plurals."""

from __future__ import annotations

import gettext
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).parents[2]
SERVICE = ROOT / "src" / "staydown_web"
LANGUAGES = ("de", "es", "fr")
PLACEHOLDER = re.compile(r"%\([a-z_0-9]+\)[sd]|%[sd]|\{[a-z_0-9]*\}|<[^>]+>")


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(SERVICE / "locale" / language / "LC_MESSAGES" / "django.po"))


def forms(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_untranslated_or_doubtful(language: str) -> None:
    entries = [e for e in catalogue(language) if not e.obsolete]
    assert len(entries) > 500
    assert [e.msgid for e in entries if e.fuzzy or not all(forms(e))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_markup_are_kept(language: str) -> None:
    wrong = []
    for entry in catalogue(language):
        wanted = {*PLACEHOLDER.findall(entry.msgid), *PLACEHOLDER.findall(entry.msgid_plural)}
        for text in forms(entry):
            found = set(PLACEHOLDER.findall(text))
            # A form for "one" may leave its number out.
            if found - wanted or (not entry.msgid_plural and found != wanted):
                wrong.append(entry.msgid)
    assert wrong == []


RESUMED = re.compile(
    r"\b(repren\w*|repri\w+)\b[^.:;]*\b(demande|dossier)\b|\bdemande a été reprise", re.IGNORECASE
)
A_MAN = re.compile(
    r"\bvous seul\b|\bvous (n\u2019y )?êtes (obligé|sûr|déjà venu)\b|\bje ne suis pas sûr\b",
    re.IGNORECASE,
)


def test_in_french_a_request_is_withdrawn_and_not_resumed() -> None:
    """``reprendre`` also means to go on with; ``retirer sa demande`` can be read in one way."""
    assert [t for e in catalogue("fr") for t in forms(e) if RESUMED.search(t)] == []


def test_in_french_nobody_is_taken_for_a_man() -> None:
    assert [t for e in catalogue("fr") for t in forms(e) if A_MAN.search(t)] == []


TORN_OFF = re.compile(r" [:;!?»]|« ")


def test_in_french_no_mark_is_torn_from_its_word_at_the_end_of_a_line() -> None:
    """A space before ``:``, ``;``, ``!``, ``?`` and within quotation marks is U+00A0."""
    assert [t for e in catalogue("fr") for t in forms(e) if TORN_OFF.search(t)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_served_is_what_was_written(language: str) -> None:
    path = SERVICE / "locale" / language / "LC_MESSAGES" / "django.mo"
    with path.open("rb") as file:
        served = gettext.GNUTranslations(file)
    different = [
        e.msgid
        for e in catalogue(language)
        if not e.msgid_plural
        and (served.pgettext(e.msgctxt, e.msgid) if e.msgctxt else served.gettext(e.msgid))
        != e.msgstr
    ]
    assert different == [], "run `make messages`"


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="GNU gettext is not installed")
def test_no_text_of_the_code_is_missing_from_the_catalogues(tmp_path: Path) -> None:
    copy = tmp_path / "staydown_web"
    shutil.copytree(
        SERVICE, copy, ignore=shutil.ignore_patterns("locale", "migrations", "__pycache__")
    )
    (copy / "locale").mkdir()
    subprocess.run(
        [
            sys.executable, "-m", "django", "makemessages", "-l", "de", "--no-wrap",
            "--no-location",
        ],
        cwd=copy,
        env={"PATH": os.environ["PATH"]},
        check=True,
        capture_output=True,
    )  # fmt: skip
    fresh = polib.pofile(str(copy / "locale" / "de" / "LC_MESSAGES" / "django.po"))
    wanted = {(e.msgctxt, e.msgid, e.msgid_plural) for e in fresh}
    for language in LANGUAGES:
        there = {(e.msgctxt, e.msgid, e.msgid_plural) for e in catalogue(language)}
        assert sorted(map(str, wanted - there)) == [], f"{language}: run `make messages`"
