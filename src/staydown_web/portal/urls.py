"""Addresses of this room. They are neutral: what a history or a shoulder sees says nothing."""

from __future__ import annotations

from django.urls import URLPattern, path

from staydown_web.portal.views import (
    adding,
    case,
    complaints,
    contact,
    files,
    held,
    leave,
    notice,
    reminder,
    start,
)

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
    path("notice/", notice.notice, name="notice"),
    path("notice/send/", notice.send, name="send"),
    path("notice/plain/", notice.plain, name="plain"),
    path("case/", case.case, name="case"),
    path("case/page/", case.page, name="page"),
    path("case/add/", adding.add, name="add"),
    path("case/add/send/", adding.add_send, name="add_send"),
    path("case/reminder/", reminder.reminder, name="reminder"),
    path("case/message/", case.message, name="message"),
    path("case/again/<uuid:decision_id>/", complaints.complain_case, name="complain_case"),
    path("statement/<str:token>/complaint/", complaints.complain, name="complain"),
    path("case/keep/", case.keep, name="keep"),
    path("case/file/<int:place>/", files.file, name="file"),
    path("case/files/", files.files, name="files"),
    path("case/data/", held.held, name="held"),
    path("case/data/file/", held.held_file, name="held_file"),
    path("case/withdraw/", case.withdraw, name="withdraw"),
    path("case/close/", case.close, name="close"),
    path("contact/confirm/<str:token>/", contact.confirm, name="confirm"),
    path("contact/not-mine/<str:token>/", contact.refuse, name="refuse"),
    path("safe/<str:token>/", contact.safe, name="safe"),
]
