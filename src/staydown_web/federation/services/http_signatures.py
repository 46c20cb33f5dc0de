"""Signed requests: HTTP Message Signatures (RFC 9421) by ed25519, the part that installations use.

A request without a body is signed over its method, authority, path and query, with the moment, a
nonce, the fingerprint of the key and a tag that keeps it apart from other uses of the same key. The
identity of the sender stands in a field of its own and is signed too. Source: ADR-0073.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from staydown_web.base.errors import SignatureError

TAG = "staydown-feed"
LABEL = "staydown"
IDENTITY_FIELD = "staydown-installation"
COVERED = ("@method", "@authority", "@path", "@query", IDENTITY_FIELD)
_USUAL_PORTS = {"http": ":80", "https": ":443"}
_MOST_CHARACTERS = 2_000
_INPUT = re.compile(
    r'(?P<label>[a-z][a-z0-9_.*-]{0,40})=(?P<params>\((?P<items>[@a-z0-9" -]{0,600})\))'
    r'(?P<rest>(?:;[a-z]+=(?:"[^"\\]{0,120}"|\d{1,15}))*)'
)
_ITEM = re.compile(r'"([@a-z][a-z0-9-]{0,59})"')
_PARAM = re.compile(r';([a-z]+)=(?:"([^"\\]*)"|(\d+))')


@dataclass(frozen=True, slots=True)
class Message:
    """What of a request can be signed.

    Attributes:
        method: in upper case.
        scheme: http or https.
        authority: host, and port where it is not the usual one.
        path: as sent, percent-encoded.
        query: as sent, without the question mark.
        fields: names in lower case.
    """

    method: str
    scheme: str
    authority: str
    path: str
    query: str
    fields: Mapping[str, str]

    def value_of(self, name: str) -> str:
        """The value of a component.

        Raises:
            SignatureError: the message has no such component.
        """
        derived = {
            "@method": self.method,
            "@authority": self.authority.lower().removesuffix(_USUAL_PORTS[self.scheme]),
            "@path": self.path or "/",
            "@query": f"?{self.query}",
            "@scheme": self.scheme,
        }
        value = derived.get(name, self.fields.get(name))
        if value is None:
            raise SignatureError("the signature covers a field that the request does not have")
        return " ".join(value.split()) if name in self.fields else value


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature as it came, not yet checked.

    Attributes:
        covered: names of the components.
        params: the parameters exactly as sent, with the list of components.
        created: Unix seconds; 0 where it does not say.
        keyid, nonce, tag, alg: as sent; empty where they are not.
        signature: raw bytes.
    """

    covered: tuple[str, ...]
    params: str
    created: int
    keyid: str
    nonce: str
    tag: str
    alg: str
    signature: bytes


def signature_base(message: Message, covered: Sequence[str], params: str) -> bytes:
    """The text that is signed. Source: RFC 9421, section 2.5."""
    lines = [f'"{name}": {message.value_of(name)}' for name in covered]
    return "\n".join([*lines, f'"@signature-params": {params}']).encode()


def sign_request(
    *,
    url: str,
    identity: str,
    keyid: str,
    sign: Callable[[bytes], bytes],
    created: int,
    nonce: str,
) -> dict[str, str]:
    """The fields that make a GET a signed one.

    Args:
        url: where it goes, whole.
        identity: of this installation.
        keyid: fingerprint of the key that signs.
        sign: gives the signature of a text.
        created: Unix seconds.
        nonce: never used before with this key.
    """
    parts = urlsplit(url)
    message = Message(
        "GET", parts.scheme, parts.netloc, parts.path, parts.query, {IDENTITY_FIELD: identity}
    )
    items = " ".join(f'"{name}"' for name in COVERED)
    params = (
        f'({items});created={created};keyid="{keyid}";alg="ed25519";nonce="{nonce}";tag="{TAG}"'
    )
    signature = base64.b64encode(sign(signature_base(message, COVERED, params))).decode()
    return {
        "Staydown-Installation": identity,
        "Signature-Input": f"{LABEL}={params}",
        "Signature": f"{LABEL}=:{signature}:",
    }


def read_signature(fields: Mapping[str, str]) -> Signed:
    """Take the two fields of a signature apart; one signature, and no parameter twice.

    Raises:
        SignatureError: there is none, or it is not of a form that we read.
    """
    given, signature = fields.get("signature-input", ""), fields.get("signature", "")
    found = _INPUT.fullmatch(given) if len(given) <= _MOST_CHARACTERS else None
    if found is None or not signature.startswith(f"{found['label']}=:"):
        raise SignatureError("the request has no signature, or not one that can be read")
    names = found["items"].split()
    items = [_ITEM.fullmatch(name) for name in names]
    covered = tuple(item[1] for item in items if item)
    params = [(name, text or number) for name, text, number in _PARAM.findall(found["rest"])]
    values = dict(params)
    encoded = signature[len(found["label"]) + 2 :]
    if len(covered) != len(set(names)) or len(values) != len(params) or encoded[-1:] != ":":
        raise SignatureError("the signature names something twice, or what cannot be signed")
    try:
        raw = base64.b64decode(encoded[:-1], validate=True)
    except ValueError:
        raise SignatureError("the signature cannot be read") from None
    created = values.get("created", "")
    return Signed(
        covered=covered,
        params=found["params"] + found["rest"],
        created=int(created) if created.isdigit() else 0,
        keyid=values.get("keyid", ""),
        nonce=values.get("nonce", ""),
        tag=values.get("tag", ""),
        alg=values.get("alg", ""),
        signature=raw,
    )
