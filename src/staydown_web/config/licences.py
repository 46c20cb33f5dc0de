"""What is shipped or run with Staydown, and under which licence.

``python -m staydown_web.config.licences FILE`` writes LICENCES-THIRD-PARTY.md from the installed
packages, ``js/vendor/vendored.json``, the list of words and the table of the demo's pictures;
``make docs`` does. The page reads the same file.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

FILE: Final = "LICENCES-THIRD-PARTY.md"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")
_LICENCE_FILE = re.compile(r"(?i)(^|/)(licen[cs]e|copying|notice|authors)[^/]*$")
_LONG = 120
_BY_CLASSIFIER = "License :: OSI Approved :: "
_PICTURE = re.compile(r"(?m)^\| (\S+\.\w+) \| (.+?) \| (.+?) \| (.+?) \| (.+?) \|$")
_CC_BY = "The licence: https://creativecommons.org/licenses/by/2.0/legalcode"
_ROW = re.compile(r"(?m)^## (\S+) (\S+)\n\n([A-Za-z]+ [a-z]+)\. (.+?)\. <(.+)>$")
_HEAD = """# Notices of what is shipped or run with Staydown

Written by `make docs`. Staydown itself is under the Apache License 2.0 (LICENSE). The JavaScript
modules are unmodified, separate files that can be replaced (`js/vendor`). The pictures of the
demonstration were made smaller and saved again without metadata, some cropped; the clip was drawn
from such pictures (`src/staydown/demo_media/SOURCES.md`).
"""


@dataclass(frozen=True, slots=True)
class Component:
    """One thing of somebody else's.

    Attributes:
        name: of the package.
        version: as shipped.
        what: ``Python package``, ``JavaScript module``, ``Word list`` or ``Demo picture``.
        licence: its short name, and whose it is where the name of a file does not say so.
        source: where it comes from.
        texts: its notices.
    """

    name: str
    version: str
    what: str
    licence: str
    source: str
    texts: tuple[str, ...]


def components(checkout: Path) -> list[Component]:
    """Everything: modules that pages load, words, pictures, then packages that a server installs.

    Args:
        checkout: folder of ``pyproject.toml``, ``js/`` and ``src/``.
    """
    return [
        *vendored(checkout / "js" / "vendor"),
        words(checkout / "src" / "staydown_web" / "cases" / "data" / "words.txt"),
        *pictures(checkout / "src" / "staydown" / "demo_media" / "SOURCES.md"),
        *packages(checkout / "pyproject.toml"),
    ]


def vendored(folder: Path) -> Iterator[Component]:
    """The JavaScript modules that are shipped unmodified beside the code."""
    for row in json.loads((folder / "vendored.json").read_text(encoding="utf-8"))["modules"]:
        texts = tuple((folder / n["path"]).read_text(encoding="utf-8") for n in row["notices"])
        yield Component(
            row["name"], row["version"], "JavaScript module", row["licence"], row["source"], texts
        )


def words(file: Path) -> Component:
    """The list that many words of recovery phrases were chosen from; its notice heads the file."""
    head = [line for line in file.read_text(encoding="utf-8").splitlines() if line[:1] == "#"]
    named = re.search(r"SCOWL (\S+),", "\n".join(head))
    notice = "\n".join(line[1:].strip() for line in head if line.startswith("#   "))
    if named is None or not notice:
        raise ValueError(f"{file.name} has lost its notice")
    source = "http://wordlist.aspell.net/"
    return Component("SCOWL", named[1], "Word list", "the licence of SCOWL", source, (notice,))


def pictures(sources: Path) -> Iterator[Component]:
    """The pictures of the demonstration: the rows of their table."""
    text = sources.read_text(encoding="utf-8")
    quoted = "\n".join(line[1:].strip() for line in text.splitlines() if line[:1] == ">")
    for file, what, taken, author, licence in _PICTURE.findall(text):
        source = taken.replace("`", "")
        texts = [f"{file}: {what}. Author: {author}. Taken from: {source}. Licence: {licence}."]
        texts += [_CC_BY] if licence == "CC BY 2.0" else []
        texts += [quoted] if licence == "BSD-2-Clause" else []
        yield Component(file, "-", "Demo picture", f"{licence} ({author})", source, tuple(texts))


def packages(project: Path) -> Iterator[Component]:
    """The packages that ``pip install staydown`` brings with all its extras, by name."""
    for name in sorted(installed_names(project)):
        found = metadata.distribution(name)
        yield Component(
            name,
            found.version,
            "Python package",
            licence_of(found),
            source_of(found),
            tuple(texts_of(found)),
        )


def installed_names(project: Path) -> set[str]:
    """Normalised names of all packages that ours needs, directly or not."""
    settings = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    lines = [*settings["dependencies"]]
    for extra in settings["optional-dependencies"].values():
        lines += extra
    seen: set[str] = set()
    waiting = list(needed_by(lines, extras=()))
    while waiting:
        name, extras = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += needed_by(metadata.distribution(name).requires or (), extras=extras)
    return seen


def needed_by(lines: Iterable[str], *, extras: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Installed packages that requirements name, each with the extras that it is asked with."""
    for line in lines:
        requirement, _, marker = line.partition(";")
        extra = _EXTRA.search(marker)
        found = _NAME.match(requirement.strip())
        if found is None or (extra and extra[1] not in extras):
            continue
        try:
            metadata.distribution(found[0])
        except metadata.PackageNotFoundError:
            continue  # for another system or Python
        asked = re.search(r"\[([^\]]+)\]", requirement)
        yield normalised(found[0]), asked[1].replace(" ", "").split(",") if asked else []


def licence_of(found: metadata.Distribution) -> str:
    """The short name of a package's licence; ``see its notice`` where it names none."""
    if expression := first_of(found, "License-Expression"):
        return expression
    plain = first_of(found, "License").strip()
    if plain and len(plain) < _LONG and "\n" not in plain and plain.upper() != "UNKNOWN":
        return plain
    marks = [c.removeprefix(_BY_CLASSIFIER) for c in found.metadata.get_all("Classifier") or ()]
    named = [mark for mark in marks if "License" in mark and "::" not in mark]
    return ", ".join(named) or "see its notice"


def source_of(found: metadata.Distribution) -> str:
    """Where a package's source is."""
    rows = [row.partition(",") for row in found.metadata.get_all("Project-URL") or ()]
    urls: dict[str, str] = {label.strip().lower(): url.strip() for label, _, url in rows}
    for label in ("source", "source code", "repository", "code", "homepage"):
        if label in urls:
            return urls[label]
    return first_of(found, "Home-page") or f"https://pypi.org/project/{found.name}/"


def first_of(found: metadata.Distribution, field: str) -> str:
    """The first value of a field; empty where there is none."""
    return str((found.metadata.get_all(field) or [""])[0])


def texts_of(found: metadata.Distribution) -> Iterator[str]:
    """The notices that a package carries, each once."""
    seen: set[str] = set()
    for file in found.files or ():
        is_text = ".dist-info/" in str(file) and "__pycache__" not in file.parts
        if is_text and _LICENCE_FILE.search(str(file)):
            text = Path(str(found.locate_file(file))).read_text(encoding="utf-8", errors="replace")
            if text.strip() and text not in seen:
                seen.add(text)
                yield text


def normalised(name: str) -> str:
    """A package's name in its one form."""
    return re.sub(r"[-_.]+", "-", name).lower()


def page(rows: Iterable[Component]) -> str:
    """LICENCES-THIRD-PARTY.md."""
    parts = [_HEAD]
    for row in rows:
        parts.append(f"## {row.name} {row.version}\n\n{row.what}. {row.licence}. <{row.source}>\n")
        parts += [f"```text\n{clean(text)}\n```\n" for text in row.texts]
    return "\n".join(parts)


def read_page(text: str) -> list[Component]:
    """The components of a page, without their notices."""
    outside = "".join(text.split("```")[::2])
    return [
        Component(name, version, what, licence, source, ())
        for name, version, what, licence, source in _ROW.findall(outside)
    ]


def page_path() -> Path:
    """Where the page lies: in the package, or at the top of a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / FILE
    return installed if installed.exists() else package.parents[1] / FILE


def clean(text: str) -> str:
    """A notice that cannot end its own block, without trailing blanks and control characters."""
    lines = text.replace("```", "'''").strip().splitlines()
    return "\n".join("".join(c for c in line if c.isprintable()).rstrip() for line in lines)


def main() -> None:
    """Write the file."""
    target = Path(sys.argv[1]).absolute()
    target.write_text(page(components(target.parent)), encoding="utf-8")


if __name__ == "__main__":
    main()
