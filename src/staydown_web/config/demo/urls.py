"""Addresses of the demonstration; included with ``--demo`` alone."""

from __future__ import annotations

from django.urls import path

from staydown_web.config.demo import views

app_name = "demo"
urlpatterns = [
    path("", views.guide, name="guide"),
    path("pictures/<str:name>", views.picture, name="picture"),
    path("reviewer/", views.open_reviewer, name="reviewer"),
    path("reviewer/second/", views.open_second, name="second"),
    path("caseworker/", views.open_caseworker, name="caseworker"),
]
