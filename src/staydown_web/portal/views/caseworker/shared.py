"""What the pages of helplines share."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from staydown_web.accounts.models import User
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError, NotAllowedError
from staydown_web.cases.models import Access
from staydown_web.cases.selectors.helplines import access_to, may_act


def user_of(request: HttpRequest) -> User:
    """The caseworker; the decorator of the view has looked at the role."""
    return cast("User", request.user)


def access_of(request: HttpRequest, number: str) -> Access:
    """The case of an address, where the caseworker works on it.

    Raises:
        RecordNotFoundError: no such case, or not theirs.
    """
    return access_to(user=user_of(request), number=number)


def check_authority(access: Access) -> None:
    """Stop where the client's authority has ended: reading goes on, acting does not.

    Raises:
        NotAllowedError: no authority holds today.
    """
    if not may_act(access, today=utc_now().date()):
        raise NotAllowedError("no authority of this client holds today; record one first")


def add_errors(form: forms.Form, error: FieldsError) -> None:
    """Put what a service found wrong beside the fields of a form."""
    for name, words in error.fields.items():
        form.add_error(name if name in form.fields else None, words)


def say_wrong(request: HttpRequest, form: forms.Form | FieldsError) -> None:
    """Say above the page what was wrong with a small form."""
    rows: Any = (
        form.fields.values()
        if isinstance(form, FieldsError)
        else [words for errors in form.errors.values() for words in errors]
    )
    for words in rows:
        messages.warning(request, str(words))


def page_of(asked: str, count: int, *, size: int) -> tuple[int, int]:
    """Which page of how many: the one that was asked for, where there is such a one."""
    pages = max(1, -(-count // size))
    at = min(pages, max(1, int(asked))) if asked.isascii() and asked.isdigit() else 1
    return at, pages


def done(request: HttpRequest, words: str, to: str, **kwargs: Any) -> HttpResponse:
    """Say what was done, and go on to a page."""
    messages.success(request, words)
    return HttpResponseRedirect(reverse(to, kwargs=kwargs))


def not_done() -> str:
    """The words for a form that came empty."""
    return _("Nothing was chosen.")
