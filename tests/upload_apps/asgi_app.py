"""A Starlette application."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from staydown_client import AsyncClient
from staydown_client.asgi import UploadCheck
from staydown_client.uploads import Rules

FOLDER = Path(os.environ["UPLOADS"])


async def store(request: Request) -> JSONResponse:
    """Store each file of a form; say what came with it."""
    stored: dict[str, Any] = {}
    async with request.form() as form:
        for field, value in form.multi_items():
            if isinstance(value, UploadFile):
                data = await value.read()
                keep(field, data)
                stored[field] = hashlib.sha256(data).hexdigest()
            else:
                stored[field] = value
    return JSONResponse({"stored": stored, **told(request)})


def keep(field: str, data: bytes) -> None:
    """Store one file."""
    (FOLDER / f"{len(list(FOLDER.iterdir())):04}-{field}").write_bytes(data)


async def echo(request: Request) -> JSONResponse:
    """Say what the body was."""
    digest, size = hashlib.sha256(), 0
    async for piece in request.stream():
        digest.update(piece)
        size += len(piece)
    return JSONResponse({"sha256": digest.hexdigest(), "size": size, **told(request)})


def told(request: Request) -> dict[str, Any]:
    """What the middleware says."""
    upload = request.scope.get("staydown")
    return {
        "check": request.headers.get("staydown-check", ""),
        "verdict": request.headers.get("staydown-verdict", ""),
        "is_held": bool(upload and upload.is_held),
        "is_unchecked": bool(upload and upload.is_unchecked),
    }


def checked(app: Any) -> UploadCheck:
    """Behind the check, with what the environment chose."""
    return UploadCheck(
        app,
        client=AsyncClient(
            os.environ["STAYDOWN_URL"], os.environ["STAYDOWN_KEY"], retries=1, deadline_s=20
        ),
        rules=Rules(
            on_unreachable=os.environ["ON_UNREACHABLE"],  # type: ignore[arg-type] # Rules checks
            on_hold=os.environ.get("ON_HOLD", "mark"),  # type: ignore[arg-type] # Rules checks
            max_body_bytes=8 << 20,
            unchecked_header="Staydown-Unchecked",
        ),
    )


app = checked(
    Starlette(
        routes=[Route("/store", store, methods=["POST"]), Route("/echo", echo, methods=["POST"])]
    )
)
