"""An authority of the little internet alone, and certificates for whatever name is asked for."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
import tempfile
from collections.abc import Collection
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_AUTHORITY = "Little Internet Authority"


@cache
def _authority() -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _AUTHORITY)])
    made = (
        _unsigned(key, name, name, days=2)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return key, made


def authority_pem() -> bytes:
    """The authority's certificate, for files that name whom to trust."""
    return _authority()[1].public_bytes(serialization.Encoding.PEM)


def client_context() -> ssl.SSLContext:
    """Trusts the little internet's authority and nobody else."""
    return ssl.create_default_context(cadata=authority_pem().decode())


@cache
def server_context(name: str, *, days: int = 1) -> ssl.SSLContext:
    """A server's context for one name or address; ``days`` of 0 or less: it has run out."""
    key = ec.generate_private_key(ec.SECP256R1())
    by_key, by = _authority()
    try:
        other: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        other = x509.DNSName(name)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
    made = (
        _unsigned(key, subject, by.subject, days=days)
        .add_extension(x509.SubjectAlternativeName([other]), critical=False)
        .sign(by_key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        both = Path(folder, "both.pem")
        both.write_bytes(
            made.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context.load_cert_chain(both)
    return context


def context_for_any_name(run_out: Collection[str], misnamed: Collection[str]) -> ssl.SSLContext:
    """A server's context that shows each name a certificate of its own.

    Args:
        run_out: names whose certificate has run out.
        misnamed: names that are shown the certificate of another.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def choose(peer: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        shown = "other.example" if name in misnamed else (name or "unnamed.example")
        peer.context = server_context(shown, days=-1 if name in run_out else 1)

    context.sni_callback = choose  # type: ignore[assignment] # typeshed wants SSLSocket
    return context


def _unsigned(
    key: ec.EllipticCurvePrivateKey, subject: x509.Name, issuer: x509.Name, *, days: int
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=3))
        .not_valid_after(now + dt.timedelta(days=days))
    )
