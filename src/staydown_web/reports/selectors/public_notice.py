"""The plain-language notice of how to ask a platform for removal, made from its settings.

One content for the page, for the frame in the platform's own pages, and as plain text, so that none
says what the others do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from staydown_web.accounts.models import Platform
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.regimes.schemas import Kind, Regime
from staydown_web.regimes.selectors import regimes, start_note
from staydown_web.reports.models import PublicPages
from staydown_web.reports.selectors.transparency import platform_for


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with sentences and points under it.

    Attributes:
        id: for the address of the heading.
        title: short.
        texts: paragraphs.
        points: of a list; numbered where they are steps.
        is_steps: whether their order counts.
        rows: a name, and what is said of it.
    """

    id: str
    title: str
    texts: tuple[str, ...] = ()
    points: tuple[str, ...] = ()
    is_steps: bool = False
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PublicNotice:
    """What everybody may read about asking for removal.

    Attributes:
        platform: to whom one asks.
        title: heading.
        lead: the whole in two sentences.
        sections: in their order.
        start: full address where a request begins.
        under_18: full address of the page for pictures of people under 18.
        help_lines: full address of the list of help lines.
        report: full address of the transparency report; empty where none is public.
        question_to: who answers questions; empty where nobody is set.
    """

    platform: Platform
    title: str
    lead: str
    sections: tuple[Section, ...]
    start: str
    under_18: str
    help_lines: str
    report: str
    question_to: str


def public_notice_of(site: str) -> PublicNotice:
    """The notice of a platform in the language that is active.

    Args:
        site: short name of the platform; empty for the one that is meant where nobody names one.

    Raises:
        RecordNotFoundError: no such platform.
    """
    platform = platform_for(site).select_related("public_pages").first()
    if platform is None:
        raise RecordNotFoundError("there is no such platform")
    pages: PublicPages | None = getattr(platform, "public_pages", None)
    question_to = (pages.contact if pages else "") or platform.legal_email
    laws = [law for id_, law in regimes().items() if id_ in platform.regimes]
    laws = [law for law in laws if law.kind is Kind.LAW]
    return PublicNotice(
        platform=platform,
        title=_("How to ask us to remove an intimate picture or video of you"),
        lead=_(
            "Is there an intimate picture or video of you on %(platform)s, and you did not agree "
            "to that? You can ask us to remove it. It does not matter whether it is real or made "
            "by a computer."
        )
        % {"platform": platform.name},
        sections=(
            _who(),
            _what_is_needed(),
            _how(),
            _what_happens(laws),
            *((_by_when(laws),) if laws else ()),
            *(_of_law(law) for law in laws),
            _under_18(platform),
            _questions(question_to),
        ),
        start=_full("portal:start"),
        under_18=_full("portal:under_18"),
        help_lines=_full("portal:help_lines"),
        report=_report(pages, site),
        question_to=question_to,
    )


def frame_origins(platform: Platform) -> list[str]:
    """Where the notice may be shown in a frame: the addresses that the platform owns."""
    found = []
    for address in (platform.public_url, *platform.media_origins):
        parts = urlsplit(address)
        if parts.scheme in {"http", "https"} and parts.hostname:
            found.append(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}".lower())
    return list(dict.fromkeys(found))


def _who() -> Section:
    return Section(
        "who",
        _("Who can ask"),
        points=(
            _("You, if it shows you."),
            _("Someone whom you asked to act for you, such as a friend, a lawyer or a help line."),
            _("You need no account with us. It costs nothing."),
        ),
    )


def _what_is_needed() -> Section:
    return Section(
        "needed",
        _("What we need from you"),
        points=(
            _("Where it is: the full address of the page, or words by which we can find it."),
            _("Which picture or video it is."),
            _("A sentence that you believe in good faith that it was shared without your consent."),
            _("A way to reach you, such as an e-mail address."),
            _("Your signature. You type your name; that is enough."),
            _("If you act for someone else: how they asked you to."),
        ),
    )


def _how() -> Section:
    return Section(
        "how",
        _("How to ask"),
        points=(
            _("Open our form. It says at each step whether something is missing."),
            _(
                "If you have the picture or video, your own device makes a fingerprint of it, so "
                "that we can find copies. The picture itself is not sent. You can also give "
                "only its address."
            ),
            _("Sign and send. You get a number and six words. Keep them: they open your page."),
        ),
        is_steps=True,
    )


def _what_happens(laws: list[Regime]) -> Section:
    own_time = () if laws else (_("When your request is complete, we decide as soon as we can."),)
    return Section(
        "then",
        _("What happens then"),
        points=(
            _("You see at once whether your request is complete, and what is missing."),
            *own_time,
            _("A person decides. We also look for copies of the same picture or video."),
            _("New uploads of what we confirmed are stopped."),
            _("On your page you see what was done, and when. You can take your request back."),
            _("If we do not remove it, we say why. You can ask for another person to look again."),
            _(
                "The person who uploaded it may be told why it was removed, but not who asked. You "
                "are told first and can answer."
            ),
        ),
    )


def _by_when(laws: list[Regime]) -> Section:
    """What each law makes the platform do, on which condition; nothing is promised beyond it."""
    return Section(
        "time",
        _("By when we must act"),
        texts=(
            _(
                "A time limit counts from the moment when your request is complete. It counts if "
                "the picture or video shows you, or the person you act for."
            ),
            _("It is not the same under each law. “The platform” means us."),
        ),
        rows=tuple((_(law.short_title), _time_of(law)) for law in laws),
    )


def _time_of(law: Regime) -> str:
    """By when it makes the platform act, and tell who asked; and whether it binds already."""
    tellings = [
        deadline.words
        for telling in law.tellings
        if telling.whom == "notifier" and telling.when in {"receipt", "decision"}
        if (deadline := law.deadline(telling.deadline)) is not None
    ]
    said = [_(words) for words in (law.clock.words, *tellings)]
    return " ".join(words for words in (*said, start_note(law)) if words)


def _of_law(law: Regime) -> Section:
    """What is special under one law, from its data file."""
    return Section(
        f"law-{law.id}",
        _(law.short_title),
        texts=(_("Under this law a request is complete with:"),),
        points=tuple(
            _(element.label) for element in law.elements if element.only_if != "is_representative"
        ),
    )


def _under_18(platform: Platform) -> Section:
    texts = [
        _(
            "Were you under 18 in the picture, or are you not sure? Then please do not use our "
            "form. There are services made for this. We lead you to them and keep nothing."
        )
    ]
    if platform.minors_contact:
        texts.append(_("You can also write to %(contact)s.") % {"contact": platform.minors_contact})
    return Section("under-18", _("If you were under 18 in it"), texts=tuple(texts))


def _questions(question_to: str) -> Section:
    texts = [_("Please do not send us the picture or video, also not as proof.")]
    if question_to:
        texts.insert(0, _("Questions go to %(contact)s.") % {"contact": question_to})
    texts.append(_("This page explains what we do. It is not legal advice."))
    return Section("questions", _("Questions"), texts=tuple(texts))


def _report(pages: PublicPages | None, site: str) -> str:
    if pages is not None and not pages.is_report_public:
        return ""
    return _full("reports:transparency") + (f"?site={site}" if site else "")


def _full(name: str) -> str:
    return f"{settings.STAYDOWN_URL}{reverse(name)}"
