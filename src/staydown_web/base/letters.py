"""The words of every e-mail. Subjects say nothing that a glance over a shoulder could understand.

No letter names a picture, a platform, a case number or a person: whoever reads the mailbox learns
that there is something, not what.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_noop as _


@dataclass(frozen=True, slots=True)
class Template:
    """One letter.

    Attributes:
        subject: neutral.
        text: plain; ``%(name)s`` stands for a value of the context.
        links: which values are addresses; they must lead to this service.
        words: which values are short words, such as a day.
    """

    subject: str
    text: str
    links: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


TEMPLATES: dict[str, Template] = {
    "confirm_contact": Template(
        subject=_("Please confirm this address"),
        text=_(
            "Hello,\n\n"
            "this address was given to us so that we can write when there is something new.\n\n"
            "If that was you, confirm it here:\n%(link)s\n\n"
            "If you do not know what this is about, do nothing, or say so here and we will not "
            "write to you again:\n%(refuse_link)s\n\n"
            "This message was sent by a program. Replies are not read."
        ),
        links=("link", "refuse_link"),
    ),
    "news": Template(
        subject=_("There is something new"),
        text=_(
            "Hello,\n\n"
            "there is something new on your page. Open it when you are on your own:\n%(link)s\n\n"
            "You need your number and your phrase. We never ask for them by e-mail.\n\n"
            "This message was sent by a program. Replies are not read."
        ),
        links=("link",),
    ),
    "safe_contact_asked": Template(
        subject=_("Somebody trusts you with something"),
        text=_(
            "Hello,\n\n"
            "somebody gave us this address as that of a person they trust. If you agree, we write "
            "to you should they ever seem to be acting under pressure.\n\n"
            "Please do not speak about this message with others.\n\n"
            "Agree here:\n%(link)s\n\n"
            "If you would rather not, say so here and we will not write to you again:\n"
            "%(refuse_link)s\n\n"
            "This message was sent by a program. Replies are not read."
        ),
        links=("link", "refuse_link"),
    ),
    "withdrawal_pending": Template(
        subject=_("Something ends on %(day)s"),
        text=_(
            "Hello,\n\n"
            "you agreed to be the person whom somebody trusts. What they set up with us ends on "
            "%(day)s, because that was asked for. If you think that they did not ask for it "
            "freely, you can stop it until then, and nobody is told that you did:\n%(link)s\n\n"
            "If all is well, do nothing.\n\n"
            "This message was sent by a program. Replies are not read."
        ),
        links=("link",),
        words=("day",),
    ),
    "staff_alert": Template(
        subject=_("Something needs your attention"),
        text=_(
            "Hello,\n\n"
            "something needs the attention of your team:\n%(link)s\n\n"
            "This message was sent by a program. Replies are not read."
        ),
        links=("link",),
    ),
    "legal_alert": Template(
        subject=_("A matter for your legal contact"),
        text=_(
            "Hello,\n\n"
            "a matter came up that your platform has to look at itself, outside this service. "
            "Please sign in, or ask whoever reviews for you, under the number %(number)s:\n"
            "%(link)s\n\n"
            "This message was sent by a program. Replies are not read."
        ),
        links=("link",),
        words=("number",),
    ),
}
