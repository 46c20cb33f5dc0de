"""What leaves: first notices, delisting requests, reports to providers; and what comes back."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.accounts.models import User
from staydown_web.base.ids import new_id
from staydown_web.cases.models import Case, Location
from staydown_web.escalation.models.chain import Provider, ProviderContact
from staydown_web.escalation.models.escalation import Escalation
from staydown_web.escalation.models.site import Site


class Report(models.Model):
    """One thing that leaves for one recipient, byte for byte.

    ``box`` (sealed for the case, context ``report:<id>``) holds ``{"body": text, "headers": {…},
    "address": where to, "media_type": …, "subject": …, "shown": [names of what of the person is in
    it]}``: exactly what leaves, so that signing is of bytes. ``digest`` is SHA-256 of the body.
    ``channel`` is a key of our data for first notices and delisting, empty for providers.
    ``proof_box`` (context ``report-proof:<id>``) holds what the other side said when it took it.
    ``remote_id`` is the number that its interface gave.
    """

    class Purpose(models.TextChoices):
        """To whom, and why."""

        FIRST_NOTICE = "first_notice", _("First notice to the site")
        DELISTING = "delisting", _("Search removal")
        PROVIDER = "provider", _("Report to a provider")

    class Format(models.TextChoices):
        """How it is written and how it leaves."""

        MAIL = "mail", _("Letter by e-mail")
        ARF = "arf", _("ARF by e-mail")
        XARF_MAIL = "xarf_mail", _("XARF by e-mail")
        XARF_HTTP = "xarf_http", _("XARF by HTTP")
        CLOUDFLARE = "cloudflare", _("Cloudflare's interface")
        AWS = "aws", _("Amazon's interface")
        FORM_LETTER = "form_letter", _("Letter to paste into a form")

    class State(models.TextChoices):
        """How far it got."""

        DRAFT = "draft", _("Ready to sign")
        SIGNED = "signed", _("Signed, leaves now")
        TO_PASTE = "to_paste", _("Waits for a person to paste it")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        BOUNCED = "bounced", _("Came back")
        DEAD = "dead", _("Could not be delivered")
        SENT_BACK = "sent_back", _("Sent back by a reviewer")
        CANCELLED = "cancelled", _("Not sent")

    class Outcome(models.TextChoices):
        """What came of it."""

        NONE = "", _("No answer yet")
        ACTIONED = "actioned", _("Acted")
        REFUSED = "refused", _("Refused")
        NO_ANSWER = "no_answer", _("No answer in time")
        WRONG_CONTACT = "wrong_contact", _("Wrong contact")
        NEED_MORE = "need_more", _("Asks for more")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="reports_sent")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="reports")
    escalation = models.ForeignKey(
        Escalation, on_delete=models.CASCADE, null=True, blank=True, related_name="reports"
    )
    provider = models.ForeignKey(
        Provider, on_delete=models.PROTECT, null=True, blank=True, related_name="reports"
    )
    contact = models.ForeignKey(
        ProviderContact, on_delete=models.SET_NULL, null=True, blank=True, related_name="reports"
    )
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    channel = models.CharField(max_length=40, blank=True)
    format = models.CharField(max_length=12, choices=Format.choices)
    role = models.CharField(max_length=12, blank=True)
    step = models.PositiveSmallIntegerField(default=0)
    targets_domain = models.BooleanField(default=False)
    language = models.CharField(max_length=8, default="en")
    box = models.BinaryField(null=True)
    digest = models.CharField(max_length=64)
    facts_digest = models.CharField(max_length=64, help_text="equal facts are not sent twice")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    remote_id = models.CharField(max_length=200, blank=True)
    proof_box = models.BinaryField(null=True)
    outcome = models.CharField(max_length=14, choices=Outcome.choices, blank=True)
    outcome_at = models.DateTimeField(null=True, blank=True)
    outcome_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(
        null=True, blank=True, help_text="when the recipient's time to answer or act is over"
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["case", "provider", "role", "facts_digest"],
                condition=models.Q(purpose="provider")
                & ~models.Q(state__in=["sent_back", "cancelled"]),
                name="report_no_repeat_without_news",
            ),
            models.UniqueConstraint(
                fields=["case", "site", "channel", "facts_digest"],
                condition=models.Q(purpose__in=["first_notice", "delisting"])
                & ~models.Q(state__in=["sent_back", "cancelled"]),
                name="report_first_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(purpose="provider")
                | models.Q(escalation__isnull=False, provider__isnull=False),
                name="report_to_provider_in_escalation",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="") | models.Q(outcome_at__isnull=False),
                name="report_outcome_at_a_moment",
            ),
        )
        indexes = (
            models.Index(fields=["state", "next_try_at"], name="report_due"),
            models.Index(fields=["outcome", "due_at"], name="report_answer_due"),
            models.Index(fields=["case", "site", "purpose"], name="report_of_both"),
        )


class ReportPlace(models.Model):
    """One of the links that a report names."""

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="places")
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="reports")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["report", "location"], name="report_place_once"),
        )


class Reply(models.Model):
    """What came back: text alone; pictures, attachments and HTML are thrown away unread.

    ``box`` (sealed for the case, context ``reply:<id>``) holds the text. ``key`` is a blind of the
    message's id: one that comes twice is kept once. ``left_out`` says how many parts were thrown
    away.
    """

    class Kind(models.TextChoices):
        """What it is."""

        ANSWER = "answer", _("Answer")
        AUTOMATIC = "automatic", _("Automatic reply")
        BOUNCE = "bounce", _("Came back")
        STATUS = "status", _("News of its interface")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="replies")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    box = models.BinaryField(null=True)
    key = models.CharField(max_length=64)
    left_out = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    read_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = (models.UniqueConstraint(fields=["report", "key"], name="reply_once"),)
