"""A known picture through the real API, and a known entry through the real bank.

The picture is drawn here, so its fingerprint is known. The calls are made with a key that lives as
long as the check; the audit says when it was made and ended. Nothing else is stored.
"""

from __future__ import annotations

import http.client
import json
import struct
import uuid
import zlib
from pathlib import Path
from typing import Any, Final

from django.conf import settings

from staydown.cli.checks import PDQ_VECTOR, Check, Health, drawn_picture
from staydown.types import Fingerprint
from staydown_web.accounts.models import Platform
from staydown_web.accounts.selectors import default_platform
from staydown_web.accounts.services.keys import create_api_key, revoke_api_key
from staydown_web.banks.models import Bank, Entry, Import
from staydown_web.banks.services import match_entries
from staydown_web.base.clock import utc_now
from staydown_web.base.sealing import unseal
from staydown_web.config.watch.address import web_address

NEAR_BITS: Final = 2
"""The drawn picture has no colours and no losses: its hash is the known one, to a rounding."""

_WITHIN_S: Final = 20
_LISTS: Final = 20


def api_check() -> Check:
    """The drawn picture, sent as a platform would: decoded, fingerprinted and looked up."""
    platform = default_platform() or Platform.objects.order_by("created_at").first()
    host, port = web_address(Path(settings.STAYDOWN_HOME), otherwise=settings.STAYDOWN_URL)
    if platform is None:
        return Check("api", Health.WARNING, "not tried: no platform is set up yet")
    key, raw = create_api_key(
        platform=platform,
        name="deep check",
        scopes=["check"],
        per_minute=60,
        actor="system",
        now=utc_now(),
    )
    try:
        return _sent(host, port, raw)
    except (OSError, http.client.HTTPException) as error:
        remedy = "Start `staydown serve`, or see why it does not answer."
        detail = f"no answer at {host}, port {port} ({type(error).__name__}). {remedy}"
        return Check("api", Health.BROKEN, detail)
    finally:
        revoke_api_key(key_id=key.pk, actor="system", now=utc_now())


def _sent(host: str, port: int, key: str) -> Check:
    picture = as_png()
    status, hashed = _post(host, port, "/h/hash", key, {"photo": picture})
    if status != 200:
        return Check("api", Health.BROKEN, f"a picture got {status}. {_REMEDY}")
    if not _is_known(hashed):
        remedy = "Its checks would match nothing: install Staydown anew."
        return Check("api", Health.BROKEN, f"a known picture got another fingerprint. {remedy}")
    status, said = _post(host, port, "/api/v1/check", key, {"media": picture})
    verdict = said.get("verdict", "") if isinstance(said, dict) else ""
    if status != 200 or verdict not in {"clear", "hold", "block"}:
        return Check("api", Health.BROKEN, f"a check got {status}. {_REMEDY}")
    return Check("api", Health.OK, f"a known picture has the known fingerprint, and is {verdict}")


_REMEDY: Final = "The log of the web server says why."
_ENTRY_REMEDY: Final = (
    "Copies of it pass: restart the service, and delete segments/ if that is no help."
)


def bank_check() -> Check:
    """Living entries of the database, looked for in the bank that every process maps."""
    looked_for = _newest_entries()
    if not looked_for:
        return Check("entry", Health.OK, "no entry yet")
    for entry in looked_for:
        raw = unseal(entry.box or b"", context=f"entry:{entry.pk}")
        found = {match.entry_id for match in match_entries(Fingerprint.from_bytes(raw))}
        if str(entry.pk) not in found:
            return Check("entry", Health.BROKEN, f"the newest entry is not found. {_ENTRY_REMEDY}")
    return Check("entry", Health.OK, "the newest entry is found")


def _newest_entries() -> list[Entry]:
    """The newest that came alone, and one of the newest list that brought any."""
    living = Entry.objects.exclude(state=Entry.State.WITHDRAWN).exclude(bank__kind=Bank.Kind.LAWFUL)
    newest = [living.filter(batch=None).order_by("-created_at").first()]
    for batch in Import.objects.filter(state=Import.State.DONE).order_by("-done_at")[:_LISTS]:
        if brought := living.filter(batch=batch).order_by()[:1]:
            newest.append(brought[0])
            break
    return [entry for entry in newest if entry is not None]


def _is_known(hashed: Any) -> bool:
    try:
        found = int(hashed["pdq"], 16)
    except (KeyError, TypeError, ValueError):
        return False
    return (found ^ int(PDQ_VECTOR, 16)).bit_count() <= NEAR_BITS


def _post(host: str, port: int, path: str, key: str, files: dict[str, bytes]) -> tuple[int, Any]:
    """Send a form with files, and give the status and the JSON that came."""
    mark = uuid.uuid4().hex
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="{name}"; filename="a.png"\r\n'
        "Content-Type: image/png\r\n\r\n".encode()
        + data
        + b"\r\n"
        for name, data in files.items()
    ]
    body = b"".join(parts) + f"--{mark}--\r\n".encode()
    headers = {
        "Host": "127.0.0.1",
        "Authorization": f"Bearer {key}",
        "Content-Type": f"multipart/form-data; boundary={mark}",
    }
    server = http.client.HTTPConnection(host, port, timeout=_WITHIN_S)
    try:
        server.request("POST", path, body=body, headers=headers)
        answer = server.getresponse()
        data = answer.read()
    finally:
        server.close()
    try:
        return answer.status, json.loads(data)
    except ValueError:
        return answer.status, None


def as_png() -> bytes:
    """The drawn picture as a PNG file, written by hand: nothing here may load a codec."""
    picture = drawn_picture()
    height, width = picture.shape
    rows = b"".join(b"\0" + row.tobytes() for row in picture)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)  # 8 bits, grey
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
