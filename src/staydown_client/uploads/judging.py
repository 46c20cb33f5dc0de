"""What the service says of a file, as one of five states; counted, and told where it must be."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from staydown_client.errors import (
    UNREADABLE_CODES,
    ClientError,
    FingerprintError,
    MediaUnreadableError,
    SettingError,
)
from staydown_client.records import Check, Verdict
from staydown_client.uploads.forms import require_parser
from staydown_client.uploads.inspection import IncomingFile
from staydown_client.uploads.rules import FileCheck, Rules, State

log = logging.getLogger("staydown_client.uploads")

_STATES = {
    Verdict.CLEAR: State.CLEAR,
    Verdict.HOLD: State.HOLD,
    Verdict.BLOCK: State.BLOCK,
}


def asked_of(rules: Rules, file: IncomingFile, account: str) -> dict[str, Any]:
    """What ``check`` is called with; in mode "hashes" this opens the file, in a child process.

    Raises:
        MediaUnreadableError: it cannot be fingerprinted here.
        SettingError: the library is not installed.
    """
    if rules.mode == "media":
        return {"media": file.spool.opened(), "account": account}
    return {"fingerprint": fingerprint_here(file), "account": account}


def fingerprint_here(file: IncomingFile) -> Mapping[str, Any]:
    """The fingerprint of a file, made by the library in this machine.

    Raises:
        MediaUnreadableError: no photo or video that can be opened.
        FingerprintError: the library cannot work here.
        SettingError: the library is not installed.
    """
    library = library_of_fingerprints()
    try:
        made = library.fingerprint(file.spool.opened(), mode="screening", name="upload")
    except library.StaydownError as error:
        said = "the upload cannot be fingerprinted here"
        if error.code not in UNREADABLE_CODES:
            raise FingerprintError(said, code=error.code) from None
        raise MediaUnreadableError(said, code=error.code, status=422) from None
    data: dict[str, Any] = json.loads(made.to_json())
    return data


def require_parts(rules: Rules) -> None:
    """See that what these rules need is installed, before the first upload.

    Raises:
        SettingError: it is not.
    """
    require_parser()
    if rules.mode == "hashes":
        library_of_fingerprints()


def library_of_fingerprints() -> Any:
    """The library, loaded when it is needed: the client itself needs neither it nor numpy.

    Raises:
        SettingError: it is not installed.
    """
    try:
        return import_module("staydown")
    except ImportError:
        raise SettingError('mode "hashes" needs the library: pip install staydown') from None


def state_of(rules: Rules, field: str, found: Check | ClientError) -> FileCheck:
    """What came of a file; counted and, where nobody looked at it, told."""
    match found:
        case Check():
            checked = FileCheck(field, _STATES[found.verdict], found.check_id)
        case MediaUnreadableError():
            checked = FileCheck(field, State.UNREADABLE, code=found.code)
        case _:
            checked = FileCheck(field, State.UNCHECKED, code=found.code)
    rules.counts.add(f"file_{checked.state}")
    if checked.state is State.UNCHECKED:
        _tell(rules, checked, str(found))
    return checked


def _tell(rules: Rules, checked: FileCheck, why: str) -> None:
    """Say that a file was not checked, why, and what was done with it; never what it was."""
    code, told = checked.code, "".join(c if c.isprintable() else " " for c in why)
    if rules.on_unreachable == "closed":
        log.warning("an upload was refused: it could not be checked (%s): %s", code, told)
        return
    rules.counts.add("passed_unchecked")
    log.warning("an upload passed unchecked (%s): %s", code, told)
    if rules.on_open_pass is not None:
        rules.on_open_pass(checked)
