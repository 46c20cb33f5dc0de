"""All addresses of the service."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from staydown_web.config.api import api
from staydown_web.config.api_docs import api_docs
from staydown_web.config.views import busy, licences, notices, ready
from staydown_web.config.watch.views import metrics

handler404 = "staydown_web.config.views.not_found"
handler500 = "staydown_web.config.views.failed"
urlpatterns: list[URLPattern | URLResolver] = [
    path("status", ready, name="status"),
    path("busy", busy, name="busy"),
    path("metrics", metrics, name="metrics"),
    path("licences/", licences, name="licences"),
    path("licences/notices.txt", notices, name="notices"),
    path("api/v1/docs", api_docs, name="api-docs"),
    path("api/v1/", api.urls),
    path("staff/", include("staydown_web.config.setup.urls")),
    path("staff/", include("staydown_web.config.watch.urls")),
    path("staff/", include("staydown_web.accounts.urls")),
    path("staff/", include("staydown_web.audit.urls")),
    path("staff/", include("staydown_web.banks.urls")),
    path("staff/", include("staydown_web.review.urls")),
    path("staff/", include("staydown_web.actions.urls")),
    path("", include("staydown_web.escalation.urls")),
    path("staff/", include("staydown_web.exchanges.urls")),
    path("", include("staydown_web.federation.urls")),
    path("", include("staydown_web.replicas.urls")),
    path("", include("staydown_web.hooks.urls")),
    path("", include("staydown_web.hma.urls")),
    path("", include("staydown_web.regimes.urls")),
    path("", include("staydown_web.reports.urls")),
    path("", include("staydown_web.portal.urls")),
]
if settings.STAYDOWN_DEMO:
    urlpatterns.insert(0, path("guide/", include("staydown_web.config.demo.urls")))
