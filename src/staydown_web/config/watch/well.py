"""What is known of each part while all is well, in a few words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.base.commands import as_called
from staydown_web.config.watch.troubles import Part

_GIB = 1 << 30
_DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

Facts = Mapping[str, Any]


def well_words(part: Part, facts: Facts) -> str:
    """A few words on a part, in the language of the moment; empty where nothing is known."""
    return _WORDS[part](facts) if facts else ""


def _database(facts: Facts) -> str:
    said = _("%(kind)s answers in %(ms).1f ms")
    return said % {"kind": _DATABASES[facts["vendor"]], "ms": facts["answer_s"] * 1000}


def _web(facts: Facts) -> str:
    n = facts["total"]
    said = ngettext("%(n)d request in the last minute", "%(n)d requests in the last minute", n)
    return said % {"n": n}


def _bank(facts: Facts) -> str:
    if facts["applied"] is None:
        return _("not made on this machine yet")
    return _("up to change %(applied)d of the database") % facts


def _worker(facts: Facts) -> str:
    n = len(facts["beat"].jobs)
    return ngettext("%(n)d job", "%(n)d jobs", n) % {"n": n}


def _mail(facts: Facts) -> str:
    n = facts["due"]
    return ngettext("%(n)d letter is due", "%(n)d letters are due", n) % {"n": n}


def _platforms(facts: Facts) -> str:
    n = facts["due"]
    words = ngettext("%(n)d message is due", "%(n)d messages are due", n) % {"n": n}
    if not (again := facts["again"]):
        return words
    more = ngettext("%(n)d is tried again later", "%(n)d are tried again later", again)
    return f"{words}, {more % {'n': again}}"


def _partners(facts: Facts) -> str:
    return _("lists: %(lists)d; other installations: %(members)d") % facts


def _disk(facts: Facts) -> str:
    said = _("%(disk).1f GiB free; %(memory).1f GiB free in memory for the bank")
    disk, memory = facts["free_bytes"], facts["free_memory_bytes"]
    return said % {"disk": disk / _GIB, "memory": memory / _GIB}


def _clock(facts: Facts) -> str:
    if facts.get("is_behind"):
        return _("behind the last event")
    return _("kept by a time service") if facts["is_kept"] else _("kept by no time service")


def _audit(facts: Facts) -> str:
    return _("%(events)d events, signed up to %(signed)d") % facts


def _backups(facts: Facts) -> str:
    if facts["last_at"] is None:
        if facts.get("is_demo"):
            return _("none: this is a demonstration")
        said = _(
            "No backup has been made yet. This command makes one, with two folders of your own in"
            " place of the capitals: %(command)s"
        )
        return said % {"command": as_called("staydown backup FOLDER --keys-to OTHER_FOLDER")}
    return _("last on %(day)s UTC") % {"day": date_format(facts["last_at"], "j M Y, H:i")}


_WORDS: Final[dict[Part, Callable[[Facts], str]]] = {
    Part.DATABASE: _database,
    Part.WEB: _web,
    Part.BANK: _bank,
    Part.WORKER: _worker,
    Part.MAIL: _mail,
    Part.PLATFORMS: _platforms,
    Part.PARTNERS: _partners,
    Part.DISK: _disk,
    Part.CLOCK: _clock,
    Part.AUDIT: _audit,
    Part.BACKUPS: _backups,
}
