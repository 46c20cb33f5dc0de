"""The least for each recipient: which fact goes to whom, as a table that the code reads.

A format gets its facts through ``Given``. What the table does not list for its recipient cannot
be read there, so a new sentence in a letter cannot let slip what it was not meant to.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Final

from staydown_web.base.errors import ConfigError
from staydown_web.escalation.chain import Role
from staydown_web.escalation.formats.facts import ReportFacts

EXAMPLES: Final = 5
"""Links that go to one who cannot act on single links, but needs to see that the report is true."""

_EVERYONE: Final = frozenset(
    {
        "report_id",
        "number",
        "recipient",
        "role",
        "language",
        "domain",
        "targets_domain",
        "is_synthetic",
        "told_at",
        "deadline_at",
        "seen_at",
        "may_hand_on",
        "found_by",
        "address",
        "org",
        "contact_name",
        "contact_email",
        "sender_domain",
        "appeal_email",
        "reply_address",
        "total",
    }
)

OF_ROLE: Final[dict[str, frozenset[str]]] = {
    # These can stop one link.
    Role.HOST: _EVERYONE | {"links", "source_identifier"},
    Role.CDN: _EVERYONE | {"links", "source_identifier"},
    Role.NETWORK: _EVERYONE | {"links", "source_identifier"},
    Role.ADS: _EVERYONE | {"links", "accounts"},
    # These cannot; they get examples, and the sender's postal address, which they ask for.
    Role.REGISTRAR: _EVERYONE | {"examples", "postal"},
    Role.REGISTRY: _EVERYONE | {"examples", "postal"},
    Role.PAYMENT: _EVERYONE | {"examples", "accounts", "postal"},
    # These see nothing of the images in their service: the domain is enough.
    Role.DNS: _EVERYONE,
    Role.MAIL: _EVERYONE,
}
"""Role -> names of the facts that its letter may hold."""

_CARRIES_ALL: Final = frozenset({"mail", "xarf_mail", "arf", "form_letter"})
_XARF: Final = frozenset(
    {
        "report_id",
        "role",
        "domain",
        "targets_domain",
        "is_synthetic",
        "may_hand_on",
        "told_at",
        "deadline_at",
        "seen_at",
        "number",
        "org",
        "contact_email",
        "sender_domain",
        "appeal_email",
        "reply_address",
        "links",
        "examples",
        "total",
        "source_identifier",
    }
)
_CLOUDFLARE: Final = frozenset(
    {
        "number",
        "role",
        "targets_domain",
        "is_synthetic",
        "told_at",
        "deadline_at",
        "org",
        "contact_name",
        "contact_email",
        "appeal_email",
        "links",
        "total",
    }
)
OF_FORMAT: Final[dict[str, frozenset[str]]] = {
    "xarf_http": _XARF,
    "aws": _XARF,
    # Its reports may reach a public archive: no reply address, which is a key to the case.
    "cloudflare": _CLOUDFLARE,
}
"""Format -> the facts that it carries; letters carry what the role may have."""


def allowed(report_format: str, role: str) -> frozenset[str]:
    """Names of the facts that may be in a report of this format to one in this role.

    Raises:
        ConfigError: a role that no report is written to.
    """
    if role not in OF_ROLE:
        raise ConfigError("no report is written to this role")
    of_role = OF_ROLE[role]
    return of_role if report_format in _CARRIES_ALL else of_role & OF_FORMAT[report_format]


class Given:
    """The facts of one report as far as its recipient may have them.

    ``links`` are all of them, ``examples`` the first ``EXAMPLES``, ``total`` their number. The
    sender's facts are among the others, its domain as ``sender_domain``.
    """

    def __init__(self, facts: ReportFacts, names: frozenset[str]) -> None:
        self._values = {name: value for name, value in _all(facts).items() if name in names}

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._values:
            raise ConfigError(f"this recipient does not get {name}")
        return self._values[name]

    def has(self, name: str) -> bool:
        """Whether the recipient gets this fact."""
        return name in self._values

    @property
    def named_links(self) -> tuple[str, ...]:
        """The links that the report names: all, examples, or none."""
        found: tuple[str, ...] = ()
        if self.has("links"):
            found = self.links
        elif self.has("examples"):
            found = self.examples
        return found


def _all(facts: ReportFacts) -> dict[str, Any]:
    sender = facts.sender
    return {
        "links": facts.urls,
        "examples": facts.urls[:EXAMPLES],
        "total": len(facts.urls),
        "sender_domain": sender.domain,
        **{f.name: getattr(sender, f.name) for f in fields(sender) if f.name != "domain"},
        **{f.name: getattr(facts, f.name) for f in fields(facts) if f.name not in _IN_PARTS},
    }


_IN_PARTS = frozenset({"sender", "urls"})


def given(facts: ReportFacts, report_format: str) -> Given:
    """What of the facts goes into a report of this format."""
    return Given(facts, allowed(report_format, facts.role))
