"""RFC 9421: the RFC's own example with ed25519, and what is refused."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from staydown_web.base.errors import SignatureError
from staydown_web.federation.services.http_signatures import (
    Message,
    read_signature,
    sign_request,
    signature_base,
)
from staydown_web.federation.services.wire import holds

PUBLIC = base64.b64decode("JrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=")
"""Of ``test-key-ed25519``. Source: RFC 9421, appendix B.1.4."""
PARAMS = (
    '("date" "@method" "@path" "@authority" "content-type" "content-length")'
    ';created=1618884473;keyid="test-key-ed25519"'
)
SIGNATURE = (
    "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
)
"""Source: RFC 9421, appendix B.2.6."""
FIELDS = {
    "host": "example.com",
    "date": "Tue, 20 Apr 2021 02:07:55 GMT",
    "content-type": "application/json",
    "content-length": "18",
    "signature-input": f"sig-b26={PARAMS}",
    "signature": f"sig-b26=:{SIGNATURE}:",
}
MESSAGE = Message("POST", "https", "example.com", "/foo", "param=Value&Pet=dog", FIELDS)


def test_the_example_of_the_rfc_holds() -> None:
    signed = read_signature(FIELDS)
    assert (signed.keyid, signed.created) == ("test-key-ed25519", 1618884473)
    base = signature_base(MESSAGE, signed.covered, signed.params)
    assert base.decode().splitlines() == [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@method": POST',
        '"@path": /foo',
        '"@authority": example.com',
        '"content-type": application/json',
        '"content-length": 18',
        f'"@signature-params": {PARAMS}',
    ]
    assert holds(PUBLIC, signed.signature.hex(), base)


@pytest.mark.parametrize(
    "change",
    [
        {"date": "Tue, 20 Apr 2021 02:07:56 GMT"},
        {"content-length": "19"},
        {"content-type": "text/plain"},
    ],
)
def test_a_changed_field_does_not(change: dict[str, str]) -> None:
    signed = read_signature(FIELDS)
    message = Message("POST", "https", "example.com", "/foo", "", {**FIELDS, **change})
    base = signature_base(message, signed.covered, signed.params)
    assert not holds(PUBLIC, signed.signature.hex(), base)


def test_what_is_signed_here_is_read_here() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    url = "https://Hub.example:443/federation/v1/feed?after=3&limit=9"
    headers = sign_request(
        url=url, identity="ab" * 32, keyid="cd" * 32, sign=key.sign, created=7, nonce="n" * 16
    )
    fields = {name.lower(): value for name, value in headers.items()}
    # As the other side sees it: the usual port left out, the name in lower case.
    message = Message(
        "GET", "https", "hub.example", "/federation/v1/feed", "after=3&limit=9", fields
    )
    signed = read_signature(fields)
    assert (signed.alg, signed.tag, signed.nonce) == ("ed25519", "staydown-feed", "n" * 16)
    base = signature_base(message, signed.covered, signed.params)
    assert holds(key.public_key().public_bytes_raw(), signed.signature.hex(), base)


@pytest.mark.parametrize(
    "given",
    [
        "",
        "sig",
        'sig=("@method"',
        'sig=("@method" "@method");created=1',
        'sig=("@method");created=1;created=2',
        'sig=("@method";req);created=1',
        'sig=("@method" 5);created=1',
        'sig=("@method");created=1, other=("@path");created=1',
        'sig=("@method");keyid="a\\"b"',
        "sig=(" + '"@method" ' * 300 + ")",
    ],
)
def test_forms_that_we_do_not_read_are_refused(given: str) -> None:
    with pytest.raises(SignatureError):
        read_signature({"signature-input": given, "signature": f"sig=:{SIGNATURE}:"})


@pytest.mark.parametrize("given", ["", "sig=", "sig=:%%%:", f"other=:{SIGNATURE}:", "sig=:YQ=="])
def test_a_signature_that_cannot_be_read_is_refused(given: str) -> None:
    with pytest.raises(SignatureError):
        read_signature({"signature-input": 'sig=("@method");created=1', "signature": given})


def test_a_field_that_is_not_there_cannot_be_covered() -> None:
    with pytest.raises(SignatureError):
        signature_base(MESSAGE, ["x-not-there"], PARAMS)
