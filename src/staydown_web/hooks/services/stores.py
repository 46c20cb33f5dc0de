"""A bucket by its own protocol: four calls, signed with AWS Signature Version 4.

Source: the S3 REST reference and its description of signed headers. Written here so that every
byte goes through the guarded fetcher, to an origin that the platform lists as its own.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from staydown_web.base.errors import FetchError
from staydown_web.base.fetching import Called, Fetcher
from staydown_web.hooks.services.keeping import BucketPlace

_SMALL = 1 << 20
_TAG = "staydown"


@dataclass(frozen=True, slots=True)
class Store:
    """One bucket.

    Attributes:
        place: where it is and how it is opened.
        timeout_s: for each call.
    """

    place: BucketPlace
    timeout_s: float

    def read(self, key: str, version: str, *, max_bytes: int, now: datetime) -> bytes | None:
        """An object, whole; None where it is no longer there.

        Raises:
            FetchError, FetchRefusedError, ContentTooLargeError: as ``Fetcher.call``.
        """
        called = self._call("GET", key, _versioned(version), now=now, max_bytes=max_bytes)
        return None if called is None else called.body

    def delete(self, key: str, version: str, *, now: datetime) -> None:
        """Delete an object; one that is gone is no error.

        Raises:
            FetchError, FetchRefusedError: as ``Fetcher.call``.
        """
        self._call("DELETE", key, _versioned(version), now=now)

    def move(self, key: str, version: str, target: str, *, now: datetime) -> None:
        """Give an object another name; doing it again is no error.

        Raises:
            FetchError, FetchRefusedError: as ``Fetcher.call``.
        """
        source = f"/{self.place.bucket}/{quote(key, safe='/')}"
        if version:
            source += f"?versionId={quote(version, safe='')}"
        headers = {"x-amz-copy-source": source}
        if self._call("PUT", target, {}, now=now, headers=headers) is not None:
            self.delete(key, version, now=now)

    def tag(self, key: str, version: str, value: str, *, now: datetime) -> None:
        """Set the tag ``staydown`` of an object; its other tags go.

        Raises:
            FetchError, FetchRefusedError: as ``Fetcher.call``.
        """
        text = (
            '<Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><TagSet>'
            f"<Tag><Key>{_TAG}</Key><Value>{value}</Value></Tag></TagSet></Tagging>"
        ).encode()
        digest = base64.b64encode(hashlib.md5(text, usedforsecurity=False).digest()).decode()
        headers = {"content-md5": digest, "content-type": "application/xml"}
        query = {"tagging": "", **_versioned(version)}
        self._call("PUT", key, query, now=now, headers=headers, body=text)

    def _call(
        self,
        method: str,
        key: str,
        query: Mapping[str, str],
        *,
        now: datetime,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        max_bytes: int = _SMALL,
    ) -> Called | None:
        path = f"/{self.place.bucket}/{quote(key, safe='/~')}"
        asked = _query(query)
        signed = sign(
            self.place, method, path, asked, headers=headers or {}, body=body or b"", now=now
        )
        called = Fetcher().call(
            url=f"{self.place.endpoint.rstrip('/')}{path}{'?' if asked else ''}{asked}",
            method=method,
            body=body,
            headers=signed,
            allowed_origins=[self.place.endpoint],
            max_bytes=max_bytes,
            timeout_s=self.timeout_s,
        )
        if called.status == 404:
            return None
        if not 200 <= called.status < 300:
            is_passing = called.status >= 500 or called.status == 429
            raise FetchError(f"the bucket answered {called.status}", retryable=is_passing)
        return called


def sign(
    place: BucketPlace,
    method: str,
    path: str,
    query: str,
    *,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> dict[str, str]:
    """The headers of a call, with its signature.

    Args:
        place: whose keys sign.
        method: of the call.
        path: as it is sent, percent-encoded.
        query: as it is sent, percent-encoded and in order.
        headers: what else is sent; all of it is signed.
        body: what is sent; empty for nothing.
        now: the moment, aware UTC; stores refuse one that is a quarter of an hour off.
    """
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    digest = hashlib.sha256(body).hexdigest()
    sent = {
        **{name.lower(): value for name, value in headers.items()},
        "host": urlsplit(place.endpoint).netloc,
        "x-amz-content-sha256": digest,
        "x-amz-date": moment,
    }
    names = ";".join(sorted(sent))
    lines = "".join(f"{name}:{sent[name]}\n" for name in sorted(sent))
    request = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{digest}"
    scope = f"{moment[:8]}/{place.region}/s3/aws4_request"
    hashed = hashlib.sha256(request.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashed}"
    key = f"AWS4{place.secret_key}".encode()
    for part in (moment[:8], place.region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={place.access_key}/{scope}"
    return {
        **{name: value for name, value in sent.items() if name != "host"},
        "authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, "
        f"Signature={signature}",
    }


def _query(query: Mapping[str, str]) -> str:
    return "&".join(f"{quote(n, safe='~')}={quote(v, safe='~')}" for n, v in sorted(query.items()))


def _versioned(version: str) -> dict[str, str]:
    return {"versionId": version} if version else {}
