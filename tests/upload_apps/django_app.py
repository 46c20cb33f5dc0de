"""A Django site in one file: a form that stores, once by the handler and once by the storage."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.files.storage import storages
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, JsonResponse
from django.urls import path

FOLDER = Path(os.environ["UPLOADS"])
BY = os.environ.get("CHECKED_BY", "handler")
HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILES: dict[str, Any] = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"location": str(FOLDER)},
}
CHECKED = {
    "BACKEND": "staydown_client.django.storage.CheckedStorage",
    "OPTIONS": {"storage": FILES},
}

settings.configure(
    SECRET_KEY="for this test alone",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["staydown_client.django"],
    MIDDLEWARE=[
        "staydown_client.django.middleware.UploadCheckMiddleware",
        *(["django.middleware.csrf.CsrfViewMiddleware"] if "WITH_CSRF" in os.environ else []),
    ]
    if "WITHOUT_MIDDLEWARE" not in os.environ
    else [],
    FILE_UPLOAD_HANDLERS=[
        *(["staydown_client.django.uploads.CheckedUploadHandler"] if BY == "handler" else []),
        *HANDLERS,
    ],
    FILE_UPLOAD_MAX_MEMORY_SIZE=1 << 16,
    FILE_UPLOAD_TEMP_DIR=os.environ.get("UPLOADS_TEMP"),
    STORAGES={
        "default": CHECKED if BY == "storage" else FILES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
    STAYDOWN={
        "URL": os.environ["STAYDOWN_URL"],
        "KEY": os.environ["STAYDOWN_KEY"],
        "ON_UNREACHABLE": os.environ["ON_UNREACHABLE"],
        "ON_HOLD": os.environ.get("ON_HOLD", "mark"),
        "UNCHECKED_HEADER": "Staydown-Unchecked",
        "MAX_BODY_BYTES": 8 << 20,
        "RETRIES": 1,
        "DEADLINE_S": 20,
    },
)
django.setup()

from staydown_client.django.guarding import upload_of  # noqa: E402 - after Django is set up


def store(request: HttpRequest) -> JsonResponse:
    """Store each file of a form; say what came with it."""
    stored: dict[str, Any] = dict(request.POST.items())
    for field, files in request.FILES.lists():
        for file in files:
            digest = hashlib.sha256(b"".join(file.chunks())).hexdigest()
            storages["default"].save(f"{len(list(FOLDER.iterdir())):04}-{field}", file)
            stored[field] = digest
    upload = upload_of(request)
    return JsonResponse(
        {
            "stored": stored,
            "check": ", ".join(upload.check_ids),
            "is_held": upload.is_held,
            "is_unchecked": upload.is_unchecked,
        }
    )


urlpatterns = [path("store", store)]
app = WSGIHandler()
asgi = ASGIHandler()
