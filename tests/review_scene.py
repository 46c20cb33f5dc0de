"""A queue to review: a site that serves pictures, entries, copies that match them, and cases.

Copies are drawn from the demo's pictures of places and things, and matched for real, so that the
evidence that a screen draws is what the matcher gives.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageOps

import staydown
from staydown.types import Fingerprint
from staydown_web.accounts.models import Platform, User
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import add_entry
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import blind, seal
from staydown_web.cases.forms import Answers, FiledFile, Filing
from staydown_web.cases.models import Case, Location
from staydown_web.cases.services import file_case
from staydown_web.review import services
from staydown_web.review.models import Complaint, Task
from staydown_web.screening.models import Copy, Hit, Verdict

MEDIA = Path(staydown.__file__).parent / "demo_media"
STATEMENT = "The original is my holiday picture. Someone changed it. I did not agree to this."


@dataclass
class Site:
    """A platform's media origin on this machine: what it serves, and what was asked of it."""

    origin: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def put(self, name: str, data: bytes) -> str:
        """Serve a file; its address."""
        self.files[f"/{name}"] = data
        return f"{self.origin}/{name}"


@contextmanager
def serve_site() -> Iterator[Site]:
    """Serve until the block ends."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append(self.path)
            data = site.files.get(self.path)
            self.send_response(200 if data is not None else 404)
            self.send_header("Content-Type", "image/jpeg")
            self.send_header("Content-Length", str(len(data or b"")))
            self.end_headers()
            self.wfile.write(data or b"")

        def log_message(self, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.origin = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@cache
def edited(name: str, how: str) -> bytes:
    """A copy of a demo picture: same, part, mirrored or altered."""
    image = Image.open(MEDIA / name).convert("RGB")
    width, height = image.size
    match how:
        case "part":
            image = image.crop((width // 6, height // 8, width * 5 // 6, height * 7 // 8))
        case "mirrored":
            image = ImageOps.mirror(image).resize((width * 4 // 5, height * 4 // 5))
        case "altered":
            box = (width * 3 // 8, height // 3, width * 5 // 8, height * 2 // 3)
            patch = (
                Image.open(MEDIA / "citrus.jpg")
                .convert("RGB")
                .resize((box[2] - box[0], box[3] - box[1]))
            )
            image.paste(patch, box[:2])
        case "same":
            image = image.resize((width * 3 // 4, height * 3 // 4))
            ImageDraw.Draw(image).text((10, 10), "forum", fill="white")
    made = io.BytesIO()
    image.save(made, "JPEG", quality=85)
    return made.getvalue()


@cache
def fingerprint_of_file(name: str) -> Fingerprint:
    """The complete fingerprint of a demo picture."""
    return staydown.fingerprint(MEDIA / name)


@cache
def found(name: str, how: str) -> tuple[str, float, dict[str, Any]]:
    """Kind, score and evidence of an edited copy against its original, by the real matcher."""
    matcher = staydown.Matcher()
    matcher.add("it", fingerprint_of_file(name))
    match = matcher.match(staydown.fingerprint(edited(name, how)))[0]
    return str(match.kind), match.score, match.evidence.to_dict()


def make_entry(bank: Bank, name: str, now: datetime) -> Entry:
    """A seed of a demo picture."""
    return add_entry(
        bank=bank,
        fingerprint=fingerprint_of_file(name),
        origin=Entry.Origin.NOTICE,
        actor="system",
        now=now,
    ).entry


def make_copy(
    platform: Platform,
    entry: Entry | None,
    now: datetime,
    *,
    match: tuple[str, float, dict[str, Any]] | None = None,
    url: str = "",
    group: str = "",
    **values: Any,
) -> Copy:
    """A copy on the platform, held by default, and its hit."""
    made_id = new_id()
    values = {
        "source": Copy.Source.UPLOAD,
        "state": Copy.State.HELD,
        "verdict": Verdict.HOLD,
        "content_ref": f"post-{made_id.hex[:6]}",
        "content_kind": "photo",
        **values,
    }
    copy = Copy.objects.create(
        id=made_id,
        platform=platform,
        group=blind((group or made_id.hex).encode(), purpose="content"),
        url_box=seal(url.encode(), context=f"copy:{made_id}") if url else None,
        seen_at=now,
        state_at=now,
        **values,
    )
    if entry is not None:
        kind, score, evidence = match or ("same", 0.97, {})
        Hit.objects.create(
            copy=copy,
            entry=entry,
            kind=kind,
            score=score,
            response="hold",
            evidence=evidence,
            at=now,
        )
    return copy


def file_notice(
    platform: Platform,
    names: list[str],
    now: datetime,
    *,
    urls: list[str] | None = None,
    way: str = Case.Way.PUBLISHED,
    **answers: Any,
) -> Case:
    """A valid US notice about demo pictures, or of addresses alone."""
    given = {
        "statement": STATEMENT,
        "signature": "Anna Example",
        "is_good_faith": True,
        "name": "Anna Example",
        "email": "anna@mail.example",
        "declarations": frozenset({"on_service", "role"}),
        **answers,
    }
    filing = Filing(
        way=way,
        acts_as=Case.ActsAs.SELF,
        is_adult_in_picture=True,
        language="en",
        regimes=["us-tida"],
        urls=urls or [f"{platform.media_origins[0]}/reported.jpg"],
        files=[FiledFile(fingerprint_of_file(name), name=name) for name in names],
        answers=Answers(**given),
        platform=platform,
    )
    return file_case(filing=filing, now=now).case


def place_copy(case: Case, copy: Copy, now: datetime) -> Location:
    """The first place of a case, found: its copy is this one."""
    place = case.locations.order_by("added_at", "pk").first()
    assert place is not None
    place.copy, place.state, place.state_at = copy, Location.State.FOUND, now
    place.platform = copy.platform
    place.save()
    return place


def complained(task: Task, user: User, now: datetime) -> Complaint:
    """An uploader's complaint about the removal that somebody decided a day ago."""
    at = now - timedelta(days=1)
    made = services.decide(
        task=task, outcome="remove", grounds=["us-tida"], facts="Shown.", user=user, now=at
    )
    services.make_decisions_firm(at + timedelta(seconds=60))
    made.refresh_from_db()
    return services.file_complaint(
        decision=made, side="uploader", text="A statue.", now=now, key="a" * 64
    )
