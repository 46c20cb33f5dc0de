"""Timestamps by an authority (RFC 3161): whether one is of this document, and from when."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from staydown.cli.verify.documents import document_digest
from staydown.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


@dataclass(frozen=True, slots=True)
class Stamp:
    """The timestamp of a document.

    Attributes:
        at: the moment that the authority states, aware UTC; None where it cannot be read.
        authority: the address that was asked, as the service wrote it.
        holds: True: proven against the authority's certificate; False: it does not hold; None: no
            certificate was given.
        why: one sentence where it does not hold; empty otherwise.
    """

    at: datetime | None
    authority: str
    holds: bool | None
    why: str = ""


def stamp_of(
    document: Mapping[str, Any], *, authorities: Sequence[Certificate] = ()
) -> Stamp | None:
    """The timestamp of a document that holds otherwise; None where it has none.

    Args:
        document: with a ``timestamp`` of the right shape.
        authorities: certificates that are trusted: the authority's own root, or several.

    Raises:
        ConfigError: the package that reads timestamps is not installed.
    """
    stamp = document.get("timestamp")
    if stamp is None:
        return None
    try:
        from rfc3161_client import VerifierBuilder, decode_timestamp_response  # noqa: PLC0415
        from rfc3161_client.errors import VerificationError  # noqa: PLC0415 - of an extra
    except ModuleNotFoundError:
        raise ConfigError(
            "checking timestamps needs one more package; install it: pip install 'staydown[verify]'"
        ) from None
    named = str(stamp["authority"])
    try:
        response = decode_timestamp_response(base64.b64decode(stamp["token"], validate=True))
        at = response.tst_info.gen_time.astimezone(UTC)
        imprint = response.tst_info.message_imprint.message
    except ValueError:
        return Stamp(None, named, holds=False, why="its timestamp cannot be read")
    if imprint != document_digest(document):
        return Stamp(at, named, holds=False, why="its timestamp is of another document")
    if not authorities:
        return Stamp(at, named, holds=None)
    builder = VerifierBuilder(roots=list(authorities))
    try:
        builder.build().verify(response, document_digest(document))
    except (VerificationError, ValueError):
        why = "its timestamp is not by the authority whose certificate you gave"
        return Stamp(at, named, holds=False, why=why)
    return Stamp(at, named, holds=True)


def certificates_in(pem: bytes, name: str) -> list[Certificate]:
    """The certificates of a PEM file.

    Raises:
        SourceError: there is none, or one cannot be read.
        ConfigError: the package that reads them is not installed.
    """
    try:
        from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415 - of an extra
    except ModuleNotFoundError:
        raise ConfigError(
            "reading certificates needs one more package; install it: pip install "
            "'staydown[verify]'"
        ) from None
    try:
        return load_pem_x509_certificates(pem)
    except ValueError:
        raise SourceError(f"{name}: no certificate in it. Give a PEM file.") from None
