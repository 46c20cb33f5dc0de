"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from staydown_web.reports.views import (
    exports,
    keys,
    public_notice,
    public_pages,
    statements,
    submissions,
    transparency,
)

app_name = "reports"
urlpatterns: list[URLPattern] = [
    path("statement/<str:token>/", statements.statement, name="statement"),
    path("statement/<str:token>/receipt/", keys.statement_receipt, name="statement_receipt"),
    path("staff/review/<str:number>/statement/", statements.preview, name="preview"),
    path(
        "staff/decisions/<uuid:decision_id>/statements/",
        statements.decision_statements,
        name="decision_statements",
    ),
    path("staff/submissions/", submissions.submissions, name="submissions"),
    path("staff/submissions/<uuid:submission_id>/", submissions.submission, name="submission"),
    path("transparency/", transparency.transparency, name="transparency"),
    path(
        "transparency/numbers.<str:kind>", transparency.transparency_file, name="transparency_file"
    ),
    path("how-to-ask/", public_notice.how_to_ask, name="how_to_ask"),
    path("how-to-ask/frame/", public_notice.how_to_ask_frame, name="how_to_ask_frame"),
    path("how-to-ask/text/", public_notice.how_to_ask_text, name="how_to_ask_text"),
    path("key/", keys.keys, name="keys"),
    path("staff/records/", exports.records, name="records"),
    path("staff/records/<uuid:approval_id>/", exports.take_record, name="take_record"),
    path("staff/public-pages/", public_pages.public_pages, name="public_pages"),
]
