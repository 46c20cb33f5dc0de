"""Addresses of the setup pages, below ``/staff/``."""

from __future__ import annotations

from django.urls import path

from staydown_web.config.setup import views

app_name = "setup"
urlpatterns = [
    path("", views.home, name="home"),
    path("setup/", views.keys, name="keys"),
    path("setup/site/", views.site, name="site"),
    path("setup/connect/", views.connect, name="connect"),
    path("setup/try/", views.attempt, name="attempt"),
]
