"""Pictures that a case holds already: adding one of them once more changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from staydown.types import Fingerprint, SignalType
from staydown_web.banks.services.entries import entry_blind
from staydown_web.base.sealing import unseal_for_case
from staydown_web.cases.forms import FiledFile
from staydown_web.cases.models import Case, Claim, Item


def without_known(*, case: Case, files: Sequence[FiledFile]) -> tuple[FiledFile, ...]:
    """The files that a case does not hold: of the others, an item has the very fingerprint.

    What was found at an address of hers counts for an item of which she gave a file: one that is
    known by an address alone takes the file instead, or not. See ``joining``.

    Args:
        case: whose; what ended holds nothing.
        files: clean ones.
    """
    if not files:
        return ()
    held = _held_fingerprints(case)
    return tuple(file for file in files if _mark(file.fingerprint) not in held)


def items_of_files(case: Case) -> dict[str, Item]:
    """SHA-256 of each file that she gave -> its item, the first one; files without it are not in.

    The same file may have another fingerprint: a browser that could read less of a video, or the
    program for computers.
    """
    return {
        digest: item
        for item in case.items.filter(label_box__isnull=False).order_by("-position")
        for label in unseal_for_case(case.pk, item.label_box or b"", context=f"item:{item.pk}")
        if (digest := label.get("sha256"))
    }


def exact_digest(fingerprint: Fingerprint) -> str:
    """SHA-256 of the file as she gave it; empty where it is not known."""
    exact = fingerprint.get(SignalType.SHA256)
    return exact.value if exact else ""


def _held_fingerprints(case: Case) -> set[str]:
    claims = Claim.objects.filter(
        item__case=case, item__label_box__isnull=False, ended_at__isnull=True
    )
    waiting = case.items.filter(waiting_box__isnull=False)
    rows = [
        row
        for item in waiting
        for row in unseal_for_case(case.pk, item.waiting_box or b"", context=f"item:{item.pk}")
    ]
    return {
        *claims.values_list("entry__blind", flat=True),
        *(_mark(Fingerprint.from_dict(row)) for row in rows),
    }


def _mark(fingerprint: Fingerprint) -> str:
    return entry_blind(fingerprint.to_bytes())
