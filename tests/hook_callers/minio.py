"""A stand-in for MinIO and its client ``mc``: moto's S3, and the events that MinIO sends.

``minio server`` reads the same settings; ``mc`` knows the commands of the how-to. An event is the
JSON that MinIO writes, names encoded as in an address, with ``Authorization: Bearer TOKEN``.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import boto3
import httpx
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

EVENTS = Path("minio-events.json")
ALIASES = Path("mc-aliases.json")


class Events:
    """S3 by moto; what is put into a watched bucket is told."""

    def __init__(self) -> None:
        self._store = DomainDispatcherApplication(create_backend_app)
        self._count = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        is_put = environ["REQUEST_METHOD"] == "PUT" and not environ.get("QUERY_STRING")
        is_copy = "HTTP_X_AMZ_COPY_SOURCE" in environ
        bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
        answer = list(self._store(environ, start_response))
        watched = json.loads(EVENTS.read_text()) if EVENTS.exists() else {}
        if is_put and key and bucket in watched:
            self._count += 1
            what = "s3:ObjectCreated:Copy" if is_copy else "s3:ObjectCreated:Put"
            event = event_of(what, bucket, unquote(key), f"{self._count:016X}")
            threading.Thread(target=tell, args=(watched[bucket], event), daemon=True).start()
        return answer


def event_of(what: str, bucket: str, key: str, sequencer: str) -> dict[str, Any]:
    found = {"key": quote(key, safe=""), "eTag": "e", "sequencer": sequencer, "versionId": "null"}
    part = {"s3SchemaVersion": "1.0", "bucket": {"name": bucket}, "object": found}
    record = {"eventVersion": "2.0", "eventSource": "minio:s3", "eventName": what, "s3": part}
    return {"EventName": what, "Key": f"{bucket}/{key}", "Records": [record]}


def tell(target: str, event: dict[str, Any]) -> None:
    name = target.upper()
    token = os.environ[f"MINIO_NOTIFY_WEBHOOK_AUTH_TOKEN_{name}"]
    httpx.post(
        os.environ[f"MINIO_NOTIFY_WEBHOOK_ENDPOINT_{name}"],
        json=event,
        headers={"Authorization": f"Bearer {token}"},
        timeout=30,
        trust_env=False,
    ).raise_for_status()


def serve(address: str) -> None:
    host, _, port = address.rpartition(":")
    make_server(host, int(port), Events(), threaded=True).serve_forever()


def client_of(alias: str) -> Any:
    url, user, password = json.loads(ALIASES.read_text())[alias]
    return boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=user,
        aws_secret_access_key=password,
        region_name="us-east-1",
    )


def mc(words: list[str]) -> None:
    match words:
        case ["alias", "set", alias, url, user, password]:
            ALIASES.write_text(json.dumps({alias: [url, user, password]}))
        case ["mb", place]:
            alias, _, bucket = place.partition("/")
            client_of(alias).create_bucket(Bucket=bucket)
        case ["event", "add", place, arn, "--event", "put"]:
            target = arn.removeprefix("arn:minio:sqs::").removesuffix(":webhook")
            EVENTS.write_text(json.dumps({place.partition("/")[2]: target}))
        case ["cp", source, place]:
            alias, _, rest = place.partition("/")
            bucket, _, folder = rest.partition("/")
            data, name = Path(source).read_bytes(), Path(source).name
            client_of(alias).put_object(Bucket=bucket, Key=folder + name, Body=data)
        case ["ls", "--recursive", place]:
            alias, _, bucket = place.partition("/")
            rows = client_of(alias).list_objects_v2(Bucket=bucket).get("Contents", [])
            sys.stdout.write("".join(f"{row['Key']}\n" for row in rows))
        case _:
            raise SystemExit(f"mc does not know: {words}")


if __name__ == "__main__":
    if sys.argv[1] == "server":
        serve(sys.argv[sys.argv.index("--address") + 1])
    else:
        mc(sys.argv[2:])
