"""What callers are told: verdicts, holds, failures by choice, secrets."""

from __future__ import annotations

import io
import json
import logging

import pytest
from django.db import DatabaseError
from django.test import override_settings

from media_files import MEDIA
from staydown_web.accounts.services import keys
from staydown_web.audit.models import Event
from staydown_web.banks.services import publishing
from staydown_web.base.admission import BUSY
from staydown_web.base.errors import FieldsError, ServiceBusyError
from staydown_web.hooks.models import Hook
from staydown_web.hooks.services import checking, choose_again, create_hook, end_hook, opening
from staydown_web.screening.models import Copy
from web_servers import answering, serving

pytestmark = pytest.mark.django_db(transaction=True)
EXTERNAL = ("pict-rs", "webhook", "guard")


def counts(hook: Hook) -> dict[str, int]:
    hook.refresh_from_db()
    names = ("passed", "held", "stopped", "failed_open", "failed_closed")
    return {n: v for n in names if (v := getattr(hook, n))}


class TestVerdicts:
    @pytest.mark.parametrize("kind", EXTERNAL)
    def test_copies_are_refused_and_another_picture_is_stored(
        self, kind, banked, make_hook, send, mirrored, cropped, other
    ):
        hook, secret = make_hook(kind)
        refused = send(kind, secret, mirrored)
        assert refused.status_code == 403
        assert refused["Content-Type"] == "application/problem+json"
        body = refused.json()
        assert (body["code"], body["action"], body["verdict"]) == (
            "upload_refused",
            "refuse",
            "block",
        )
        cut = send(kind, secret, cropped)
        assert (cut.status_code, cut.json()["verdict"]) == (403, "hold")
        stored = send(kind, secret, other)
        assert (stored.status_code, stored.json()["action"]) == (200, "store")
        assert counts(hook) == {"passed": 1, "held": 1, "stopped": 1}
        copy = Copy.objects.get(verdict="block")
        assert (copy.state, copy.api_key_id) == ("blocked", hook.key_id)

    @pytest.mark.parametrize(("on_hold", "status"), [("store", 200), ("refuse", 403)])
    def test_a_hold_means_what_the_platform_chose(
        self, on_hold, status, seeded, make_hook, send, mirrored
    ):
        hook, secret = make_hook("pict-rs", on_hold=on_hold)
        answer = send("pict-rs", secret, mirrored)
        assert (answer.status_code, answer.json()["verdict"]) == (status, "hold")
        assert counts(hook) == {"held": 1}

    def test_nothing_is_told_of_the_match(self, banked, make_hook, send, mirrored):
        _, secret = make_hook("webhook")
        said = send("webhook", secret, mirrored).json()
        assert set(said) == {"type", "title", "status", "code", "detail"} | {
            "action",
            "verdict",
            "check_id",
        }

    def test_the_platform_s_own_words_for_it_are_kept(self, banked, make_hook, send, mirrored):
        _, secret = make_hook("webhook")
        send("webhook", secret, mirrored, headers={"Staydown-Content-Ref": "post-7"})
        assert Copy.objects.get().content_ref == "post-7"


class TestBodies:
    def test_a_form_a_fingerprint_and_an_address_are_answered_alike(
        self, banked, make_hook, client, platform, mirrored, demo_fingerprint
    ):
        _, secret = make_hook("webhook")
        headers = {"Authorization": f"Bearer {secret}"}
        form = client.post("/hooks/webhook/", {"media": io.BytesIO(mirrored)}, headers=headers)
        whole = {"fingerprint": demo_fingerprint("bridge.jpg").to_dict()}
        by_hash = client.post("/hooks/webhook/", whole, "application/json", headers=headers)
        with serving(answering(mirrored)) as server:
            platform.media_origins = [server.origin]
            platform.save()
            opening.forget_hooks()
            asked = {"url": f"{server.origin}/1.jpg", "content_ref": "9"}
            by_address = client.post("/hooks/webhook/", asked, "application/json", headers=headers)
        assert [r.status_code for r in (form, by_hash, by_address)] == [403] * 3
        assert {r.json()["verdict"] for r in (form, by_hash, by_address)} == {"block"}

    def test_of_several_files_none_is_passed_over(self, make_hook, client, mirrored):
        _, secret = make_hook("webhook")
        form = {"media": [io.BytesIO(b"x"), io.BytesIO(mirrored)]}
        headers = {"Authorization": f"Bearer {secret}"}
        answer = client.post("/hooks/webhook/", form, headers=headers)
        said = answer.json()
        assert (answer.status_code, said["action"], said["reason"]) == (
            503, "refuse", "body_unreadable",
        )  # fmt: skip

    def test_an_address_elsewhere_is_not_gone_to(self, make_hook, client, other):
        _, secret = make_hook("webhook", on_failure="open")
        with serving(answering(other)) as server:
            answer = client.post(
                "/hooks/webhook/",
                {"url": f"{server.origin}/1.jpg"},
                "application/json",
                headers={"Authorization": f"Bearer {secret}"},
            )
            assert (answer.status_code, answer.json()["code"]) == (400, "address_refused")
            assert server.connections == 0

    def test_a_misspelt_field_beside_an_address_is_refused(self, make_hook, client, other):
        _, secret = make_hook("webhook", on_failure="open")
        with serving(answering(other)) as server:
            answer = client.post(
                "/hooks/webhook/",
                {"url": f"{server.origin}/1.jpg", "acount": "7"},
                "application/json",
                headers={"Authorization": f"Bearer {secret}"},
            )
            assert server.connections == 0
        assert answer.status_code == 400
        assert "acount" in answer.text
        assert "account, content_ref, url" in answer.text

    @pytest.mark.parametrize(("on_failure", "status"), [("open", 200), ("closed", 503)])
    @pytest.mark.parametrize("reply", ["404 Not Found", "302 Found", "500 Oops"])
    def test_an_address_that_gives_no_file_is_a_failure(
        self, reply, on_failure, status, make_hook, client, platform
    ):
        _, secret = make_hook("webhook", on_failure=on_failure)
        with serving(answering(b"x", status=reply, location="http://127.0.0.1:1/")) as server:
            platform.media_origins = [server.origin]
            platform.save()
            answer = client.post(
                "/hooks/webhook/",
                {"url": f"{server.origin}/1.jpg"},
                "application/json",
                headers={"Authorization": f"Bearer {secret}"},
            )
            assert server.connections == 1
        assert (answer.status_code, answer.json()["reason"]) == (status, "address_unreachable")

    @pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"url": 7}', b'{"url": "x"}'])
    def test_a_question_that_cannot_be_read_is_the_caller_s_error_and_never_stored(
        self, body, make_hook, send
    ):
        hook, secret = make_hook("webhook", on_failure="open")
        answer = send("webhook", secret, body, content_type="application/json")
        assert answer.status_code == 400
        assert counts(hook) == {}


FAILURES = {
    "garbage": (b"\x00no picture" * 99, {}, "format_unsupported"),
    "a text": (b"words", {"content_type": "text/plain"}, "format_unsupported"),
    "cut off": ((MEDIA / "maple.jpg").read_bytes()[:400], {}, "decode_failed"),
    "empty": (b"", {}, "body_unreadable"),
    "huge": (b"x" * 2000, {"max_bytes": 1000}, "content_too_large"),
}


class TestFailures:
    @pytest.mark.parametrize(("on_failure", "status"), [("open", 200), ("closed", 503)])
    @pytest.mark.parametrize("name", FAILURES)
    def test_what_cannot_be_checked_is_answered_as_chosen_counted_and_logged(
        self, name, on_failure, status, make_hook, send, caplog
    ):
        body, more, reason = FAILURES[name]
        kind = {"content_type": more.get("content_type", "image/jpeg")}
        limits = {n: v for n, v in more.items() if n == "max_bytes"}
        hook, secret = make_hook("pict-rs", on_failure=on_failure, **limits)
        with caplog.at_level(logging.WARNING):
            answer = send("pict-rs", secret, body, **kind)
        said = answer.json()
        assert (answer.status_code, said["reason"], said["verdict"]) == (
            status,
            reason,
            "unchecked",
        )
        assert counts(hook) == {f"failed_{on_failure}": 1}
        assert hook.last_failure == reason
        assert [r.getMessage() for r in caplog.records if r.name == "staydown.hooks"] == [
            f"hook {hook.pk} failed {on_failure}: {reason}"
        ]
        assert secret not in caplog.text

    @pytest.mark.parametrize(("on_failure", "status"), [("open", 200), ("closed", 503)])
    def test_a_check_that_is_late_is_answered_in_time(
        self, on_failure, status, make_hook, send, other, monkeypatch
    ):
        hook, secret = make_hook("pict-rs", on_failure=on_failure, wait_s=1)
        go_on = checking.threading.Event()
        monkeypatch.setattr(checking.screening, "fingerprint_media", lambda path: go_on.wait(30))
        answer = send("pict-rs", secret, other)
        go_on.set()
        assert (answer.status_code, answer.json()["reason"]) == (status, "check_late")
        assert counts(hook) == {f"failed_{on_failure}": 1}

    @pytest.mark.parametrize(("on_failure", "status"), [("open", 200), ("closed", 503)])
    def test_a_bank_that_cannot_be_read_is_a_failure(
        self, on_failure, status, make_hook, send, other, banked, tmp_path
    ):
        _, secret = make_hook("pict-rs", on_failure=on_failure)
        assert send("pict-rs", secret, other).status_code == 200
        publishing.close_segments()
        blocked = tmp_path / "no-folder"
        blocked.write_text("")
        with override_settings(STAYDOWN_SHARED_MEMORY=blocked / "memory"):
            answer = send("pict-rs", secret, other)
        assert answer.status_code == status

    @pytest.mark.parametrize(("on_failure", "status"), [("open", 200), ("closed", 503)])
    def test_a_database_that_is_gone_is_a_failure_of_a_hook_that_was_known(
        self, on_failure, status, make_hook, send, other, monkeypatch
    ):
        _, secret = make_hook("pict-rs", on_failure=on_failure)
        assert send("pict-rs", secret, other).status_code == 200

        def gone(digest):
            raise DatabaseError

        keys.forget_keys()
        monkeypatch.setattr(keys, "_read", gone)
        answer = send("pict-rs", secret, other)
        assert (answer.status_code, answer.json()["reason"]) == (status, "database_unreachable")

    def test_what_the_caller_met_alone_is_counted_with_its_next_call(self, make_hook, send, other):
        hook, secret = make_hook("guard", on_failure="open")
        send("guard", secret, other, headers={"Staydown-Missed": "open=3, closed=2, x=9"})
        assert counts(hook) == {"passed": 1, "failed_open": 3, "failed_closed": 2}


class TestSecrets:
    def test_the_address_can_hold_the_secret(self, banked, make_hook, client, mirrored, other):
        _, secret = make_hook("pict-rs")
        address = f"/hooks/pict-rs/{secret}/"
        assert client.post(address, mirrored, content_type="image/jpeg").status_code == 403
        assert client.post(address, other, content_type="image/jpeg").status_code == 200

    def test_none_another_s_and_a_plain_key_s_open_nothing(
        self, make_hook, send, client, key_for, platform, other
    ):
        _, secret = make_hook("webhook", on_failure="open")
        _, plain = key_for(platform, "check")
        assert client.post("/hooks/webhook/", other, content_type="image/jpeg").status_code == 401
        for wrong, kind in (("x" * 43, "webhook"), (plain, "webhook"), (secret, "pict-rs")):
            answer = send(kind, wrong, other)
            assert (answer.status_code, answer.json()["code"]) == (401, "key_unknown")

    def test_an_ended_hook_is_refused_within_a_second(
        self, make_hook, send, other, now, monkeypatch
    ):
        hook, secret = make_hook("pict-rs", on_failure="open")
        assert send("pict-rs", secret, other).status_code == 200
        end_hook(hook_id=hook.pk, actor="system", now=now)
        later = keys.time.monotonic() + 1
        monkeypatch.setattr(keys.time, "monotonic", lambda: later)
        assert send("pict-rs", secret, other).status_code == 401

    def test_a_change_counts_within_a_second(self, make_hook, send, now, monkeypatch):
        hook, secret = make_hook("pict-rs", on_failure="open")
        assert send("pict-rs", secret, b"words").status_code == 200
        choose_again(hook_id=hook.pk, on_failure="closed", on_hold="store", actor="system", now=now)
        later = keys.time.monotonic() + 1
        monkeypatch.setattr(opening.time, "monotonic", lambda: later)
        assert send("pict-rs", secret, b"words").status_code == 503


class TestRooms:
    def test_public_rooms_are_checked_and_private_ones_are_left_alone(
        self, banked, make_hook, send, mirrored
    ):
        hook, secret = make_hook("chat")
        public = send("chat", secret, mirrored, headers={"Staydown-Room": "public"})
        private = send("chat", secret, mirrored, headers={"Staydown-Room": "private"})
        assert (public.status_code, private.status_code) == (403, 200)
        assert private.json() == {"action": "store", "verdict": "unchecked", "reason": "private"}
        assert counts(hook) == {"stopped": 1}

    def test_private_ones_are_checked_where_somebody_chose_it(
        self, banked, make_hook, send, mirrored
    ):
        _, secret = make_hook("chat", takes_private=True)
        assert (
            send("chat", secret, mirrored, headers={"Staydown-Room": "private"}).status_code == 403
        )

    def test_a_server_has_to_say_which(self, make_hook, send, other):
        _, secret = make_hook("chat")
        answer = send("chat", secret, other)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["Staydown-Room"])


class TestMaking:
    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"on_failure": ""}, "on_failure"),
            ({"on_hold": "maybe"}, "on_hold"),
            ({"kind": "fax"}, "kind"),
            ({"max_bytes": 0}, "max_bytes"),
            ({"max_bytes": 1 << 50}, "max_bytes"),
            ({"wait_s": 0}, "wait_s"),
            ({"takes_private": True}, "takes_private"),
            ({"name": ""}, "name"),
        ],
    )
    def test_nothing_is_chosen_for_the_platform(self, changed, field, platform, now):
        given = {"kind": "pict-rs", "on_failure": "open", "on_hold": "store", "name": "a"}
        with pytest.raises(FieldsError) as found:
            create_hook(platform=platform, actor="system", now=now, **given | changed)
        assert field in found.value.fields
        assert not Hook.objects.exists()

    def test_the_audit_says_what_was_chosen(self, make_hook, now):
        hook, secret = make_hook("chat", on_failure="open")
        choose_again(hook_id=hook.pk, on_failure="closed", on_hold="store", actor="system", now=now)
        end_hook(hook_id=hook.pk, actor="system", now=now)
        events = list(Event.objects.order_by("seq").values_list("what", flat=True))
        assert events == ["key_created", "hook_created", "hook_changed", "key_revoked"]
        assert secret not in json.dumps(list(Event.objects.values_list("facts", flat=True)))


@pytest.mark.parametrize(("choice", "status"), [("open", 200), ("closed", 503)])
def test_a_service_that_has_too_much_to_do_answers_as_chosen(choice, status, make_hook, client):
    hook, secret = make_hook("pict-rs", on_failure=choice)
    busy = ServiceBusyError("busy", retry_after_s=7)
    answer = client.post(
        "/hooks/pict-rs/",
        b"x",
        content_type="image/jpeg",
        headers={"Authorization": f"Bearer {secret}"},
        **{BUSY: busy},
    )
    assert (answer.status_code, answer.json()["reason"]) == (status, "service_busy")
    assert counts(hook) == {f"failed_{choice}": 1}
