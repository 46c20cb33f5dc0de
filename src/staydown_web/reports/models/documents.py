"""What was signed: receipts, lists of records, and stretches of the audit."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.actions.models import Order
from staydown_web.base.ids import new_id
from staydown_web.cases.models import Case
from staydown_web.review.models import Decision


class Document(models.Model):
    """A signed document, as it was handed out; the same facts are signed once.

    ``box`` holds its file without a timestamp: under the case's own key (context
    ``document:<id>``) where ``is_of_case``, so that it is forgotten with the case; under the
    installation's otherwise. ``mark`` is a keyed digest of its facts, or of the moment that it
    attests. ``digest`` is what an
    authority stamps; ``token`` is the authority's answer, ``stamp_signature`` ours over both.
    """

    class Kind(models.TextChoices):
        """What it says."""

        NOTICE_RECEIVED = "notice_received", _("Your notice was received")
        ADDITION_RECEIVED = "addition_received", _("What you added was received")
        ITEM_DECIDED = "item_decided", _("A decision about your picture or video")
        WITHDRAWAL_ASKED = "withdrawal_asked", _("You took back your request")
        DECISION_MADE = "decision_made", _("A decision about content")
        ORDER_MADE = "order_made", _("An order to the platform")
        ORDER_ANSWERED = "order_answered", _("What the platform answered")
        RECORD_CONTENTS = "record_contents", _("List of a record")
        AUDIT_TREE = "audit_tree", _("A stretch of the audit")

    class Side(models.TextChoices):
        """For whom."""

        NOTIFIER = "notifier", _("The person who filed")
        PLATFORM = "platform", _("The platform")
        UPLOADER = "uploader", _("Whoever uploaded it")
        SERVICE = "service", _("This service")

    class Stamping(models.TextChoices):
        """How far the timestamp of an authority got."""

        NONE = "none", _("Not asked for")
        DUE = "due", _("Waiting")
        DONE = "done", _("Stamped")
        DEAD = "dead", _("Given up")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    side = models.CharField(max_length=8, choices=Side.choices)
    mark = models.CharField(max_length=64)
    case = models.ForeignKey(
        Case, on_delete=models.CASCADE, null=True, blank=True, related_name="documents"
    )
    decision = models.ForeignKey(
        Decision, on_delete=models.SET_NULL, null=True, blank=True, related_name="documents"
    )
    order = models.ForeignKey(
        Order, on_delete=models.SET_NULL, null=True, blank=True, related_name="documents"
    )
    is_of_case = models.BooleanField(default=False)
    box = models.BinaryField()
    digest = models.CharField(max_length=64)
    key = models.CharField(max_length=64, help_text="fingerprint of the key that signed")
    made_at = models.DateTimeField()
    stamping = models.CharField(max_length=4, choices=Stamping.choices, default=Stamping.NONE)
    stamp_tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    stamped_at = models.DateTimeField(null=True, blank=True)
    authority = models.CharField(max_length=200, blank=True)
    token = models.BinaryField(null=True)
    stamp_signature = models.CharField(max_length=128, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["kind", "mark"], name="document_once_a_fact"),
            models.CheckConstraint(
                condition=models.Q(is_of_case=False) | models.Q(case__isnull=False),
                name="document_of_case_has_one",
            ),
            models.CheckConstraint(
                condition=~models.Q(stamping="done") | models.Q(token__isnull=False),
                name="document_stamped_has_token",
            ),
        )
        indexes = (
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(stamping="due"),
                name="document_to_stamp",
            ),
        )


class AuditTree(models.Model):
    """A stretch of the audit under one signature: events ``first`` to ``last``, both included."""

    first = models.BigIntegerField(unique=True)
    last = models.BigIntegerField(unique=True)
    document = models.OneToOneField(Document, on_delete=models.PROTECT, related_name="tree")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(first__gte=1, last__gte=models.F("first")),
                name="audit_tree_holds_events",
            ),
        )
