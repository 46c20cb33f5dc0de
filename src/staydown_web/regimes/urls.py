"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from staydown_web.regimes import views

app_name = "regimes"
urlpatterns: list[URLPattern] = [
    path("rules/", views.all_regimes, name="regimes"),
    path("rules/<slug:regime_id>/", views.one_regime, name="regime"),
]
