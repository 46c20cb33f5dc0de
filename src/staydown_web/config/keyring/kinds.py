"""What ``staydown keys`` does with each kind of key."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final, assert_never

from staydown.nouns import many
from staydown_web.audit.services import change_audit_key, record_event
from staydown_web.audit.services.signers import current_number, keep_publics
from staydown_web.banks.services import close_segments, save_snapshot
from staydown_web.base.alone import has_others
from staydown_web.base.errors import ConfigError
from staydown_web.base.keys import keys_changing
from staydown_web.base.rings import read_ring
from staydown_web.base.sealing import installation_keys, keys_read_anew
from staydown_web.config.keyring.changing import (
    RETIRE_AFTER_S,
    Say,
    bring_next,
    destroy_older,
    is_changing,
    known_everywhere,
    refuse_young,
    use_next,
)
from staydown_web.config.keyring.layers import MOST_LAYERS, lift_all
from staydown_web.config.keyring.resealing import count_older, reseal_all
from staydown_web.federation.models import KeyStatement
from staydown_web.federation.services.announcing import change_own_key
from staydown_web.reports.services import change_key
from staydown_web.screening.services import take_in_findings

LINKS_LAST_S: Final = 3 * 86_400.0
"""Longer than a session (8 hours) and a link that Django's secret signs can last."""

Note = Callable[[int], object]


class Kind(StrEnum):
    """A kind of key."""

    FIELD = "field"
    BLIND = "blind"
    AUDIT = "audit"
    DJANGO = "django"
    DOCUMENTS = "documents"
    FEDERATION = "federation"


def rotate(kind: Kind, *, wait_s: float, now: datetime, say: Say, note: Note) -> str:
    """Change a key, or go on with a change that was cut short; everybody goes on meanwhile.

    Args:
        kind: which.
        wait_s: how long a process can take to know a key that came.
        now: the moment, aware UTC.
        say: takes sentences for the person at the terminal.
        note: told how many values were looked at, again and again.

    Returns:
        What was done, as sentences.

    Raises:
        ConfigError: what does not work, and what to do.
    """
    folder = installation_keys().folder
    with keys_changing(folder):
        match kind:
            case Kind.FIELD:
                return _rotate_field(wait_s, now, say, note)
            case Kind.BLIND:
                return _rotate_blind(now, say, note)
            case Kind.DJANGO:
                return _rotate_django(wait_s, now)
            case Kind.AUDIT:
                return _rotate_audit(now)
            case Kind.DOCUMENTS:
                before, after = change_key(now=now)
                record_event(what="signing_key_changed", actor="system", at=now)
                return f"Receipts are signed by {after}; {before} signed its last word."
            case Kind.FEDERATION:
                if not KeyStatement.objects.exists():
                    raise ConfigError("this installation shares with no other: it has no such key")
                return f"Members know the key {change_own_key(actor='system', now=now)} now."
            case _:
                assert_never(kind)


def retire(kind: Kind, *, now: datetime, say: Say, note: Note) -> str:
    """Destroy the older keys of a kind, once nothing needs them.

    Returns:
        What was done, as sentences.

    Raises:
        ConfigError: why not yet, or not at all.
    """
    folder = installation_keys().folder
    with keys_changing(folder):
        match kind:
            case Kind.FIELD:
                return _retire_field(now, say, note)
            case Kind.DJANGO:
                refuse_young(folder, kind, after_s=LINKS_LAST_S, now_s=now.timestamp())
                return _retired(kind, destroy_older(folder, kind), now)
            case Kind.AUDIT:
                if current_number() != max(keys_read_anew().audits):
                    raise ConfigError(
                        "the newest key does not sign yet: staydown keys rotate audit"
                    )
                keep_publics(folder)
                return _retired(kind, destroy_older(folder, kind), now)
            case Kind.BLIND:
                raise ConfigError(
                    "nothing to do: the older keys are the inner layers of every mark; none of "
                    "them alone tells anything"
                )
            case Kind.DOCUMENTS | Kind.FEDERATION:
                raise ConfigError(
                    "nothing to do: the private half of this kind of key is destroyed when it is "
                    "changed"
                )
            case _:
                assert_never(kind)


def _rotate_field(wait_s: float, now: datetime, say: Say, note: Note) -> str:
    folder = installation_keys().folder
    if not is_changing(read_ring(folder, Kind.FIELD)):
        bring_next(folder, Kind.FIELD)
    number = _used(Kind.FIELD, wait_s, now)
    say(f"Key {number} seals from now on. What older ones sealed is sealed anew.")
    known_everywhere(folder, Kind.FIELD, wait_s=wait_s)
    done = reseal_all(note=note)
    save_snapshot(is_anew=True)
    close_segments()
    return (
        f"{many(done.changed, 'value')} sealed anew, {done.seen} looked at. Make a backup now. "
        "In an hour: staydown keys retire field"
    )


def _retire_field(now: datetime, say: Say, note: Note) -> str:
    folder = installation_keys().folder
    ring = read_ring(folder, Kind.FIELD)
    if len(ring.keys) < 2:
        raise ConfigError("there is no older key to retire")
    refuse_young(folder, Kind.FIELD, after_s=RETIRE_AFTER_S, now_s=now.timestamp())
    keys_read_anew()
    done = reseal_all(note=note)
    left = count_older()
    if left:
        raise ConfigError(
            f"{many(left, 'value is', 'values are')} under an older key still; try again"
        )
    save_snapshot(is_anew=True)
    close_segments()
    say(f"Nothing is under an older key ({many(done.seen, 'value')} looked at).")
    said = _retired(Kind.FIELD, destroy_older(folder, Kind.FIELD), now)
    return f"{said} Backups of before the change cannot be opened any more."


def _rotate_blind(now: datetime, say: Say, note: Note) -> str:
    """Another layer over all marks, while nobody else is there; a kill in between is mended here.

    As long as the key that comes lies there, no service starts (``config.preparing``). The marks
    are lifted in one transaction; the key is used from its renaming on, right after it.
    """
    folder = installation_keys().folder
    if has_others():
        raise ConfigError(
            "the service runs: marks of two layers must not meet; stop it on every machine, and "
            "start it again when this is done"
        )
    take_in_findings()
    bring_next(folder, Kind.BLIND, most=MOST_LAYERS)
    ring = read_ring(folder, Kind.BLIND)
    if ring.next_key is None:
        raise ConfigError("another command changed this key in this moment; look again")
    say(f"Layer {ring.next_number} is put over every mark.")
    count = lift_all(ring.next_key, ring.next_number, note=note)
    _used(Kind.BLIND, 0, now)
    marks = many(count, "mark has", "marks have")
    return f"{marks} another layer. Make a backup now, and start the service."


def _rotate_django(wait_s: float, now: datetime) -> str:
    folder = installation_keys().folder
    if not is_changing(read_ring(folder, Kind.DJANGO)):
        bring_next(folder, Kind.DJANGO)
    number = _used(Kind.DJANGO, wait_s, now)
    return (
        f"Secret {number} signs sessions and links. Nobody was signed out. In three days: "
        "staydown keys retire django"
    )


def _rotate_audit(now: datetime) -> str:
    folder = installation_keys().folder
    if current_number() == max(keys_read_anew().audits):
        bring_next(folder, Kind.AUDIT)
        use_next(folder, Kind.AUDIT, wait_s=0)
    number = change_audit_key(actor="system", now=now)
    return (
        f"Key {number} signs checkpoints; the one before it stated it. Old signatures hold. Next: "
        "staydown keys retire audit"
    )


def _used(kind: Kind, wait_s: float, now: datetime) -> int:
    """Use the key that comes, if one does; gives the number of the key in use."""
    folder = installation_keys().folder
    comes = read_ring(folder, kind).next_key is not None
    number = use_next(folder, kind, wait_s=wait_s)
    keys_read_anew()
    if comes:
        facts = {"kind": str(kind), "number": number}
        record_event(what="secret_key_changed", actor="system", at=now, facts=facts)
    return number


def _retired(kind: Kind, count: int, now: datetime) -> str:
    keys_read_anew()
    if not count:
        raise ConfigError("there is no older key to retire")
    facts = {"kind": str(kind), "count": count}
    record_event(what="secret_key_retired", actor="system", at=now, facts=facts)
    return f"{many(count, 'older key')} destroyed."
