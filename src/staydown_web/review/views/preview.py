"""One step of the veil: a picture that the server makes, counts and forgets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from staydown_web.base.access import role_required
from staydown_web.base.clock import utc_now
from staydown_web.base.errors import NotAllowedError, RecordNotFoundError
from staydown_web.review import services
from staydown_web.review.models import Exposure
from staydown_web.review.selectors.evidence import drawing_of
from staydown_web.review.selectors.minors import is_closed_for_minor
from staydown_web.review.selectors.queue import task_numbered
from staydown_web.review.services.previews import make_preview
from staydown_web.review.views.shared import care_for, user_of
from staydown_web.screening.models import Copy

_SIGNATURE_BYTES: Final = 8
"""With these every PNG begins."""


@require_GET
@role_required("reviewer")
def preview(request: HttpRequest, number: str, level: str) -> HttpResponse:
    """The picture of a step, for an ``img`` of our own pages alone.

    It is counted before it is sent, and only where somebody still waits for it: none is shown
    uncounted, and none counted that was not delivered. Over the limit that the reviewer chose,
    Clear wants one more yes (``anyway=1``).
    """
    if level not in Exposure.Level.values:
        raise RecordNotFoundError("there is no such step")
    if request.headers.get("Sec-Fetch-Dest", "image") not in {"image", "empty"}:
        raise NotAllowedError("previews open inside the screen of their task alone")
    task, user, now = task_numbered(number), user_of(request), utc_now()
    copy = (
        Copy.objects.select_related("platform")
        .filter(tasks=task, url_box__isnull=False)
        .order_by("seen_at")
        .first()
    )
    if copy is None:
        raise RecordNotFoundError("the platform gave no address for this copy")
    if is_closed_for_minor(task):
        raise NotAllowedError("nobody opens this any more: someone in it may have been under 18")
    wanted = Exposure.Level(level)
    over = wanted == Exposure.Level.CLEAR and care_for(request, now).is_at_limit
    if over and request.GET.get("anyway") != "1":
        raise NotAllowedError("you have reached the limit you chose")
    hit = copy.hits.order_by("-score").first()
    at_ms = drawing_of(hit.evidence).at_ms if hit is not None else 0
    picture = make_preview(copy=copy, level=wanted, at_ms=at_ms)
    count = partial(services.note_exposure, task=task, copy=copy, level=wanted, user=user)
    response = StreamingHttpResponse(_counted(picture, count), content_type="image/png")
    response.headers["Cache-Control"] = "no-store, private, max-age=0"
    response.headers["Content-Disposition"] = "inline"
    response.headers["Content-Length"] = str(len(picture))
    return cast("HttpResponse", response)  # all that answers takes both


def _counted(picture: bytes, count: Callable[..., object]) -> Iterator[bytes]:
    """The picture in two parts: a browser that is gone takes only the first, which is empty.

    Making one can take seconds, in which the reviewer may have covered it or gone on. The web
    server asks for the second part only while the connection stands.
    """
    yield picture[:_SIGNATURE_BYTES]
    count(now=utc_now())
    yield picture[_SIGNATURE_BYTES:]
