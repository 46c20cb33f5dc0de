"""What partners doubted before ``Doubt`` was there is listed too, from the rows that they sent.

Old processes: the release before has no such table and lists no doubts; what it takes in after
this step stands in the rows of the list, and is listed when a record of it changes again.
"""

from typing import Any

from django.db import migrations
from django.utils import timezone

AT_ONCE = 500
BY_PARTNER = "by the partner"


def list_earlier(apps: Any, schema_editor: Any) -> None:
    """Ask about every confirmed entry that a partner disputes and nobody was asked about."""
    rows = apps.get_model("exchanges", "Received").objects.filter(
        state="disputed",
        entry__state="confirmed",
        entry__doubt__isnull=True,
        exchange__left_at__isnull=True,
    )
    found = dict(rows.order_by("-pk").values_list("entry_id", "exchange_id"))
    changes = apps.get_model("banks", "EntryChange").objects
    doubts = apps.get_model("exchanges", "Doubt").objects
    every, now = sorted(found), timezone.now()
    for start in range(0, len(every), AT_ONCE):
        history: dict[Any, list[Any]] = {pk: [] for pk in every[start : start + AT_ONCE]}
        for change in changes.filter(entry__in=list(history)).order_by("seq"):
            history[change.entry_id].append(change)
        model = doubts.model
        doubts.bulk_create(
            [
                model(entry_id=pk, exchange_id=found[pk], at=now)
                for pk, happened in history.items()
                if asks(happened)
            ]
        )


def asks(happened: list[Any]) -> bool:
    """Whether a person has confirmed it, and not in answer to what the partner doubts."""
    is_confirmed = is_answered = is_doubted = False
    for change in happened:
        is_of_person = change.actor.startswith("user:")
        if change.what == "disputed" and change.reason == BY_PARTNER:
            is_doubted = True
        elif change.what == "renewed":
            is_doubted = False
        elif is_of_person and change.what in {"confirmed", "settled"}:
            is_confirmed |= change.what == "confirmed"
            is_answered = is_doubted
    return is_confirmed and not is_answered


class Migration(migrations.Migration):
    dependencies = [
        ("banks", "0005_settled_renewed"),
        ("exchanges", "0004_partner_doubts"),
    ]

    operations = [migrations.RunPython(list_earlier, migrations.RunPython.noop)]
