"""Which services a site stands on: plain records that mapper, policy and pages share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What a service does for a site."""

    HOST = "host", _("Host")
    CDN = "cdn", _("CDN in front")
    DNS = "dns", _("DNS")
    REGISTRAR = "registrar", _("Registrar")
    REGISTRY = "registry", _("Registry")
    MAIL = "mail", _("Mail")
    PAYMENT = "payment", _("Payments")
    ADS = "ads", _("Ads")
    NETWORK = "network", _("Network above the host")


class Confidence(models.TextChoices):
    """How sure an edge of the chain is."""

    SURE = "sure", _("Sure")
    LIKELY = "likely", _("Likely")
    GUESS = "guess", _("Perhaps")


class Source(models.TextChoices):
    """By what a fact was found."""

    DNS = "dns", _("DNS record")
    RDAP_DOMAIN = "rdap_domain", _("RDAP of the domain")
    RDAP_IP = "rdap_ip", _("RDAP of the network")
    RDAP_ASN = "rdap_asn", _("RDAP of the AS number")
    HEADERS = "headers", _("Headers of the site's answer")
    MARKUP = "markup", _("Markup of the site's page")
    ADS_TXT = "ads_txt", _("ads.txt")
    SELLERS_JSON = "sellers_json", _("sellers.json")
    SIGNATURES = "signatures", _("Our list of services")
    RFC2142 = "rfc2142", _("The usual abuse@ address")
    STAFF = "staff", _("Entered by staff")


class ContactKind(models.TextChoices):
    """How a service takes reports."""

    EMAIL = "email", _("E-mail")
    FORM = "form", _("Web form")
    CLOUDFLARE = "cloudflare", _("Cloudflare's interface")
    AWS = "aws", _("Amazon's interface")
    XARF = "xarf", _("XARF by HTTP")


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that was seen, by which an edge or a contact stands.

    Attributes:
        source: where.
        detail: what exactly, short, in the source's words: ``NS ns1.example.net``, ``line 14``.
        at: when it was seen, aware UTC.
    """

    source: Source
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ContactFound:
    """Where a service takes reports.

    Attributes:
        kind: how.
        address: an e-mail address, or the address of a form or an interface.
        scope: for what it was published: ``network``, ``domain``, ``as``, ``ads``, ``payments``,
            ``general``.
        evidence: where it was found.
        refused: why it must not be used: ``placeholder``, ``not_abuse``, ``malformed``; empty where
            it can be.
    """

    kind: ContactKind
    address: str
    scope: str
    evidence: Evidence
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ServiceFound:
    """One edge of the chain: the site stands on this service in this role.

    Attributes:
        role: what it does for the site.
        key: stable name of the provider by which equal ones find each other: ``as:64500``,
            ``iana:1234`` (registrar), ``domain:edgeline.example``, ``list:cloudflare`` (our list).
        name: of the provider, as people call it.
        confidence: how sure.
        evidence: at least one.
        contacts: best first; also refused ones, so that a person sees why.
        facts: further facts by name: ``ip``, ``asn``, ``nameserver``, ``account`` (of ads or
            payments), ``iana_id``.
    """

    role: Role
    key: str
    name: str
    confidence: Confidence
    evidence: tuple[Evidence, ...]
    contacts: tuple[ContactFound, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MarkFound:
    """Something by which a site is known again under another name.

    Attributes:
        kind: ``ip``, ``nameserver``, ``ads_account``, ``payment_account``, ``template``,
            ``favicon``, ``analytics``.
        value: the mark itself; stored blind.
        label: what a person may be shown of it.
    """

    kind: str
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """Part of the map that could not be read.

    Attributes:
        part: ``dns``, ``rdap_domain``, ``page``, ``ads_txt``, ….
        code: code of the error, such as ``fetch_failed``; ``robots`` where the site asks programs
            to stay away.
    """

    part: str
    code: str


@dataclass(frozen=True, slots=True)
class Chain:
    """All that was found of one site at one moment.

    Attributes:
        domain: the site's (``domains.site_domain``).
        host: the name that was looked at.
        services: the edges; best known first within a role.
        marks: by which it is known again.
        troubles: what could not be read; the rest holds all the same.
        at: when, aware UTC.
    """

    domain: str
    host: str
    services: tuple[ServiceFound, ...]
    marks: tuple[MarkFound, ...]
    troubles: tuple[Trouble, ...]
    at: datetime
