"""Addresses of this room: those of hasher-matcher-actioner."""

from __future__ import annotations

from django.urls import URLPattern, path

from staydown_web.hma.views import banks, exchanges, hashing, kinds, matching, status
from staydown_web.hma.views.replies import door

_CHECK, _DETAIL = ("check",), ("match:detail",)
_READ, _WRITE = ("banks:read",), ("banks:write",)
_EXCHANGES = ("exchanges",)
_ANY = ("check", "banks:read", "banks:write")

app_name = "hma"
urlpatterns: list[URLPattern] = [
    path("status/live", status.live, name="live"),
    path("livez", status.livez, name="livez"),
    path("readyz", status.readyz, name="readyz"),
    path("site-map", status.site_map, name="site_map"),
    path(
        "h/hash",
        door({"GET": (hashing.hash_by_address, _CHECK), "POST": (hashing.hash_upload, _CHECK)}),
        name="hash",
    ),
    path(
        "m/lookup",
        door({"GET": (matching.lookup, _CHECK), "POST": (matching.lookup_upload, _CHECK)}),
        name="lookup",
    ),
    path("m/raw_lookup", door({"GET": (matching.raw_lookup, _DETAIL)}), name="raw_lookup"),
    path("m/compare", door({"POST": (matching.compare, _DETAIL)}), name="compare"),
    path("m/index/status", door({"GET": (matching.index_status, _ANY)}), name="index_status"),
    path(
        "c/banks",
        door({"GET": (banks.list_banks, _READ), "POST": (banks.add_bank, _WRITE)}),
        name="banks",
    ),
    path(
        "c/bank/<str:bank_name>",
        door(
            {
                "GET": (banks.show_bank, _READ),
                "PUT": (banks.update_bank, _WRITE),
                "DELETE": (banks.remove_bank, _WRITE),
            }
        ),
        name="bank",
    ),
    path(
        "c/bank/<str:bank_name>/content",
        door({"POST": (banks.add_media, _WRITE)}),
        name="contents",
    ),
    path(
        "c/bank/<str:bank_name>/content/<int:content_id>",
        door(
            {
                "GET": (banks.show_content, _READ),
                "PUT": (banks.update_content, _WRITE),
                "DELETE": (banks.remove_content, _WRITE),
            }
        ),
        name="content",
    ),
    path(
        "c/bank/<str:bank_name>/signal", door({"POST": (banks.add_signals, _WRITE)}), name="signals"
    ),
    path("c/signal_type", door({"GET": (kinds.list_signal_types, _ANY)}), name="signal_types"),
    path("c/signal_type/index", door({"GET": (kinds.index_by_type, _ANY)}), name="index_by_type"),
    path(
        "c/signal_type/<str:signal_type_name>",
        door({"PUT": (kinds.update_signal_type, _WRITE)}),
        name="signal_type",
    ),
    path(
        "c/exchanges",
        door(
            {
                "GET": (exchanges.list_exchanges, _EXCHANGES),
                "POST": (exchanges.add_exchange, _EXCHANGES),
            }
        ),
        name="exchanges",
    ),
    path("c/exchanges/apis", door({"GET": (exchanges.list_apis, _EXCHANGES)}), name="apis"),
    path(
        "c/exchanges/api/<str:api_name>",
        door(
            {
                "GET": (exchanges.show_api, _EXCHANGES),
                "POST": (exchanges.update_api, _EXCHANGES),
            }
        ),
        name="api",
    ),
    path(
        "c/exchanges/api/<str:api_name>/schema",
        door({"GET": (exchanges.show_schema, _EXCHANGES)}),
        name="schema",
    ),
    path(
        "c/exchange/<str:exchange_name>",
        door(
            {
                "GET": (exchanges.show_exchange, _READ + _EXCHANGES),
                "PUT": (exchanges.update_exchange, _EXCHANGES),
                "DELETE": (exchanges.remove_exchange, _WRITE + _EXCHANGES),
            }
        ),
        name="exchange",
    ),
    path(
        "c/exchange/<str:exchange_name>/status",
        door({"GET": (exchanges.exchange_status, _EXCHANGES)}),
        name="exchange_status",
    ),
    path(
        "c/exchange/<str:exchange_name>/credentials",
        door(
            {
                "GET": (exchanges.show_credentials, _EXCHANGES),
                "POST": (exchanges.update_credentials, _EXCHANGES),
            }
        ),
        name="credentials",
    ),
    path("c/content_type", door({"GET": (kinds.list_content_types, _ANY)}), name="content_types"),
]
