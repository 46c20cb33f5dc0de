"""The page of administrators: a secret once, two choices, counts, the end; and the command."""

from __future__ import annotations

import json
import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from staydown_web.accounts.models import Platform
from staydown_web.hooks.models import Hook
from staydown_web.hooks.services import open_place

pytestmark = pytest.mark.django_db(transaction=True)

NEW = {
    "name": "pict-rs of the forum",
    "kind": "pict-rs",
    "on_failure": "open",
    "on_hold": "refuse",
    "max_mib": "40",
    "wait_s": "20",
    "region": "us-east-1",
}
PLACE = {
    "kind": "bucket",
    "on_refuse": "tag",
    "endpoint": "http://127.0.0.1:8161",
    "bucket": "uploads",
    "access_key": "a",
    "secret_key": "s3cret",
}


class TestPage:
    def test_a_secret_is_shown_once_and_works(self, admin_client, platform, client, other):
        made = admin_client.post("/staff/hooks/", NEW | {"platform": platform.pk})
        secret = re.search(r">(sd_[\w-]+)<", made.content.decode())[1]
        assert f"/hooks/pict-rs/{secret}/" in made.content.decode()
        assert secret not in admin_client.get("/staff/hooks/").content.decode()
        answer = client.post(f"/hooks/pict-rs/{secret}/", other, content_type="image/jpeg")
        assert answer.status_code == 200

    def test_the_choice_and_how_often_it_was_answered_are_in_plain_sight(
        self, admin_client, make_hook, send
    ):
        _, secret = make_hook("pict-rs", on_failure="open")
        for _ in range(3):
            send("pict-rs", secret, b"words")
        page = admin_client.get("/staff/hooks/").content.decode()
        assert "Open: what cannot be checked is stored. This happened 3 times." in page
        assert "format_unsupported" in page

    @pytest.mark.parametrize("left_out", ["on_failure", "on_hold", "name", "kind"])
    def test_nothing_is_chosen_beforehand(self, left_out, admin_client, platform):
        page = admin_client.get("/staff/hooks/").content.decode()
        assert not re.search(r'name="on_(failure|hold)"[^>]*checked', page)
        given = {k: v for k, v in NEW.items() if k != left_out} | {"platform": platform.pk}
        assert admin_client.post("/staff/hooks/", given).status_code == 400
        assert not Hook.objects.exists()

    def test_a_bucket_s_keys_are_kept_sealed_and_not_shown(self, admin_client, platform):
        made = admin_client.post("/staff/hooks/", NEW | PLACE | {"platform": platform.pk})
        assert made.status_code == 200
        assert b"s3cret" not in made.content
        assert open_place(Hook.objects.get()).secret_key == "s3cret"

    def test_a_bucket_elsewhere_is_refused_beside_its_field(self, admin_client, platform):
        given = NEW | PLACE | {"platform": platform.pk, "endpoint": "http://127.0.0.1:9"}
        answer = admin_client.post("/staff/hooks/", given)
        assert answer.status_code == 400
        said = "Use an address on an origin that the platform lists as its own."
        assert said in answer.content.decode()
        answer = admin_client.post("/staff/hooks/", given | {"endpoint": "ftp://store.example"})
        assert "Write a whole address, such as https://store.example" in answer.content.decode()

    def test_choices_change_and_a_hook_ends(self, admin_client, make_hook):
        hook, _ = make_hook("pict-rs", on_failure="open")
        changed = {"on_failure": "closed", "on_hold": "store"}
        assert admin_client.post(f"/staff/hooks/{hook.pk}/choose/", changed).status_code == 302
        hook.refresh_from_db()
        assert (hook.on_failure, hook.on_hold) == ("closed", "store")
        wrong = admin_client.post(f"/staff/hooks/{hook.pk}/choose/", {"on_failure": "maybe"})
        assert wrong.status_code == 400
        assert admin_client.post(f"/staff/hooks/{hook.pk}/end/").status_code == 302
        assert admin_client.post(f"/staff/hooks/{hook.pk}/end/").status_code == 409
        assert b"Ended" in admin_client.get("/staff/hooks/").content

    def test_calls_need_no_session_and_no_token_of_a_form(self, make_hook, other):
        _, secret = make_hook("pict-rs")
        strict = Client(enforce_csrf_checks=True)
        answer = strict.post(f"/hooks/pict-rs/{secret}/", other, content_type="image/jpeg")
        assert answer.status_code == 200


class TestCommand:
    def made(self, capsys, *options: str) -> dict:
        call_command("create-hook", "a", "--json", *options)
        return json.loads(capsys.readouterr().out)

    def test_it_prints_the_secret(self, platform, capsys, client, other):
        choices = ("--on-failure", "closed", "--on-hold", "store")
        row = self.made(capsys, "--kind", "webhook", *choices)
        answer = client.post(f"{row['path']}{row['secret']}/", other, content_type="image/jpeg")
        assert answer.status_code == 200

    def test_it_asks_for_both_choices(self, platform):
        for choices in (("--on-failure", "open"), ("--on-hold", "store")):
            with pytest.raises(CommandError, match="required"):
                call_command("create-hook", "a", "--kind", "webhook", *choices)

    def test_a_bucket_s_address_can_be_listed_on_the_way(self, db, capsys, tmp_path):
        (tmp_path / "key").write_text("s3cret\n")
        options = [
            *("--kind", "bucket", "--on-failure", "open", "--on-hold", "refuse"),
            *("--on-refuse", "delete", "--endpoint", "http://127.0.0.1:9", "--bucket", "b"),
            *("--access-key", "a", "--secret-key-file", str(tmp_path / "key")),
        ]
        with pytest.raises(CommandError, match="endpoint"):
            self.made(capsys, *options)
        self.made(capsys, *options, "--own-endpoint")
        assert Platform.objects.get().media_origins == ["http://127.0.0.1:9"]
        for unreachable in ("http://127.1", "http://169.254.169.254"):
            with pytest.raises(CommandError, match="endpoint"):
                self.made(capsys, *options, "--own-endpoint", "--endpoint", unreachable)
        assert Platform.objects.get().media_origins == ["http://127.0.0.1:9"]
        assert open_place(Hook.objects.get()).secret_key == "s3cret"

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (("--kind", "webhook", "--platform", "none"), "record_not_found"),
            (("--kind", "bucket", "--secret-key-file", "/none"), "source_unreadable"),
            (("--kind", "webhook", "--with-private"), "takes_private"),
        ],
    )
    def test_what_cannot_be_made_is_said(self, options, said, platform):
        choices = ("--on-failure", "open", "--on-hold", "store")
        with pytest.raises(CommandError, match=said):
            call_command("create-hook", "a", *choices, *options)
