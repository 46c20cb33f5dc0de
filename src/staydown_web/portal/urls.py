"""Addresses of this room. They are neutral: what a history or a shoulder sees says nothing."""

from __future__ import annotations

from django.urls import URLPattern, path

from staydown_web.portal.views import leave, start

app_name = "portal"
urlpatterns: list[URLPattern] = [
    path("", start.start, name="start"),
    path("start/", start.begin, name="begin"),
    path("under-18/", start.under_18, name="under_18"),
    path("help-lines/", start.help_lines, name="help_lines"),
    path("hide-visit/", start.hide_visit, name="hide_visit"),
    path("evidence/", start.evidence, name="evidence"),
    path("your-data/", start.your_data, name="your_data"),
    path("language/", start.language, name="language"),
    path("leave/", leave.leave, name="leave"),
    path("notice/", start.hide_visit, name="notice"),
    path("case/", start.hide_visit, name="case"),
]
