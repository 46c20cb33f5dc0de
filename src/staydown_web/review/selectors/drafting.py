"""A first draft of the facts for the uploader, from what is known; a reviewer edits it.

A decision is on a task, a statement on one copy of it: what is said of how that was found follows
from the copy, for one task may hold what a notice named and what software held. ADR-0051.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from staydown_web.base.sealing import unseal
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.care import was_opened
from staydown_web.review.selectors.items import kinds_of
from staydown_web.review.selectors.words import KINDS, main_kind
from staydown_web.screening.models import Copy


class How(StrEnum):
    """How something was found; the first three are those of ``Copy.Source``."""

    NOTICE = "notice"
    UPLOAD = "upload"
    LIBRARY = "library"
    SOFTWARE = "software"
    """Some copies when they were uploaded, others in the library."""
    BOTH = "both"
    """Some copies after a notice, others by software."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """What a draft says.

    Attributes:
        is_video: whether it is a video.
        kind: the most telling kind of match; empty for a link alone.
        how: how it was found.
    """

    is_video: bool
    kind: str
    how: How

    def text(self, *, is_opened: bool) -> str:
        """In the language of the moment."""
        who = _who(self.kind, is_opened=is_opened)
        return " ".join([_what(self.kind, is_video=self.is_video), _how(self.how), who])


_DRAFTS: Final = tuple(
    _Draft(is_video, kind, how)
    for is_video in (False, True)
    for kind in ("", *KINDS)
    for how in How
)


def facts_draft(
    task: Task, kind: str, *, is_video: bool, is_seen: bool = True, is_opened: bool = False
) -> str:
    """What was found, how, and who decided: nothing of whoever asked, in the reader's language.

    Args:
        task: with its copies.
        kind: the most telling kind of match; empty for a link alone.
        is_video: whether it is a video.
        is_seen: there is a copy; of what was removed by hand only the notice is known here.
        is_opened: whoever decides opened it.
    """
    if not is_seen:
        return _unseen_draft()
    return _Draft(is_video, kind, how_found(task)).text(is_opened=is_opened)


def facts_of(decision: Decision, copy: Copy | None = None) -> str:
    """The facts for an uploader: as a reviewer wrote them, else a draft.

    Args:
        decision: about which they are.
        copy: whose uploader it is: of a draft that nobody changed it is told how this one was
            found. None for all copies together.

    Returns:
        A draft that a reviewer sent in the language in which it was sent.
    """
    if decision.facts_box is None:
        return facts_about(decision, _own_draft(decision), copy)
    text = unseal(decision.facts_box, context=f"decision:{decision.pk}").decode()
    return facts_about(decision, text, copy)


def facts_about(decision: Decision, text: str, copy: Copy | None) -> str:
    """What a text tells the uploader of one copy, where it is a draft that nobody changed.

    Args:
        decision: about which it is.
        text: as it was typed, or as it is still a draft, in any language of the service.
        copy: whose uploader it is; None for all copies together.

    Returns:
        In the language of the text; as it is, where it is no draft.
    """
    is_opened = was_opened(decision)
    for code, draft in _found_in(text):
        with override(code):
            return _of_copy(decision, draft, copy).text(is_opened=is_opened)
    return text


def told_facts(decision: Decision) -> list[str]:
    """The facts as uploaders read them of a decision, for a colleague who looks at it again.

    Returns:
        A text, or one for each way in which its copies were found; drafts in the language of the
        moment. Nothing where nothing is restricted.
    """
    if not decision.restriction:
        return []
    copies = list(decision.task.copies.order_by("seen_at", "id"))
    if decision.automation == Decision.Automation.FULL:
        return [stopped_draft(is_video=any(one.content_kind == "video" for one in copies))]
    is_opened = was_opened(decision)
    of_each = {how_of(decision.task, copy): copy for copy in reversed(copies)}
    texts = [facts_of(decision, copy) for copy in reversed(of_each.values())]
    texts = texts or [facts_of(decision)]
    again = [draft_again(decision, text, is_opened=is_opened) or text for text in texts]
    return list(dict.fromkeys(again))


def draft_again(decision: Decision, text: str, *, is_opened: bool) -> str:
    """In the language of the moment what a draft says that nobody changed.

    Args:
        decision: about which it is.
        text: the facts as they were kept, in any language; a draft may be older than an opening.
        is_opened: whoever decided opened it.

    Returns:
        Empty where the text is no draft in any language of the service.
    """
    for _code, draft in _found_in(text):
        return draft.text(is_opened=is_opened)
    plain = hold_draft if decision.outcome == Decision.Outcome.HOLD else _unseen_draft
    for code, _name in settings.LANGUAGES:
        with override(code):
            is_plain = text.strip() == plain()
        if is_plain:
            return plain()
    return ""


def how_found(task: Task) -> How:
    """How the copies of a task were found; without one it is a notice alone that named it."""
    found = set(task.copies.values_list("source", flat=True)) or {task.source}
    if len(found) == 1:
        return How(found.pop())
    return How.BOTH if Copy.Source.NOTICE in found else How.SOFTWARE


def how_of(task: Task, copy: Copy | None) -> How:
    """How a copy was found; a task's, where there is none."""
    return How(copy.source) if copy is not None else how_found(task)


def automation_of(task: Task, copy: Copy | None = None) -> Decision.Automation:
    """A notice named it, or software found it; a person decides either way.

    Args:
        task: which.
        copy: of it; None for all together: software had a part where it found any of them.
    """
    if how_of(task, copy) == How.NOTICE:
        return Decision.Automation.NONE
    return Decision.Automation.DETECTED


def automation_words(task: Task) -> str:
    """What software has a part in, for the form."""
    match how_found(task):
        case How.NOTICE:
            return _("a notice named it, a person decides")
        case How.BOTH:
            return _("a notice named one copy and software found another, a person decides")
        case _software:
            return _("software found it, a person decides")


def hold_draft() -> str:
    """The facts of something that is hidden until a second person has decided."""
    return _(
        "It may show a person in an intimate way without that person’s consent. "  # noqa: RUF001
        "It is hidden until a second person has decided."
    )


def stopped_draft(*, is_video: bool) -> str:
    """The facts of an upload that software stopped, because a person decided on the same before."""
    first = _("The picture is the same as one that was removed before.")
    if is_video:
        first = _("The video is the same as one that was removed before.")
    return f"{first} " + _("A person had decided on that one. Software stopped this upload.")


def _unseen_draft() -> str:
    return _(
        "A notice says that it shows a person in an intimate way, and that this person did not "
        "agree to it being shared. It was removed by hand after this notice."
    )


def _own_draft(decision: Decision) -> str:
    """The draft of a decision for which nobody wrote anything."""
    if decision.outcome == Decision.Outcome.HOLD:
        return hold_draft()
    task = decision.task
    first = task.copies.first()
    return facts_draft(
        task,
        main_kind(kinds_of(task)),
        is_video=first is not None and first.content_kind == "video",
        is_seen=decision.had_copies,
        is_opened=was_opened(decision),
    )


def _of_copy(decision: Decision, draft: _Draft, copy: Copy | None) -> _Draft:
    """What a draft says of one copy: how this one was found, and what this one matched."""
    how = how_of(decision.task, copy)
    if copy is None or draft.how == how:
        return draft
    kinds = kinds_of(decision.task, copy)
    return _Draft(draft.is_video, draft.kind if draft.kind in kinds else main_kind(kinds), how)


def _found_in(text: str) -> Iterator[tuple[str, _Draft]]:
    """The draft that a text is, with the code of its language; nothing where it is none."""
    text = text.strip()
    for code, _name in settings.LANGUAGES:
        with override(code):
            found = [
                draft
                for draft in _DRAFTS
                if text in {draft.text(is_opened=is_it) for is_it in (False, True)}
            ]
        for draft in found[:1]:
            yield code, draft


def _what(kind: str, *, is_video: bool) -> str:
    if is_video:
        words = {
            "identical": _("The video is the same file as one that was reported as intimate."),
            "same": _("The video is the same as one that was reported as intimate."),
            "part": _("The video holds a part of one that was reported as intimate."),
            "altered": _("The video is a changed copy of a reported one."),
        }
        plain = _("The video shows a person in an intimate way.")
    else:
        words = {
            "identical": _("The picture is the same file as one that was reported as intimate."),
            "same": _("The picture is the same as one that was reported as intimate."),
            "part": _("The picture holds a part of one that was reported as intimate."),
            "altered": _("The picture is a changed copy of a reported one: a region was replaced."),
        }
        plain = _("The picture shows a person in an intimate way.")
    return f"{words.get(kind, plain)} " + _("The person shown did not agree to it being shared.")


def _how(how: How) -> str:
    match how:
        case How.NOTICE:
            return _("It was found after a notice.")
        case How.UPLOAD:
            return _("It was found when it was uploaded.")
        case How.LIBRARY:
            return _("It was found in a search of what was uploaded before.")
        case How.SOFTWARE:
            return _(
                "Copies of it were found when they were uploaded, and in a search of what was "
                "uploaded before."
            )
        case _both:
            return _("Copies of it were found in two ways: after a notice, and by software.")


def _who(kind: str, *, is_opened: bool) -> str:
    """Who decides with the picture covered has not looked at it."""
    if kind and is_opened:
        return _("Software compared the two; a person looked at it and decided.")
    if kind:
        return _("Software compared the two; a person decided.")
    return _("A person looked at it and decided.") if is_opened else _("A person decided.")
