"""Who works here, which platforms are served, and the keys of their programs."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _

from staydown_web.base.ids import new_id


class Platform(models.Model):
    """A service whose uploads are checked and whose copies are decided on.

    ``media_origins`` are the addresses (scheme, host, port) that it owns and from which its own
    copies may be fetched; nothing else is. ``regimes`` are ids of the laws that bind it. ``size``
    decides which duties bind it; where it is not said, all of them do.
    """

    class Size(models.TextChoices):
        """How large the company behind it is, as the regime files use the words."""

        UNKNOWN = "", _("Not said: every duty is kept")
        MICRO = "micro", _("Micro: fewer than 10 people")
        SMALL = "small", _("Small: fewer than 50 people")
        MEDIUM = "medium", _("Medium: fewer than 250 people")
        LARGE = "large", _("Large")
        VERY_LARGE = "very_large", _("Very large: named so by an authority")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120)
    slug = models.SlugField(max_length=60, unique=True)
    public_url = models.URLField(blank=True)
    legal_email = models.EmailField(blank=True)
    minors_contact = models.CharField(max_length=300, blank=True)
    media_origins = models.JSONField(default=list, blank=True)
    regimes = models.JSONField(default=list, blank=True)
    size = models.CharField(max_length=12, choices=Size.choices, blank=True, default=Size.UNKNOWN)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Team(models.Model):
    """A helpline whose caseworkers act for people; cases are shared with it by its name."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120, unique=True)
    takes_cases = models.BooleanField(
        default=True, help_text="people can share their case with it on their own page"
    )
    made_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Flagger(models.Model):
    """An organisation with the status of a trusted flagger (DSA, Article 22).

    Its notices come first. It files like anybody, and gives its code with the notice; or its own
    caseworkers file, where it is a helpline that works here. Only a digest of the code is kept.
    ``awarded_by`` is the authority that gave the status, which is public.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = models.CharField(max_length=120, unique=True)
    awarded_by = models.CharField(max_length=200)
    team = models.OneToOneField(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="flagger"
    )
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """Staff. The person shown in a picture never has an account."""

    class Role(models.TextChoices):
        """What a member of staff may do.

        Reviewer, lead and admin: each holds the rights of the ones before it. A caseworker stands
        apart: for the people a helpline acts for, and without any right of a reviewer.
        """

        REVIEWER = "reviewer", _("Reviewer")
        LEAD = "lead", _("Lead reviewer")
        ADMIN = "admin", _("Administrator")
        CASEWORKER = "caseworker", _("Caseworker of a helpline")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.REVIEWER)
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="members"
    )
    leads_team = models.BooleanField(default=False)
    pseudonym = models.CharField(max_length=40, unique=True)
    exposure_limit = models.PositiveSmallIntegerField(default=20)
    break_every_minutes = models.PositiveSmallIntegerField(default=45)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(role__in=["reviewer", "lead", "admin", "caseworker"]),
                name="user_role_known",
            ),
            models.CheckConstraint(
                condition=models.Q(role="caseworker", team__isnull=False)
                | (~models.Q(role="caseworker") & models.Q(team__isnull=True, leads_team=False)),
                name="user_team_of_caseworkers_alone",
            ),
        )


class SignIn(models.Model):
    """A session of a colleague that is open, so that they see it and can end it.

    It goes with its session. ``browser`` is a family and a system, such as "Firefox, Linux".
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sign_ins")
    session = models.OneToOneField(
        "sessions.Session",
        on_delete=models.CASCADE,
        related_name="sign_in",
        db_constraint=False,  # processes of the release before end sessions without knowing of this
    )
    browser = models.CharField(max_length=60, blank=True)
    began_at = models.DateTimeField()


class ApiKey(models.Model):
    """A key of a platform's program. Only its digest is kept; the key is shown once.

    After ``renewed_at`` the text before it (``old_digest``) is taken until ``old_until``, so that a
    program can be given the new one without a pause.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="keys")
    name = models.CharField(max_length=120)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    per_minute = models.PositiveIntegerField(default=0, help_text="calls a minute; 0: no limit")
    created_at = models.DateTimeField()
    renewed_at = models.DateTimeField(null=True, blank=True)
    old_digest = models.CharField(
        max_length=64, blank=True, default="", db_default="", db_index=True
    )
    old_until = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Invitation(models.Model):
    """A link that works once: for the first administrator, a new colleague, a lost password."""

    class Purpose(models.TextChoices):
        """What the link opens."""

        JOIN = "join", _("Join")
        RESET = "reset", _("New password and second factor")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    role = models.CharField(max_length=12, choices=User.Role.choices)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True)
    leads_team = models.BooleanField(default=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True)
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)


class Approval(models.Model):
    """Something that takes two people: an export, a change of a whole bank, a lawful entry."""

    class State(models.TextChoices):
        """How far it got."""

        ASKED = "asked", _("Waiting for a second person")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")
        DONE = "done", _("Done")
        LAPSED = "lapsed", _("Lapsed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    what = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ASKED)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="approvals_asked")
    asked_at = models.DateTimeField()
    answered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="approvals_answered"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(answered_by__isnull=True)
                | ~models.Q(answered_by=models.F("asked_by")),
                name="approval_by_another_person",
            ),
        )


class ServiceSettings(models.Model):
    """What the setup pages ask; one row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=120, default="Staydown")
    setup_done_at = models.DateTimeField(null=True, blank=True)
    default_platform = models.ForeignKey(
        Platform, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(id=1), name="service_settings_one_row"),
        )


class SignInCount(models.Model):
    """Failed sign-ins under one name, from one address, or both; it makes the pauses grow.

    ``blind`` is a keyed digest, so that the table names nobody. A name that nobody has is counted
    as any other: the answer says nothing about who works here.
    """

    blind = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    blocked_until = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(db_index=True)
