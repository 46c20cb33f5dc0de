"""WSGI middleware: an upload is checked before the application sees the request.

    app.wsgi_app = UploadCheck(app.wsgi_app, client=Client(url, key), rules=Rules(on_unreachable=…))

It needs the package ``multipart``. The application gets the body byte for byte, an ``Upload`` as
``environ["staydown.upload"]``, and the request headers ``Staydown-Check`` and ``Staydown-Verdict``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from io import BufferedReader, RawIOBase
from typing import Any, BinaryIO, TypeAlias

from staydown_client.client import Client
from staydown_client.errors import ClientError
from staydown_client.records import Check
from staydown_client.uploads.inspection import (
    Body,
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

Environ: TypeAlias = dict[str, Any]
Start: TypeAlias = Callable[..., Any]
App: TypeAlias = Callable[[Environ, Start], Iterable[bytes]]


def _variable(header: str) -> str:
    return "HTTP_" + header.upper().replace("-", "_")


_OURS = frozenset(_variable(header) for header in (CHECK_HEADER, VERDICT_HEADER))


class UploadCheck:
    """Stops an upload before it is stored.

    Args:
        app: the application.
        client: asks the service; closed by whoever made it. Make it after a server has forked, or
            before its first call.
        rules: what the platform chose.

    Raises:
        SettingError: a package is missing.
    """

    def __init__(self, app: App, *, client: Client, rules: Rules) -> None:
        require_parts(rules)
        self._app = app
        self._client = client
        self._rules = rules

    def __call__(self, environ: Environ, start_response: Start) -> Iterable[bytes]:
        """Answer one request, or pass it on."""
        # Only this middleware says what was checked; a header of that name from outside is a lie.
        environ = {name: value for name, value in environ.items() if name not in _OURS}
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        if not self._rules.looks_at(environ["REQUEST_METHOD"], path):
            return self._app(environ, start_response)
        try:
            incoming = _Incoming(environ)
        except RefusedError as error:
            return self._refuse(error.refusal, None, start_response)
        try:
            inspection = _begin(self._rules, environ)
        except RefusedError as error:
            return self._refuse(error.refusal, incoming, start_response)
        try:
            self._inspect(inspection, incoming, environ)
        except RefusedError as error:
            inspection.close()
            return self._refuse(error.refusal, incoming, start_response)
        except BaseException:
            inspection.close()
            raise
        return self._pass_on(inspection, incoming, environ, start_response)

    def _inspect(self, inspection: Inspection, incoming: _Incoming, environ: Environ) -> None:
        while data := incoming.piece():
            self._check_all(inspection, inspection.feed(data), environ)
            if inspection.is_harmless:
                return
        self._check_all(inspection, inspection.finish(), environ)

    def _check_all(
        self, inspection: Inspection, files: Iterable[IncomingFile], environ: Environ
    ) -> None:
        for file in files:
            with file.spool:
                checked = self._check(file, environ)
            inspection.note(checked)

    def _check(self, file: IncomingFile, environ: Environ) -> FileCheck:
        found: Check | ClientError
        try:
            account = self._rules.account_of(environ) if self._rules.account_of else ""
            found = self._client.check(**asked_of(self._rules, file, account))
        except ClientError as error:
            found = error
        return state_of(self._rules, file.field, found)

    def _pass_on(
        self, inspection: Inspection, incoming: _Incoming, environ: Environ, start_response: Start
    ) -> Iterable[bytes]:
        upload = inspection.upload()
        environ["staydown.upload"] = upload
        for name, said in marks_of(upload):
            environ[_variable(name)] = said
        environ["wsgi.input"] = BufferedReader(_Replay(inspection.body.opened(), incoming), CHUNK)
        if incoming.is_chunked and incoming.is_whole:
            # Its length is known now, and an application that asks for it gets it.
            environ["CONTENT_LENGTH"] = str(inspection.body.size)
            environ.pop("HTTP_TRANSFER_ENCODING", None)
        try:
            answer = self._app(environ, self._told(upload, start_response))
        except BaseException:
            inspection.close()
            raise
        return _Closing(answer, inspection)

    def _told(self, upload: Upload, start_response: Start) -> Start:
        """``start_response``, with the response header for what passed unchecked."""
        name = self._rules.unchecked_header
        if not name or not upload.is_unchecked:
            return start_response

        def telling(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, (name, "1")], *more)

        return telling

    def _refuse(
        self, refusal: Refusal, incoming: _Incoming | None, start_response: Start
    ) -> Iterable[bytes]:
        if incoming is not None and refusal is not Refusal.TOO_LARGE:
            # Many clients read the answer only after they have sent everything.
            incoming.drain(self._rules.max_body_bytes)
        answer = answer_to(self._rules, refusal)
        headers = {
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body)),
            **answer.headers,
        }
        start_response(f"{answer.status} {_phrase(answer.status)}", list(headers.items()))
        return [answer.body]


def _begin(rules: Rules, environ: Environ) -> Inspection:
    content_type = environ.get("CONTENT_TYPE", "")
    kind = kind_of_body([content_type], [environ.get("HTTP_CONTENT_ENCODING", "")])
    return Inspection(rules, kind, content_type if kind is Body.FORM else "")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Refused"


class _Incoming:
    """The body as the server gives it.

    Raises:
        RefusedError: it has no length, and this server cannot say where it ends.
    """

    def __init__(self, environ: Environ) -> None:
        self._file: BinaryIO = environ["wsgi.input"]
        said = environ.get("CONTENT_LENGTH") or ""
        self.is_chunked = not said and bool(environ.get("wsgi.input_terminated"))
        if said and not (said.isascii() and said.isdigit()):
            raise RefusedError(Refusal.MALFORMED)
        if not said and environ.get("HTTP_TRANSFER_ENCODING") and not self.is_chunked:
            raise RefusedError(Refusal.NO_LENGTH)
        self._left = int(said or 0)
        self.is_whole = False

    def piece(self, most: int = CHUNK) -> bytes:
        """The next piece; empty at the end.

        Raises:
            RefusedError: whoever sent it stopped in the middle.
        """
        if self.is_chunked:
            data = self._file.read(most)
            self.is_whole = not data
            return data
        data = self._file.read(min(most, self._left)) if self._left else b""
        if self._left and not data:
            raise RefusedError(Refusal.MALFORMED)
        self._left -= len(data)
        self.is_whole = not self._left
        return data

    def drain(self, most_bytes: int) -> None:
        """Read what is left, and keep nothing of it."""
        try:
            while most_bytes > 0 and (data := self.piece()):
                most_bytes -= len(data)
        except RefusedError:
            return


class _Replay(RawIOBase):
    """``wsgi.input`` of the application: what was taken in, then what is still to come."""

    def __init__(self, file: BinaryIO, incoming: _Incoming) -> None:
        super().__init__()
        self._file = file
        self._incoming = incoming

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer as far as one piece goes."""
        data = self._file.read(len(buffer))
        if not data and not self._incoming.is_whole:
            try:
                data = self._incoming.piece(len(buffer))
            except RefusedError:
                raise ConnectionError("the request ended in the middle") from None
        buffer[: len(data)] = data
        return len(data)


class _Closing:
    """The application's answer, after which the upload is let go of."""

    def __init__(self, answer: Iterable[bytes], inspection: Inspection) -> None:
        self._answer = answer
        self._inspection = inspection

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._answer)

    def close(self) -> None:
        """Called by the server when the answer was sent."""
        try:
            if hasattr(self._answer, "close"):
                self._answer.close()
        finally:
            self._inspection.close()
