"""The check calls as programs make them: bodies, answers, problems, limits."""

from __future__ import annotations

import base64
import json
import logging
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

import staydown
from staydown.types import Evidence, Match, MatchKind, TimeSpan, Transform
from staydown_web.accounts.services import create_api_key, revoke_api_key
from staydown_web.accounts.services.keys import forget_keys
from staydown_web.banks.services import catch_up, withdraw_entry
from staydown_web.screening.models import Copy

pytestmark = pytest.mark.django_db(transaction=True)

CHECK = "/api/v1/check"
PHOTO = Path(staydown.__file__).parent / "demo_media" / "bridge.jpg"


@pytest.fixture
def call(client: Client, platform, key_for):
    """``call(path, body, scopes…)`` posts JSON with a new key of these scopes."""

    def posted(path, body, *scopes, key=None, **more):
        key = key or key_for(platform, *(scopes or ("check", "match:detail")))[1]
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        kind = more.pop("content_type", "application/json")
        return client.post(path, data, content_type=kind, headers=headers)

    return posted


@pytest.fixture
def picture(drawn_fingerprint):
    return drawn_fingerprint(1)


def bare(fingerprint, **more) -> dict:
    return {"signals": fingerprint.to_dict()["signals"], **more}


def problem(response, status: int, code: str) -> dict:
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"].endswith(code)
    return body


class TestTypesOfSignals:
    """A type that is not known is never passed over unseen."""

    @pytest.mark.parametrize("name", ["PDQ", "foo", "Sha256", "windows/9", ""])
    def test_an_unknown_one_beside_a_good_one_is_refused_with_its_place(self, call, picture, name):
        good = picture.to_dict()["signals"]
        body = {"signals": [*good, {"type": name, "value": "xx"}]}
        said = problem(call(CHECK, body), 400, "fields_invalid")
        place = f"signals.{len(good)}.type"
        assert list(said["fields"]) == [place]
        assert "pdq, windows/1" in said["fields"][place]
        assert place in said["detail"]
        batch = call(f"{CHECK}/batch", {"checks": [body, bare(picture)]}).json()["answers"]
        assert list(batch[0]["problem"]["fields"]) == [place]
        assert batch[1]["verdict"] == "clear"

    def test_alone_it_is_refused_with_its_place_too(self, call):
        body = {"signals": [{"type": "PDQ", "value": "0" * 64}]}
        assert list(problem(call(CHECK, body), 400, "fields_invalid")["fields"]) == [
            "signals.0.type"
        ]

    def test_in_a_fingerprint_a_misspelt_one_is_refused(self, call, picture):
        whole = picture.to_dict()
        whole["signals"].append({"type": "PDQ", "value": "xx"})
        said = problem(call(CHECK, {"fingerprint": whole}), 400, "fields_invalid")
        assert list(said["fields"]) == [f"fingerprint.signals.{len(whole['signals']) - 1}.type"]

    def test_in_a_fingerprint_one_of_a_later_version_is_left_out_and_the_answer_says_so(
        self, call, seed, picture
    ):
        seed(picture)
        whole = picture.to_dict()
        whole["signals"].insert(0, {"type": "windows/9", "value": "xx"})
        body = {"fingerprint": whole, "content_ref": "post-7"}
        answer = call(CHECK, body).json()
        assert (answer["verdict"], answer["ignored_signals"]) == ("hold", ["windows/9"])
        for path, name in ((f"{CHECK}/batch", "checks"), ("/api/v1/hits", "hits")):
            rows = call(path, {name: [body]}, "check", "library").json()["answers"]
            assert rows[0]["ignored_signals"] == ["windows/9"]
        assert "ignored_signals" not in call(CHECK, bare(picture)).json()


class TestBodies:
    def test_bare_signals_and_a_whole_fingerprint_say_the_same(self, call, seed, picture):
        seed(picture)
        one = call(CHECK, bare(picture)).json()
        two = call(CHECK, {"fingerprint": picture.to_dict()}).json()
        assert one["verdict"] == two["verdict"] == "hold"
        assert one["matches"][0]["entry_id"] == two["matches"][0]["entry_id"]

    def test_a_photo_is_decoded_and_not_kept(
        self, client, platform, key_for, seed, demo_fingerprint
    ):
        seed(demo_fingerprint("bridge.jpg"))
        _, key = key_for(platform, "check", "match:detail")
        with PHOTO.open("rb") as file:
            answer = client.post(
                CHECK,
                {"media": file, "content_ref": "7", "account": "ann"},
                headers={"Authorization": f"Bearer {key}"},
            ).json()
        assert answer["verdict"] == "hold"
        assert answer["matches"][0]["kind"] == "identical"
        assert Copy.objects.get().content_ref == "7"

    def test_only_the_signals_that_are_wanted_are_made(
        self, client, platform, key_for, seed, demo_fingerprint
    ):
        seed(demo_fingerprint("bridge.jpg"))
        _, key = key_for(platform, "check", "match:detail")
        with PHOTO.open("rb") as file:
            answer = client.post(
                CHECK, {"media": file, "signals": "pdq"}, headers={"Authorization": f"Bearer {key}"}
            ).json()
        assert [m["kind"] for m in answer["matches"]] == ["same"]

    def test_a_batch_answers_in_order_with_problems_in_place(self, call, seed, drawn_fingerprint):
        seed(drawn_fingerprint(1))
        rows = [bare(drawn_fingerprint(1)), {"signals": [{"type": "pdq", "value": "zz"}]}, 7]
        rows.append(bare(drawn_fingerprint(2)))
        answers = call(CHECK + "/batch", {"checks": rows}).json()["answers"]
        assert [a.get("verdict") for a in answers] == ["hold", None, None, "clear"]
        assert [a["problem"]["code"] for a in answers[1:3]] == [
            "fingerprint_invalid",
            "fields_invalid",
        ]
        assert answers[2]["problem"]["fields"] == {"checks": "each an object"}

    def test_the_kind_of_a_body_may_be_written_in_any_case(self, call, picture):
        body = json.dumps(bare(picture)).encode()
        answer = call(CHECK, body, content_type="Application/JSON")
        assert answer.status_code == 200

    def test_a_scan_reports_files(self, call, seed, picture):
        entry = seed(picture)
        rows = [
            {"content_ref": "1", "fingerprint": picture.to_dict()},
            {"content_ref": "2", "match": {"entry_id": str(entry.pk), "kind": "same"}},
            {"content_ref": "3", "matches": [{"kind": "same"}]},
        ]
        answers = call("/api/v1/hits", {"hits": rows}, "library").json()["answers"]
        assert [a.get("verdict") for a in answers] == ["hold", "hold", None]
        assert set(Copy.objects.values_list("source", flat=True)) == {"library"}

    def test_matches_are_taken_as_the_scan_writes_them(self, call, seed, picture):
        entry = seed(picture)
        evidence = Evidence(
            reason="the whole picture is alike",
            distance=4,
            points=12,
            transform=Transform((1.0, 0.0, 0.0, 0.0, 1.0, 0.0), True, 90.0, 0.5),
            query_box=(0.0, 0.0, 1.0, 1.0),
            entry_box=(0.0, 0.0, 0.5, 1.0),
            time_span=TimeSpan(0.0, 1.0, 2.0, 3.0),
            altered_cells=(0,) * 16,
        )
        match = Match(str(entry.pk), MatchKind.SAME, 0.9, evidence).to_dict()
        row = {"content_ref": "1", "matches": [match]}
        for scopes in (("library",), ("library", "match:detail")):
            answered = call("/api/v1/hits", {"hits": [row]}, *scopes)
            assert answered.json()["answers"][0]["verdict"] == "hold", answered.content
        stored = Copy.objects.get().hits.get().evidence
        assert stored == json.loads(json.dumps(evidence.to_dict()))

    @pytest.mark.parametrize(
        "evidence",
        [
            7,
            {"reason": 7},
            {"distance": "far"},
            {"distance": 1e300},
            {"points": -1},
            {"transform": {"matrix": [1.0]}},
            {"transform": 7},
            {"query_box": [0.0]},
            {"time_span": {}},
            {"altered_cells": [0]},
            {"altered_cells": [1 << 40] * 16},
        ],
    )
    def test_evidence_that_cannot_be_read_is_a_problem_of_its_file(
        self, call, seed, picture, evidence
    ):
        match = {"entry_id": str(seed(picture).pk), "kind": "same", "evidence": evidence}
        row = {"content_ref": "1", "matches": [match]}
        (answer,) = call("/api/v1/hits", {"hits": [row]}, "library").json()["answers"]
        assert list(answer["problem"]["fields"]) == ["matches"]
        assert not Copy.objects.exists()

    def test_a_file_that_cannot_be_read_costs_the_others_of_its_report_nothing(
        self, call, seed, picture
    ):
        seed(picture)
        good = picture.to_dict()
        at = len(good["signals"])
        misspelt = {**good, "signals": [*good["signals"], {"type": "PDQ", "value": "00"}]}
        others = [one for one in good["signals"] if one["type"] != "pdq"]
        unread = {**good, "signals": [*others, {"type": "pdq", "value": "<64>"}]}
        bad = [
            ({"fingerprint": misspelt}, "fields_invalid", f"fingerprint.signals.{at}.type"),
            ({"fingerprint": unread}, "fingerprint_invalid", f"fingerprint.signals.{at - 1}"),
            ({"fingerprint": {**good, "signals": [7]}}, "fingerprint_invalid", "signals.0"),
            ({"fingerprint": {**good, "version": 2}}, "fingerprint_invalid", ""),
            ({"fingerprint": "x"}, "fields_invalid", "fingerprint"),
            ({}, "fields_invalid", "hits"),
            (7, "fields_invalid", "hits"),
            ({"fingerprint": good, "url": "a\x00"}, "fields_invalid", "url"),
        ]
        rows = [row for row, _, _ in bad] + [{"content_ref": "1", "fingerprint": good}]
        answered = call("/api/v1/hits", {"hits": rows}, "library")
        assert answered.status_code == 200
        answers = answered.json()["answers"]
        assert answers[-1]["verdict"] == "hold"
        assert Copy.objects.get().content_ref == "1"
        for (_, code, place), answer in zip(bad, answers, strict=False):
            said = answer["problem"]
            assert (said["code"], said["status"]) == (code, 400)
            assert place in "".join(said.get("fields", {})), said
            assert place in said["detail"]

    def test_a_value_that_cannot_be_read_has_its_place_in_a_check_too(self, call):
        sha256 = {"type": "sha256", "value": "0" * 64}
        body = {"signals": [sha256, {"type": "pdq", "value": "<64>"}]}
        said = problem(call(CHECK, body), 400, "fingerprint_invalid")
        assert said["fields"] == {"signals.1": "the value of pdq cannot be read"}
        assert said["detail"] == "signals.1: the value of pdq cannot be read"

    def test_low_trust_answers_hold_the_verdict_alone(self, call, seed, picture):
        seed(picture)
        assert set(call(CHECK, bare(picture), "check").json()) == {"verdict", "check_id"}


class TestProblems:
    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (b"{", "body_unreadable"),
            (b"[]", "body_unreadable"),
            (b"\xff", "body_unreadable"),
            ({}, "fields_invalid"),
            ({"signals": []}, "fields_invalid"),
            ({"signals": 7}, "fingerprint_invalid"),
            ({"signals": [7]}, "fingerprint_invalid"),
            ({"signals": [{"type": "pdq", "value": "00"}]}, "fingerprint_invalid"),
            ({"signals": [{"type": "of/9", "value": "00"}]}, "fields_invalid"),
            ({"fingerprint": "x"}, "fields_invalid"),
            ({"fingerprint": {"version": 2}}, "fingerprint_invalid"),
        ],
    )
    def test_a_body_that_cannot_be_used(self, call, body, code):
        problem(call(CHECK, body), 400, code)

    @pytest.mark.parametrize("name", ["content_ref", "account", "url"])
    @pytest.mark.parametrize("value", [7, "x" * 2001, "a\x00b", ["a"]])
    def test_texts_that_cannot_be_used(self, call, picture, name, value):
        found = problem(call(CHECK, bare(picture, **{name: value})), 400, "fields_invalid")
        assert name in found["fields"]

    @pytest.mark.parametrize("name", ["contentref", "acount", "an account's name"])
    def test_a_field_that_no_check_has_is_refused_by_name(
        self, call, client, platform, key_for, picture, name
    ):
        shown = name if name.isidentifier() else "body"
        found = problem(call(CHECK, bare(picture, **{name: "ann"})), 400, "fields_invalid")
        assert list(found["fields"]) == [shown]
        assert "account" in found["fields"][shown]
        rows = {"checks": [bare(picture, **{name: "ann"})]}
        (answer,) = call(CHECK + "/batch", rows).json()["answers"]
        assert list(answer["problem"]["fields"]) == [shown]
        _, key = key_for(platform, "check")
        with PHOTO.open("rb") as file:
            response = client.post(
                CHECK, {"media": file, name: "ann"}, headers={"Authorization": f"Bearer {key}"}
            )
        assert list(problem(response, 400, "fields_invalid")["fields"]) == [shown]

    @pytest.mark.parametrize(
        ("more", "shown"),
        [
            ({"media": ["first", "second"]}, "media"),
            ({"media": ["first"], "extra": ["second"]}, "extra"),
            ({"media": ["first"], "account": "ab"}, "account"),
        ],
    )
    def test_of_what_comes_twice_none_is_passed_over(self, client, platform, key_for, more, shown):
        _, key = key_for(platform, "check")
        form = {
            name: [SimpleUploadedFile("a.jpg", PHOTO.read_bytes()) for _ in given]
            if isinstance(given, list)
            else [*given]
            for name, given in more.items()
        }
        response = client.post(CHECK, form, headers={"Authorization": f"Bearer {key}"})
        assert list(problem(response, 400, "fields_invalid")["fields"]) == [shown]

    @pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://a.example/1", "a.example/1"])
    def test_an_address_of_another_kind(self, call, picture, url):
        found = problem(call(CHECK, bare(picture, url=url)), 400, "fields_invalid")
        assert "https://" in found["fields"]["url"]

    def test_a_body_of_another_kind(self, call):
        problem(call(CHECK, b"x", content_type="text/plain"), 415, "content_type_unsupported")
        problem(
            call(CHECK + "/batch", b"x", content_type="text/plain"), 415, "content_type_unsupported"
        )

    def test_a_form_that_is_cut_off(self, call):
        kind = "multipart/form-data; boundary=x"
        problem(call(CHECK, b"--x\r\nContent-", content_type=kind), 400, "fields_invalid")
        problem(call(CHECK, b"x", content_type="multipart/form-data"), 400, "body_unreadable")

    @pytest.mark.parametrize(
        ("media", "status", "code"),
        [(b"not a picture", 415, "format_unsupported"), (b"", 415, "format_unsupported")],
    )
    def test_media_that_cannot_be_opened(
        self, client, platform, key_for, media, status, code, tmp_path
    ):
        (tmp_path / "m").write_bytes(media)
        _, key = key_for(platform, "check")
        with (tmp_path / "m").open("rb") as file:
            response = client.post(
                CHECK, {"media": file}, headers={"Authorization": f"Bearer {key}"}
            )
        found = problem(response, status, code)
        assert "/proc" not in found["detail"]

    @pytest.mark.parametrize("size", [2_000, 3 << 20])
    def test_an_upload_above_the_limit(self, client, platform, key_for, tmp_path, size):
        (tmp_path / "m").write_bytes(b"x" * size)
        _, key = key_for(platform, "check")
        with (tmp_path / "m").open("rb") as file, override_settings(STAYDOWN_MAX_MEDIA_BYTES=1000):
            response = client.post(
                CHECK, {"media": file}, headers={"Authorization": f"Bearer {key}"}
            )
        problem(response, 413, "content_too_large")

    def test_a_json_body_above_the_limit(self, call):
        with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000):
            problem(call(CHECK, {"signals": ["x" * 2000]}), 413, "content_too_large")

    @pytest.mark.parametrize("rows", [None, [], [{}] * 101, {}])
    def test_a_batch_of_no_or_too_many_checks(self, call, rows):
        problem(call(CHECK + "/batch", {"checks": rows}), 400, "fields_invalid")
        problem(call("/api/v1/hits", {"hits": rows}, "library"), 400, "fields_invalid")

    def test_an_idempotency_key_with_another_request(self, call, seed, picture, key_for, platform):
        seed(picture)
        _, key = key_for(platform, "check")
        headers = {"Idempotency-Key": "k"}
        assert call(CHECK, bare(picture), key=key, headers=headers).status_code == 200
        other = bare(picture, content_ref="2")
        problem(call(CHECK, other, key=key, headers=headers), 422, "idempotency_key_reused")


class TestKeys:
    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer  ", "Basic x"])
    def test_without_a_key_nothing_is_answered(self, client, header, db):
        response = client.post(
            CHECK, "{}", content_type="application/json", headers={"Authorization": header}
        )
        problem(response, 401, "key_missing")
        assert response["WWW-Authenticate"].startswith("Bearer")

    def test_a_key_without_the_scope_is_refused(self, call):
        problem(call(CHECK, {}, "orders"), 403, "not_allowed")
        problem(call("/api/v1/hits", {}, "check"), 403, "not_allowed")

    def test_a_key_is_shown_once_and_kept_as_a_digest(self, platform, now):
        key, text = create_api_key(
            platform=platform, name="a", scopes=["check"], per_minute=0, actor="system", now=now
        )
        assert text not in str(vars(key))
        assert len(text) >= 43

    def test_a_revoked_key_is_refused_within_a_second(self, call, platform, now, monkeypatch):
        from staydown_web.accounts.services import keys

        key, text = create_api_key(
            platform=platform, name="a", scopes=["check"], per_minute=0, actor="system", now=now
        )
        clock = [1000.0]
        monkeypatch.setattr(keys.time, "monotonic", lambda: clock[0])
        assert call(CHECK, {}, key=text).status_code == 400
        revoke_api_key(key_id=key.pk, actor="system", now=now)
        clock[0] += 1.0
        problem(call(CHECK, {}, key=text), 401, "key_unknown")

    def test_an_unknown_and_a_revoked_key_are_answered_alike_and_by_the_same_work(
        self, call, platform, now, django_assert_num_queries
    ):
        key, text = create_api_key(
            platform=platform, name="a", scopes=["check"], per_minute=0, actor="system", now=now
        )
        revoke_api_key(key_id=key.pk, actor="system", now=now)
        answers = []
        for one in (text, "sd_" + "x" * 43):
            forget_keys()
            with django_assert_num_queries(1):
                answers.append(call(CHECK, {}, key=one))
        problem(answers[0], 401, "key_unknown")
        assert answers[0].content == answers[1].content
        assert answers[0]["WWW-Authenticate"] == answers[1]["WWW-Authenticate"]

    def test_calls_above_the_limit_wait(self, call, platform, now, picture):
        forget_keys()
        _, text = create_api_key(
            platform=platform, name="a", scopes=["check"], per_minute=3, actor="system", now=now
        )
        answers = [call(CHECK, bare(picture), key=text) for _ in range(4)]
        assert [a.status_code for a in answers[:3]] == [200] * 3
        problem(answers[3], 429, "rate_limited")
        assert 1 <= int(answers[3]["Retry-After"]) <= 20


class TestStored:
    def test_a_stored_check_is_found_by_its_platform_alone(
        self, call, client, seed, picture, other_platform, platform, key_for
    ):
        seed(picture)
        check_id = call(CHECK, bare(picture, content_ref="9")).json()["check_id"]

        def get(owner, *scopes):
            _, key = key_for(owner, *scopes)
            return client.get(
                f"/api/v1/checks/{check_id}", headers={"Authorization": f"Bearer {key}"}
            )

        found = get(platform, "check", "match:detail").json()
        assert (found["verdict"], found["state"], found["content_ref"]) == ("hold", "held", "9")
        assert found["matches"][0]["kind"] == "same"
        assert "matches" not in get(platform, "check").json()
        problem(get(other_platform, "check"), 404, "record_not_found")

    def test_nothing_is_stored_of_a_clear_check(self, call, client, picture, platform, key_for):
        check_id = call(CHECK, bare(picture)).json()["check_id"]
        _, key = key_for(platform, "check")
        for name in (check_id, uuid4()):
            response = client.get(
                f"/api/v1/checks/{name}", headers={"Authorization": f"Bearer {key}"}
            )
            problem(response, 404, "record_not_found")

    def test_what_was_found_is_listed_page_by_page(
        self, call, client, seed, drawn_fingerprint, platform, key_for
    ):
        for n in range(5):
            seed(drawn_fingerprint(n))
            call(CHECK, bare(drawn_fingerprint(n), content_ref=str(n)))
        _, key = key_for(platform, "hits")
        headers = {"Authorization": f"Bearer {key}"}
        seen, after = [], ""
        for _ in range(4):
            page = client.get(f"/api/v1/hits?limit=2&after={after}", headers=headers).json()
            seen += [row["content_ref"] for row in page["hits"]]
            after = page["next"]
        assert seen == ["0", "1", "2", "3", "4"]
        problem(client.get("/api/v1/hits?after=x", headers=headers), 400, "fields_invalid")


def test_a_key_is_read_by_one_call_for_all_that_come_meanwhile(platform, key_for):
    """A flood of one key must not ask the database a thousand times, nor lose its share."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from staydown_web.accounts.services import authenticate, keys

    key, text = key_for(platform, "check")
    header = f"Bearer {text}"
    authenticate(header, "check")
    known = next(iter(keys._known.values()))
    known.until -= keys._SEEN_FOR_S + 0.1  # it is time to read it again
    assert not keys._is_current(known)  # a call that is about to read it
    with CaptureQueriesContext(connection) as asked:
        assert authenticate(header, "check").key_id == key.pk
        assert keys.key_seen(header) == key.pk
    assert len(asked) == 0
    known.until -= keys._READING_S  # who reads it has not come back: it is not believed any longer
    with CaptureQueriesContext(connection) as asked:
        authenticate(header, "check")
    assert len(asked) >= 1


@pytest.mark.parametrize("sender", ["whole", "bare", "wrong"])
def test_no_value_of_the_bank_reaches_a_log_at_any_level(
    caplog, call, confirmed, picture, now, sender
):
    caplog.set_level(logging.DEBUG)
    entry = confirmed(picture)
    body = {
        "whole": {"fingerprint": picture.to_dict()},
        "bare": bare(picture),
        "wrong": bare(picture, verdict="block"),
    }[sender]
    assert call(CHECK, body).status_code == (400 if sender == "wrong" else 200)
    withdraw_entry(entry_id=entry.pk, actor="person", now=now)
    catch_up()
    # The database's own lines hold what is stored, which is sealed; here as in all others.
    said = "\n".join(f"{r.getMessage()} {r.__dict__}" for r in caplog.records).lower()
    for signal in picture.signals:
        raw = signal.raw
        forms = (raw.hex(), base64.b64encode(raw).decode().lower(), repr(raw).lower()[2:-1])
        assert [form for form in forms if form in said] == []
