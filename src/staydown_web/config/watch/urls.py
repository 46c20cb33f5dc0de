"""Addresses of the pages for staff, below ``/staff/``."""

from __future__ import annotations

from django.urls import path

from staydown_web.config.watch import views

app_name = "watch"
urlpatterns = [path("status/", views.status, name="status")]
