"""A demonstration and a real service never share a folder, nor a database."""

from __future__ import annotations

from pathlib import Path

from staydown.errors import ConfigError
from staydown.nouns import many


def refuse_mixture() -> None:
    """A demonstration and a real service never share a folder.

    Raises:
        ConfigError: this folder belongs to the other kind.
    """
    from django.conf import settings

    mark = Path(settings.STAYDOWN_HOME) / ".demonstration"
    database = Path(settings.STAYDOWN_HOME) / "staydown.sqlite3"
    if settings.STAYDOWN_DEMO and not mark.exists():
        if database.exists():
            raise ConfigError(
                f"{settings.STAYDOWN_HOME} holds a real service; leave out --demo, or set "
                "STAYDOWN_HOME to another folder"
            )
        mark.touch(mode=0o600)
    elif mark.exists() and not settings.STAYDOWN_DEMO:
        raise ConfigError(
            f"{settings.STAYDOWN_HOME} holds a demonstration; start it with --demo, or set "
            "STAYDOWN_HOME to another folder"
        )


def refuse_demo_in_earnest() -> None:
    """The same for a database that two folders point at.

    A demonstration's has the demo's own platform; others may have been added while it ran.

    Raises:
        ConfigError: it is of the other kind, and by what that is seen.
    """
    from django.conf import settings

    from staydown_web.accounts.models import Platform

    made_by_demo = Platform.objects.filter(is_demo=True).first()
    if made_by_demo and not settings.STAYDOWN_DEMO:
        raise ConfigError(
            "this database holds a demonstration, because it has the demo's platform "
            f"({made_by_demo.slug}); start it with --demo, or set DATABASE_URL to another database"
        )
    if settings.STAYDOWN_DEMO and not made_by_demo and (found := _of_a_real_service()):
        raise ConfigError(
            f"this database holds a real service: it has {found}, and not the demo's own platform; "
            "leave out --demo, or set DATABASE_URL to another database"
        )


def _of_a_real_service() -> str:
    """What only people add, in words; empty where nobody has added anything."""
    from staydown_web.accounts.models import Platform, User

    slugs = list(Platform.objects.order_by("created_at").values_list("slug", flat=True))
    found = [f"{many(len(slugs), 'platform')} ({', '.join(slugs[:3])})"] if slugs else []
    if people := User.objects.count():
        found.append(many(people, "account"))
    return " and ".join(found)
