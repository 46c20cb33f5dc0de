"""Somebody may be under 18: wherever it is said, all copies of the picture go, for good."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

import staydown
from review_scene import edited, file_notice, found, make_copy, place_copy
from staydown_web.accounts.models import Platform
from staydown_web.actions.models import Order
from staydown_web.actions.services import answer_order, make_orders, note_seen
from staydown_web.audit.models import Event
from staydown_web.banks.models import Entry
from staydown_web.base.errors import FieldsError, RecordConflictError, RecordError
from staydown_web.cases.models import Case
from staydown_web.cases.services.entries import claim_entry
from staydown_web.cases.services.erasing import forget_left_addresses
from staydown_web.escalation.services.sightings import record_sighting
from staydown_web.reports.models import LegalAlert
from staydown_web.reports.services.legal_alerts import make_legal_alerts
from staydown_web.review import services, tasks
from staydown_web.review.models import OPEN_STATES, Complaint, Decision, Task
from staydown_web.review.selectors.minors import is_closed_for_minor, is_like_minors
from staydown_web.review.selectors.undoing import undoable
from staydown_web.screening.models import Copy
from staydown_web.screening.services import note_entry_of_copy

pytestmark = pytest.mark.django_db
PICTURE = "pagoda.jpg"
MINUTE, HOUR, DAY = timedelta(seconds=60), timedelta(hours=1), timedelta(days=1)


class World:
    """A post that a notice names, a mirrored upload of it, and a platform that obeys.

    What the platform shows is told from its orders alone, in their order.
    """

    def __init__(self, platform: Platform, users: dict[str, Any], now: datetime) -> None:
        self.platform, self.users, self.now = platform, users, now
        self.case: Case
        self.post: Task
        self.mirror: Task
        self.upload: Copy
        self.made: Decision | None = None

    def go_on(self, by: timedelta = timedelta(seconds=1)) -> None:
        """Time passes, and the worker runs as it does."""
        self.now += by
        for _ in range(3):
            tasks.take_in(self.now)
            services.take_in_altered(self.now)
            services.make_decisions_firm(self.now)
            services.settle_complaints(self.now)
            services.drop_complaints(self.now)
            services.drop_needless(self.now)
            services.follow_clocks(self.now)
            make_orders(self.now)
            make_legal_alerts(self.now)
        forget_left_addresses(self.now)

    def platform_acts(self) -> None:
        waiting = list(Order.objects.filter(state=Order.State.WAITING).order_by("seq"))
        note_seen(order_ids=[order.pk for order in waiting], now=self.now)
        for order in waiting:
            answer_order(
                order_id=order.pk,
                platform_id=order.platform_id,
                state="done",
                note="",
                actor="system",
                now=self.now,
            )

    def decide(self, outcome: str, who: str = "mia", task: Task | None = None) -> Decision:
        self.made = services.decide(
            task=Task.objects.get(pk=(task or self.post).pk),
            outcome=outcome,
            grounds=["us-tida"] if outcome == "remove" else ["satire"][: outcome != "hold"],
            facts="It shows what was reported." if outcome == "remove" else "",
            user=self.users[who],
            now=self.now,
        )
        return self.made

    def press(self, task: Task, who: str = "sara") -> None:
        services.close_task_for_minor(
            task=Task.objects.get(pk=task.pk), user=self.users[who], now=self.now
        )

    def undo(self) -> None:
        assert self.made is not None
        made = Decision.objects.get(pk=self.made.pk)
        user = Decision.objects.get(pk=self.made.pk).decided_by
        if made.told_at is not None:
            services.take_back_decision(decision=made, user=user, now=self.now)
        else:
            services.undo_decision(decision=made, user=user, now=self.now)

    def is_public(self, copy: Copy) -> bool:
        """What the orders so far have made of it."""
        shown = copy.source == Copy.Source.NOTICE
        for order in Order.objects.filter(copy=copy).exclude(state="cancelled").order_by("seq"):
            shown = order.what == Order.What.RESTORE
        return shown

    def is_ordered_away(self, copy: Copy) -> bool:
        orders = Order.objects.filter(copy=copy).exclude(state="cancelled").order_by("seq")
        last = orders.last()
        return last is not None and last.what in ("remove", "block")


@pytest.fixture
def world(platform: Any, site: Any, user_named: Any, today: datetime) -> World:
    users = {name: user_named(name) for name in ("mia", "sara", "noa")}
    made = World(platform, users, today)
    url = site.put("post.jpg", edited(PICTURE, "same"))
    made.case = file_notice(platform, [PICTURE], today - HOUR, urls=[url])
    entry = made.case.items.get().claims.get().entry
    post = make_copy(
        platform,
        entry,
        today,
        match=found(PICTURE, "same"),
        url=url,
        group="post",
        source=Copy.Source.NOTICE,
        state=Copy.State.SEEN,
    )
    place_copy(made.case, post, today)
    tasks.take_in(today)
    made.upload = make_copy(
        platform, entry, today, match=found(PICTURE, "mirrored"), group="mirror", url=f"{url}?2"
    )
    tasks.take_in(today)
    made.post, made.mirror = post.tasks.get(), made.upload.tasks.get()
    assert made.post != made.mirror
    made.go_on()
    return made


def post_of(world: World) -> Copy:
    return Copy.objects.get(source=Copy.Source.NOTICE, locations__isnull=False)


def test_at_the_mirrored_upload_the_post_of_the_notice_goes_too(world: World) -> None:
    post = post_of(world)
    world.press(world.mirror)

    post.refresh_from_db()
    assert post.state == Copy.State.HELD
    for _ in range(3):
        world.go_on(by=MINUTE)
        assert world.is_ordered_away(post)
        assert world.is_ordered_away(world.upload)
    world.post.refresh_from_db()
    assert world.post.state == Task.State.DONE
    made = world.post.decisions.get()
    assert (made.grounds, made.decided_by) == (["minor"], world.users["sara"])
    told = LegalAlert.objects.values_list("task", flat=True)
    assert set(told) == {world.post.pk, world.mirror.pk}


def test_its_address_stays_until_the_platform_has_done_it(world: World) -> None:
    post = post_of(world)
    world.press(world.mirror)
    world.go_on(by=MINUTE)
    post.refresh_from_db()
    assert post.url_box is not None
    world.platform_acts()
    world.go_on(by=MINUTE)
    post.refresh_from_db()
    assert (post.url_box, post.state) == (None, Copy.State.REMOVED)
    world.upload.refresh_from_db()
    assert world.upload.state == Copy.State.BLOCKED


def test_each_of_its_screens_is_shut_and_says_that_it_is_closed(
    world: World, client_of: Callable[..., Client]
) -> None:
    client = client_of(world.users["noa"])
    world.press(world.mirror)
    world.go_on(by=MINUTE)
    for task in (world.post, world.mirror):
        html = client.get(reverse("review:task", args=[task.number])).content.decode()
        assert "the request behind it was taken back" not in html
        assert "Nobody opens this any more" in html
        preview = client.get(reverse("review:preview", args=[task.number, "shapes"]))
        assert preview.status_code == 403


def test_on_every_platform(world: World) -> None:
    other = Platform.objects.get(pk=world.platform.pk)
    other.pk, other.slug, other.name = None, "other", "Other"
    other._state.adding = True
    other.id = type(world.platform)._meta.pk.get_default()
    other.save()
    entry = Entry.objects.get()
    away = make_copy(other, entry, world.now, group="away", match=("same", 0.98, {}))
    made = {"state": Copy.State.RESTORED, "group": "again", "match": ("identical", 1.0, {})}
    again = make_copy(other, entry, world.now, **made)
    world.go_on()
    assert away.tasks.exists()
    assert not again.tasks.exists(), "nobody looks at it"

    world.press(world.post)
    world.go_on()

    assert world.is_ordered_away(away)
    assert world.is_ordered_away(again)
    assert set(Order.objects.filter(copy=again).values_list("what", flat=True)) == {
        "hold",
        "remove",
    }
    assert LegalAlert.objects.filter(task__platform=other).count() == 2


def test_the_very_bytes_of_it_go_whatever_they_matched(world: World, bank: Any) -> None:
    other = make_copy(world.platform, None, world.now, state=Copy.State.RESTORED)
    Copy.objects.filter(pk=other.pk).update(group=post_of(world).group)
    world.press(world.mirror)
    world.go_on()
    assert world.is_ordered_away(other)
    assert Task.objects.filter(state__in=OPEN_STATES).count() == 0


def alike(world: World, kind: str, state: str = Copy.State.SEEN) -> Task:
    """A post that the same notice names, and that is only like the picture."""
    entry = world.case.items.get().claims.order_by("made_at").first().entry
    url = f"{world.platform.media_origins[0]}/alike.jpg"
    copy = make_copy(
        world.platform,
        entry,
        world.now,
        match=found(PICTURE, kind),
        url=url,
        group="alike",
        source=Copy.Source.NOTICE,
        state=state,
    )
    world.case.locations.create(
        item=world.case.items.get(),
        copy=copy,
        position=2,
        state="found",
        state_at=world.now,
        added_at=world.now,
        platform=world.platform,
    )
    item = world.case.items.get()
    claim_entry(
        item=item,
        fingerprint=staydown.fingerprint(edited(PICTURE, kind)),
        origin=Entry.Origin.NOTICE,
        actor="system",
        now=world.now,
    )
    own = item.claims.exclude(entry=entry).get().entry
    note_entry_of_copy(copy=copy, entry=own, is_new=True, now=world.now)
    world.go_on()
    return copy.tasks.get()


@pytest.mark.parametrize("kind", ["part", "altered"])
@pytest.mark.parametrize("at", ["post", "mirror"])
def test_what_is_only_like_it_waits_for_a_person_with_its_address(
    world: World, kind: str, at: str, client_of: Callable[..., Client]
) -> None:
    task = alike(world, kind)
    world.press(getattr(world, at))
    for by in (MINUTE, HOUR, 40 * DAY):
        world.go_on(by=by)

    task.refresh_from_db()
    copy = task.copies.get()
    assert task.state == Task.State.OPEN
    assert copy.url_box is not None
    assert is_like_minors(task)
    assert not is_closed_for_minor(task)
    assert not Order.objects.filter(copy=copy).exists()
    with pytest.raises(FieldsError):
        world.decide("restore", task=task)
    html = client_of(world.users["noa"]).get(reverse("review:queue")).content.decode()
    assert html.count("Perhaps under 18") == 1


def test_its_address_goes_once_somebody_has_decided(world: World) -> None:
    task = alike(world, "altered")
    world.press(world.post)
    world.go_on(by=MINUTE)
    world.decide("remove", task=task)
    world.go_on(by=MINUTE)
    assert world.is_ordered_away(task.copies.get())
    world.platform_acts()
    world.go_on(by=MINUTE)
    assert task.copies.get().url_box is None


def test_at_what_is_like_it_the_whole_picture_goes(world: World) -> None:
    task = alike(world, "altered")
    world.press(task)
    world.go_on()
    for copy in (post_copy(), world.upload, task.copies.get()):
        assert world.is_ordered_away(copy)


def post_copy() -> Copy:
    return Copy.objects.filter(source=Copy.Source.NOTICE).order_by("seen_at", "pk").first()


def before_nothing(world: World) -> None:
    """Nothing happened."""


def before_remove(world: World) -> None:
    world.decide("remove")


def before_removed(world: World) -> None:
    world.decide("remove")
    world.go_on(by=MINUTE)
    world.platform_acts()


def before_hold(world: World) -> None:
    world.decide("hold")


def before_keep(world: World) -> None:
    world.decide("hold", "noa")
    world.go_on(by=2 * MINUTE)
    world.platform_acts()
    world.decide("restore")


def before_waiting(world: World) -> None:
    before_keep(world)
    world.go_on(by=MINUTE)
    world.platform_acts()
    assert world.made is not None
    world.made.refresh_from_db()
    assert world.made.told_at is not None


def before_kept(world: World) -> None:
    before_waiting(world)
    world.go_on(by=3 * DAY)


def before_kept_and_shown(world: World) -> None:
    before_kept(world)
    world.platform_acts()


def complain(world: World) -> Complaint:
    before_removed(world)
    assert world.made is not None
    world.made.refresh_from_db()
    return services.file_complaint(
        decision=world.made, side="uploader", text="It is art.", now=world.now, key="a" * 64
    )


def before_complaint(world: World) -> None:
    complain(world)


def before_reversal(world: World) -> None:
    one = services.decide_complaint(
        complaint=complain(world),
        outcome="reversed",
        grounds=["satire"],
        facts="We looked again.",
        user=world.users["noa"],
        now=world.now,
    )
    world.made = one.reversal


def before_reversal_waits(world: World) -> None:
    before_reversal(world)
    world.go_on(by=MINUTE)


def before_mirror_removed(world: World) -> None:
    world.decide("remove", task=world.mirror)


BEFORE = [
    before_nothing,
    before_remove,
    before_removed,
    before_hold,
    before_keep,
    before_waiting,
    before_kept,
    before_kept_and_shown,
    before_complaint,
    before_reversal,
    before_reversal_waits,
    before_mirror_removed,
]


def press_at(world: World, at: str, third: Task) -> None:
    """Where it is said; at the third copy where the task is decided already."""
    task = third if at == "third" else Task.objects.get(pk=getattr(world, at).pk)
    if task.state not in OPEN_STATES:
        with pytest.raises(RecordConflictError):
            world.press(task)
        task = third
    world.press(task)


def nobody_can_undo(world: World) -> None:
    for user in world.users.values():
        assert undoable(user, world.now) is None
    if world.made is not None:
        with pytest.raises(RecordConflictError):
            world.undo()
    for one in Complaint.objects.filter(state=Complaint.State.OPEN):
        with pytest.raises(RecordConflictError):
            reverse_it(world, one)


def nobody_can_complain(world: World) -> None:
    assert not Complaint.objects.filter(state__in=("open", "decided")).exists()
    for made in Decision.objects.filter(undone_at=None, made_firm_at__isnull=False):
        with pytest.raises(RecordError):
            services.file_complaint(
                decision=made, side="uploader", text="Please.", now=world.now, key="b" * 64
            )


@pytest.mark.parametrize(
    ("at", "is_quick"),
    [("post", True), ("mirror", True), ("mirror", False), ("third", False)],
)
@pytest.mark.parametrize("before", BEFORE, ids=lambda one: one.__name__)
def test_in_whatever_order_nothing_of_it_is_shown_again(
    world: World, before: Callable[[World], None], at: str, is_quick: bool
) -> None:
    """Quick: the worker has done nothing between the decision, the press and the undo."""
    post = post_of(world)
    third = make_copy(world.platform, Entry.objects.get(), world.now, group="third")
    before(world)
    if not is_quick:
        world.go_on()
    tasks.take_in(world.now)
    press_at(world, at, third.tasks.get())
    if not is_quick:
        world.go_on()
    nobody_can_undo(world)

    for by in (timedelta(seconds=1), MINUTE, 9 * DAY):
        world.go_on(by=by)
        for copy in (post, world.upload, third):
            assert not world.is_public(copy)
            assert world.is_ordered_away(copy)
    world.platform_acts()
    world.go_on(by=MINUTE)
    assert set(Copy.objects.values_list("state", flat=True)) <= {"removed", "blocked"}
    assert not Task.objects.exclude(state=Task.State.DONE).exists()
    for one in (world.post, world.mirror):
        assert is_closed_for_minor(one)
    nobody_can_complain(world)


def reverse_it(world: World, one: Complaint) -> None:
    services.decide_complaint(
        complaint=one,
        outcome="reversed",
        grounds=["satire"],
        facts="We looked again.",
        user=world.users["noa"],
        now=world.now,
    )


@pytest.mark.parametrize("outcome", ["remove", "hold", "restore"])
@pytest.mark.parametrize("is_told", [True, False])
def test_no_decision_on_what_is_like_it_brings_it_back(
    world: World, outcome: str, is_told: bool
) -> None:
    task = alike(world, "altered")
    if outcome == "restore":
        world.decide("hold", "noa", task)
        world.go_on(by=2 * MINUTE)
    made = world.decide(outcome, task=task)
    if is_told:
        world.go_on(by=MINUTE if outcome == "restore" else timedelta(seconds=2))
    copy = task.copies.get()
    world.press(world.post)
    for user in world.users.values():
        assert undoable(user, world.now) is None
    with pytest.raises(RecordConflictError):
        world.undo()
    for by in (timedelta(seconds=1), MINUTE, 3 * DAY):
        world.go_on(by=by)
        assert not world.is_public(copy)
    made.refresh_from_db()
    task.refresh_from_db()
    if outcome == "restore":
        assert made.undone_at is not None
        assert task.state in OPEN_STATES
    else:
        assert made.made_firm_at is not None


def test_an_undo_just_before_it_is_not_carried_out_after_it(world: World) -> None:
    post = post_of(world)
    world.decide("remove")
    make_orders(world.now)
    world.platform_acts()
    world.undo()
    world.press(world.mirror)
    make_orders(world.now)
    assert not Order.objects.filter(copy=post, what="restore").exists()
    world.go_on()
    assert world.is_ordered_away(post)


def test_a_case_of_the_same_post_alone_is_closed_too(world: World) -> None:
    """G1 with picture and link, H1 with the link alone; pressed at the mirrored upload."""
    post = post_of(world)
    second = file_notice(
        world.platform, [], world.now, urls=[f"{world.platform.media_origins[0]}/post.jpg"]
    )
    twin = make_copy(
        world.platform,
        Entry.objects.get(),
        world.now,
        match=("same", 0.98, {}),
        url=f"{world.platform.media_origins[0]}/post.jpg",
        source=Copy.Source.NOTICE,
        state=Copy.State.SEEN,
        content_ref=post.content_ref,
    )
    Copy.objects.filter(pk=twin.pk).update(group=post.group)
    place_copy(second, twin, world.now)
    world.go_on()
    world.decide("remove")
    world.press(world.mirror)
    with pytest.raises(RecordConflictError) as refused:
        world.undo()
    assert "closed" in str(refused.value)
    world.go_on()
    for copy in (post, twin, world.upload):
        assert world.is_ordered_away(copy)


def test_the_page_that_refuses_the_undo_says_why_calmly(
    world: World, client_of: Callable[..., Client]
) -> None:
    client = client_of(world.users["mia"])
    made = world.decide("remove")
    world.press(world.mirror)
    address = reverse("review:undo", args=[made.pk])
    answer = client.post(address, follow=True)
    html = answer.content.decode()
    assert "Everything is as it was" not in html
    assert "may be under 18" in html
    again = client.get(reverse("review:queue")).content.decode()
    assert address not in again


def test_what_a_link_elsewhere_shows_takes_the_copies_here_with_it(world: World) -> None:
    post = post_of(world)
    place = world.case.locations.create(
        item=world.case.items.get(),
        position=3,
        state="elsewhere",
        state_at=world.now,
        added_at=world.now,
    )
    record_sighting(location_id=place.pk, says="minor", user=world.users["sara"], now=world.now)
    for by in (timedelta(seconds=1), HOUR):
        world.go_on(by=by)
    assert world.is_ordered_away(post)
    assert world.is_ordered_away(world.upload)
    assert world.post.decisions.get().decided_by == world.users["sara"]


def test_a_task_without_a_copy_does_not_say_that_the_request_was_taken_back(
    world: World, client_of: Callable[..., Client]
) -> None:
    bare = Task.objects.create(
        number="R-2222-3333",
        source="notice",
        platform=world.platform,
        case=world.case,
        made_at=world.now,
    )
    world.press(world.mirror)
    world.go_on(by=HOUR)
    bare.refresh_from_db()
    assert bare.state == Task.State.DROPPED
    client = client_of(world.users["noa"])
    html = client.get(reverse("review:task", args=[bare.number])).content.decode()
    assert "the request behind it was taken back" not in html
    assert "It is no longer needed: the case behind it was closed." in html


def test_its_event_names_who_pressed_for_each(world: World) -> None:
    world.press(world.mirror)
    made = Event.objects.filter(what="decision_made", actor=f"user:{world.users['sara'].pk}")
    assert made.count() == 2


def test_who_presses_reads_which_tasks_were_decided_with_it(
    world: World, client_of: Callable[..., Client]
) -> None:
    client = client_of(world.users["sara"])
    address = reverse("review:minor", args=[world.mirror.number])
    asked = client.post(address).content.decode()
    assert "all others of the very same picture that are known here" in asked
    html = client.post(address, {"sure": "yes"}).content.decode()
    assert "Tasks about the very same picture were decided with it." in html
    assert world.post.number in html
