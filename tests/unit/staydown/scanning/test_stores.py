"""Object stores: one in memory, and an S3 server on this machine."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator

import pytest

from media_files import PHOTOS
from staydown.errors import ConfigError, ContentTooLargeError, SourceError
from staydown.scanning import LocalEngine, Scan, ScanOptions, Verdict, stores
from staydown.scanning.listing import list_files, place_of
from staydown.scanning.places import FileRef
from staydown.scanning.stores import ObjectStore
from staydown.types import Fingerprint, Match
from staydown.types.limits import Limits

obstore = pytest.importorskip("obstore")


class Nothing:
    def match(self, fingerprint: Fingerprint, *, min_score: float) -> list[Match]:
        return []


@pytest.fixture
def memory() -> object:
    store = obstore.store.MemoryStore()
    obstore.put(store, "in/a.jpg", PHOTOS[2].read_bytes())
    obstore.put(store, "in/b.txt", b"words")
    return store


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 server with one bucket, ``uploads``."""
    server_module = pytest.importorskip("moto.server")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    boto3 = importlib.import_module("boto3")
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="uploads")
    for name in ("2026/cat.jpg", "2026/sub/bee.jpg", "other/c.jpg"):
        client.put_object(Bucket="uploads", Key=name, Body=PHOTOS[2].read_bytes())
    client.close()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_environment(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": s3,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)


def test_objects_are_listed_with_size_and_version(memory: object) -> None:
    refs = list(ObjectStore("memory:///", store=memory).files())
    assert [ref.name.rpartition("/")[2] for ref in refs] == ["a.jpg", "b.txt"]
    assert all(isinstance(ref, FileRef) and ref.version for ref in refs)
    assert refs[1].size == 5


def test_an_object_that_changes_has_another_version(memory: object) -> None:
    place = ObjectStore("memory:///", store=memory)
    before = [ref.version for ref in place.files()]
    obstore.put(memory, "in/b.txt", b"other")
    after = [ref.version for ref in place.files()]
    assert (before[0] == after[0], before[1] == after[1]) == (True, False)


def test_small_objects_come_as_bytes_and_large_ones_through_a_file(
    memory: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = ObjectStore("memory:///", store=memory)
    _, text = place.files()
    with place.open(text) as content:
        assert content == b"words"
    monkeypatch.setattr(stores, "IN_MEMORY_BYTES", 3)
    with place.open(text) as content:
        assert content.read() == b"words"


def test_an_object_over_the_limit_is_not_fetched(memory: object) -> None:
    place = ObjectStore("memory:///", store=memory, limits=Limits(input_bytes=3))
    _, text = place.files()
    with pytest.raises(ContentTooLargeError), place.open(text):
        pass


def test_an_object_that_is_gone_is_an_error_of_that_file(memory: object) -> None:
    place = ObjectStore("memory:///", store=memory)
    _, text = place.files()
    obstore.delete(memory, "in/b.txt")
    with pytest.raises(SourceError), place.open(text):
        pass


def test_an_empty_prefix_is_an_error() -> None:
    with pytest.raises(SourceError, match="nothing"):
        list(ObjectStore("memory:///", store=obstore.store.MemoryStore()).files())


def test_a_store_without_credentials_says_what_to_set(
    memory: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = "Generic S3 error: Error performing PUT http://169.254.169.254/latest/api/token in 6 s"

    def refused(_store: object) -> None:
        raise obstore.exceptions.GenericError(said)

    monkeypatch.setattr(obstore, "list", refused)
    with pytest.raises(SourceError, match=r"s3://foo: no credentials.*AWS_ACCESS_KEY_ID") as found:
        list(ObjectStore("s3://foo", store=memory).files())
    assert "169.254" not in str(found.value)


def test_without_the_extra_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(ConfigError, match=r"staydown\[s3\]"):
        place_of("s3://uploads")


def test_a_prefix_of_a_bucket_is_scanned(s3_environment: None) -> None:
    listing = list_files([place_of("s3://uploads/2026")])
    assert [ref.name for ref in listing.files] == [
        "s3://uploads/2026/cat.jpg",
        "s3://uploads/2026/sub/bee.jpg",
    ]
    scan = Scan(LocalEngine(Nothing(), ScanOptions(min_score=0.5, workers=1)))
    found = list(scan.run(listing.files))
    assert [outcome.verdict for _, outcome in found] == [Verdict.CLEAR, Verdict.CLEAR]


def test_a_bucket_that_does_not_exist_is_an_error(s3_environment: None) -> None:
    with pytest.raises(SourceError, match="s3://nowhere"):
        list_files([place_of("s3://nowhere/x")])
