"""The public keys of this service, for whoever holds a receipt."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from staydown_web.base.sealing import installation_keys
from staydown_web.base.signing import public_keys, public_pem


@login_not_required
@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """All public keys, the one in use first, in PEM: ``staydown verify --key`` takes the file."""
    found = public_keys(installation_keys().folder)
    text = "".join(f"{name}\n{public_pem(raw)}" for name, raw in found.items())
    response = HttpResponse(text, content_type="application/x-pem-file")
    response["Content-Disposition"] = 'attachment; filename="key.pem"'
    return response
