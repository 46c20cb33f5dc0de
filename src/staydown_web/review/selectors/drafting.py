"""A first draft of the facts for the uploader, from what is known; a reviewer edits it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from staydown_web.base.sealing import unseal
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.care import was_opened
from staydown_web.review.selectors.items import kinds_of
from staydown_web.review.selectors.words import main_kind


def facts_draft(
    task: Task, kind: str, *, is_video: bool, is_seen: bool = True, is_opened: bool = False
) -> str:
    """What was found, how, and who decided: nothing of whoever asked, in the reader's language.

    Args:
        task: with its source.
        kind: the most telling kind of match; empty for a link alone.
        is_video: whether it is a video.
        is_seen: there is a copy; of what was removed by hand only the notice is known here.
        is_opened: whoever decides opened it.
    """
    if not is_seen:
        return _(
            "A notice says that it shows a person in an intimate way, and that this person did not "
            "agree to it being shared. It was removed by hand after this notice."
        )
    return " ".join([_what(kind, is_video=is_video), _how(task), _who(kind, is_opened=is_opened)])


def facts_of(decision: Decision) -> str:
    """The facts for the uploader: as a reviewer wrote them, else a draft; empty where not kept."""
    if decision.facts_box is not None:
        return unseal(decision.facts_box, context=f"decision:{decision.pk}").decode()
    return _drafter(decision)(was_opened(decision))


def draft_again(decision: Decision, text: str, *, is_opened: bool) -> str:
    """In the language of the moment what a draft says that nobody changed.

    Args:
        decision: about which it is.
        text: the facts as they were kept, in any language; a draft may be older than an opening.
        is_opened: whoever decided opened it.

    Returns:
        Empty where the text is no draft of this decision in any language of the service.
    """
    drafter = _drafter(decision)
    for code, _name in settings.LANGUAGES:
        with override(code):
            is_draft = text.strip() in {drafter(is_it) for is_it in (False, True)}
        if is_draft:
            return drafter(is_opened)
    return ""


def _drafter(decision: Decision) -> Callable[[bool], str]:
    """What makes the draft of a decision, in the language in which it is called.

    It is told whether whoever decided opened it.
    """
    if decision.outcome == Decision.Outcome.HOLD:
        return lambda _is_opened: hold_draft()
    task = decision.task
    first = task.copies.first()
    is_video = first is not None and first.content_kind == "video"
    kind, is_seen = main_kind(kinds_of(task)), decision.had_copies
    return lambda is_opened: facts_draft(
        task, kind, is_video=is_video, is_seen=is_seen, is_opened=is_opened
    )


def automation_of(task: Task) -> Decision.Automation:
    """A notice named it, or software found it; a person decides either way."""
    if task.source == Task.Source.NOTICE:
        return Decision.Automation.NONE
    return Decision.Automation.DETECTED


def automation_words(task: Task) -> str:
    """What software has a part in, for the form."""
    if automation_of(task) == Decision.Automation.NONE:
        return _("a notice named it, a person decides")
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


def _how(task: Task) -> str:
    match task.source:
        case Task.Source.NOTICE:
            return _("It was found after a notice.")
        case Task.Source.UPLOAD:
            return _("It was found when it was uploaded.")
        case _library:
            return _("It was found in a search of what was uploaded before.")


def _who(kind: str, *, is_opened: bool) -> str:
    """Who decides with the picture covered has not looked at it."""
    if kind and is_opened:
        return _("Software compared the two; a person looked at it and decided.")
    if kind:
        return _("Software compared the two; a person decided.")
    return _("A person looked at it and decided.") if is_opened else _("A person decided.")
