"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from staydown_web.replicas import views

app_name = "replicas"
urlpatterns: list[URLPattern] = [
    path("staff/replicas/", views.replicas, name="list"),
    path("staff/replicas/new/", views.new_replica, name="new"),
    path("staff/replicas/<uuid:replica_id>/", views.replica, name="replica"),
    path("staff/replicas/<uuid:replica_id>/start/", views.start, name="start"),
    path("staff/replicas/<uuid:replica_id>/end/", views.end, name="end"),
]
