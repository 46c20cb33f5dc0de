"""``staydown manage create-hook NAME --kind … --on-failure … --on-hold …``: a hook's secret."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from staydown.errors import StaydownError
from staydown_web.accounts.models import Platform
from staydown_web.accounts.selectors import default_platform
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.base.tables import make_tables
from staydown_web.hooks.models import Hook
from staydown_web.hooks.services import BucketPlace, create_hook
from staydown_web.hooks.services.keeping import MAX_BYTES, WAIT_S

_MIB = 1 << 20


class Command(BaseCommand):
    """Make a hook, and print its secret once."""

    help = "Make a hook and print its secret. It is shown here only; a digest of it is kept."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the name, who calls, the two choices, the limits and the bucket."""
        parser.add_argument("name", help="what people call it")
        parser.add_argument("--kind", required=True, choices=Hook.Kind.values, help="who asks")
        parser.add_argument(
            "--on-failure",
            required=True,
            choices=Hook.Failure.values,
            help="what is answered where no check can be made: store (open) or refuse (closed)",
        )
        parser.add_argument(
            "--on-hold",
            required=True,
            choices=Hook.Hold.values,
            help="what a hold means to a caller that can only store or refuse",
        )
        parser.add_argument(
            "--platform", help="short name of the platform; the default one if none"
        )
        parser.add_argument("--max-mib", type=int, default=MAX_BYTES // _MIB, help="largest file")
        parser.add_argument("--wait-s", type=int, default=WAIT_S, help="seconds a check may take")
        parser.add_argument(
            "--with-private", action="store_true", help="chat: look at private rooms too"
        )
        parser.add_argument(
            "--on-refuse",
            choices=Hook.Refusal.values,
            default="",
            help="bucket: what becomes of it",
        )
        for name in ("endpoint", "bucket", "access-key"):
            parser.add_argument(f"--{name}", default="", help="bucket: where it is, who reads it")
        parser.add_argument(
            "--own-endpoint",
            action="store_true",
            help="bucket: list its address among the platform's own media origins",
        )
        parser.add_argument("--region", default="us-east-1", help="bucket: as its store calls it")
        parser.add_argument(
            "--secret-key-file", help="bucket: a file that holds the secret key, nothing else"
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it."""
        make_tables()
        platform = self._platform(options)
        try:
            with transaction.atomic():
                hook, secret = create_hook(
                    platform=self._listing(platform, options),
                    name=options["name"],
                    kind=options["kind"],
                    on_failure=options["on_failure"],
                    on_hold=options["on_hold"],
                    on_refuse=options["on_refuse"],
                    max_bytes=options["max_mib"] * _MIB,
                    wait_s=options["wait_s"],
                    takes_private=options["with_private"],
                    place=self._place(options),
                    actor="system",
                    now=utc_now(),
                )
        except FieldsError as error:
            words = "; ".join(f"{name}: {remedy}" for name, remedy in error.fields.items())
            if "endpoint" in error.fields and not options["own_endpoint"]:
                words += " (--own-endpoint lists it)"
            raise CommandError(f"error[{error.code}]: {words}") from None
        except StaydownError as error:
            raise CommandError(f"error[{error.code}]: {error}") from None
        row = {"id": str(hook.pk), "secret": secret, "path": f"/hooks/{hook.kind}/"}
        self.stdout.write(json.dumps(row) if options["json"] else secret)

    def _place(self, options: dict[str, Any]) -> BucketPlace | None:
        if options["kind"] != Hook.Kind.BUCKET:
            return None
        try:
            path = options["secret_key_file"]
            secret = Path(path).read_text(encoding="utf-8").strip() if path else ""
        except OSError:
            raise CommandError(
                "error[source_unreadable]: the file with the secret key cannot be read"
            ) from None
        return BucketPlace(
            endpoint=options["endpoint"],
            bucket=options["bucket"],
            region=options["region"],
            access_key=options["access_key"],
            secret_key=secret,
        )

    def _platform(self, options: dict[str, Any]) -> Platform:
        """The platform that is named; where there is none at all, a first one."""
        slug = options["platform"]
        found = Platform.objects.filter(slug=slug).first() if slug else default_platform()
        if found is None and slug:
            raise CommandError(f"error[record_not_found]: there is no platform {slug}")
        if found is None:
            found = Platform.objects.create(name="Platform", slug="platform", created_at=utc_now())
            self.stderr.write("There was no platform yet; one was made, named `platform`.")
        return found

    def _listing(self, found: Platform, options: dict[str, Any]) -> Platform:
        """The platform, with the endpoint among its origins where that is asked for."""
        endpoint = options["endpoint"]
        if options["own_endpoint"] and endpoint and endpoint not in found.media_origins:
            found.media_origins = [*found.media_origins, endpoint]
            found.save(update_fields=["media_origins"])
        return found
