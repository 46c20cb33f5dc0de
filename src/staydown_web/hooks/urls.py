"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from staydown_web.hooks.views import calls, pages

app_name = "hooks"
urlpatterns: list[URLPattern] = [
    path("hooks/<slug:kind>/", calls.call, name="call"),
    path("hooks/<slug:kind>/<str:secret>/", calls.call, name="call_by_address"),
    path("staff/hooks/", pages.hooks, name="hooks"),
    path("staff/hooks/<uuid:hook_id>/choose/", pages.choose, name="choose"),
    path("staff/hooks/<uuid:hook_id>/end/", pages.end, name="end"),
]
