"""The words of the page of a regime: one for each value that a file may hold."""

from __future__ import annotations

from django.utils.translation import gettext as _


def fact_words() -> dict[str, str]:
    """Fact -> what gives it."""
    return {
        "has_authority": _("the right to act is described"),
        "has_signature": _("a name is typed under the text"),
        "has_fingerprint": _("a fingerprint"),
        "has_url": _("an address on a platform served here"),
        "has_place": _("a description of the place"),
        "has_statement": _("words of the notifier"),
        "has_good_faith": _("the sentence on good faith is ticked"),
        "has_name": _("a name"),
        "has_email": _("an e-mail address"),
        "has_phone": _("a telephone number"),
        "has_on_service": _("the sentence that it is on this service is ticked"),
        "has_role": _("the sentence on who asks is ticked"),
    }


def way_words() -> dict[str, str]:
    """Way in -> what the person tells; the words of the form."""
    return {
        "published": _("It is online"),
        "threatened": _("Someone says they will share it"),
        "link": _("Only a link"),
    }


def kind_words() -> dict[str, str]:
    """Kind of match -> what it is."""
    return {
        "identical": _("Identical: the same bytes or pixels"),
        "same": _("Same: the same picture, saved anew"),
        "part": _("Part: a piece of it, or it in another"),
        "altered": _("Altered: changed in what it shows"),
    }


def size_words() -> dict[str, str]:
    """Size of a platform -> its name, the smallest first."""
    return {
        "micro": _("Micro"),
        "small": _("Small"),
        "medium": _("Medium"),
        "large": _("Large"),
        "very_large": _("Very large"),
    }


def event_words() -> dict[str, str]:
    """Event -> from when a deadline counts."""
    return {
        "valid": _("after the last part of the notice came"),
        "receipt": _("after the notice came"),
        "decision": _("after the decision"),
        "told": _("after the decision was told"),
        "complaint": _("after the complaint came"),
    }


def whom_words() -> dict[str, str]:
    """Whom -> who is told."""
    return {
        "notifier": _("Who gave the notice"),
        "uploader": _("Who uploaded it"),
        "authority": _("An authority"),
        "staff": _("The staff of the platform"),
        "public": _("Everybody"),
    }


def when_words() -> dict[str, str]:
    """When -> at which moment somebody is told."""
    return {
        "receipt": _("when a notice comes"),
        "decision": _("when it is decided"),
        "restore": _("before it is shown again"),
        "complaint": _("when a complaint is decided"),
        "misuse": _("before notices are suspended"),
        "danger": _("when life or safety is in danger"),
        "yearly": _("each year"),
        "always": _("at all times"),
    }
