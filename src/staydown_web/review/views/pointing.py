"""A reviewer says where the picture lies of an address that led to none."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import FieldsError
from staydown_web.review import services
from staydown_web.review.selectors.queue import task_numbered
from staydown_web.review.views.screen import show_again
from staydown_web.review.views.shared import user_of


@require_POST
@role_required("reviewer")
def point(request: HttpRequest, number: str) -> HttpResponse:
    """Look there, once; what is found joins the task, or the one that has it already."""
    found, user, now = task_numbered(number), user_of(request), utc_now()
    place, url = request.POST.get("place", ""), request.POST.get("url", "")
    try:
        services.point_to_media(task=found, location_id=place, url=url, user=user, now=now)
    except FieldsError as error:
        typed = {"point_place": place, "point_typed": url[:2000]}
        return show_again(request, found, point_errors=error.fields["url"], **typed)
    said = _(
        "We look there now. What is found stands here after some seconds: load it anew. If another "
        "task has this picture already, this one leads there."
    )
    messages.success(request, said)
    return redirect("review:task", number=number)
