"""All that one screen shows of a task: why it matched, where it is, what can be seen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from staydown_web.accounts.models import User
from staydown_web.banks.models import Entry
from staydown_web.base.sealing import unseal
from staydown_web.cases.models import Claim, Location
from staydown_web.cases.selectors.clocks import ClockState
from staydown_web.review.models import OPEN_STATES, Decision, Task
from staydown_web.review.selectors import words
from staydown_web.review.selectors.chance import chance_of
from staydown_web.review.selectors.claims import (
    Claimed,
    cases_of,
    cases_of_tasks,
    claims_of,
    has_reader,
    valid_laws,
)
from staydown_web.review.selectors.drafting import How, automation_words, facts_draft, how_found
from staydown_web.review.selectors.evidence import Drawing, drawing_of
from staydown_web.review.selectors.grounds import (
    Ground,
    ground_words,
    removal_grounds,
    restore_grounds,
)
from staydown_web.review.selectors.items import (
    is_held,
    is_kept_down,
    items_of,
    kinds_of,
    telling_hits,
    was_matched,
)
from staydown_web.review.selectors.keeping import kept_off, posts_of
from staydown_web.review.selectors.licences import Licence, licences_behind
from staydown_web.review.selectors.limits import Limit, limits_of
from staydown_web.review.selectors.minors import (
    has_lost,
    is_closed_for_minor,
    is_like_minors,
    may_say_looked,
)
from staydown_web.review.selectors.queue import Row, place_in_queue, row_of
from staydown_web.review.selectors.tellings import answer_words, cases_to_hear
from staydown_web.screening.models import Copy, Hit

_PRECEDENCE = {kind: rank for rank, kind in enumerate(words.KINDS)}
_OFTEN = 1_000_000_000
_SHOWN = (Copy.State.SEEN, Copy.State.RESTORED)


@dataclass(frozen=True, slots=True)
class Why:
    """One match, in words.

    Attributes:
        hit_id: which.
        kind: of ``MatchKind``.
        name: of the kind.
        meaning: of the kind.
        score: two digits.
        chance: how often another picture reaches the score.
        change: what was done to the reported one.
        when: which stretch of a video; empty for photos.
        entry: what the entry is worth, in words.
        entry_id: of the entry.
        is_confirmed: whether a person has confirmed the entry.
        reach: why the entry stops the same file alone; empty where it finds copies as well.
    """

    hit_id: str
    kind: str
    name: str
    meaning: str
    score: str
    chance: str
    change: str
    when: str
    entry: str
    entry_id: str
    is_confirmed: bool
    reach: str


@dataclass(frozen=True, slots=True)
class Screen:
    """One task for one reviewer.

    Attributes:
        task: the task.
        row: its line in the queue.
        place: where it stands in the queue, from 1; 0 where it does not wait.
        waiting: how many wait.
        kind: the most telling kind of match; empty for a link alone.
        whys: its matches, the most telling first.
        copy: the copy that can be looked at; None where none can.
        drawing: what is drawn over it; None without a match.
        copies: all copies.
        is_pointed: a reviewer said where its copies lie, at addresses that no notice names.
        is_noticed: a notice names the address of one of its copies.
        has_later: a fingerprint came to a case behind it after the copy, with no likeness noted.
        is_found_elsewhere: a copy came to another task, so that nobody decides this one.
        is_unseen: nobody has found a copy, though every address was looked at.
        where: in words.
        claims: what is claimed.
        removal: grounds to remove.
        restoring: grounds to restore.
        decision: the one that stands, where it is decided.
        earlier: decisions before, in words.
        has_altered: whether a match is altered, so that the original can be confirmed too.
        tells_first: whether restoring waits until a person could answer.
        limits: the time limits of all cases behind it, the nearest first.
        draft: of the facts for the uploader.
        licences: licensed accounts that copies were uploaded by.
        automation: what software had a part in, in words.
        is_mixed: a notice named some of its copies, and software found others.
        has_first: whether another reviewer looked before.
        answered: what was decided before and where the person's answer to it is; empty without one.
        answer: what the platform wrote when it could not remove it; empty where it wrote nothing.
        is_read: who asked reads on their page how it stands.
        is_down: nothing of it is left: the platform removed it for another notice of the address.
        was_public: what came back from the platform was in sight, unlike an upload held as it came.
        is_like_minors: it matched what was deleted, because somebody in it may be under 18, or what
            agrees with that in part; or the very file was closed for it.
        has_lost: it matched what was deleted for it.
        is_shut: the very file was closed for it, and nobody opens it any more.
        may_look: whoever looks can still say that they looked at it.
        keepers: other decisions by which it stays off though it is restored here.
        is_kept_down: something in the bank stops or holds new copies.
        was_matched: what its copies matched was taken back.
    """

    task: Task
    row: Row
    place: int
    waiting: int
    kind: str
    whys: list[Why]
    copy: Copy | None
    drawing: Drawing | None
    copies: list[Copy]
    is_pointed: bool
    is_noticed: bool
    has_later: bool
    is_found_elsewhere: bool
    is_unseen: bool
    where: str
    claims: list[Claimed]
    removal: list[Ground]
    restoring: list[Ground]
    decision: Decision | None
    grounds: list[str]
    has_altered: bool
    tells_first: bool
    limits: list[Limit]
    draft: str
    licences: list[Licence]
    automation: str
    is_mixed: bool
    has_first: bool
    answered: str
    answer: str
    is_read: bool
    is_down: bool
    was_public: bool
    is_like_minors: bool
    has_lost: bool
    is_shut: bool
    may_look: bool
    keepers: list[Decision]
    is_kept_down: bool
    was_matched: bool

    @property
    def has_asker(self) -> bool:
        """Whether a request is behind it that was neither taken back nor closed."""
        return any(claim.is_living for claim in self.claims)

    @property
    def is_timed(self) -> bool:
        """Whether time still runs or stands still: a limit is not kept, missed or ended yet."""
        if self.row.is_ours:
            return True
        open_ = (ClockState.RUNNING, ClockState.PAUSED, ClockState.OVER)
        if self.limits:
            return any(limit.state in open_ for limit in self.limits)
        return self.task.state in OPEN_STATES


def screen_of(task: Task, user: User, now: datetime) -> Screen:
    """Gather the screen; unseals statements and messages, which the caller records."""
    copies = list(task.copies.select_related("platform").order_by("seen_at"))
    shown = next((copy for copy in copies if copy.url_box is not None), None)
    hits = _hits(task, shown or (copies[0] if copies else None))
    kinds = kinds_of(task)
    claims = claims_of(task)
    place, waiting = place_in_queue(task, now)
    may_look = may_say_looked(task, user)
    standing = task.decisions.filter(undone_at__isnull=True).order_by("-decided_at").first()
    return Screen(
        task=task,
        row=row_of(task, user, now, cases=cases_of_tasks([task]).get(task.pk, set())),
        place=place,
        waiting=waiting,
        kind=words.main_kind(kinds),
        whys=[_why(hit) for hit in hits],
        copy=shown,
        drawing=drawing_of(hits[0].evidence) if hits else None,
        copies=copies,
        is_pointed=_is_pointed(copies),
        is_noticed=any(copy.source == Copy.Source.NOTICE for copy in copies),
        has_later=_has_later(task, copies),
        is_found_elsewhere=not copies and any(claim.is_living for claim in claims),
        is_unseen=not copies and not _is_silent(task),
        where=where_in_words(task, copies),
        claims=claims,
        removal=removal_grounds(task, kinds, valid_laws(claims)),
        restoring=restore_grounds(
            _laws(task, claims),
            is_found=bool(copies),
            is_held=is_held(task),
            may_look=may_look,
        ),
        decision=standing,
        grounds=ground_words(standing.grounds) if standing else [],
        has_altered="altered" in kinds,
        tells_first=cases_to_hear(task).exists(),
        limits=limits_of(
            cases_of(task).prefetch_related("notices__clocks__pauses"),
            now,
            items=[item.pk for item in items_of(task)],
            platform=task.platform,
        ),
        draft=facts_draft(
            task, words.main_kind(kinds), is_video=_is_video(copies), is_seen=bool(copies)
        ),
        licences=licences_behind(copies),
        automation=automation_words(task),
        is_mixed=how_found(task) == How.BOTH,
        has_first=task.state == Task.State.SECOND,
        answered=answer_words(task),
        answer=_answer_of(task),
        is_read=has_reader(task),
        is_down=bool(copies) and all(copy.state == Copy.State.REMOVED for copy in copies),
        was_public=not task.copies.filter(orders=task.failed_order, orders__what="block").exists(),
        is_like_minors=is_like_minors(task),
        has_lost=has_lost(task),
        is_shut=is_closed_for_minor(task),
        may_look=may_look,
        keepers=kept_off(task, today=now.date()),
        is_kept_down=is_kept_down(task),
        was_matched=was_matched(task),
    )


def _is_pointed(copies: list[Copy]) -> bool:
    places = Location.objects.filter(copy__in=copies)
    return places.exists() and not places.filter(media_box__isnull=True).exists()


def _has_later(task: Task, copies: list[Copy]) -> bool:
    """Whether a case behind it has a fingerprint that nothing compared its copies with."""
    if not copies:
        return False
    first = min(copy.seen_at for copy in copies)
    living = cases_of(task).filter(erased_at__isnull=True).values("pk")
    claims = Claim.objects.filter(item__case__in=living, ended_at=None, made_at__gt=first)
    return claims.exclude(entry__hits__copy__in=copies).exists()


def _is_silent(task: Task) -> bool:
    """Whether an address of its case does not answer, so that what is there is not known."""
    places = Location.objects.filter(case=task.case_id, state=Location.State.UNREACHABLE)
    if task.item_id:
        places = places.filter(Q(item=task.item_id) | Q(item__isnull=True))
    return places.exists()


def _answer_of(task: Task) -> str:
    """What the platform wrote when it could not remove it."""
    if task.answer_box is None:
        return ""
    return unseal(task.answer_box, context=f"task:{task.pk}").decode()


def _laws(task: Task, claims: list[Claimed]) -> list[str]:
    """Laws under which a valid notice came, and those that bind the platform."""
    return list(dict.fromkeys([*sorted(valid_laws(claims)), *task.platform.regimes]))


def _is_video(copies: list[Copy]) -> bool:
    return any(copy.content_kind == Entry.ContentKind.VIDEO for copy in copies)


def where_in_words(task: Task, copies: list[Copy]) -> str:
    """Where the copies are, such as "Forum, 1 reported post, 3 uploads held"."""
    copies = posts_of(copies)
    counts = Counter((copy.source, copy.state == Copy.State.HELD) for copy in copies)
    parts = [task.platform.name]
    posts = sum(n for (source, _held), n in counts.items() if source == Copy.Source.NOTICE)
    if posts:
        parts.append(ngettext("%(n)d reported post", "%(n)d reported posts", posts) % {"n": posts})
    held = counts[(Copy.Source.UPLOAD, True)]
    if held:
        parts.append(ngettext("%(n)d upload held", "%(n)d uploads held", held) % {"n": held})
    let_by = sum(copy.source == Copy.Source.UPLOAD and copy.state in _SHOWN for copy in copies)
    if let_by:
        parts.append(
            ngettext("%(n)d upload let through", "%(n)d uploads let through", let_by)
            % {"n": let_by}
        )
    stopped = counts[(Copy.Source.UPLOAD, False)] - let_by
    if stopped:
        parts.append(
            ngettext("%(n)d upload stopped or removed", "%(n)d uploads stopped or removed", stopped)
            % {"n": stopped}
        )
    library = sum(n for (source, _held), n in counts.items() if source == Copy.Source.LIBRARY)
    if library:
        parts.append(
            ngettext("%(n)d in the library", "%(n)d in the library", library) % {"n": library}
        )
    return ", ".join(parts)


def _hits(task: Task, copy: Copy | None) -> list[Hit]:
    if copy is None:
        return []
    hits = Hit.objects.filter(copy__tasks=task).select_related("copy", "entry")
    living = hits.exclude(entry__state=Entry.State.WITHDRAWN)
    every = telling_hits(living)
    # Copies are of the same bytes: what tells of another one tells of the one that is shown.
    other = every[0].copy_id if every else copy.pk
    telling = [hit for hit in every if hit.copy_id == copy.pk]
    telling = telling or [hit for hit in every if hit.copy_id == other]
    return sorted(telling, key=lambda hit: (_PRECEDENCE.get(hit.kind, 9), -hit.score))[:5]


def _why(hit: Hit) -> Why:
    name, meaning = words.kind_words(hit.kind)
    return Why(
        hit_id=str(hit.pk),
        kind=hit.kind,
        name=name,
        meaning=meaning,
        score=f"{hit.score:.2f}",
        chance=chance_in_words(hit),
        change=words.change_in_words(hit.evidence),
        when=words.when_in_video(hit.evidence),
        entry=entry_in_words(hit.entry),
        entry_id=str(hit.entry_id),
        is_confirmed=hit.entry.state == Entry.State.CONFIRMED,
        reach=words.reach_in_words(hit.entry),
    )


def chance_in_words(hit: Hit) -> str:
    """What the score means."""
    if hit.kind == "identical":
        return _("The bytes are equal; chance plays no part.")
    chance = chance_of(hit.score)
    if chance is None:
        return _("This is below the threshold of a match: look closely.")
    if chance.pairs is None or chance.pairs >= _OFTEN:
        return _("At this score, fewer than 1 in 1,000 million other pictures matches by chance.")
    return _("At this score, about 1 in %(n)s other pictures matches by chance.") % {
        "n": f"{chance.pairs:,}"
    }


def entry_in_words(entry: Entry) -> str:
    """What an entry is worth."""
    match entry.state:
        case Entry.State.CONFIRMED:
            on = formats.date_format(entry.confirmed_at, "j F Y") if entry.confirmed_at else ""
            return _("Confirmed on %(day)s") % {"day": on}
        case Entry.State.DISPUTED:
            return _("In doubt: it stops nothing until it is settled")
        case Entry.State.WITHDRAWN:
            return _("Taken back")
        case _seed:
            if entry.quarantined_at:
                return _("A seed that matches unusually much; it stops nothing until you decide")
            return _("A seed: nobody has confirmed it yet")
