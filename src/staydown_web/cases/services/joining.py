"""A picture that is given with an address or a file that the case has already: one item, not two.

A notice that began with an address alone has an item for it. Where she gives that address again
together with its picture, the picture becomes that item's: its time limit goes on as it runs, and
her fingerprint is claimed for it. In doubt it becomes an item of its own, so that a person looks
for it: where the item is decided, where what was found at the address is not this picture, and
where several pictures, other new addresses or addresses of several items came along and no likeness
tells which of them belongs where.

The same file with another fingerprint becomes that of its item, while it waits.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from staydown import Fingerprint, Match, MatchKind
from staydown_web.banks.services import match_entries
from staydown_web.base.sealing import seal_for_case, unseal_for_case
from staydown_web.cases.forms import FiledFile, address_key
from staydown_web.cases.models import Case, Claim, Item, Location
from staydown_web.cases.services.entries import claimed_entry, keep_waiting
from staydown_web.cases.services.filing import labels_of, versions_of
from staydown_web.cases.services.known_files import exact_digest, items_of_files
from staydown_web.cases.services.places import places_at
from staydown_web.screening.models import Copy
from staydown_web.screening.services import note_likeness

SAME_PICTURE = frozenset({MatchKind.IDENTICAL, MatchKind.SAME, MatchKind.PART})
"""An altered copy is another picture: it becomes an item of its own."""
_OPEN = (Item.State.RECEIVED, Item.State.IN_REVIEW)


@dataclass(frozen=True, slots=True)
class Joined:
    """A file that became an item's that was there.

    Attributes:
        item: whose.
        fingerprint: of the file.
        matches: the item's entries that it is a plain copy of, best first.
    """

    item: Item
    fingerprint: Fingerprint
    matches: tuple[Match, ...]


def join_files(
    *,
    case: Case,
    files: Sequence[FiledFile],
    urls: Collection[str],
    has_more: bool,
    now: datetime,
) -> tuple[list[FiledFile], list[Joined]]:
    """Give files to the items that the addresses beside them name, where that is sure.

    Args:
        case: locked.
        files: given together with the addresses.
        urls: clean ones that the case has already.
        has_more: addresses came along that the case did not have.
        now: when they came, aware UTC.

    Returns:
        The files that are still without an item, and those that have one now.
    """
    named = _named(case, urls)
    of_file = {digest: item for digest, item in items_of_files(case).items() if _waits(item)}
    groups = versions_of(files)
    rest: list[FiledFile] = []
    joined: list[Joined] = []
    for versions in groups:
        same = {of_file[digest] for digest in map(_digest, versions) if digest in of_file}
        likeness = {item: _matches(item, versions) for item in same or named}
        like = list(same) or [item for item in named if any(likeness[item])]
        if not like and len(groups) == 1 and not has_more and len(named) == 1:
            like = [item for item in named if _is_bare(item)]
        if len(like) != 1:
            rest += versions
            continue
        _give(like[0], versions, now)
        pairs = zip(versions, likeness[like[0]], strict=True)
        joined += [Joined(like[0], file.fingerprint, tuple(found)) for file, found in pairs]
    return rest, joined


def tie_to_copies(*, joined: Sequence[Joined], now: datetime) -> None:
    """A decision about a copy that was found holds for her own fingerprint of it too.

    Args:
        joined: once their entries are in the bank; those of a notice that is not valid are not.
        now: the moment, aware UTC.
    """
    for one in joined:
        entry = claimed_entry(item=one.item, fingerprint=one.fingerprint)
        if entry is None:
            continue
        for match in one.matches:
            copies = Copy.objects.filter(
                locations__item=one.item,
                hits__entry_id=match.entry_id,
                hits__kind=MatchKind.IDENTICAL,
            )
            for copy in copies.distinct():
                note_likeness(copy=copy, entry=entry, match=match, now=now)


def _named(case: Case, urls: Collection[str]) -> list[Item]:
    """The items that these addresses stand on and of which nothing is decided."""
    places = places_at(case, {address_key(url) for url in urls})
    items = _undecided(case).filter(locations__in=places)
    return list(items.order_by("position").distinct())


def _waits(item: Item) -> bool:
    return item.state in _OPEN and item.answer == Item.Answer.NONE


def _digest(file: FiledFile) -> str:
    return exact_digest(file.fingerprint)


def _undecided(case: Case) -> QuerySet[Item]:
    return case.items.filter(state__in=_OPEN, answer=Item.Answer.NONE)


def _is_bare(item: Item) -> bool:
    """Whether nothing says yet what it looks like: no file was given, and nothing was found."""
    return item.label_box is None and not item.locations.filter(state=Location.State.FOUND).exists()


def _matches(item: Item, versions: Sequence[FiledFile]) -> list[list[Match]]:
    """For each file: the entries claimed for the item that it is a plain copy of."""
    claims = Claim.objects.filter(item=item, ended_at__isnull=True)
    ids = {str(entry_id) for entry_id in claims.values_list("entry_id", flat=True)}
    if not ids:
        return [[] for _file in versions]
    return [
        [
            match
            for match in match_entries(file.fingerprint)
            if match.entry_id in ids and match.kind in SAME_PICTURE
        ]
        for file in versions
    ]


def _give(item: Item, versions: Sequence[FiledFile], now: datetime) -> None:
    """Labels and fingerprints are added to what the item has; when it was received stays.

    A label says when its file came, so that the receipt of the item's own moment leaves it out.
    """
    context = f"item:{item.pk}"
    labels = (
        unseal_for_case(item.case_id, item.label_box, context=context) if item.label_box else []
    )
    waits = (
        unseal_for_case(item.case_id, item.waiting_box, context=context) if item.waiting_box else []
    )
    had = [{key: label[key] for key in label if key != "came_at"} for label in labels]
    came = {"came_at": now.isoformat()}
    labels += [{**label, **came} for label in labels_of(versions) if label not in had]
    item.label_box = seal_for_case(item.case_id, labels, context=context)
    waiting = [Fingerprint.from_dict(row) for row in waits]
    keep_waiting(item, [*waiting, *(file.fingerprint for file in versions)])
    item.content_kind = item.content_kind or str(versions[0].fingerprint.kind)
    item.save(update_fields=["label_box", "waiting_box", "content_kind"])
