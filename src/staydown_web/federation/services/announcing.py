"""A new key is told to every member by an event that the old one signs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from staydown_web.base.signing import SigningKey
from staydown_web.federation.models import FeedEvent, KeyStatement, Member
from staydown_web.federation.services.feed import Draft, append_events
from staydown_web.federation.services.own_keys import change_key


def announce_key(now: datetime) -> Callable[[dict[str, Any], SigningKey], None]:
    """Gives what puts a statement into every feed; called in the transaction of the change."""

    def announce(statement: dict[str, Any], before: SigningKey) -> None:
        origin = KeyStatement.objects.get(number=1).fingerprint
        draft = Draft(str(FeedEvent.What.KEY), origin, statement=statement)
        heard = (Member.State.ACTIVE, Member.State.PAUSED)
        for member in Member.objects.filter(state__in=heard).order_by("pk"):
            append_events(member_id=member.pk, drafts=[draft], now=now, key=before)

    return announce


def change_own_key(*, actor: str, now: datetime) -> str:
    """Change the key of this installation towards others.

    Returns:
        The fingerprint of the new one.
    """
    return change_key(actor=actor, now=now, announce=announce_key(now)).fingerprint
