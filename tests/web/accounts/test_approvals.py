"""Two people, never one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from staydown_web.accounts import services
from staydown_web.accounts.models import Approval
from staydown_web.audit.models import Event
from staydown_web.base.errors import NotAllowedError, RecordConflictError, RecordNotFoundError

pytestmark = pytest.mark.django_db


def ask(user, now) -> Approval:
    return services.ask_approval(
        what="export", facts={"entries": 3}, reason="a partner asked", user=user, now=now
    )


def test_another_person_grants_and_it_is_used_once(lead, admin, now) -> None:
    asked = ask(lead, now)
    with pytest.raises(RecordConflictError):
        services.use_approval(approval_id=asked.pk, what="export", now=now)
    services.grant_approval(approval_id=asked.pk, user=admin, now=now)
    with pytest.raises(RecordConflictError):
        services.use_approval(approval_id=asked.pk, what="bank_policy", now=now)
    services.use_approval(approval_id=asked.pk, what="export", now=now)
    with pytest.raises(RecordConflictError):
        services.use_approval(approval_id=asked.pk, what="export", now=now)


def test_nobody_grants_what_they_asked(lead, now) -> None:
    asked = ask(lead, now)
    with pytest.raises(NotAllowedError):
        services.grant_approval(approval_id=asked.pk, user=lead, now=now)
    asked.refresh_from_db()
    assert asked.state == Approval.State.ASKED


def test_a_refused_request_cannot_be_granted(lead, admin, now) -> None:
    asked = ask(lead, now)
    services.refuse_approval(approval_id=asked.pk, user=admin, now=now)
    with pytest.raises(RecordConflictError):
        services.grant_approval(approval_id=asked.pk, user=admin, now=now)


def test_the_asker_takes_it_back(lead, now) -> None:
    asked = ask(lead, now)
    taken = services.refuse_approval(approval_id=asked.pk, user=lead, now=now)
    assert (taken.state, taken.answered_by) == (Approval.State.REFUSED, None)


def test_a_request_lapses_after_a_week(lead, admin, now) -> None:
    asked = ask(lead, now)
    late = now + timedelta(days=8)
    with pytest.raises(RecordConflictError):
        services.grant_approval(approval_id=asked.pk, user=admin, now=late)
    services.grant_approval(approval_id=asked.pk, user=admin, now=now)
    with pytest.raises(RecordConflictError):
        services.use_approval(approval_id=asked.pk, what="export", now=late)


def test_an_unknown_request_is_not_found(admin, now, uuid_of_nothing) -> None:
    with pytest.raises(RecordNotFoundError):
        services.grant_approval(approval_id=uuid_of_nothing, user=admin, now=now)


def test_every_step_is_an_event(lead, admin, now) -> None:
    asked = ask(lead, now)
    services.grant_approval(approval_id=asked.pk, user=admin, now=now)
    told = Event.objects.filter(subject=f"approval:{asked.pk}").order_by("seq")
    assert [event.what for event in told] == ["approval_asked", "approval_granted"]
