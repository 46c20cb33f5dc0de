"""A case is one notifier's: its notices, items, places, claims and messages.

What a person wrote (names, contact, statement, addresses, names of files) is sealed under the
case's own key; erasing that key erases it everywhere. The case's state is derived from its items'.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import Flagger, Platform
from staydown_web.banks.models import Entry
from staydown_web.base.ids import new_id
from staydown_web.screening.models import Copy


class Case(models.Model):
    """All that follows from what one notifier asked.

    ``details_box`` holds, sealed (context ``details``): name, email, phone, acting for whom and by
    what authority, as plain JSON. ``phrase_hash`` is Argon2 of the recovery phrase.
    ``veiled_phrase_hash`` is that of a phrase which shows the case as taken back although it goes
    on: whoever forced the withdrawal may know it. ``platform`` is the one that the person filed to.
    """

    class Way(models.TextChoices):
        """The three ways in."""

        PUBLISHED = "published", _("It is online")
        THREATENED = "threatened", _("Someone says they will share it")
        LINK = "link", _("Only a link")

    class State(models.TextChoices):
        """Derived from the items; stored so that queues can be ordered."""

        RECEIVED = "received", _("Received")
        NEEDS_INFORMATION = "needs_information", _("Needs information")
        VALID = "valid", _("Valid")
        IN_REVIEW = "in_review", _("In review")
        DECIDED = "decided", _("Decided")
        APPEALED = "appealed", _("Appealed")
        CLOSED = "closed", _("Closed")
        WITHDRAWN = "withdrawn", _("Taken back")

    class ActsAs(models.TextChoices):
        """Who files."""

        SELF = "self", _("The person shown")
        REPRESENTATIVE = "representative", _("Someone acting for them")

    class WithdrawalMode(models.TextChoices):
        """Chosen at filing."""

        IMMEDIATE = "immediate", _("At once")
        COOLING = "cooling", _("After a pause that a safe contact can stop")

    class ClosedFor(models.TextChoices):
        """Why a case was closed apart from the wish of its person."""

        NONE = "", _("None")
        MINOR = "minor", _("Someone shown may have been under 18")

    is_unveiled = False
    """Of one that ``services.open_case`` gave: whether the words open the true page. Not stored."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = models.CharField(max_length=12, unique=True)
    phrase_hash = models.CharField(max_length=200, blank=True)
    veiled_phrase_hash = models.CharField(max_length=200, blank=True)
    platform = models.ForeignKey(
        Platform, on_delete=models.SET_NULL, null=True, blank=True, related_name="cases"
    )
    flagger = models.ForeignKey(
        Flagger,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="cases",
        help_text="the trusted flagger that filed it; none: anybody else",
    )
    way = models.CharField(max_length=12, choices=Way.choices)
    state = models.CharField(max_length=20, choices=State.choices, default=State.RECEIVED)
    acts_as = models.CharField(max_length=16, choices=ActsAs.choices)
    language = models.CharField(max_length=8, default="en")
    regimes = models.JSONField(default=list)
    details_box = models.BinaryField(null=True)
    withdrawal_mode = models.CharField(
        max_length=12, choices=WithdrawalMode.choices, default=WithdrawalMode.IMMEDIATE
    )
    withdrawal_asked_at = models.DateTimeField(null=True, blank=True)
    withdrawal_due_at = models.DateTimeField(null=True, blank=True)
    withdrawal_token_digest = models.CharField(max_length=64, blank=True, db_index=True)
    filed_at = models.DateTimeField()
    touched_at = models.DateTimeField(help_text="when something last happened; keeping counts on")
    valid_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    appealed_at = models.DateTimeField(
        null=True, blank=True, help_text="since when a complaint about it waits; none: none does"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    partners_agreed_at = models.DateTimeField(
        null=True, blank=True, help_text="since when partners may be given her fingerprints"
    )
    providers_agreed_at = models.DateTimeField(
        null=True, blank=True, help_text="since when other sites and their services may be told"
    )
    erased_at = models.DateTimeField(null=True, blank=True)
    closed_for = models.CharField(max_length=8, choices=ClosedFor.choices, blank=True)
    failed_phrases = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(due_at__isnull=True) | models.Q(valid_at__isnull=False),
                name="case_clock_needs_validity",
            ),
            models.CheckConstraint(
                condition=models.Q(way="threatened", due_at__isnull=True)
                | ~models.Q(way="threatened"),
                name="case_threatened_has_no_clock",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="withdrawn") | models.Q(closed_at__isnull=False),
                name="case_withdrawn_is_closed",
            ),
        )
        indexes = (models.Index(fields=["state", "due_at"], name="case_state_due"),)

    def __str__(self) -> str:
        return self.number


class Notice(models.Model):
    """What was signed and sent, once or in several parts, and whether it is valid in law.

    ``box`` (context ``notice:<id>``) holds the statement, the signature as typed, and the text that
    was shown. ``text_digest`` is SHA-256 of that text. ``findings`` is the engine's answer, a list
    of requirements met and missing, without any of the words.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notices")
    regime = models.CharField(max_length=40)
    regime_version = models.CharField(max_length=20)
    box = models.BinaryField(null=True)
    text_digest = models.CharField(max_length=64, blank=True)
    findings = models.JSONField(default=list)
    received_at = models.DateTimeField()
    valid_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["case", "regime"], name="notice_once_a_regime"),
            models.CheckConstraint(
                condition=models.Q(due_at__isnull=True)
                | models.Q(valid_at__isnull=False, due_at__gte=models.F("valid_at")),
                name="notice_clock_after_validity",
            ),
        )


class Item(models.Model):
    """One picture or video that a case is about.

    ``label_box`` (context ``item:<id>``) holds the file's name, size, date and digest, so that the
    person can tell which is which without seeing it; null for items known by a link alone.
    ``waiting_box`` (same context) holds the fingerprints of a notice that is not valid yet: they
    enter the bank when it is, and not before.
    ``answer`` and ``answered_at``: what a decision said of it that stands, and when it was made; it
    may not be carried out yet. Time limits count by it. ADR-0064.
    """

    class State(models.TextChoices):
        """Each item has its own."""

        RECEIVED = "received", _("Received")
        IN_REVIEW = "in_review", _("In review")
        REMOVED = "removed", _("Removed")
        KEPT = "kept", _("Not removed")
        WITHDRAWN = "withdrawn", _("Taken back")

    class Answer(models.TextChoices):
        """What was decided about it."""

        NONE = "", _("None")
        REMOVED = "removed", _("Removed")
        KEPT = "kept", _("Not removed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    content_kind = models.CharField(max_length=8, choices=Entry.ContentKind.choices, blank=True)
    label_box = models.BinaryField(null=True)
    waiting_box = models.BinaryField(null=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVED)
    added_at = models.DateTimeField()
    state_at = models.DateTimeField()
    answer = models.CharField(max_length=8, choices=Answer.choices, blank=True, default=Answer.NONE)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["case", "position"], name="item_position_once"),
            models.CheckConstraint(
                condition=models.Q(answer="", answered_at__isnull=True)
                | models.Q(answer__in=["removed", "kept"], answered_at__isnull=False),
                name="item_answered_at_a_moment",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="removed", answer="kept")
                & ~models.Q(state="kept", answer="removed"),
                name="item_stands_as_answered",
            ),
        )
        # What waits is few beside what is settled, and is looked through all day long.
        indexes = (models.Index(fields=["state", "added_at", "position"], name="item_waiting"),)


class Location(models.Model):
    """A place where the person says it is. ``url_box`` has the context ``location:<id>``.

    ``media_box`` (context ``location-media:<id>``) is where a reviewer saw the picture or video of
    an address that led to a page. It is for looking alone: her page names what she gave.

    ``url_blind`` and ``media_blind`` are marks of it and of where its media lay, by which
    a later notice finds the copy (``known_places``). They go with the address.
    """

    class Reason(models.TextChoices):
        """Why a place is not found or does not answer."""

        NONE = "", _("None")
        PAGE = "page", _("The address of a page, not of the picture or video itself")
        GONE = "gone", _("Nothing is there any more")
        UNREADABLE = "unreadable", _("What is there cannot be read as a picture or video")
        TOO_LARGE = "too_large", _("What is there is too large")
        REFUSED = "refused", _("An address that we may not fetch from")
        SILENT = "silent", _("The address did not answer")

    class State(models.TextChoices):
        """What we found there."""

        NEW = "new", _("Not looked at yet")
        FOUND = "found", _("Found")
        UNREACHABLE = "unreachable", _("No answer")
        NOT_FOUND = "not_found", _("No picture or video there")
        ELSEWHERE = "elsewhere", _("Not on a platform that we serve")
        REMOVED = "removed", _("Removed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="locations")
    item = models.ForeignKey(
        Item, on_delete=models.SET_NULL, null=True, blank=True, related_name="locations"
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="in her order")
    url_box = models.BinaryField(null=True)
    media_box = models.BinaryField(null=True)
    url_blind = models.CharField(max_length=64, blank=True, default="", db_default="")
    media_blind = models.CharField(max_length=64, blank=True, default="", db_default="")
    platform = models.ForeignKey(Platform, on_delete=models.SET_NULL, null=True, blank=True)
    copy = models.ForeignKey(
        Copy, on_delete=models.SET_NULL, null=True, blank=True, related_name="locations"
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.NEW)
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    added_at = models.DateTimeField()
    state_at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["next_try_at"], name="location_next_try"),
            # Those at which nothing was found are few, and looked for twice a second.
            models.Index(
                fields=["state", "state_at"],
                condition=models.Q(item__isnull=True),
                name="location_unseen",
            ),
            models.Index(fields=["url_blind"], name="location_url_blind"),
            models.Index(fields=["media_blind"], name="location_media_blind"),
        )


class Claim(models.Model):
    """A case's claim on an entry; an entry lives while a claim on it does.

    ``ended_for``: why it ended, where neither its person nor time ended it.
    """

    class EndedFor(models.TextChoices):
        """Why it was ended for her."""

        NONE = "", _("None")
        MINOR = "minor", _("Someone shown may have been under 18")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="claims")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="claims")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_for = models.CharField(
        max_length=8, choices=EndedFor.choices, blank=True, default="", db_default=""
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["item", "entry"],
                condition=models.Q(ended_at__isnull=True),
                name="claim_once_an_item_and_entry",
            ),
        )


class Message(models.Model):
    """A line between the person, her helpline and the reviewers.

    ``box`` has the context ``message:<id>``.
    """

    class Sender(models.TextChoices):
        """Which side wrote it."""

        PERSON = "person", _("You")
        STAFF = "staff", _("The reviewer")
        HELPLINE = "helpline", _("The helpline")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="messages")
    sender = models.CharField(max_length=8, choices=Sender.choices)
    box = models.BinaryField(null=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)


class Contact(models.Model):
    """A way to reach someone; used only after they confirmed one neutral message.

    ``box`` (context ``contact:<id>``) holds the address.
    """

    class Role(models.TextChoices):
        """Whose it is."""

        NOTIFIER = "notifier", _("The person who filed")
        SAFE = "safe", _("A safe contact")

    class State(models.TextChoices):
        """How far the confirmation got."""

        NEW = "new", _("Not written to yet")
        ASKED = "asked", _("Asked to confirm")
        CONFIRMED = "confirmed", _("Confirmed")
        REFUSED = "refused", _("Not theirs")
        FAILED = "failed", _("Cannot be reached")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="contacts")
    role = models.CharField(max_length=10, choices=Role.choices)
    box = models.BinaryField(null=True)
    blind = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    token_digest = models.CharField(max_length=64, blank=True, db_index=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)


class Letter(models.Model):
    """An e-mail to a contact: neutral, sent once. The words come from a template by its name.

    ``token_box`` (context ``letter:<id>``) holds the token of the link in it, until it is sent.
    """

    class State(models.TextChoices):
        """How far it got."""

        DUE = "due", _("Waiting")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Given up")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="letters")
    template = models.CharField(max_length=40)
    token_box = models.BinaryField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DUE)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (models.Index(fields=["state", "next_try_at"], name="letter_due"),)
