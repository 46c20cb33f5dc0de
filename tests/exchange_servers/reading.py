"""What the tests of all partners share: opening one, reading it to the end, making fingerprints."""

from __future__ import annotations

from datetime import UTC, datetime

from exchange_servers.serving import START, ExchangeServer
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.base.fetching import Fetcher
from staydown_web.exchanges.partners import fields_of, open_partner
from staydown_web.exchanges.partners.wire import Kind, Page, Partner, Record

NOW = datetime.fromtimestamp(START + 1_000, UTC)


def open_at(server: ExchangeServer, kind: Kind, /, **changed: str) -> Partner:
    """The partner's code, led to a server of ours; ``changed`` are settings or secrets."""
    names = {field.name for field in fields_of(kind) if field.is_secret}
    config = {**server.config, **{k: v for k, v in changed.items() if k not in names}}
    secrets = {**server.secrets, **{k: v for k, v in changed.items() if k in names}}
    return open_partner(kind, config, secrets, Fetcher())


def read_all(partner: Partner, checkpoint: str = "", *, now: datetime = NOW) -> list[Page]:
    """Every page of one pass."""
    pages = [partner.fetch(checkpoint, now=now)]
    while pages[-1].has_more:
        pages.append(partner.fetch(pages[-1].checkpoint, now=now))
        assert len(pages) < 200, "it goes round in circles"
    return pages


def records_of(pages: list[Page]) -> dict[str, Record]:
    """What a bank would hold after these pages: of each key what is later by the partner's time."""
    kept: dict[str, Record] = {}
    for record in (record for page in pages for record in page.records):
        before = kept.get(record.key)
        if before is None or before.at is None or record.at is None or record.at >= before.at:
            kept[record.key] = record
    return kept


def hex_of(number: int, size: int = 32) -> str:
    """A made hash: no picture has it."""
    return (number.to_bytes(2, "big") * size)[:size].hex()


def photo_raw(pdq: str | None = None, md5: str | None = None, sha256: str | None = None) -> bytes:
    return _raw(ContentKind.PHOTO, pdq=pdq, md5=md5, sha256=sha256)


def video_raw(md5: str | None = None) -> bytes:
    return _raw(ContentKind.VIDEO, md5=md5)


def _raw(kind: ContentKind, **hashes: str | None) -> bytes:
    signals = [Signal(SignalType(name), text) for name, text in hashes.items() if text]
    return Fingerprint(kind, tuple(signals)).to_bytes()
