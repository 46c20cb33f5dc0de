"""Addresses of this room."""

from __future__ import annotations

from django.urls import URLPattern, path

from staydown_web.review.views import (
    approvals,
    banks,
    breaks,
    complaints,
    entries,
    exporting,
    licences,
    limits,
    notifiers,
    platforms,
    preview,
    queue,
    screen,
    signatures,
    talking,
)

app_name = "review"
urlpatterns: list[URLPattern] = [
    path("queue/", queue.queue, name="queue"),
    path("queue/next/", queue.start_next, name="next"),
    path("time-limits/", limits.limits, name="limits"),
    path("time-limits/calendar.ics", limits.download, name="calendar"),
    path("time-limits/address/", limits.change_feed, name="change_feed"),
    path("calendar/<str:token>.ics", limits.feed, name="feed"),
    path("break/", breaks.pause, name="break"),
    path("break/change/", breaks.change_pause, name="change_break"),
    path("care/", breaks.care, name="care"),
    path("all-keys/", breaks.all_keys, name="keys"),
    path("review/<str:number>/", screen.task, name="task"),
    path("review/<str:number>/decide/", screen.decide, name="decide"),
    path("review/<str:number>/take/", queue.take, name="take"),
    path("review/<str:number>/hand/", screen.hand, name="hand"),
    path("review/<str:number>/message/", screen.write, name="write"),
    path("review/<str:number>/signatures/", signatures.signatures, name="signatures"),
    path("review/<str:number>/contact/", screen.contact, name="contact"),
    path("review/<str:number>/clock/", limits.change_clock, name="clock"),
    path("review/<str:number>/minor/", screen.minor, name="minor"),
    path("review/<str:number>/preview/<str:level>/", preview.preview, name="preview"),
    path("decisions/<uuid:decision_id>/undo/", screen.undo, name="undo"),
    path("messages/", talking.unread, name="messages"),
    path("messages/<str:case_number>/", talking.conversation, name="conversation"),
    path("messages/<str:case_number>/answer/", talking.answer, name="answer_message"),
    path("complaints/", complaints.complaints, name="complaints"),
    path("complaints/<uuid:complaint_id>/", complaints.complaint, name="complaint"),
    path("complaints/<uuid:complaint_id>/answer/", complaints.answer, name="answer_complaint"),
    path("complaints/<uuid:complaint_id>/undo/", complaints.undo_answer, name="undo_answer"),
    path("notifiers/", notifiers.notifiers, name="notifiers"),
    path("notifiers/<str:number>/", notifiers.notifier, name="notifier"),
    path("notifiers/<str:number>/warn/", notifiers.warn, name="warn"),
    path(
        "notifiers/<str:number>/<uuid:suspension_id>/", notifiers.change, name="change_suspension"
    ),
    path("banks/", banks.banks, name="banks"),
    path("banks/<slug:slug>/policy/", banks.policy, name="policy"),
    path("banks/<slug:slug>/export/", exporting.export, name="export"),
    path("entries/", entries.entries, name="entries"),
    path("entries/<uuid:entry_id>/", banks.entry, name="entry"),
    path("entries/<uuid:entry_id>/change/", banks.change_entry, name="change_entry"),
    path("approvals/", approvals.approvals, name="approvals"),
    path("approvals/<uuid:approval_id>/", approvals.answer, name="answer_approval"),
    path("platforms/", platforms.platforms, name="platforms"),
    path("platforms/new/", platforms.platform, name="new_platform"),
    path("platforms/<uuid:platform_id>/", platforms.platform, name="platform"),
    path("platforms/<uuid:platform_id>/licences/", licences.licences, name="licences"),
    path(
        "platforms/<uuid:platform_id>/licences/<uuid:licence_id>/remove/",
        licences.remove_licence,
        name="remove_licence",
    ),
]
