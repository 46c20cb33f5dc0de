"""``staydown manage federation-invite NAME ADDRESS FINGERPRINT``: compare, ask a second person."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from staydown.errors import StaydownError
from staydown_web.accounts.models import User
from staydown_web.base.clock import utc_now
from staydown_web.base.fetching import Fetcher
from staydown_web.base.tables import make_tables
from staydown_web.federation.forms import InvitationForm
from staydown_web.federation.models import Member
from staydown_web.federation.selectors import banks_to_give
from staydown_web.federation.services.joining import ask_member


class Command(BaseCommand):
    """Invite an installation, as the page does."""

    help = (
        "Invite another installation: it is looked up, its fingerprint compared, and a second "
        "person is asked on the page Approvals. Nothing is shared before `federation-start`."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the other installation, who asks, and what is agreed."""
        parser.add_argument("name", help="as people here call it")
        parser.add_argument("address", help="such as https://staydown.example")
        parser.add_argument("fingerprint", help="as its people told yours; spaces do not count")
        parser.add_argument("--by", required=True, help="user name of the administrator who asks")
        parser.add_argument("--gives", choices=Member.Gives.values, default=Member.Gives.NOTHING)
        parser.add_argument("--bank", action="append", default=[], help="to give from; repeatable")
        parser.add_argument("--takes", action="store_true", help="take its fingerprints, as seeds")
        parser.add_argument("--private", action="store_true", help="it lies in a private network")
        parser.add_argument("--cap-day", type=int, default=1_000, help="most events a day")
        parser.add_argument("--cap-total", type=int, default=10_000, help="most living entries")
        parser.add_argument("--reason", default="Agreed with its people.", help="for the second")

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask."""
        make_tables()
        user = User.objects.filter(username=options["by"], role="admin", is_active=True).first()
        if user is None:
            raise CommandError("error[not_allowed]: --by names no administrator")
        form = InvitationForm(_typed(options))
        if not form.is_valid():
            lines = [f"{name}: {texts[0]}" for name, texts in form.errors.items()]
            raise CommandError("error[fields_invalid]: " + "; ".join(lines))
        try:
            ask_member(
                name=form.cleaned_data["name"],
                address=form.cleaned_data["address"],
                is_private=form.cleaned_data["is_private"],
                compared=form.cleaned_data["compared"],
                agreement=form.agreement(),
                reason=form.cleaned_data["reason"],
                user=user,
                fetcher=Fetcher(),
                now=utc_now(),
            )
        except StaydownError as error:
            raise CommandError(f"error[{error.code}]: {error}") from None
        self.stdout.write("A second person can now grant it, under Approvals.")


def _typed(options: dict[str, Any]) -> dict[str, Any]:
    """What a person would type on the page."""
    banks = banks_to_give().filter(slug__in=options["bank"])
    return {
        "name": options["name"],
        "address": options["address"],
        "is_private": options["private"],
        "compared": options["fingerprint"],
        "gives": options["gives"],
        "gives_banks": [str(bank.pk) for bank in banks],
        "takes": options["takes"],
        "cap_day": options["cap_day"],
        "cap_total": options["cap_total"],
        "reason": options["reason"],
    }
