"""On which ground something is removed or restored, in words; the laws come from their data."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from staydown_web.regimes.schemas import Kind
from staydown_web.regimes.selectors import FALLBACK, regimes
from staydown_web.review.models import Task


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground.

    Attributes:
        id: of a regime, or of a ground to restore.
        label: as the form shows it.
        help: what to weigh.
        is_likely: ticked beforehand: it reaches this kind of copy, and a notice is valid under it
            or no law does.
    """

    id: str
    label: str
    help: str = ""
    is_likely: bool = False


def removal_grounds(task: Task, kinds: set[str], valid: set[str]) -> list[Ground]:
    """Laws that bind the platform or under which a notice came, and the platform's own rules.

    Args:
        task: with its platform.
        kinds: of the copies' hits; empty for a link alone.
        valid: ids of the laws under which a notice is valid.
    """
    known = regimes()
    ids = dict.fromkeys([*sorted(valid), *task.platform.regimes, FALLBACK])
    grounds = []
    for id_ in ids:
        law = known.get(id_)
        if law is None:
            continue
        reaches = not kinds or bool(kinds & set(law.copies))
        text = _("It may not reach a copy of this kind; the rules of the site can.")
        if reaches or law.kind is not Kind.LAW:
            text = ""
        grounds.append(Ground(id_, law.short_title, text, is_likely=id_ in valid and reaches))
    if kinds and not any(ground.is_likely for ground in grounds):
        grounds = [_rules_if_they_reach(ground, kinds) for ground in grounds]
    return grounds


def _rules_if_they_reach(ground: Ground, kinds: set[str]) -> Ground:
    """Where no law reaches the copy, the site's own rules are likely, if they do."""
    reaches = ground.id == FALLBACK and bool(kinds & set(regimes()[FALLBACK].copies))
    return replace(ground, is_likely=reaches)


def restore_grounds() -> list[Ground]:
    """Why something stays or comes back."""
    return [
        Ground("not_intimate", _("Not an intimate image")),
        Ground(
            "not_the_person",
            _("Not the person shown, nor someone acting for them"),
            _("Ask by message first, if you are not sure."),
        ),
        Ground("consented_commercial", _("Shared with consent, as a commercial work")),
        Ground("satire", _("Satire that nobody takes for real")),
        Ground("public_interest", _("In the public interest")),
        Ground(
            "other_picture",
            _("Another picture: the match is wrong"),
            _("The reported picture stays in the bank as it is."),
        ),
    ]


def ground_ids(task: Task) -> set[str]:
    """Every ground that a decision on this task may name."""
    laws = {*regimes(), *task.platform.regimes} & set(regimes())
    return laws | {ground.id for ground in restore_grounds()}


def ground_words(ids: list[str]) -> list[str]:
    """Labels of grounds by their ids; unknown ones are left out."""
    words = {ground.id: ground.label for ground in restore_grounds()}
    words.update({id_: law.short_title for id_, law in regimes().items()})
    return [words[id_] for id_ in ids if id_ in words]
