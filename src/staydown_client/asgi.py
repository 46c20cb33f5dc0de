"""ASGI middleware: an upload is checked before the application sees the request.

    app.add_middleware(UploadCheck, client=AsyncClient(url, key), rules=Rules(on_unreachable=…))

It needs the package ``multipart``. The application gets the body byte for byte, an ``Upload`` as
``scope["staydown"]``, and the request headers ``staydown-check`` and ``staydown-verdict``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any, TypeAlias

import anyio.to_thread

from staydown_client.async_client import AsyncClient
from staydown_client.errors import ClientError
from staydown_client.records import Check
from staydown_client.uploads.inspection import (
    IncomingFile,
    Inspection,
    RefusedError,
    kind_of_body,
)
from staydown_client.uploads.judging import asked_of, require_parts, state_of
from staydown_client.uploads.marks import CHECK_HEADER, VERDICT_HEADER, marks_of
from staydown_client.uploads.refusing import answer_to
from staydown_client.uploads.rules import FileCheck, Refusal, Rules, Upload
from staydown_client.uploads.spool import CHUNK

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_OURS = frozenset((CHECK_HEADER.encode(), VERDICT_HEADER.encode()))


class UploadCheck:
    """Stops an upload before it is stored.

    Args:
        app: the application.
        client: asks the service; closed by whoever made it.
        rules: what the platform chose.

    Raises:
        SettingError: a package is missing.
    """

    def __init__(self, app: App, *, client: AsyncClient, rules: Rules) -> None:
        require_parts(rules)
        self._app = app
        self._client = client
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Only this middleware says what was checked; a header of that name from outside is a lie.
        scope = {**scope, "headers": [h for h in scope["headers"] if h[0].lower() not in _OURS]}
        if not self._rules.looks_at(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        incoming = _Incoming(receive)
        try:
            inspection = self._begin(scope)
        except RefusedError as error:
            await self._refuse(error.refusal, incoming, send)
            return
        try:
            await self._inspect(inspection, incoming, scope, send)
        finally:
            inspection.close()

    def _begin(self, scope: Scope) -> Inspection:
        types = [v.decode("latin-1") for n, v in scope["headers"] if n.lower() == b"content-type"]
        encodings = [
            v.decode("latin-1") for n, v in scope["headers"] if n.lower() == b"content-encoding"
        ]
        return Inspection(self._rules, kind_of_body(types, encodings), (types or [""])[0])

    async def _inspect(
        self, inspection: Inspection, incoming: _Incoming, scope: Scope, send: Send
    ) -> None:
        try:
            while (data := await incoming.piece()) is not None:
                await self._check_all(inspection, inspection.feed(data), scope)
                if inspection.is_harmless:
                    break
            if incoming.is_gone:
                return
            if incoming.is_whole:
                await self._check_all(inspection, inspection.finish(), scope)
        except RefusedError as error:
            await self._refuse(error.refusal, incoming, send)
            return
        await self._pass_on(inspection, incoming, scope, send)

    async def _check_all(
        self, inspection: Inspection, files: Iterator[IncomingFile], scope: Scope
    ) -> None:
        while (file := await self._next_file(inspection, files)) is not None:
            with file.spool:
                checked = await self._check(file, scope)
            inspection.note(checked)

    @staticmethod
    async def _next_file(
        inspection: Inspection, files: Iterator[IncomingFile]
    ) -> IncomingFile | None:
        if inspection.body.is_on_disk:
            return await anyio.to_thread.run_sync(next, files, None)
        return next(files, None)

    async def _check(self, file: IncomingFile, scope: Scope) -> FileCheck:
        found: Check | ClientError
        try:
            account = self._rules.account_of(scope) if self._rules.account_of else ""
            if self._rules.mode == "hashes":
                asked = await anyio.to_thread.run_sync(asked_of, self._rules, file, account)
            else:
                asked = asked_of(self._rules, file, account)
            found = await self._client.check(**asked)
        except ClientError as error:
            found = error
        return state_of(self._rules, file.field, found)

    async def _pass_on(
        self, inspection: Inspection, incoming: _Incoming, scope: Scope, send: Send
    ) -> None:
        upload = inspection.upload()
        headers = [(name.encode(), said.encode()) for name, said in marks_of(upload)]
        scope = {**scope, "headers": [*scope["headers"], *headers], "staydown": upload}
        replay = _Replay(inspection, incoming)
        await self._app(scope, replay, self._told(upload, send))

    def _told(self, upload: Upload, send: Send) -> Send:
        """``send``, with the response header for what passed unchecked."""
        name = self._rules.unchecked_header.lower().encode()
        if not name or not upload.is_unchecked:
            return send

        async def telling(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (name, b"1")]}
            await send(message)

        return telling

    async def _refuse(self, refusal: Refusal, incoming: _Incoming, send: Send) -> None:
        if refusal is not Refusal.TOO_LARGE:
            # Many clients read the answer only after they have sent everything.
            await incoming.drain(self._rules.max_body_bytes)
        answer = answer_to(self._rules, refusal)
        headers = {
            "content-type": answer.content_type,
            "content-length": str(len(answer.body)),
            **answer.headers,
        }
        await send(
            {
                "type": "http.response.start",
                "status": answer.status,
                "headers": [(n.lower().encode(), v.encode()) for n, v in headers.items()],
            }
        )
        await send({"type": "http.response.body", "body": answer.body})


class _Incoming:
    """The body as the server gives it."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.is_whole = False
        self.is_gone = False

    async def piece(self) -> bytes | None:
        """The next piece; None where the body is whole, or whoever sent it is gone."""
        if self.is_whole or self.is_gone:
            return None
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.is_gone = True
            return None
        self.is_whole = not message.get("more_body", False)
        piece: bytes = message.get("body", b"")
        return piece

    async def drain(self, most_bytes: int) -> None:
        """Read what is left, and keep nothing of it."""
        while most_bytes > 0 and (piece := await self.piece()) is not None:
            most_bytes -= len(piece)

    async def next(self) -> Message:
        """The next message of the server."""
        return await self._receive()


class _Replay:
    """``receive`` of the application: what was taken in, then what is still to come."""

    def __init__(self, inspection: Inspection, incoming: _Incoming) -> None:
        self._body = inspection.body
        self._left = inspection.body.size
        self._is_told = False
        self._incoming = incoming
        self._file = inspection.body.opened()

    async def __call__(self) -> Message:
        """The next message."""
        if self._left == 0 and (self._is_told or not self._incoming.is_whole):
            return await self._incoming.next()
        if self._body.is_on_disk:
            piece = await anyio.to_thread.run_sync(self._file.read, CHUNK)
        else:
            piece = self._file.read(CHUNK)
        self._left -= len(piece)
        self._is_told = self._left == 0
        more = self._left > 0 or not self._incoming.is_whole
        return {"type": "http.request", "body": piece, "more_body": more}
