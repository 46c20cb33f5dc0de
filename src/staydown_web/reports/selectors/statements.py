"""Statements of reasons: read by their link, and put into words in the language of the moment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from staydown_web.actions.selectors import Stage, stage_since
from staydown_web.banks.models import Entry
from staydown_web.base.errors import RecordNotFoundError
from staydown_web.base.sealing import digest_token, unseal
from staydown_web.reports.models import Statement
from staydown_web.reports.selectors.legal_grounds import LegalGround, legal_ground
from staydown_web.reports.selectors.redress import Way, way_words
from staydown_web.reports.selectors.statement_facts import FactsWords
from staydown_web.review.models import Decision
from staydown_web.review.selectors.items import CONFIRMING_KINDS

_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Said:
    """All that a statement says, as it is kept: ids and states, and the reviewer's own sentences.

    Attributes:
        restriction: of ``Decision.Restriction``.
        scope: of ``Decision.Scope``.
        duration: of ``Decision.Duration``.
        ends_on: the last day; None where it has no end.
        automation: of ``Decision.Automation``.
        source: ``notice``, ``trusted`` or ``own``.
        is_notice_of_law: whether the notice was valid under Article 16 of the DSA.
        grounds: ids of laws or of the platform's rules, the first counts most.
        facts: in the reviewer's words.
        public_facts: the facts for the public database, where they were changed for it.
        content_kind: ``photo`` or ``video``.
        is_synthetic: whether a changed copy was found.
        content_ref: the platform's own id of the content.
        seen_on: the day on which it was first seen here.
        decided_on: the day of the decision.
        platform: its name.
        token: of the page.
        has_disputes: whether a dispute can be settled out of court: not where the size of the
            platform spares it Article 21 of the DSA.
        seen_at: the moment of the upload, in ISO 8601; empty where it is known by the day alone.
        is_opened: whether whoever decided opened the content here; False where it is not known.
        is_stopped: it was held as it was uploaded, and never public; False where it is not known.
    """

    restriction: str
    scope: str
    duration: str
    ends_on: date | None
    automation: str
    source: str
    is_notice_of_law: bool
    grounds: tuple[str, ...]
    facts: str
    public_facts: str
    content_kind: str
    is_synthetic: bool
    content_ref: str
    seen_on: date
    decided_on: date
    platform: str
    token: str = ""
    has_disputes: bool = True
    seen_at: str = ""
    is_opened: bool = False
    is_stopped: bool = False

    def as_json(self) -> dict[str, Any]:
        """For ``Statement.box``."""
        days = {name: getattr(self, name) for name in ("ends_on", "seen_on", "decided_on")}
        written = {name: day.isoformat() if day else None for name, day in days.items()}
        names = [name for name in self.__slots__ if name not in written]
        return {**{name: getattr(self, name) for name in names}, **written}


@dataclass(frozen=True, slots=True)
class Worded:
    """A statement in the language of the moment, part by part.

    Attributes:
        what: what was done.
        where: where it holds.
        how_long: how long.
        facts: what was found, and whose words that is.
        source: what led to it.
        automation: what software had a part in.
        grounds: each with reference and explanation.
        redress: what can be done against it.
        which: which upload it is: the platform's own id where it gave one, when it was first seen.
    """

    what: str
    where: str
    how_long: str
    facts: FactsWords
    source: str
    automation: str
    grounds: tuple[LegalGround, ...]
    redress: tuple[str, ...]
    which: tuple[str, ...] = ()


def statement_by_token(token: str) -> Statement:
    """The statement behind a link.

    Raises:
        RecordNotFoundError: no such link.
    """
    rows = Statement.objects.select_related("decision__task__platform", "copy")
    found = rows.filter(token_digest=digest_token(token)).first()
    if found is None:
        raise RecordNotFoundError("this link does not work any more")
    return found


def statements_after(*, platform_id: UUID, after: UUID | None) -> list[Statement]:
    """A platform's statements in their order, after one of them.

    Raises:
        RecordNotFoundError: ``after`` is none of this platform.
    """
    rows = Statement.objects.filter(decision__task__platform=platform_id)
    if after is not None:
        last = rows.filter(pk=after).first()
        if last is None:
            raise RecordNotFoundError("there is no such statement")
        rows = rows.filter(Q(made_at__gt=last.made_at) | Q(made_at=last.made_at, pk__gt=last.pk))
    rows = rows.select_related("decision__task__platform", "copy").order_by("made_at", "pk")
    return list(rows[:_AT_ONCE])


def said_by(statement: Statement) -> Said:
    """What a statement says, unsealed."""
    kept = json.loads(unseal(statement.box, context=f"statement:{statement.pk}"))
    days = {
        name: date.fromisoformat(kept[name]) if kept[name] else None
        for name in ("ends_on", "seen_on", "decided_on")
    }
    return Said(**{**kept, **days, "grounds": tuple(kept["grounds"])})


def link_of(said: Said) -> str:
    """The address of a statement's page."""
    return str(settings.STAYDOWN_URL) + reverse("reports:statement", args=[said.token])


def stage_of_statement(statement: Statement) -> Stage:
    """How far the platform got with what it says; without a copy whoever decided took it down."""
    copy, decision = statement.copy, statement.decision
    if copy is None:
        return Stage.DONE
    is_hold = decision.outcome == Decision.Outcome.HOLD
    return stage_since(copy, decision.decided_at, is_hold=is_hold)


class NewCopies(StrEnum):
    """What becomes of new copies of what a decision removed."""

    STOPPED = "stopped"
    HELD = "held"
    UNKNOWN = "unknown"


def new_copies(decision: Decision, *, is_draft: bool = False) -> NewCopies:
    """What becomes of them now, by the fingerprints of what a decision was about.

    Only what somebody looked at here is confirmed, and stops copies; once everybody who asked for
    it has taken that back, nothing is promised.

    Args:
        decision: about a copy, or about what a notice gave alone.
        is_draft: it is not made yet, and would confirm the fingerprints that are still there.
    """
    entries = _entries_of(decision)
    if is_draft and decision.had_copies:
        is_there = entries.exclude(state=Entry.State.WITHDRAWN).exists()
        return NewCopies.STOPPED if is_there else NewCopies.UNKNOWN
    rows = entries.values_list("state", "quarantined_at")
    states = {state for state, aside in rows if state != Entry.State.SEED or aside is None}
    if Entry.State.CONFIRMED in states:
        return NewCopies.STOPPED
    return NewCopies.HELD if Entry.State.SEED in states else NewCopies.UNKNOWN


def _entries_of(decision: Decision) -> QuerySet[Entry]:
    if not decision.had_copies:
        item = decision.task.item
        if item is None or not item.content_kind:
            return Entry.objects.none()
        return Entry.objects.filter(claims__item=item, claims__ended_at=None)
    plain = Q(hits__copy__tasks=decision.task_id, hits__kind__in=CONFIRMING_KINDS)
    return Entry.objects.filter(plain | Q(pk__in=decision.entries_confirmed)).distinct()


def worded(
    said: Said,
    *,
    complain_until: datetime | None = None,
    copies: NewCopies = NewCopies.STOPPED,
    stage: Stage = Stage.DONE,
    is_seen: bool = True,
    way: Way = Way.OPEN,
    facts: FactsWords | None = None,
) -> Worded:
    """A statement in the language of the moment.

    Args:
        said: what it says.
        complain_until: the last moment to complain; None where it is not known.
        copies: what becomes of new copies, of ``new_copies``.
        stage: how far the platform got, of ``stage_of_statement``; done, where it is a draft.
        is_seen: there was a copy; else it was removed on the platform by hand, and what it was
            and who looked at it is not known here.
        way: whether its uploader can complain, of ``way_of``.
        facts: of ``facts_words``; as they were kept, where they are not given.
    """
    return Worded(
        what=_what(said, stage) if is_seen else _by_hand(said),
        where=_where(said),
        how_long=_how_long(said, copies),
        facts=facts or FactsWords(said.facts),
        source=_source(said),
        automation=_automation(said, is_seen=is_seen),
        grounds=tuple(legal_ground(id_, said.platform) for id_ in said.grounds),
        redress=_redress(said, way, complain_until),
        which=_which(said) if is_seen else (),
    )


def as_text(words: Worded) -> str:
    """A statement as plain text, for a message of the platform's own."""
    parts: Sequence[tuple[str, str]] = (
        (_("What was done"), words.what),
        (_("Where it holds"), words.where),
        (_("How long"), words.how_long),
        (_("Which one"), "\n".join(words.which)),
        (_("Facts"), "\n".join(filter(None, (words.facts.text, words.facts.note)))),
        (_("What led to it"), words.source),
        (_("Automation"), words.automation),
        (_("Ground"), "\n".join(f"{g.reference}. {g.explanation}" for g in words.grounds)),
        (_("What you can do"), "\n".join(words.redress)),
    )
    return "\n\n".join(f"{title}\n{text}" for title, text in parts if text)


def _which(said: Said) -> tuple[str, ...]:
    """No address: whoever has the link would have it too."""
    seen = _("First seen on %(day)s.") % {"day": date_format(said.seen_on, "DATE_FORMAT")}
    if said.seen_at:
        at = date_format(datetime.fromisoformat(said.seen_at), "DATETIME_FORMAT")
        seen = _("First seen on %(at)s UTC.") % {"at": at}
    return (said.content_ref, seen) if said.content_ref else (seen,)


def _what(said: Said, stage: Stage) -> str:
    """What was done, or only decided: the platform carries it out, and says so."""
    if said.automation == Decision.Automation.FULL or said.is_stopped:
        return _("Your upload was stopped. Nobody can see it.")
    if stage == Stage.DONE:
        return _done(said)
    how_far = _("The site has not said yet that it did so.")
    if stage == Stage.FAILED:
        how_far = _("The site could not carry it out.")
    return f"{_decided(said)} {how_far}"


def _decided(said: Said) -> str:
    is_video = said.content_kind == "video"
    if said.duration == Decision.Duration.UNTIL_REVIEW:
        if is_video:
            return _("It was decided that your video is hidden.")
        return _("It was decided that your picture is hidden.")
    if said.restriction == Decision.Restriction.DISABLED:
        if is_video:
            return _("It was decided that nobody can open your video any more.")
        return _("It was decided that nobody can open your picture any more.")
    if is_video:
        return _("It was decided that your video is removed.")
    return _("It was decided that your picture is removed.")


def _done(said: Said) -> str:
    is_video = said.content_kind == "video"
    if said.duration == Decision.Duration.UNTIL_REVIEW:
        return _("Your video is hidden.") if is_video else _("Your picture is hidden.")
    if said.restriction == Decision.Restriction.DISABLED:
        if is_video:
            return _("Nobody can open your video any more.")
        return _("Nobody can open your picture any more.")
    return _("Your video was removed.") if is_video else _("Your picture was removed.")


def _by_hand(said: Said) -> str:
    if said.restriction == Decision.Restriction.DISABLED:
        return _("Nobody can open what you uploaded any more.")
    return _("What you uploaded was removed by hand.")


def _where(said: Said) -> str:
    words = {
        Decision.Scope.WORLD: _("Everywhere on %(platform)s."),
        Decision.Scope.EEA: _("On %(platform)s, for people in the European Economic Area."),
        Decision.Scope.UK: _("On %(platform)s, for people in the United Kingdom."),
        Decision.Scope.US: _("On %(platform)s, for people in the United States."),
    }
    return words[Decision.Scope(said.scope)] % {"platform": said.platform}


def _how_long(said: Said, copies: NewCopies) -> str:
    if said.duration == Decision.Duration.UNTIL_REVIEW:
        return _("Until what a second person decides is carried out.")
    if said.ends_on is not None:
        day = date_format(said.ends_on, "DATE_FORMAT")
        return _("Until the end of %(day)s.") % {"day": day}
    return {
        NewCopies.STOPPED: _("Without an end. New copies of it are stopped too."),
        NewCopies.HELD: _("Without an end. New copies of it are held until a person has decided."),
        NewCopies.UNKNOWN: _("Without an end."),
    }[copies]


def _source(said: Said) -> str:
    words = {
        "notice": _("Somebody gave us a notice about it. We do not say who."),
        "trusted": _("A trusted flagger gave us a notice about it. We do not say who."),
        "own": _("We found it ourselves, by comparing it with what was reported before."),
    }
    return words[said.source]


def _automation(said: Said, *, is_seen: bool) -> str:
    """Who decided with the picture covered is not said to have looked at it."""
    if not is_seen:
        return _("A notice named it; software did not find it. A person decided.")
    none = _("A notice named it; software did not find it. A person decided.")
    detected = _("Software found it, by comparing pictures. A person decided.")
    if said.is_opened:
        none = _("A notice named it; software did not find it. A person looked at it and decided.")
        detected = _("Software found it, by comparing pictures. A person looked at it and decided.")
    words = {
        Decision.Automation.NONE: none,
        Decision.Automation.DETECTED: detected,
        Decision.Automation.FULL: _(
            "Software found it and decided, because a person decided on the same content before."
        ),
    }
    return words[Decision.Automation(said.automation)]


def _redress(said: Said, way: Way, complain_until: datetime | None) -> tuple[str, ...]:
    is_draft_of_hold = way == Way.OPEN and said.duration == Decision.Duration.UNTIL_REVIEW
    first = way_words(Way.LATER if is_draft_of_hold else way, complain_until)
    body = _(
        "In the European Union you can go to a certified body that settles disputes out of court, "
        "if the site is not too small for that rule (Digital Services Act, Article 21)."
    )
    ways = (first, body) if said.has_disputes else (first,)
    return (*ways, _("You can go to a court at any time."))
