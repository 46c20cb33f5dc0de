"""Buckets on a real S3 server of this machine: events, what becomes of objects, failures."""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.hooks.forms import objects_of
from staydown_web.hooks.models import BucketObject, Hook
from staydown_web.hooks.services import BucketPlace, buckets, create_hook, end_hook, open_place
from staydown_web.hooks.services.buckets import AWAY, check_objects, forget_objects
from staydown_web.hooks.services.stores import sign
from staydown_web.screening.models import Copy
from web_servers import answering, serving

pytestmark = pytest.mark.django_db(transaction=True)
KEYS = {"access_key": "test", "secret_key": "very secret"}


@pytest.fixture
def now() -> datetime:
    """A minute after the events of the test, which are noted by the clock."""
    return utc_now() + timedelta(minutes=1)


@pytest.fixture(scope="module")
def s3() -> Iterator[tuple[str, Any]]:
    """The address of an S3 server, and a client of it."""
    server = importlib.import_module("moto.server").ThreadedMotoServer(
        ip_address="127.0.0.1", port=0
    )
    server.start()
    host, port = server.get_host_and_port()
    client = importlib.import_module("boto3").client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    yield f"http://{host}:{port}", client
    client.close()
    server.stop()


@pytest.fixture
def bucket(s3: tuple[str, Any], request: pytest.FixtureRequest) -> Any:
    """A bucket of this test alone; its client, its name."""
    name = "b" + hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:20]
    s3[1].create_bucket(Bucket=name)
    return s3[1], name


@pytest.fixture
def watch(platform, now, s3, bucket):
    """``watch("delete", …)`` makes a hook of the bucket; hook and secret."""

    def made(on_refuse: str, **more: Any) -> tuple[Hook, str]:
        platform.media_origins = [s3[0]]
        platform.save()
        place = BucketPlace(endpoint=s3[0], bucket=bucket[1], region="us-east-1", **KEYS)
        given = {"on_failure": "closed", "on_hold": "refuse", "place": place, "name": "b"}
        return create_hook(
            platform=platform,
            kind="bucket",
            on_refuse=on_refuse,
            actor="system",
            now=now,
            **given | more,
        )

    return made


def record(bucket: str, key: str, **more: str) -> dict[str, Any]:
    """One record as MinIO writes it; the name encoded as in an address."""
    return {
        "eventName": "s3:ObjectCreated:Put",
        "eventSource": "minio:s3",
        "s3": {
            "bucket": {"name": bucket},
            "object": {"key": key, "eTag": "e", "sequencer": "1", "versionId": "null"} | more,
        },
    }


def names(bucket: tuple[Any, str]) -> list[str]:
    found = bucket[0].list_objects_v2(Bucket=bucket[1]).get("Contents", [])
    return sorted(row["Key"] for row in found)


@pytest.fixture
def put(bucket, send):
    """``put(secret, key, body)`` stores an object and sends its event, as a store does."""

    def done(secret: str, key: str, body: bytes, name: str = "", **more: str) -> Any:
        bucket[0].put_object(Bucket=bucket[1], Key=key, Body=body)
        event = {"Records": [record(bucket[1], name or key, **more)]}
        return send("bucket", secret, json.dumps(event), content_type="application/json")

    return done


class TestWhatBecomesOfObjects:
    def test_a_copy_is_deleted_and_another_picture_stays_byte_for_byte(
        self, banked, watch, put, bucket, mirrored, other, now
    ):
        hook, secret = watch("delete")
        assert put(secret, "new/holiday.jpg", mirrored).json() == {"taken": 1}
        assert put(secret, "new/garden.jpg", other).json() == {"taken": 1}
        assert check_objects(now) == 2
        assert names(bucket) == ["new/garden.jpg"]
        kept = bucket[0].get_object(Bucket=bucket[1], Key="new/garden.jpg")["Body"].read()
        assert kept == other
        hook.refresh_from_db()
        assert (hook.stopped, hook.passed) == (1, 1)
        assert Copy.objects.get().content_ref == "new/holiday.jpg"

    def test_a_cut_copy_is_moved_away_and_what_was_moved_is_not_looked_at(
        self, banked, watch, put, bucket, cropped, now, send
    ):
        _, secret = watch("quarantine")
        put(secret, "holiday in the sun+1.jpg", cropped, "holiday+in+the+sun%2B1.jpg")
        assert check_objects(now) == 1
        assert names(bucket) == [AWAY + "holiday in the sun+1.jpg"]
        event = {"Records": [record(bucket[1], AWAY + "x.jpg")]}
        answer = send("bucket", secret, json.dumps(event), content_type="application/json")
        assert answer.json() == {"taken": 0}

    def test_everything_is_tagged_where_the_bucket_shows_what_passed(
        self, banked, watch, put, bucket, mirrored, other, now
    ):
        _, secret = watch("tag")
        put(secret, "a.jpg", mirrored)
        put(secret, "b.jpg", other)
        assert check_objects(now) == 2
        tags = [
            bucket[0].get_object_tagging(Bucket=bucket[1], Key=key)["TagSet"]
            for key in ("a.jpg", "b.jpg")
        ]
        assert tags == [
            [{"Key": "staydown", "Value": "stop"}],
            [{"Key": "staydown", "Value": "pass"}],
        ]

    def test_a_hold_that_is_stored_stays(self, seeded, watch, put, bucket, mirrored, now):
        hook, secret = watch("delete", on_hold="store")
        put(secret, "a.jpg", mirrored)
        check_objects(now)
        hook.refresh_from_db()
        assert (names(bucket), hook.held) == (["a.jpg"], 1)

    def test_the_version_of_the_event_is_dealt_with_and_no_other(
        self, banked, watch, put, bucket, mirrored, other, now
    ):
        client, name = bucket
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        _, secret = watch("delete")
        bad = client.put_object(Bucket=name, Key="a.jpg", Body=mirrored)["VersionId"]
        put(secret, "a.jpg", other, versionId=bad)
        check_objects(now)
        versions = client.list_object_versions(Bucket=name)["Versions"]
        assert bad not in {v["VersionId"] for v in versions}
        assert client.get_object(Bucket=name, Key="a.jpg")["Body"].read() == other


class TestEvents:
    def test_an_event_that_comes_twice_is_one_piece_of_work(self, watch, put, bucket, other, now):
        hook, secret = watch("delete")
        for _ in range(3):
            put(secret, "a.jpg", other)
        assert check_objects(now) == 1
        put(secret, "a.jpg", other)
        assert check_objects(now) == 0
        put(secret, "a.jpg", other, sequencer="2")
        assert check_objects(now) == 1
        hook.refresh_from_db()
        assert hook.passed == 2

    def test_an_object_that_is_gone_is_no_failure(self, watch, put, bucket, other, now):
        hook, secret = watch("delete")
        put(secret, "a.jpg", other)
        bucket[0].delete_object(Bucket=bucket[1], Key="a.jpg")
        check_objects(now)
        assert BucketObject.objects.get().state == "gone"
        hook.refresh_from_db()
        assert hook.failed_closed == 0

    def test_the_name_of_an_object_is_sealed_and_goes_when_it_is_done(self, watch, put, other, now):
        hook, secret = watch("delete")
        put(secret, "who-is-it.jpg", other)
        row = BucketObject.objects.get()
        assert b"who-is-it" not in bytes(row.box)
        check_objects(now)
        row.refresh_from_db()
        assert row.box is None
        assert forget_objects(now + timedelta(days=6)) == 0
        assert forget_objects(now + timedelta(days=8)) == 1
        assert open_place(hook).secret_key == KEYS["secret_key"]
        assert KEYS["secret_key"].encode() not in bytes(hook.bucket_box)

    def test_an_ended_hook_works_no_more(self, watch, put, bucket, mirrored, banked, now):
        hook, secret = watch("delete")
        put(secret, "a.jpg", mirrored)
        end_hook(hook_id=hook.pk, actor="system", now=now)
        assert check_objects(now) == 0
        assert names(bucket) == ["a.jpg"]
        assert forget_objects(now) == 1

    def test_other_buckets_and_other_events_are_passed_over(self):
        records = [
            record("other", "a"),
            record("mine", "b") | {"eventName": "s3:ObjectRemoved:Delete"},
            record("mine", "c") | {"eventName": "ObjectCreated:CompleteMultipartUpload"},
        ]
        assert [o.key for o in objects_of({"Records": records}, bucket="mine")] == ["c"]

    def test_eventbridge_s_form_is_read_too(self):
        found = {"key": "a b+c.jpg", "etag": "e", "version-id": "7", "sequencer": "1"}
        event = {
            "detail-type": "Object Created",
            "detail": {"bucket": {"name": "mine"}, "object": found},
        }
        (one,) = objects_of(event, bucket="mine")
        assert (one.key, one.version) == ("a b+c.jpg", "7")
        assert objects_of(event | {"detail-type": "Object Deleted"}, bucket="mine") == []

    @pytest.mark.parametrize(
        "event",
        [
            {},
            {"Records": 7},
            {"Records": [7]},
            {"Records": [{}]},
            {"Records": [record("mine", "")]},
            {"Records": [record("mine", "x" * 1025)]},
            {"Records": [record("mine", "a%00b")]},
            {"Records": [record("mine", "a")] * 1001},
        ],
    )
    def test_events_that_are_none(self, event):
        with pytest.raises(FieldsError):
            objects_of(event, bucket="mine")


class TestFailures:
    @pytest.mark.parametrize("on_failure", ["open", "closed"])
    @pytest.mark.parametrize("on_refuse", ["delete", "quarantine", "tag"])
    def test_what_cannot_be_checked_is_never_deleted(
        self, on_failure, on_refuse, watch, put, bucket, now
    ):
        hook, secret = watch(on_refuse, on_failure=on_failure)
        put(secret, "notes.txt", b"words")
        assert check_objects(now) == 1
        is_left = on_failure == "open" or on_refuse == "tag"
        assert names(bucket) == ["notes.txt" if is_left else AWAY + "notes.txt"]
        if on_refuse == "tag":
            (tag,) = bucket[0].get_object_tagging(Bucket=bucket[1], Key="notes.txt")["TagSet"]
            assert tag["Value"] == ("pass" if on_failure == "open" else "stop")
        hook.refresh_from_db()
        assert getattr(hook, f"failed_{on_failure}") == 1
        assert hook.last_failure == "format_unsupported"

    @pytest.mark.parametrize("on_failure", ["open", "closed"])
    def test_an_object_that_is_too_large_is_a_failure(
        self, on_failure, watch, put, bucket, other, now
    ):
        hook, secret = watch("quarantine", on_failure=on_failure, max_bytes=1000)
        put(secret, "a.jpg", other)
        check_objects(now)
        hook.refresh_from_db()
        assert hook.last_failure == "content_too_large"
        assert names(bucket) == ["a.jpg" if on_failure == "open" else AWAY + "a.jpg"]

    def test_a_store_that_does_not_answer_is_tried_again_and_then_works(
        self, banked, watch, put, bucket, mirrored, now, monkeypatch
    ):
        _, secret = watch("delete")
        put(secret, "a.jpg", mirrored)
        monkeypatch.setattr(buckets, "Store", _elsewhere(buckets.Store))
        assert check_objects(now) == 0
        monkeypatch.undo()
        assert check_objects(now) == 0
        assert check_objects(now + timedelta(seconds=3)) == 1
        assert names(bucket) == []

    def test_after_five_tries_it_is_a_failure(self, watch, put, bucket, other, now, monkeypatch):
        hook, secret = watch("delete", on_failure="open")
        put(secret, "a.jpg", other)
        monkeypatch.setattr(buckets, "Store", _elsewhere(buckets.Store))
        at: datetime = now
        for _ in range(5):
            check_objects(at)
            at += timedelta(minutes=10)
        row = BucketObject.objects.get()
        hook.refresh_from_db()
        assert (row.state, row.tries, hook.failed_open) == ("failed", 5, 1)
        assert hook.last_failure == "address_unreachable"

    def test_credentials_that_are_refused_end_in_the_choice_at_once(
        self, watch, put, other, now, monkeypatch
    ):
        hook, secret = watch("tag", on_failure="open")
        put(secret, "a.jpg", other)
        with serving(answering(b"<Error/>", status="403 Forbidden")) as server:
            monkeypatch.setattr(buckets, "Store", _elsewhere(buckets.Store, server.origin))
            assert check_objects(now) == 1
        hook.refresh_from_db()
        assert hook.last_failure == "address_unreachable"


def _elsewhere(store: Any, origin: str = "http://127.0.0.1:9") -> Any:
    """The same store, at an address where nobody answers."""

    def made(place: BucketPlace, timeout_s: float) -> Any:
        moved = {n: getattr(place, n) for n in ("bucket", "region", "access_key", "secret_key")}
        return store(BucketPlace(endpoint=origin, **moved), 2)

    return made


class TestSigning:
    @pytest.mark.parametrize(
        ("method", "path", "query", "headers", "body"),
        [
            ("GET", "/b/a.jpg", "", {}, b""),
            ("GET", "/b/a%20b%2B%C3%A4.jpg", "versionId=7", {}, b""),
            ("DELETE", "/b/x/y.jpg", "", {}, b""),
            ("PUT", "/b/x", "", {"x-amz-copy-source": "/b/a%20b.jpg"}, b""),
            ("PUT", "/b/x", "tagging=&versionId=7", {"content-type": "application/xml"}, b"<x/>"),
        ],
    )
    def test_signatures_are_those_of_the_reference_client(
        self, method, path, query, headers, body, monkeypatch, now
    ):
        place = BucketPlace("http://127.0.0.1:9000", "b", "eu-west-1", "AKIA", "secret")
        ours = sign(place, method, path, query, headers=headers, body=body, now=now)
        request = AWSRequest(
            method=method,
            url=f"{place.endpoint}{path}{'?' if query else ''}{query}",
            data=body,
            headers={**headers, "X-Amz-Content-SHA256": ours["x-amz-content-sha256"]},
        )
        request.context["timestamp"] = ours["x-amz-date"]
        theirs = importlib.import_module("botocore.auth").S3SigV4Auth(
            Credentials("AKIA", "secret"), "s3", "eu-west-1"
        )
        assert isinstance(theirs, SigV4Auth)
        request.headers["X-Amz-Date"] = ours["x-amz-date"]
        text = theirs.string_to_sign(request, theirs.canonical_request(request))
        assert theirs.signature(text, request) in ours["authorization"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"on_refuse": ""}, "on_refuse"),
        ({"place": None}, "bucket"),
        ({"place": BucketPlace("http://127.0.0.1:1", "", "r", "a", "s")}, "bucket"),
        ({"place": BucketPlace("http://127.0.0.1:1", "b", "r", "a", "s")}, "endpoint"),
        ({"place": BucketPlace("ftp://x", "b", "r", "a", "s")}, "endpoint"),
    ],
)
def test_a_bucket_needs_its_place_among_the_platform_s_own(changed, field, platform, now):
    given = {
        "name": "a",
        "kind": "bucket",
        "on_failure": "open",
        "on_hold": "store",
        "on_refuse": "tag",
    }
    with pytest.raises(FieldsError) as found:
        create_hook(platform=platform, actor="system", now=now, **given | changed)
    assert field in found.value.fields


def test_a_bucket_where_nothing_is_ever_sent_is_refused_though_it_is_listed(platform, now):
    platform.media_origins = ["http://169.254.169.254"]
    platform.save()
    with pytest.raises(FieldsError) as found:
        create_hook(
            platform=platform,
            actor="system",
            now=now,
            name="a",
            kind="bucket",
            on_failure="open",
            on_hold="store",
            on_refuse="tag",
            place=BucketPlace("http://169.254.169.254", "b", "r", "a", "s"),
        )
    assert list(found.value.fields) == ["endpoint"]
