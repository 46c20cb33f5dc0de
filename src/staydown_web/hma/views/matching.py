"""``/m/``: hashes and files are looked up and compared."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from staydown_web.base.clock import utc_now
from staydown_web.base.errors import HmaRefusedError
from staydown_web.hma.forms import (
    first_values,
    read_json_object,
    read_query,
    split_names,
    uploaded_media,
)
from staydown_web.hma.schemas import FileLookupQuery, LookupQuery, RawLookupQuery
from staydown_web.hma.selectors import changed_at, size_by_type
from staydown_web.hma.services import (
    SIGNAL_TYPES,
    Hashed,
    HmaCaller,
    compare_signals,
    hash_address,
    hash_file,
    look_up,
    raw_matches,
)
from staydown_web.hma.services.lookups import Distances, near_file, near_signal
from staydown_web.hma.views.replies import answer
from staydown_web.screening.services.media import max_media_bytes

_NEVER = -1
"""What HMA gives for the moment of something that has not happened."""


def raw_lookup(request: HttpRequest, caller: HmaCaller) -> HttpResponse:
    """Contents near a hash, with their distances where they are asked for."""
    asked = read_query(request, RawLookupQuery)
    near = near_signal(asked.signal_type, asked.signal)
    found = raw_matches(near, banks=split_names(asked.banks), caller=caller, now=utc_now())
    if not asked.include_distance:
        return answer({"matches": [row.content.pk for row in found]})
    rows = [{"bank_content_id": row.content.pk, "distance": row.distance} for row in found]
    return answer({"matches": rows})


def lookup(request: HttpRequest, caller: HmaCaller) -> HttpResponse:
    """Banks that match a hash, or what is at an address."""
    asked = read_query(request, LookupQuery)
    if asked.url:
        hashed = hash_address(
            asked.url, content_type=asked.content_type, types=asked.types, platform=caller.platform
        )
        found = _of_file(hashed, asked, caller)
        return answer(found if asked.signal_type is None else found.get(asked.signal_type, {}))
    if not asked.signal or not asked.signal_type:
        raise HmaRefusedError("Either url or both signal and signal_type are required")
    return answer(_banks(near_signal(asked.signal_type, asked.signal), asked, caller))


def lookup_upload(request: HttpRequest, caller: HmaCaller) -> HttpResponse:
    """Banks that match the one file of a form."""
    asked = read_query(request, FileLookupQuery)
    with uploaded_media(request, max_bytes=max_media_bytes()) as (content_type, file):
        hashed = hash_file(file.path, content_type=content_type, types=asked.types)
    return answer(_of_file(hashed, asked, caller))


def compare(request: HttpRequest, caller: HmaCaller) -> HttpResponse:
    """Whether pairs of hashes match."""
    return answer(compare_signals(read_json_object(request)))


def index_status(request: HttpRequest, caller: HmaCaller) -> HttpResponse:
    """How much can be matched, and as of when."""
    status = {}
    sizes, built_to = sizes_of(request, caller)
    for name, size in sizes.items():
        status[name] = {
            "present": size > 0,
            "built_to": built_to if size else _NEVER,
            "size": size,
        }
    return answer(status)


def sizes_of(request: HttpRequest, caller: HmaCaller) -> tuple[dict[str, int], int]:
    """Signal type -> how much there is of it, of the one that is asked for or of all; the moment.

    Raises:
        HmaRefusedError: an unknown signal type.
    """
    wanted = first_values(request).get("signal_type")
    if wanted is not None and wanted not in SIGNAL_TYPES:
        raise HmaRefusedError(f"No such signal type '{wanted}'")
    sizes = size_by_type(is_keyless=caller.is_keyless)
    changed = changed_at()
    moment = _NEVER if changed is None else int(changed.timestamp())
    return {n: s for n, s in sizes.items() if wanted in (None, n)}, moment


def _of_file(
    hashed: Hashed, asked: LookupQuery | FileLookupQuery, caller: HmaCaller
) -> dict[str, Any]:
    return {name: _banks(near_file(name, hashed), asked, caller) for name in hashed.signals}


def _banks(
    near: Distances, asked: LookupQuery | FileLookupQuery, caller: HmaCaller
) -> dict[str, Any]:
    return look_up(
        near,
        banks=split_names(asked.banks),
        seed=asked.seed,
        bypass_coinflip=asked.bypass_coinflip,
        caller=caller,
        now=utc_now(),
    )
