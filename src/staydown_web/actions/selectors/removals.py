"""How far a removal got. A decision is no removal: the platform carries it out, and says so.

Every page and paper that speaks of a removal to whoever asked for it reads it here, so that nothing
is called removed that may be online. What is read is what follows from the decisions that settled
her own items, and what lies at her own addresses: no copy that was found elsewhere shows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef

from staydown_web.actions.models import Order
from staydown_web.actions.selectors.by_hand import places_by_hand, unfound_of
from staydown_web.actions.selectors.orders import REMOVALS, standing
from staydown_web.actions.selectors.outcomes import CaseRemovals, ItemRemoval, Stage, Step
from staydown_web.cases.models import Case, Claim, Item, Location
from staydown_web.cases.selectors import Moment
from staydown_web.cases.services.by_hand import taken_by_hand
from staydown_web.review.models import Decision, Task
from staydown_web.review.selectors.items import CONFIRMING_KINDS
from staydown_web.review.selectors.keeping import noticed_twins
from staydown_web.screening.models import Copy, Verdict

_WHATS = (*REMOVALS, Order.What.RESTORE)
_DOWN = (Copy.State.REMOVED, Copy.State.BLOCKED, Copy.State.GONE)
_SECOND = timedelta(seconds=1)
"""Moments in events have no fractions of a second."""


_OF_STATE = {
    Order.State.WAITING: Stage.ORDERED,
    Order.State.DONE: Stage.DONE,
    Order.State.FAILED: Stage.FAILED,
}


def removals_of(case: Case, moments: Sequence[Moment]) -> CaseRemovals:
    """How far the removals of a case got.

    Args:
        case: which.
        moments: its story, as ``timeline`` gives it.

    Cost: four queries where nothing was decided to be removed; else eight more, for any items, two
    more where something has no copy, and one for each copy of which the removal failed.
    """
    decided, carried = _told_removed(moments)
    items = {item.pk: item for item in case.items.all()}
    rows = list(case.locations.filter(copy__isnull=False).select_related("copy"))
    kept = {pk for pk, item in items.items() if item.state == Item.State.KEPT}
    living = [row for row in rows if row.item_id not in kept]
    places, since = _places(living, is_decided=bool(decided))
    unfound, lost = unfound_of(case, items, moments)
    found = {pk: ItemRemoval(is_unfound=True) for pk in lost}
    if not decided:
        for pk in carried & set(items):
            found[pk] = replace(_carried(items[pk]), is_unfound=pk in lost)
        return CaseRemovals(found, places, since, unfound=unfound)
    behind = _decisions_behind(case, decided)
    copies = _copies_of({one.task_id for of_item in behind.values() for one in of_item})
    orders = _orders_of({copy.pk for of_task in copies.values() for copy in of_task})
    about = {
        pk: _about(items[pk], [c for one in behind.get(pk, ()) for c in copies[one.task_id]], rows)
        for pk in {*decided, *carried} & set(items)
    }
    bare = [pk for pk, of_item in about.items() if not of_item]
    by_hand = taken_by_hand(bare) if bare else {}
    for pk, of_item in about.items():
        decisions = behind.get(pk, [])
        removal = _of_item(items[pk], decisions, of_item, orders, is_carried=pk in carried)
        here = [places[row.pk] for row in living if row.item_id in {None, pk} and row.pk in places]
        if all(copy.source == Copy.Source.UPLOAD for copy in of_item.values()):
            removal = _with_places(items[pk], removal, here)
        found[pk] = replace(removal, is_unfound=pk in lost, is_by_hand=pk in by_hand)
    is_out = [pk for pk, one in found.items() if one.is_by_hand and one.stage == Stage.DONE]
    down = places_by_hand(case, {pk: by_hand[pk] for pk in is_out})
    return CaseRemovals(found, places, since, down, unfound)


def _told_removed(moments: Iterable[Moment]) -> tuple[dict[UUID, set[datetime]], set[UUID]]:
    """Item -> when decisions to remove it were made; and items that a platform said are out."""
    decided: dict[UUID, set[datetime]] = defaultdict(set)
    carried: set[UUID] = set()
    for moment in moments:
        if moment.what != "item_settled" or moment.facts.get("state") != Item.State.REMOVED:
            continue
        item_id = UUID(moment.subject.removeprefix("item:"))
        answered_at = moment.facts.get("answered_at")
        if answered_at:
            decided[item_id].add(datetime.fromisoformat(answered_at))
        else:
            carried.add(item_id)
    return decided, carried


def _decisions_behind(
    case: Case, decided: Mapping[UUID, set[datetime]]
) -> dict[UUID, list[Decision]]:
    """Item -> the decisions by which it was to be removed, oldest first."""
    links = _tasks_behind(case, decided)
    tasks = {task for of_item in links.values() for task in of_item}
    made = Decision.objects.filter(
        task__in=tasks, outcome=Decision.Outcome.REMOVE, made_firm_at__isnull=False
    )
    behind: dict[UUID, list[Decision]] = defaultdict(list)
    for decision in made.select_related("task").order_by("decided_at", "pk"):
        for pk, of_item in links.items():
            if decision.task_id in of_item and _is_at(decision.decided_at, decided[pk]):
                behind[pk].append(decision)
    return behind


def _tasks_behind(case: Case, item_ids: Iterable[UUID]) -> dict[UUID, set[UUID]]:
    """Item -> the tasks that decide it, as ``review.selectors.items`` finds them the other way."""
    plain = Claim.objects.filter(
        item__case=case,
        entry__hits__kind__in=CONFIRMING_KINDS,
        entry__hits__copy__tasks__isnull=False,
    )
    pairs = (
        Task.objects.filter(case=case).values_list("item_id", "pk"),
        case.locations.filter(copy__tasks__isnull=False).values_list("item_id", "copy__tasks"),
        plain.values_list("item_id", "entry__hits__copy__tasks").distinct(),
    )
    links: dict[UUID, set[UUID]] = {pk: set() for pk in item_ids}
    for item_id, task_id in (pair for of_kind in pairs for pair in of_kind):
        if item_id in links:
            links[item_id].add(task_id)
    return links


def _copies_of(task_ids: Iterable[UUID]) -> defaultdict[UUID, list[Copy]]:
    rows = Task.copies.through.objects.filter(task__in=task_ids).select_related("copy")
    found: defaultdict[UUID, list[Copy]] = defaultdict(list)
    for row in rows.order_by("pk"):
        found[row.task_id].append(row.copy)
    return found


def _about(item: Item, copies: Sequence[Copy], places: Iterable[Location]) -> dict[UUID, Copy]:
    """Copies that decide how an item stands: not those at another notice's address, but her own.

    Args:
        item: of a case.
        copies: of the decisions behind it.
        places: of the case, at which something was found.
    """
    own = {place.copy_id for place in places if place.item_id in {None, item.pk}}
    has_own = any(copy.pk in own for copy in copies)
    others = {copy.pk for copy in copies if copy.source == Copy.Source.NOTICE} - own
    return {copy.pk: copy for copy in copies if not has_own or copy.pk not in others}


def _is_at(at: datetime, moments: Iterable[datetime]) -> bool:
    return any(moment <= at < moment + _SECOND for moment in moments)


def _carried(item: Item) -> ItemRemoval:
    return ItemRemoval(Stage.DONE if item.state == Item.State.REMOVED else None, was_down=True)


def _of_item(
    item: Item,
    decisions: Sequence[Decision],
    copies: Mapping[UUID, Copy],
    orders: Mapping[UUID, Sequence[Order]],
    *,
    is_carried: bool,
) -> ItemRemoval:
    if not copies:  # whoever decided took it down, or what it was about is forgotten
        return _carried(item)
    since = decisions[0].decided_at
    own = {pk: [one for one in orders.get(pk, ()) if one.made_at >= since] for pk in copies}
    stages = [stage for pk in copies if (stage := stage_of(copies[pk], own[pk])) is not None]
    # What is blocked was never public: there was nothing to take down.
    removals = [one for rows in own.values() for one in rows if one.what == Order.What.REMOVE]
    steps = _steps(removals, decisions)
    is_down = bool(stages) and set(stages) == {Stage.DONE}
    return ItemRemoval(
        stage=_shown(item, _least(stages)),
        was_down=is_carried or is_down or any(step.stage == Stage.DONE for step in steps),
        was_ordered=bool(removals),
        steps=steps,
    )


def _with_places(item: Item, removal: ItemRemoval, here: Sequence[Stage]) -> ItemRemoval:
    """Where an upload was decided first, that was never public, her own addresses count too."""
    if not here or removal.was_ordered:
        return removal
    stage = _shown(item, _least([*here, removal.stage or Stage.DONE]))
    return replace(removal, stage=stage, was_ordered=True)


def _shown(item: Item, stage: Stage | None) -> Stage | None:
    if item.state == Item.State.REMOVED:
        return stage or Stage.DONE
    # In review because the platform could not do it, or while it is asked once more.
    is_again = item.state == Item.State.IN_REVIEW and stage != Stage.DONE
    return stage if is_again else None


def _least(stages: Sequence[Stage]) -> Stage | None:
    """The one of several copies that is farthest from its end counts for all."""
    order = (Stage.FAILED, Stage.DECIDED, Stage.ORDERED, Stage.DONE)
    return next((stage for stage in order if stage in stages), None)


def has_failed(decision: Decision, copy: Copy) -> bool:
    """Whether the platform could not do a decision's removal of a copy, nor was asked again."""
    orders = Order.objects.filter(decision=decision, copy=copy, what__in=REMOVALS)
    last = (
        orders.exclude(state=Order.State.CANCELLED).select_related("copy").order_by("-seq").first()
    )
    return last is not None and last.state == Order.State.FAILED and not is_down(last)


def is_down(order: Order) -> bool:
    """Whether what a removal is about is down, by whatever answer since it was first ordered.

    Two notices can name one address: of the second order the platform finds nothing to remove.
    """
    removals = Order.objects.filter(copy=order.copy_id, what__in=REMOVALS)
    return _is_down(order.copy, removals.filter(decision=order.decision_id))


def _is_down(copy: Copy, orders: Iterable[Order]) -> bool:
    if copy.state != Copy.State.REMOVED:
        return False
    return any(order.made_at <= copy.state_at for order in orders)


def stage_of(copy: Copy, orders: Sequence[Order]) -> Stage | None:
    """How far the removal of one copy is that a firm decision removes; None where it is restored.

    Args:
        copy: fresh from the database.
        orders: of it, to remove and to restore, in their order; those taken back left out.
    """
    if not orders:
        return Stage.DONE if copy.state in _DOWN or _was_kept_out(copy) else Stage.DECIDED
    last = orders[-1]
    if last.what == Order.What.RESTORE or _is_shown_again(copy, last):
        return None
    if last.what == Order.What.BLOCK:
        return Stage.DONE  # it was never public, whatever the platform can do with it
    if _is_down(copy, (one for one in orders if one.decision_id == last.decision_id)):
        return Stage.DONE
    stage = _OF_STATE[Order.State(last.state)]
    return Stage.DECIDED if stage == Stage.FAILED and _is_decided_anew(last) else stage


def _was_kept_out(copy: Copy) -> bool:
    """Whether an upload was held as it came, and was never public since."""
    is_held = copy.source == Copy.Source.UPLOAD and copy.state == Copy.State.HELD
    return is_held and copy.verdict != Verdict.CLEAR


def _is_decided_anew(order: Order) -> bool:
    """Whether what failed is to be removed by a decision since, of which no order is made yet."""
    anew = Decision.objects.filter(
        task__copies=order.copy_id,
        outcome=Decision.Outcome.REMOVE,
        made_firm_at__isnull=False,
        decided_at__gt=order.made_at,
    )
    return anew.exists()


def _is_shown_again(copy: Copy, last: Order) -> bool:
    """Whether it is there again by another notice's order, as it was down by another's."""
    return copy.state == Copy.State.RESTORED and last.made_at <= copy.state_at


def stage_since(copy: Copy, since: datetime, *, is_hold: bool = False) -> Stage:
    """How far a decision about one copy got, by its own orders or by those of one that came after.

    Args:
        copy: fresh from the database.
        since: when it was decided.
        is_hold: it was to be hidden; else removed.
    """
    whats = {Order.What.HOLD} if is_hold else REMOVALS
    rows = Order.objects.filter(copy=copy, what__in=whats, made_at__gte=since)
    orders = list(rows.exclude(state=Order.State.CANCELLED).order_by("seq"))
    return stage_of(copy, orders) or Stage.DONE


def _orders_of(copy_ids: Iterable[UUID]) -> defaultdict[UUID, list[Order]]:
    """Copy -> what was ordered of it, to remove or to restore, in its order."""
    rows = Order.objects.filter(copy__in=copy_ids, what__in=_WHATS)
    found: defaultdict[UUID, list[Order]] = defaultdict(list)
    rows = rows.exclude(state=Order.State.CANCELLED).select_related("copy")
    for order in rows.order_by("seq"):
        found[order.copy_id].append(order)
    return found


def _steps(orders: Iterable[Order], decisions: Sequence[Decision]) -> tuple[Step, ...]:
    """What came of each round of orders; the first of a decision is told with the decision."""
    rounds: dict[tuple[UUID | None, int], list[Order]] = defaultdict(list)
    for order in orders:
        rounds[order.decision_id, order.number].append(order)
    told = {(decision.pk, 1) for decision in decisions}
    steps = []
    for key, of_round in rounds.items():
        if key not in told:
            steps.append(Step(min(order.made_at for order in of_round), Stage.ORDERED))
        if (end := _end_of(of_round)) is not None:
            steps.append(end)
    return tuple(sorted(steps, key=lambda step: step.at))


def _end_of(orders: Sequence[Order]) -> Step | None:
    """That some of them failed, or that all are done; None while one waits."""
    open_ = [order for order in orders if order.state != Order.State.DONE]
    down = [order for order in open_ if _is_down(order.copy, [order])]
    left = [one for one in open_ if one not in down]
    was_down = {one: since for one in left if (since := _down_before(one)) is not None}
    failed = [one.answered_at for one in left if one not in was_down and one.answered_at]
    if failed:
        return Step(min(failed), Stage.FAILED)
    done = [order.answered_at for order in orders if order.state == Order.State.DONE]
    at = [*(moment for moment in done if moment), *(one.copy.state_at for one in down)]
    at.extend(was_down.values())
    return Step(max(at), Stage.DONE) if len(at) == len(orders) else None


def _down_before(order: Order) -> datetime | None:
    """Since when what an order is about was down as it failed, by another notice's order."""
    if order.state != Order.State.FAILED or order.answered_at is None:
        return None
    until = order.answered_at
    done = Order.objects.filter(what=Order.What.REMOVE, state=Order.State.DONE)
    among = Copy.objects.filter(Exists(done.filter(copy=OuterRef("pk"), answered_at__lte=until)))
    for twin in noticed_twins(order.copy, among):
        rows = Order.objects.filter(copy=twin, what__in=_WHATS, answered_at__lte=until)
        last = rows.exclude(state=Order.State.CANCELLED).order_by("-seq").first()
        if last is not None and last.what in REMOVALS and last.state == Order.State.DONE:
            return last.answered_at
    return None


def _places(
    rows: Iterable[Location], *, is_decided: bool
) -> tuple[dict[UUID, Stage], dict[UUID, datetime]]:
    """What lies at her own addresses, as far as its removal was ordered and holds; since when.

    Of hers that is to be removed, an order by another notice of the same address counts.
    """
    places = [(row.pk, row.copy) for row in rows if row.copy is not None]
    orders = _orders_of({copy.pk for _pk, copy in places})
    found, since = {}, {}
    for pk, copy in places:
        of_copy = orders[copy.pk]
        if is_decided and not of_copy and copy.state not in _DOWN:
            of_copy = _of_twin(copy)
        stage = stage_of(of_copy[-1].copy, of_copy) if of_copy else None
        if stage is not None:
            last = of_copy[-1]
            found[pk], since[pk] = stage, last.answered_at or last.made_at
    return found, since


def stages_at(rows: Iterable[Location]) -> dict[UUID, Stage]:
    """How far the removal of what lies at addresses of any cases got, by its own orders.

    Args:
        rows: with ``copy`` and ``item`` fetched before.

    Cost: one query; for what failed one more each.
    """
    living = [row for row in rows if row.item is None or row.item.state != Item.State.KEPT]
    return _places(living, is_decided=False)[0]


def _of_twin(copy: Copy) -> list[Order]:
    """Orders to remove the same content at the same place for another notice, not carried out."""
    open_ = (Order.State.WAITING, Order.State.FAILED)
    waits = standing(Order.objects.filter(what=Order.What.REMOVE, state__in=open_))
    among = Copy.objects.filter(Exists(waits.filter(copy=OuterRef("pk"))))
    twins = noticed_twins(copy, among)
    found = _orders_of([twin.pk for twin in twins])
    return next(iter(found.values()), [])
