"""On which ground something is removed or restored, in words; the laws come from their data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staydown_web.regimes.schemas import Ground as SharedGround
from staydown_web.regimes.schemas import Kind
from staydown_web.regimes.selectors import FALLBACK, admitting, open_start_words, regimes
from staydown_web.regimes.selectors import grounds as shared_grounds
from staydown_web.review.models import NOT_HERE, Decision, Task

SECOND_NEED = "second"
"""The need of a ground on which two people decide."""
_OTHER_PICTURE = "other_picture"
"""The ground that the match is wrong: for tasks with a copy alone."""
LOOK_NEEDS = frozenset({"not_intimate:seen", "other_picture:compared"})
"""Needs by which a reviewer says that they looked at a copy: an opening of it is counted, or it is
said why there is none. As the form sends them: ground and need. Source: ADR-0035."""
INSTEAD_OF_OPENING = (Decision.Unopened.GONE, Decision.Unopened.ON_SITE)
"""Why there is none, though they looked. Where it cannot be shown here, they look on the site."""
LOOK_FIRST = gettext_lazy(
    "Open the copy with “Clear” first. Where it cannot be shown here, look at it on the site "
    "itself and choose that, or choose another ground. Your choice is kept."
)
"""What a reviewer is told who says that they looked, and did not open the copy."""


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that a ground needs, to be confirmed.

    Attributes:
        id: within the ground.
        value: as the form sends it: ground and need.
        label: what is confirmed.
        from_whom: who has it, in words.
    """

    id: str
    value: str
    label: str
    from_whom: str


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground.

    Attributes:
        id: of a regime, or of a ground to restore.
        label: as the form shows it.
        help: what to weigh.
        is_likely: ticked beforehand: it reaches this kind of copy, and a notice is valid under it
            or no law does. No law is of which the first day is not confirmed.
        needs: what has to be confirmed for it.
        rules: what the laws of this notice say to it, where it is not a plain yes.
        keeps_entry: whether the reported picture stays in the bank as it is.
    """

    id: str
    label: str
    help: str = ""
    is_likely: bool = False
    needs: tuple[Need, ...] = ()
    rules: tuple[str, ...] = ()
    keeps_entry: bool = False

    @property
    def asks_to_look(self) -> bool:
        """Whether one of its needs says that the reviewer looked at the copy."""
        return any(need.value in LOOK_NEEDS for need in self.needs)


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
        is_likely = id_ in valid and reaches and not law.is_start_open
        text = f"{open_start_words(law)} {text}".strip()
        grounds.append(Ground(id_, _(law.short_title), text, is_likely=is_likely))
    if kinds and not any(ground.is_likely for ground in grounds):
        grounds = [_rules_if_they_reach(ground, kinds) for ground in grounds]
    return grounds


def _rules_if_they_reach(ground: Ground, kinds: set[str]) -> Ground:
    """Where no law reaches the copy, the site's own rules are likely, if they do."""
    reaches = ground.id == FALLBACK and bool(kinds & set(regimes()[FALLBACK].copies))
    return replace(ground, is_likely=reaches)


def restore_grounds(
    laws: Sequence[str] = (),
    *,
    is_found: bool = True,
    was_removed: bool = False,
    is_held: bool = True,
    may_look: bool = True,
) -> list[Ground]:
    """Why something stays or comes back, with what each needs.

    Args:
        laws: ids of the laws that this notice is about; what they say to a ground stands beside it.
        is_found: there is a copy; where there is none, that nothing was found comes first, and no
            match can be wrong.
        was_removed: somebody removed it before, and may have removed another picture.
        is_held: new copies of it are held meanwhile, as its fingerprint is known.
        may_look: False where nobody opens the copy any more: what asks for that is left out.
    """
    whom = {
        "reviewer": _("you"),
        "uploader": _("from the uploader"),
        "notifier": _("from whoever asked"),
    }
    offered = [
        Ground(
            ground.id,
            _(ground.label),
            _help(ground, is_held=is_held),
            needs=tuple(
                Need(need.id, f"{ground.id}:{need.id}", _(need.label), whom[need.from_whom])
                for need in ground.needs
            ),
            rules=_rules(ground.id, laws),
            keeps_entry=ground.keeps_entry,
        )
        for ground in _in_order(is_found=is_found, has_match=is_found or was_removed)
    ]
    return [ground for ground in offered if may_look or not ground.asks_to_look]


def _help(ground: SharedGround, *, is_held: bool) -> str:
    if ground.id == NOT_HERE and not is_held:
        return _("The person can answer with an address.")
    return _(ground.help)


def _in_order(*, is_found: bool, has_match: bool) -> list[SharedGround]:
    """What was found is here, and what was not found matched nothing: neither is an answer."""
    out = {NOT_HERE} if has_match else {NOT_HERE, _OTHER_PICTURE}
    others = [ground for ground in shared_grounds() if ground.id not in out]
    nothing = [ground for ground in shared_grounds() if ground.id == NOT_HERE]
    return others if is_found else [*nothing, *others]


def _rules(ground_id: str, laws: Sequence[str]) -> tuple[str, ...]:
    """What laws say that do not plainly admit a ground."""
    known = regimes()
    return tuple(
        f"{known[id_].jurisdiction or _(known[id_].short_title)}: {_(rule.words)}"
        for id_, rule in admitting(ground_id, laws).items()
        if rule.answer != "yes"
    )


def nobody_looks() -> str:
    """What is said of grounds that ask for a look at a copy that nobody opens any more."""
    return _(
        "Nobody opens this file any more, because somebody in it may be under 18. Grounds that ask "
        "you to have looked at it are left out."
    )


def ground_words(ids: list[str]) -> list[str]:
    """Labels of grounds by their ids; unknown ones are left out."""
    words = {ground.id: _(ground.label) for ground in shared_grounds()}
    words.update({id_: _(law.short_title) for id_, law in regimes().items()})
    return [words[id_] for id_ in ids if id_ in words]
