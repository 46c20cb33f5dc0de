"""RDAP: asking the server that knows, and whom it names for abuse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote, urlsplit

from staydown_web.base.errors import FetchError, FetchRefusedError, RateLimitedError
from staydown_web.escalation.chain import ContactFound, ContactKind, Source
from staydown_web.escalation.mapping.contacts import mail_contact
from staydown_web.escalation.mapping.rdap_reading import Answer, Entity, read_answer
from staydown_web.escalation.mapping.run import Run
from staydown_web.escalation.mapping.way_out import JSONS, Seen

_MOST_BYTES = 2 * 1024 * 1024
_ONE_LOOK_S = 5.0
_SHORT_WAIT_S = 1
_HEADERS = {"Accept": "application/rdap+json, application/json;q=0.9"}


class RdapError(FetchError):
    """An RDAP server has no answer, or one that cannot be read."""

    def __init__(self, message: str) -> None:
        super().__init__(message, retryable=False)


def ask(run: Run, url: str, *, is_related: bool = False) -> Answer | None:
    """The answer at an address; None where the server knows nothing of it.

    Raises:
        FetchError: no answer, or a broken one.
        RateLimitedError: the server wants fewer requests, for longer than this map lasts.
    """
    try:
        seen = _see(run, url)
    except RateLimitedError as error:
        if error.retry_after_s > _SHORT_WAIT_S:
            raise
        seen = _see(run, url)
    if seen.status == 404:
        return None
    answer = read_answer(seen.last.body) if seen.status == 200 and seen.last.is_whole else None
    if answer is None:
        raise RdapError("the RDAP server's answer cannot be read")
    if answer.related and not is_related and not answer.of_role("abuse"):
        return _with_related(run, answer)
    return answer


def _see(run: Run, url: str) -> Seen:
    return run.ways.fetcher.see(
        url=url,
        kinds=JSONS,
        max_bytes=_MOST_BYTES,
        timeout_s=run.left(_ONE_LOOK_S),
        headers=_HEADERS,
    )


def _with_related(run: Run, answer: Answer) -> Answer:
    """The registry's answer with what the registrar's own server adds; alone where it fails."""
    try:
        more = ask(run, answer.related, is_related=True)
    except (FetchError, FetchRefusedError, RateLimitedError) as error:
        run.trouble("rdap_registrar", error.code)
        return answer
    return replace(answer, entities=answer.entities + (more.entities if more else ()))


def of_domain(run: Run, domain: str) -> Answer | None:
    """The registration of a domain."""
    server = run.ways.bootstrap.of_domain(domain)
    if not server:
        run.trouble("rdap_domain", "no_server")
        return None
    return ask(run, f"{server}domain/{quote(domain)}")


def of_address(run: Run, address: str) -> Answer | None:
    """The network of an address."""
    server = run.ways.bootstrap.of_address(address)
    if not server:
        run.trouble("rdap_ip", "no_server")
        return None
    return ask(run, f"{server}ip/{quote(address, safe=':')}")


def of_number(run: Run, number: int) -> Answer | None:
    """The holder of an AS number."""
    server = run.ways.bootstrap.of_number(number)
    if not server:
        return None
    return ask(run, f"{server}autnum/{number}")


def server_of(url: str) -> str:
    """The host of an RDAP server."""
    return urlsplit(url).hostname or ""


def abuse_contacts(
    run: Run, entities: Iterable[Entity], *, source: Source, scope: str
) -> list[ContactFound]:
    """Where entities take reports: those of the abuse desk, and the others marked as not for that.

    Others are kept so that a person sees what was there and why it is not used.
    """
    wanted: list[ContactFound] = []
    others: list[ContactFound] = []
    for entity in entities:
        is_abuse = "abuse" in entity.roles
        evidence = run.seen(source, f"{entity.path} {entity.handle}".strip())
        for mail in entity.mails:
            contact = mail_contact(mail, scope=scope, evidence=evidence, takes_any=is_abuse)
            name = contact.address.partition("@")[0].lower()
            if is_abuse or name.startswith("abuse"):
                wanted.append(contact)
            else:
                others.append(replace(contact, refused=contact.refused or "not_abuse"))
        if is_abuse:
            wanted += [ContactFound(ContactKind.FORM, f, scope, evidence) for f in entity.forms]
    return wanted + others[:4]


def organisation(answer: Answer) -> str:
    """Who holds a network or number, as the registry names it."""
    for role in ("registrant", "administrative", "technical"):
        for entity in answer.of_role(role):
            if entity.name:
                return entity.name
    return answer.name
