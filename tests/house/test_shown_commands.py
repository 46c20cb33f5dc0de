"""Every command of ours that a page shows is one that there is, with options that it takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import django
import pytest
from django.core.management import get_commands, load_command_class

from staydown.cli.program import root

django.setup()

ROOT = Path(__file__).parents[2]
PAGES = [
    *ROOT.glob("*.md"),
    *(p for p in (ROOT / "docs").rglob("*.md") if p.name != "cli.md"),  # which is made of them
]
_FENCE = re.compile(r"^[ \t]*```\w*\n(.*?)^[ \t]*```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`([^`]+)`")
_OURS = re.compile(r"(?:^|/)staydown$")
_ENDS = re.compile(r"^(?:[|&;()<>…]+|2>.*|#.*|─.*)$")
_NAME = re.compile(r"[a-z][a-z_-]*")


def shown_in(text: str) -> Iterator[list[str]]:
    """The words of each command of ours, up to what a shell would read as its end."""
    fences = [line for block in _FENCE.findall(text) for line in block.splitlines()]
    joined = "\n".join(fences).replace("\\\n", " ").splitlines()
    for line in [
        *joined,
        *(" ".join(one.split()) for one in _INLINE.findall(_FENCE.sub("", text))),
    ]:
        words = _words(line)
        for at, word in enumerate(words):
            rest = words[at + 1 :]
            if not (_OURS.search(word) and rest and _NAME.fullmatch(rest[0])) or rest[0] == word:
                continue  # a word of another command, such as the name of a container
            end = next((n for n, one in enumerate(rest) if _ENDS.match(one)), len(rest))
            listed = next((n + 1 for n, one in enumerate(rest) if one.endswith(",")), end)
            yield [one.rstrip(",") for one in rest[: min(end, listed)]]


def _words(line: str) -> list[str]:
    try:
        reader = shlex.shlex(line, posix=True, punctuation_chars=True)
        reader.whitespace_split = True
        return list(reader)
    except ValueError:  # a quotation that goes on in the next line
        return line.split()


def wrong_with(words: list[str]) -> str:
    """What such a command would be refused for; empty where for nothing."""
    command: click.Command = root
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            return f"no command {words[0]}"
        command, words = found, words[1:]
    known = {one for option in command.params for one in (*option.opts, *option.secondary_opts)}
    if command.name == "manage" and words and _NAME.fullmatch(words[0]) and words[0] != "help":
        if words[0] not in get_commands():
            return f"no command {words[0]} of manage"
        reader = load_command_class(get_commands()[words[0]], words[0]).create_parser("", words[0])
        known = {one for action in reader._actions for one in action.option_strings}
    given = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
    unknown = sorted(given - known - {"--help", "-h", "--commands"})
    return f"{', '.join(unknown)} of {command.name}" if unknown else ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_shows_commands_that_there_are(page: Path) -> None:
    shown = list(shown_in(page.read_text(encoding="utf-8")))
    assert not [f"{' '.join(words)}: {why}" for words in shown if (why := wrong_with(words))]


def test_the_first_page_shows_as_many_as_it_says() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = readme.split("## The command line in ten lines")[1].split("```")[1]
    assert len(list(shown_in(f"```\n{block.strip()}\n```"))) == 10


def test_what_is_not_there_would_be_seen() -> None:
    manage = ("staydown manage no-such", "staydown manage no_such")
    for text in ("staydown nosuch a", "staydown scan b --no-such x", *manage):
        (words,) = shown_in(f"`{text}`")
        assert wrong_with(words)
    assert not list(shown_in("`apt install staydown`"))
