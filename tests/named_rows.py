"""One row of everything that an address of the service can name, for walks over all of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chain_scene import answer, appeal, kin, make_scene, send
from staydown.types import Fingerprint
from staydown_web.accounts.models import ApiKey, Approval, Flagger, Platform, User
from staydown_web.actions.models import Delivery, Endpoint, Order
from staydown_web.banks.models import Bank, Entry
from staydown_web.base.ids import new_id
from staydown_web.base.sealing import seal
from staydown_web.cases.models import Suspension
from staydown_web.escalation.services.sites import site_of_domain
from staydown_web.exchanges.models import Exchange
from staydown_web.federation.models import Member
from staydown_web.hooks.services import create_hook
from staydown_web.replicas.models import Replica
from staydown_web.replicas.services import ask_replica
from staydown_web.reports.models import Submission
from staydown_web.reports.selectors.statements import said_by
from staydown_web.reports.services import make_statement
from staydown_web.review.models import Complaint, Decision, Task
from staydown_web.review.services import add_licence
from staydown_web.screening.models import Copy, Verdict


def rows(
    platform: Platform,
    bank: Bank,
    reviewer: User,
    admin: User,
    key: ApiKey,
    fingerprint: Fingerprint,
    now: datetime,
) -> dict[str, Any]:
    """One row of everything that an address can name."""
    entry_id, copy_id, endpoint_id = new_id(), new_id(), new_id()
    entry = Entry.objects.create(
        id=entry_id,
        bank=bank,
        content_kind="photo",
        origin="notice",
        box=seal(fingerprint.to_bytes(), context=f"entry:{entry_id}"),
        blind="0" * 32,
        claimed_at=now,
        created_at=now,
    )
    copy = Copy.objects.create(
        id=copy_id,
        platform=platform,
        source="upload",
        state="held",
        verdict=Verdict.HOLD,
        group="1" * 64,
        content_ref="post-1",
        url_box=seal(b"http://127.0.0.1:8161/held/1.jpg", context=f"copy:{copy_id}"),
        content_kind="photo",
        check_id=new_id(),
        api_key=key,
        seen_at=now,
        state_at=now,
    )
    task = Task.objects.create(
        number="R-2222-3333", source="upload", platform=platform, group=copy.group, made_at=now
    )
    task.copies.add(copy)
    decision = Decision.objects.create(
        task=task,
        outcome="remove",
        decided_by=reviewer,
        decided_at=now,
        firm_at=now + timedelta(seconds=60),
    )
    order = Order.objects.create(
        seq=1, platform=platform, copy=copy, decision=decision, what="remove", made_at=now
    )
    endpoint = Endpoint.objects.create(
        id=endpoint_id,
        platform=platform,
        url_box=seal(b"http://127.0.0.1:8161/hook", context=f"endpoint-url:{endpoint_id}"),
        secret_box=seal(b"whsec_c2VjcmV0", context=f"endpoint:{endpoint_id}"),
        made_at=now,
    )
    delivery = Delivery.objects.create(endpoint=endpoint, order=order, next_try_at=now, made_at=now)
    approval = Approval.objects.create(
        what="export",
        reason="a test",
        asked_by=admin,
        asked_at=now,
        expires_at=now + timedelta(days=3650),
    )
    submission = submission_of(decision, copy, now)
    return {
        "number": task.number,
        "level": "shapes",
        "slug": bank.slug,
        "token": said_by(submission.statement).token,
        "kind": "csv",
        "entry_id": entry.pk,
        "decision_id": decision.pk,
        "suspension_id": Suspension.objects.create(
            blind="b" * 64, filed=2, refused=2, warned_by=admin, warned_at=now, until=now
        ).pk,
        "complaint_id": Complaint.objects.create(
            decision=decision, side="uploader", made_at=now, decided_first_by=decision.decided_by
        ).pk,
        "order_id": order.pk,
        "delivery_id": delivery.pk,
        "licence_id": add_licence(
            platform=platform, account="4711", note="A test.", user=admin, now=now
        ).pk,
        "submission_id": submission.pk,
        "endpoint_id": endpoint.pk,
        "replica_id": asked_replica(platform, bank, admin, now).pk,
        "exchange_id": exchange_of(now),
        "member_id": member_of(now),
        "opinion_id": 1,
        "doubt_id": 1,
        "partner": "stopncii",
        "what": "on",
        "approval_id": approval.pk,
        "platform_id": platform.pk,
        "regime_id": "us-tida",
        "flagger_id": Flagger.objects.create(name="Watch", digest="f" * 64, made_at=now).pk,
        "user_id": reviewer.pk,
        "key_id": key.pk,
        "check_id": copy.check_id,
        "secret": "unknown",
        "hook_id": hook_of(platform, now),
        "place": 1,
        "bank_name": "REPORTED",
        "content_id": 1,
        "signal_type_name": "pdq",
        "api_name": "ncmec",
        "exchange_name": "PARTNER",
        **escalation_rows(platform, now),
    }


def escalation_rows(platform: Platform, now: datetime) -> dict[str, Any]:
    """An escalation with all that its pages name."""
    scene = make_scene(platform, now)
    report = send(scene.reports[1], now)
    other = site_of_domain(domain="mirror.example", now=now)
    return {
        "escalation_number": scene.escalation.number,
        "report_id": report.pk,
        "reply_id": answer(report, "An answer.", now).pk,
        "site_id": scene.site.pk,
        "provider_id": report.provider_id,
        "contact_id": report.contact_id,
        "kinship_id": kin(scene.site, other, now).pk,
        "appeal_id": appeal(scene.escalation, "It is lawful.", now).pk,
        "location_id": scene.case.locations.get(position=2).pk,
    }


def asked_replica(platform: Platform, bank: Bank, user: User, now: datetime) -> Replica:
    """A local copy that somebody asked for."""
    return ask_replica(
        platform=platform,
        name="Uploads",
        banks=[bank],
        public_key="0a" * 32,
        days=30,
        stale_hours=24,
        sees_details=False,
        reason="A test.",
        user=user,
        now=now,
    )


def exchange_of(now: datetime) -> UUID:
    """A list of a partner, on trial."""
    bank = Bank.objects.create(name="List", slug="list", created_at=now)
    policy = dict.fromkeys(("on_identical", "on_same", "on_part", "on_altered"), "hold")
    made = Exchange.objects.create(
        kind="stopncii",
        name="List",
        bank=bank,
        state="trial",
        policy=policy,
        made_at=now,
        state_at=now,
    )
    return made.pk


def member_of(now: datetime) -> UUID:
    """Another installation that waits for a second person."""
    made = Member.objects.create(
        name="North",
        address="https://north.example",
        identity="0c" * 32,
        cap_day=1,
        cap_total=1,
        asked_at=now,
    )
    return made.pk


def hook_of(platform: Platform, now: datetime) -> UUID:
    """A hook that anything may ask."""
    made, _ = create_hook(
        platform=platform,
        name="a",
        kind="webhook",
        on_failure="open",
        on_hold="store",
        actor="system",
        now=now,
    )
    return made.pk


def submission_of(decision: Decision, copy: Copy, now: datetime) -> Submission:
    """An entry for the public database that a person has to look at."""
    decision.made_firm_at, decision.restriction = now, "removed"
    statement = make_statement(decision=decision, copy=copy, now=now)
    return Submission.objects.create(
        statement=statement, puid="1", state="stopped", next_try_at=now, made_at=now
    )
