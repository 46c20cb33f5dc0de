"""What a warned or suspended notifier reads on the page of their case, in its language."""

from __future__ import annotations

from django.utils.translation import gettext as _

from staydown_web.cases.models import Suspension


def warning_words(_suspension: Suspension) -> str:
    """A warning."""
    return _(
        "This is a warning. Several notices of yours were refused, because what they said was not "
        "true. If this goes on, a reviewer will look at each new notice of yours before it holds "
        "anything. Your notices are still read. If you think that we are wrong, answer here."
    )


def suspended_words(suspension: Suspension) -> str:
    """A suspension, until its last day."""
    return _(
        "After our warning, more notices of yours were refused, because what they said was not "
        "true. Until %(day)s a reviewer looks at each new notice of yours before it holds "
        "anything. Your notices are still read. You can complain about this on your page."
    ) % {"day": suspension.until.date().isoformat()}


def lifted_words(_suspension: Suspension) -> str:
    """The end of either, before its time."""
    return _("The warning or limit on your notices has ended. They count as all others again.")


def stays_words(_suspension: Suspension) -> str:
    """The answer to a complaint, where a suspension stays."""
    return _("You complained about the limit on your notices. Another person looked: it stays.")
