"""The platform as a WSGI application: a gallery, single posts, an upload form, media."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from staydown_web.config.demo.platform import pages
from staydown_web.config.demo.platform.client import Client, StaydownUnreachableError
from staydown_web.config.demo.platform.forms import FormError, read_form
from staydown_web.config.demo.platform.posts import Post, Posts, State, new_post_id, new_token

MAX_BODY_BYTES = 40 << 20
_MEDIA = re.compile(r"/(media|held)/([a-z0-9-]{1,40}?)(?:\.([0-9a-f]{32}))?(\.[a-z0-9]{1,5})")
_POST = re.compile(r"/p/([a-z0-9-]{1,40})")
_KNOWN_ENDINGS = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".heic", ".mp4", ".webm", ".mov", ".mkv"}
)
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
Answer = tuple[str, str, bytes]


@dataclass(frozen=True, slots=True)
class Site:
    """The application.

    Attributes:
        posts: the storage.
        client: calls Staydown.
        copies: folder of ready-made edited copies.
        style: the stylesheets, joined.
        origin: own address.
        staydown: address of the service.
    """

    posts: Posts
    client: Client
    copies: Path
    style: bytes
    origin: str
    staydown: str

    def __call__(
        self, environ: dict[str, Any], start: Callable[[str, list[tuple[str, str]]], Any]
    ) -> Iterable[bytes]:
        """Answer one request."""
        status, kind, body = self._answer(environ)
        size = ("Content-Length", str(len(body)))
        start(status, [("Content-Type", kind), size, *HEADERS])
        return [b"" if environ["REQUEST_METHOD"] == "HEAD" else body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        method, path = environ["REQUEST_METHOD"], environ.get("PATH_INFO", "/")
        if method == "POST" and path == "/upload":
            return self._take(environ)
        if method not in {"GET", "HEAD"}:
            return self._page("405 Method Not Allowed", "Not here", "<h1>Not here</h1>")
        if found := _POST.fullmatch(path):
            return self._single(found[1])
        if found := _MEDIA.fullmatch(path):
            return self._media(found[1], found[2], found[3] or "", found[4])
        return self._fixed(path)

    def _fixed(self, path: str) -> Answer:
        if path == "/":
            return self._page("200 OK", "Posts", pages.gallery(self.posts.newest_first()))
        if path == "/style.css":
            return "200 OK", "text/css; charset=utf-8", self.style
        if path == "/upload":
            return self._page("200 OK", "Upload", pages.upload(self._ready_made()))
        return self._missing()

    def _single(self, post_id: str) -> Answer:
        post = self.posts.get(post_id)
        if post is None:
            return self._missing()
        status = "410 Gone" if post.state is State.REMOVED else "200 OK"
        is_shown = post.state is State.SHOWN
        media = f"{self.origin}/media/{post.id}{post.ending}" if is_shown else ""
        main = pages.single(post, origin=self.origin)
        return self._page(status, "Post", main, media=media)

    def _media(self, way: str, post_id: str, token: str, ending: str) -> Answer:
        """Media of a shown post; of a held one, only by the address that Staydown was given."""
        post = self.posts.get(post_id)
        is_open = way == "media" and post is not None and post.state is State.SHOWN
        is_known = way == "held" and post is not None and token == post.token
        if post is None or post.ending != ending or not (is_open or is_known):
            return self._missing()
        try:
            data = self.posts.media(post).read_bytes()
        except FileNotFoundError:
            return self._missing()
        kind = mimetypes.guess_type(f"x{ending}")[0] or "application/octet-stream"
        return "200 OK", kind, data

    def _take(self, environ: dict[str, Any]) -> Answer:
        """Check an upload, then store it, keep it unseen, or refuse it."""
        if not self._is_our_own(environ):
            return self._page("403 Forbidden", "Not here", "<h1>Not from another site</h1>")
        try:
            data, name, caption = self._uploaded(environ)
        except FormError as error:
            form = pages.upload(self._ready_made(), problem=str(error))
            return self._page("400 Bad Request", "Upload", form)
        ending = name[name.rfind(".") :]
        post = Post(new_post_id(), caption, "you", ending, State.SHOWN, new_token())
        url = f"{self.origin}/held/{post.id}.{post.token}{ending}"
        try:
            verdict = self.client.verdict(
                data, name=f"upload{ending}", post_id=post.id, url=url, account="you"
            )
        except StaydownUnreachableError:
            words = "The check did not answer, so nothing was stored. Please try again."
            form = pages.upload(self._ready_made(), problem=words)
            return self._page("503 Service Unavailable", "Upload", form)
        if verdict == "clear":
            self.posts.add(post, data)
        elif verdict == "hold":
            kept = Post(post.id, caption, "you", ending, State.HELD, post.token)
            self.posts.add(kept, data)
        return self._page("200 OK", "Upload", pages.outcome(verdict, post))

    def _is_our_own(self, environ: dict[str, Any]) -> bool:
        """Whether a form was sent by a page of ours; without a referrer its origin is ``null``."""
        came = environ.get("HTTP_SEC_FETCH_SITE", "same-origin")
        return came == "same-origin" and environ.get("HTTP_ORIGIN", "null") in {
            "null",
            self.origin,
        }

    def _uploaded(self, environ: dict[str, Any]) -> tuple[bytes, str, str]:
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if not 0 < size <= MAX_BODY_BYTES:
            raise FormError("Please choose a file of at most 40 MB.")
        form = read_form(environ.get("CONTENT_TYPE", ""), environ["wsgi.input"].read(size))
        caption = form.fields.get("caption", "").strip()[:80] or "Untitled"
        if form.file:
            if form.ending not in _KNOWN_ENDINGS:
                raise FormError("Please choose a picture or video, such as a JPEG or MP4 file.")
            return form.file, f"upload{form.ending}", caption
        chosen = {path.name: path for path in self._ready_made()}.get(form.fields.get("copy", ""))
        if chosen is None:
            raise FormError("Please choose a file, or one of the edited copies.")
        return chosen.read_bytes(), chosen.name, caption

    def _ready_made(self) -> list[Path]:
        return [p for p in sorted(self.copies.glob("*_*")) if p.suffix in _KNOWN_ENDINGS]

    def _missing(self) -> Answer:
        return self._page("404 Not Found", "Not here", "<h1>There is nothing here</h1>")

    def _page(self, status: str, title: str, main: str, *, media: str = "") -> Answer:
        whole = pages.page(title, main, staydown=self.staydown, media=media)
        return status, "text/html; charset=utf-8", whole.encode()
