"""``/c/signal_type…`` and ``/c/content_type``: what can be matched."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from staydown_web.base.clock import utc_now
from staydown_web.base.errors import HmaRefusedError, NotAllowedError
from staydown_web.hma.forms import read_json_object
from staydown_web.hma.services import (
    CONTENT_TYPES,
    HmaCaller,
    enabled_ratios,
    set_enabled_ratio,
)
from staydown_web.hma.views.matching import sizes_of
from staydown_web.hma.views.replies import answer


def list_signal_types(request: HttpRequest, caller: HmaCaller) -> HttpResponse:
    """Signal types, and how far each is switched on."""
    return answer(
        [{"name": name, "enabled_ratio": ratio} for name, ratio in enabled_ratios().items()]
    )


def update_signal_type(
    request: HttpRequest, caller: HmaCaller, signal_type_name: str
) -> HttpResponse:
    """Switch a signal type on or off, for every caller of these calls."""
    if caller.is_keyless:
        raise NotAllowedError("this changes what others find: it takes a key with banks:write")
    given = read_json_object(request).get("enabled_ratio")
    if given is None:
        raise HmaRefusedError("enabled_ratio is required")
    try:
        ratio = float(given)
    except (TypeError, ValueError, OverflowError):
        raise HmaRefusedError("Invalid float: enabled_ratio") from None
    set_enabled_ratio(name=signal_type_name, ratio=ratio, actor=caller.actor, now=utc_now())
    response = HttpResponse(status=204)
    response.has_own_shape = True  # type: ignore[attr-defined]
    return response


def index_by_type(request: HttpRequest, caller: HmaCaller) -> HttpResponse:
    """How much can be matched of each signal type; what is stored is what is matched."""
    sizes, moment = sizes_of(request, caller)
    return answer(
        {
            name: {
                "db_size": size,
                "index_size": size,
                "index_out_of_date": False,
                "newest_db_item": moment,
                "index_built_to": moment,
            }
            for name, size in sizes.items()
        }
    )


def list_content_types(request: HttpRequest, caller: HmaCaller) -> HttpResponse:
    """Content types; all are on."""
    return answer([{"name": name, "enabled": True} for name in CONTENT_TYPES])
