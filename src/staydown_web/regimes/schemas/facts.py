"""What a notice gives, as yes and no, and what a regime requires of it."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class NoticeFacts:
    """What one notice holds, as yes and no: all that the engine sees. No words, no names.

    Attributes:
        is_representative: somebody acts for the person shown.
        has_authority: how they may act for the person is said.
        has_signature: signed, by hand or by typing a name under the text.
        has_fingerprint: the picture is identified by what was computed from it.
        has_url: an exact address on this platform.
        has_place: words that say where it is, where there is no address.
        has_statement: why it is wrong, in the notifier's words.
        has_good_faith: the statement of good faith that the text holds was made.
        has_name: a name.
        has_email: an e-mail address.
        has_phone: a telephone number.
        has_on_service: the declaration that it is on this service was made.
        has_role: the declaration of being the person shown, or acting for them, was made.
    """

    is_representative: bool = False
    has_authority: bool = False
    has_signature: bool = False
    has_fingerprint: bool = False
    has_url: bool = False
    has_place: bool = False
    has_statement: bool = False
    has_good_faith: bool = False
    has_name: bool = False
    has_email: bool = False
    has_phone: bool = False
    has_on_service: bool = False
    has_role: bool = False

    def holds(self, fact: str) -> bool:
        """Whether this fact, by its name, is given."""
        return bool(getattr(self, fact))


FACT_NAMES = frozenset(field.name for field in fields(NoticeFacts))


@dataclass(frozen=True, slots=True)
class RequiredElement:
    """One thing that a regime requires of a notice.

    Attributes:
        id: stable within the regime.
        label: what it is, in plain English; translated where it is shown.
        remedy: what to do where it is missing, in plain English.
        source: where the rule is, such as ``47 USC 223a``.
        all_of: facts that must all hold.
        any_of: facts of which one must hold; empty: none is asked for.
        only_if: the fact under which it is asked for at all; empty: always.
        form_fields: names of the fields of a filing that give it.
    """

    id: str
    label: str
    remedy: str
    source: str
    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    only_if: str = ""
    form_fields: tuple[str, ...] = ()

    def applies_to(self, facts: NoticeFacts) -> bool:
        """Whether a notice with these facts needs it."""
        return not self.only_if or facts.holds(self.only_if)

    def is_met_by(self, facts: NoticeFacts) -> bool:
        """Whether these facts give it."""
        return all(map(facts.holds, self.all_of)) and (
            not self.any_of or any(map(facts.holds, self.any_of))
        )


@dataclass(frozen=True, slots=True)
class Requirement:
    """What was found of one required element of one notice.

    Attributes:
        id: of the element.
        is_met: whether the notice gives it.
        label: what it is, in the language of the moment.
        remedy: what to do where it is missing, in the language of the moment.
        form_fields: names of the fields of a filing that give it.
    """

    id: str
    is_met: bool
    label: str
    remedy: str
    form_fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """Whether a notice is valid under a regime, element by element.

    Attributes:
        regime: id.
        version: of the regime, kept with the notice.
        is_valid: every element that applies is there.
        requirements: the elements that apply, in the order of the form.
    """

    regime: str
    version: str
    is_valid: bool
    requirements: tuple[Requirement, ...]

    @property
    def missing(self) -> tuple[Requirement, ...]:
        """What is not there yet."""
        return tuple(r for r in self.requirements if not r.is_met)

    def as_rows(self) -> list[dict[str, object]]:
        """For storage: ids and whether each is met, without any words."""
        return [{"id": r.id, "is_met": r.is_met} for r in self.requirements]
