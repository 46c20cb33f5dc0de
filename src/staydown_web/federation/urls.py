"""Addresses of this room: pages for staff, and two calls for other installations."""

from __future__ import annotations

from django.urls import path

from staydown_web.federation import api, views

app_name = "federation"
urlpatterns = [
    path("federation/v1/keys", api.keys, name="keys"),
    path("federation/v1/feed", api.feed, name="feed"),
    path("staff/partners/", views.members, name="members"),
    path("staff/partners/add", views.add_member, name="add_member"),
    path("staff/partners/key", views.change_key, name="change_key"),
    path("staff/partners/doubts/<int:opinion_id>", views.look, name="look"),
    path("staff/partners/<uuid:member_id>/", views.member, name="member"),
    path("staff/partners/<uuid:member_id>/change", views.change_member, name="change_member"),
]
