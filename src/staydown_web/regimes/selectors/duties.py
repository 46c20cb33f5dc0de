"""What the laws that bind a platform ask of one of its size. What a law spares is still offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from staydown_web.regimes.schemas import Duty, Regime, SizeRule
from staydown_web.regimes.selectors import regimes


@dataclass(frozen=True, slots=True)
class Owed:
    """A duty, and whether it binds a platform of this size."""

    duty: Duty
    binds: bool


@dataclass(frozen=True, slots=True)
class LawDuties:
    """What one law asks of a platform.

    Attributes:
        law: which.
        title: in the language of the moment.
        rows: its duties, in the order of the file.
        rule: by which it spares this size something; None where it spares it nothing.
    """

    law: Regime
    title: str
    rows: tuple[Owed, ...]
    rule: SizeRule | None


def duties_of(regime_ids: Sequence[str], *, size: str) -> list[LawDuties]:
    """What each law asks of a platform of this size, in the order of the files.

    Args:
        regime_ids: of the laws that bind it; unknown ones are left out.
        size: of ``Platform.Size``; empty: not said, so every duty binds.
    """
    return [
        LawDuties(
            law=law,
            title=_(law.short_title),
            rows=tuple(Owed(duty, law.has_duty(duty.id, size=size)) for duty in law.duties),
            rule=next((rule for rule in law.sizes if rule.size == size), None),
        )
        for id_, law in regimes().items()
        if id_ in regime_ids and law.duties
    ]


def is_spared(duty_id: str, regime_ids: Sequence[str], *, size: str) -> bool:
    """Whether the size alone is why no law asks a platform for this.

    Args:
        duty_id: of a duty, such as ``disputes``.
        regime_ids: of the laws that bind it.
        size: of ``Platform.Size``.

    Returns:
        False where one of them asks for it, and where none of them knows such a duty.
    """
    answers = [
        owed.binds
        for law in duties_of(regime_ids, size=size)
        for owed in law.rows
        if owed.duty.id == duty_id
    ]
    return bool(answers) and not any(answers)


def is_owed(duty_id: str, regime_ids: Sequence[str], *, size: str) -> bool:
    """Whether a law that binds a platform asks for this of one of its size.

    Args:
        duty_id: of a duty, such as ``statement``.
        regime_ids: of the laws that bind it; unknown ones are left out.
        size: of ``Platform.Size``; empty: not said, so every duty binds.
    """
    known = regimes()
    return any(known[id_].has_duty(duty_id, size=size) for id_ in regime_ids if id_ in known)
