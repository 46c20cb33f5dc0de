"""A case with files whose digests are known, and what becomes of it."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

from statement_scene import make_copy, make_task
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.accounts.models import Platform, User
from staydown_web.actions.models import Attempt, Delivery, Endpoint, Order
from staydown_web.actions.services import make_orders
from staydown_web.cases.forms import Answers, FiledFile, Filing
from staydown_web.cases.models import Case, Item
from staydown_web.cases.services import Filed, file_case, settle_item
from staydown_web.review.services import decide, make_decisions_firm

URL = "http://127.0.0.1:8161/media/1.jpg"
HOSTILE = [
    '#panic("read as code") #read("/etc/passwd")',
    "$ sum_(i=1)^n $ *bold* _it_ `raw` = heading <label> @ref \\ // no comment /* none */",
    "\x00\x07\x1b[31m \u202eelbisivni\u202c \u200bzero\u00adsoft",
    "你好 مرحبا שלום नमस्ते 😀 Žluťoučký",
    "x" * 3000,
    "]]}})) \"'\"'",
    "{{ 7*7 }} {% now 'Y' %} <script>alert(1)</script>",
]


def file_of(seed: int, *, item: int | None = None, name: str = "") -> FiledFile:
    """A drawn picture as her browser sends it, its exact digest with it."""
    bits = hashlib.sha256(f"drawn {seed}".encode()).digest()
    return FiledFile(
        Fingerprint(
            ContentKind.PHOTO,
            (
                Signal(SignalType.SHA256, digest_of(seed)),
                Signal(SignalType.PDQ, bits.hex(), 100),
            ),
        ),
        name=name or f"holiday {seed}.jpg",
        size_bytes=1000 + seed,
        modified_on=date(2026, 1, 2),
        item_index=item,
    )


def digest_of(seed: int) -> str:
    """SHA-256 of the bytes of a drawn picture."""
    return hashlib.sha256(f"bytes {seed}".encode()).hexdigest()


def file_one(platform: Platform, now: datetime, **changes: Any) -> Filed:
    """A complete notice about two pictures."""
    words = {
        "statement": "It was shared without my consent.",
        "signature": "Ada Example",
        "name": "Ada Example",
        "email": "ada@mail.example",
        **{key: changes.pop(key) for key in list(changes) if key in Answers.__dataclass_fields__},
    }
    answers = Answers(is_good_faith=True, declarations=frozenset({"on_service", "role"}), **words)
    base: dict[str, Any] = {
        "way": "published",
        "acts_as": "self",
        "is_adult_in_picture": True,
        "language": "en",
        "regimes": ["us-tida"],
        "urls": [URL],
        "files": [file_of(1), file_of(2)],
        "platform": platform,
    }
    return file_case(filing=Filing(answers=answers, **{**base, **changes}), now=now)


def order_about(
    case: Case, platform: Platform, user: User, now: datetime, item: Item | None = None
) -> Order:
    """An order about her first address: tried twice at the platform's endpoint, then delivered."""
    copy = make_copy(platform, now, state="held")
    place = case.locations.order_by("position").first()
    assert place is not None
    place.copy, place.state = copy, "found"
    place.save()
    task = make_task(platform, now, copy, case=case, item=item)
    decide(task=task, outcome="remove", grounds=["us-tida"], facts="", user=user, now=now)
    later = now + timedelta(minutes=2)
    make_decisions_firm(later)
    make_orders(later)
    order = Order.objects.get(copy=copy)
    endpoint = Endpoint.objects.create(platform=platform, url_box=b"", secret_box=b"", made_at=now)
    delivery = Delivery.objects.create(
        endpoint=endpoint,
        order=order,
        state=Delivery.State.SENT,
        next_try_at=later,
        made_at=later,
        done_at=later + timedelta(minutes=1),
    )
    for at, status in ((later, 503), (later + timedelta(minutes=1), 204)):
        Attempt.objects.create(delivery=delivery, at=at, http_status=status, duration_ms=12)
    return order


def settle_first(case: Case, now: datetime, state: str = "removed") -> Item:
    """The first picture is decided an hour later."""
    item = case.items.order_by("position").first()
    assert item is not None
    settle_item(item=item, state=state, actor="system", now=now + timedelta(hours=1))
    return item
