"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from staydown_web.exchanges.views import agreeing, lists, told, trials

app_name = "exchanges"
urlpatterns: list[URLPattern] = [
    path("lists/", lists.lists, name="list"),
    path("lists/new/", lists.kinds, name="kinds"),
    path("lists/new/<slug:partner>/", lists.add, name="add"),
    path("lists/uploads/", trials.uploads, name="uploads"),
    path("lists/uploads/<uuid:platform_id>/", trials.change_uploads, name="change_uploads"),
    path("lists/doubts/<int:doubt_id>/", lists.look, name="look"),
    path("lists/<uuid:exchange_id>/", lists.detail, name="detail"),
    path("lists/<uuid:exchange_id>/change/", lists.change, name="change"),
    path("lists/<uuid:exchange_id>/settings/", lists.settings, name="settings"),
    path("lists/<uuid:exchange_id>/ask/<slug:what>/", agreeing.ask, name="ask"),
    path("lists/<uuid:exchange_id>/leave/", agreeing.leave, name="leave"),
    path("lists/<uuid:exchange_id>/told/", told.told, name="told"),
    path("lists/<uuid:exchange_id>/told/replay/", told.replay, name="replay"),
    path("lists/<uuid:exchange_id>/trial/", trials.trial, name="trial"),
    path("lists/<uuid:exchange_id>/trial/mute/", trials.mute, name="mute"),
]
