"""Signature Version 4: how Amazon's interfaces know who calls.

Source: Amazon, "Signature Version 4 signing process", read 2026-11.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime
from urllib.parse import urlsplit

_SIGNED = "content-type;host;x-amz-content-sha256;x-amz-date"


def signed_headers(
    *,
    method: str,
    url: str,
    body: bytes,
    key_id: str,
    secret: str,
    region: str,
    service: str,
    at: datetime,
) -> dict[str, str]:
    """The headers of one call, its signature among them.

    Args:
        method: upper case.
        url: without a query.
        body: what is sent; empty for a GET.
        key_id: of the access key.
        secret: of the access key.
        region: such as ``us-east-1``.
        service: the name under which the service is signed for.
        at: the moment, aware.
    """
    moment = at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    parts = urlsplit(url)
    digest = hashlib.sha256(body).hexdigest()
    values = {
        "content-type": "application/json",
        "host": parts.netloc,
        "x-amz-content-sha256": digest,
        "x-amz-date": moment,
    }
    lines = "".join(f"{name}:{value}\n" for name, value in values.items())
    canonical = f"{method}\n{parts.path or '/'}\n\n{lines}\n{_SIGNED}\n{digest}"
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    hashed = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashed}"
    key = f"AWS4{secret}".encode()
    for part in (moment[:8], region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    credential = f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}"
    return {
        "Content-Type": values["content-type"],
        "X-Amz-Content-Sha256": digest,
        "X-Amz-Date": moment,
        "Authorization": f"{credential}, SignedHeaders={_SIGNED}, Signature={signature}",
    }
