"""Clients that know HMA's documents and nothing of this service, run against it unchanged."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from staydown_web.banks.services import open_segments
from web.hma import pictures
from web.hma.hma_client import HmaClient, HmaError, Match

CAT = "62c9789627838f69f23cf98c29e37836d61c87c31c59587c4b49a783f496725c"
LOGO = "c186f9619659658c4b6916daf934496985f4259c72c39676ab9edb631c3c349c"
SCRIPT = Path(__file__).with_name("hma_client.mjs")
pytestmark = pytest.mark.django_db(transaction=True)


class _Media(BaseHTTPRequestHandler):
    """The platform's media, and what can go wrong with them."""

    def do_GET(self) -> None:
        kind, body, status = {
            "/bridge": ("image/jpeg", pictures.BRIDGE, 200),
            "/untyped": ("application/octet-stream", pictures.BRIDGE, 200),
            "/pan": ("video/mp4", pictures.VIDEO, 200),
            "/page": ("text/html; charset=utf-8", b"<p>no picture</p>", 200),
            "/broken": ("image/jpeg", b"no picture", 200),
        }.get(self.path, ("text/plain", b"gone", 404))
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def media(platform) -> Iterator[str]:
    """The address of the platform's media."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Media) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        origin = f"http://127.0.0.1:{server.server_port}"
        platform.media_origins = [origin]
        platform.save()
        yield origin
        server.shutdown()
        thread.join()


@pytest.fixture
def client(address, platform, key_for) -> HmaClient:
    _, key = key_for(platform, "check", "match:detail", "banks:read", "banks:write")
    return HmaClient(address.replace("http://", f"http://hma:{key}@"))


def use_it_all(client: HmaClient, *, name: str = "HOLIDAYS") -> None:
    """What a client of HMA does in its life."""
    assert client.is_alive()
    assert client.banks() == {}
    assert client.signal_types() == {"pdq": 1.0, "video_md5": 1.0}
    assert client.content_types() == ["photo", "video"]
    client.make_bank(name)
    assert client.banks() == {name: 1.0}
    number, signals = client.add_bytes(name, pictures.BRIDGE, note="by hand")
    assert signals == client.hash_bytes(pictures.BRIDGE)
    assert client.lookup("pdq", signals["pdq"]) == [Match(name, number, "0")]
    assert client.lookup("pdq", signals["pdq"], banks=["OTHER"]) == []
    assert client.lookup_bytes(pictures.BRIDGE) == {"pdq": [Match(name, number, "0")]}
    assert client.raw_lookup("pdq", signals["pdq"]) == [number]
    film, digests = client.add_bytes(name, pictures.VIDEO, "video")
    assert client.lookup("video_md5", digests["video_md5"]) == [Match(name, film, "-")]
    cat = client.add_signal(name, "pdq", CAT)
    assert client.content(name, cat)["signals"] == {"pdq": CAT}
    assert client.index_size("pdq") == 2
    assert client.compare("pdq", CAT, CAT) == (True, 0)
    assert client.compare("pdq", CAT, LOGO)[0] is False
    client.disable(name, cat)
    assert client.lookup("pdq", CAT) == []
    client.disable(name, cat, until=1)
    assert client.lookup("pdq", CAT) == [Match(name, cat, "0")]
    client.change_bank(name, enabled=False)
    assert client.lookup("pdq", CAT) == []
    client.change_bank(name, enabled=True, name=f"{name}_2")
    assert client.lookup("pdq", CAT) == [Match(f"{name}_2", cat, "0")]
    assert client.remove(f"{name}_2", cat) == 1
    assert client.lookup("pdq", CAT) == []
    client.delete_bank(f"{name}_2")
    assert client.lookup("pdq", signals["pdq"]) == []
    with pytest.raises(HmaError) as refused:
        client.add_signal(name, "pdq", CAT)
    assert refused.value.status == 404


def test_a_python_client_written_from_the_documents_passes_unchanged(client):
    open_segments()
    use_it_all(client)


def test_and_without_a_key_on_this_machine(address, settings, platform):
    open_segments()
    settings.STAYDOWN_HMA_KEYLESS = True
    use_it_all(HmaClient(address))


class TestAddresses:
    def test_what_is_at_the_platform_s_own_address_is_hashed(self, client, media):
        assert client.hash_url(f"{media}/bridge") == client.hash_bytes(pictures.BRIDGE)
        assert client.hash_url(f"{media}/untyped", "photo") == client.hash_bytes(pictures.BRIDGE)
        assert set(client.hash_url(f"{media}/pan")) == {"video_md5"}

    def test_and_added(self, client, media):
        client.make_bank("A")
        number = client.add_url("A", f"{media}/bridge", {"content_id": "7"})
        assert client.content("A", number)["metadata"]["content_id"] == "7"

    @pytest.mark.parametrize(
        ("path", "words"),
        [
            ("/page", "unsupported url ContentType: 'text/html'"),
            ("/untyped", "unsupported url ContentType"),
            ("/none", "Failed to fetch URL: it answered 404"),
            ("/broken", "neither a picture nor a video"),
        ],
    )
    def test_what_cannot_be_hashed_is_400(self, client, media, path, words):
        with pytest.raises(HmaError, match=words) as refused:
            client.hash_url(media + path)
        assert refused.value.status == 400

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:1/x",
            "http://localhost/x",
            "http://169.254.169.254/latest/meta-data",
            "http://10.0.0.1/x.jpg",
            "file:///etc/passwd",
            "ftp://host.example/x",
            "s3://bucket/key",
            "http://",
            "not a url",
            "http://[::1]/",
            "http://host.example:22/",
        ],
    )
    def test_nowhere_else_in_a_private_network_is_gone_to(self, client, url):
        with pytest.raises(HmaError, match="Invalid or unsafe URL provided") as refused:
            client.hash_url(url)
        assert refused.value.status == 400

    def test_another_platform_s_addresses_are_not_ours(
        self, address, other_platform, media, key_for
    ):
        _, key = key_for(other_platform, "check")
        theirs = HmaClient(address.replace("http://", f"http://hma:{key}@"))
        with pytest.raises(HmaError, match="unsafe"):
            theirs.hash_url(f"{media}/bridge")


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_a_javascript_client_passes_unchanged(address, platform, key_for, media):
    open_segments()
    _, key = key_for(platform, "check", "match:detail", "banks:read", "banks:write")
    done = subprocess.run(
        ["node", "--test", str(SCRIPT)],
        env={
            **os.environ,
            "HMA_SERVICE_URL": f"{address}/",
            "HMA_KEY": key,
            "HMA_PHOTO": str(pictures.MEDIA / "bridge.jpg"),
            "HMA_MEDIA_URL": f"{media}/bridge",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "# pass 7" in done.stdout
