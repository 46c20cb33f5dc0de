"""The public keys of this service, and the receipt of whoever uploaded something."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from staydown_web.base.clock import utc_now
from staydown_web.base.sealing import installation_keys
from staydown_web.base.signing import public_keys, public_pem
from staydown_web.reports.models import Document
from staydown_web.reports.selectors.statements import statement_by_token
from staydown_web.reports.services import make_receipt


@login_not_required
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """All public keys, the one in use first, in PEM: ``staydown verify --key`` takes the file."""
    found = public_keys(installation_keys().folder)
    text = "".join(f"{name}\n{public_pem(raw)}" for name, raw in found.items())
    response = HttpResponse(text, content_type="application/x-pem-file")
    response["Content-Disposition"] = 'attachment; filename="key.pem"'
    return response


@login_not_required
@require_safe
def statement_receipt(request: HttpRequest, token: str) -> HttpResponse:
    """What was decided about something that was uploaded, signed; nothing in it leads to a notice.

    Raises:
        RecordNotFoundError: no such link.
    """
    made = make_receipt(
        decision=statement_by_token(token).decision,
        side=Document.Side.UPLOADER,
        kind=Document.Kind.DECISION_MADE,
        now=utc_now(),
    )
    response = HttpResponse(made.data, content_type="application/json")
    response["Content-Disposition"] = 'attachment; filename="receipt.json"'
    response["Cache-Control"] = "no-store"
    return response
