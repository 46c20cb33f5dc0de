"""Every sealed field of every table: whose key seals it, and to what a value of it is bound.

A test sees that no binary field is missing here, and that each context is the one that its room
seals with: a field that is forgotten would be lost when an old key is retired.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import Formatter
from typing import Any, Final

from django.apps import apps
from django.db.models import Model, QuerySet


@dataclass(frozen=True, slots=True)
class SealedField:
    """A column of values under the installation's key.

    Attributes:
        table: ``room.Model``.
        column: name of the field.
        context: with the names of columns in braces, as for ``str.format``.
        where: which rows, where a case's key seals the others.
    """

    table: str
    column: str
    context: str
    where: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> QuerySet[Model]:
        """The rows whose values the installation's key seals, those without a value too."""
        return QuerySet(model=apps.get_model(self.table)).filter(**self.where)

    @property
    def needs(self) -> list[str]:
        """The columns that the context names."""
        return [name for _, name, _, _ in Formatter().parse(self.context) if name]

    def context_of(self, values: Mapping[str, Any]) -> str:
        """The context of a row, from the columns that it needs."""
        return self.context.format_map(values)


OF_INSTALLATION: Final = (
    SealedField("banks.Entry", "box", "entry:{pk}"),
    SealedField("screening.Copy", "url_box", "copy:{pk}"),
    SealedField("screening.KeptUpload", "box", "kept:{platform_id}:{hour:%Y%m%d%H}"),
    SealedField("cases.Suspension", "text_box", "suspension-text:{pk}"),
    SealedField("cases.Suspension", "appeal_box", "suspension-appeal:{pk}"),
    SealedField("cases.Suspension", "answer_box", "suspension-answer:{pk}"),
    SealedField("review.Task", "answer_box", "task:{pk}"),
    SealedField("review.Decision", "facts_box", "decision:{pk}"),
    SealedField("review.Decision", "needs_box", "decision-needs:{pk}"),
    SealedField("review.Complaint", "box", "complaint:{pk}", {"case": None}),
    SealedField("review.Complaint", "answer_box", "complaint-answer:{pk}"),
    SealedField("review.Complaint", "undone_box", "complaint-undone:{pk}"),
    SealedField("review.LicensedAccount", "box", "licensed:{pk}"),
    SealedField("actions.Order", "answer_box", "order:{pk}"),
    SealedField("actions.Endpoint", "url_box", "endpoint-url:{pk}"),
    SealedField("actions.Endpoint", "secret_box", "endpoint:{pk}"),
    SealedField("actions.Endpoint", "old_secret_box", "endpoint:{pk}"),
    SealedField("actions.Parcel", "box", "parcel:{pk}"),
    SealedField("escalation.Site", "domain_box", "site:{pk}"),
    SealedField("escalation.Site", "kind_reason_box", "site-kind:{pk}"),
    SealedField("escalation.Mark", "label_box", "mark:{pk}"),
    SealedField("escalation.SiteChannel", "box", "site-channel:{pk}"),
    SealedField("escalation.Sender", "secrets_box", "sender"),
    SealedField("exchanges.Exchange", "secrets_box", "exchange-secrets:{pk}"),
    SealedField("exchanges.Exchange", "checkpoint_box", "exchange-checkpoint:{pk}"),
    SealedField("exchanges.Contributed", "raw_box", "contributed-raw:{pk}"),
    SealedField("exchanges.Contributed", "key_box", "contributed-key:{pk}"),
    SealedField("exchanges.Received", "key_box", "received:{blind}"),
    SealedField("federation.FeedEvent", "box", "feed:{member__feed}:{seq}"),
    SealedField("replicas.Replica", "lock_box", "replica:{pk}"),
    SealedField("reports.Document", "box", "document:{pk}", {"is_of_case": False}),
    SealedField("reports.Statement", "box", "statement:{pk}"),
    SealedField("hooks.Hook", "bucket_box", "hook:{pk}"),
    SealedField("hooks.BucketObject", "box", "object:{pk}"),
    SealedField("hma.HmaContent", "box", "hma-content:{pk}"),
    SealedField("hma.HmaCredentials", "box", "hma-credentials:{pk}"),
)

OF_OTHERS: Final = {
    "cases.Case": ("details_box",),
    "cases.Notice": ("box",),
    "cases.Item": ("label_box", "waiting_box"),
    "cases.Location": ("url_box", "media_box"),
    "cases.Message": ("box",),
    "cases.Contact": ("box",),
    "cases.Letter": ("token_box",),
    "cases.Client": ("label_box",),
    "cases.Authority": ("box",),
    "cases.HandOver": ("note_box",),
    "cases.Telling": ("note_box",),
    "cases.Signature": ("box",),
    "escalation.Report": ("box", "proof_box"),
    "escalation.Reply": ("box",),
    "escalation.Appeal": ("box",),
    # Under a key that only the draft's own token yields.
    "portal.Sending": ("box",),
    # What an authority answered: public, and not sealed.
    "reports.Document": ("token",),
}
"""Binary fields of our tables that the installation's key does not seal: a case's own does."""


def rows_of(one: SealedField, *, after: Any = None, at_once: int = 500) -> list[dict[str, Any]]:
    """The next rows that hold a value, in the order of their keys.

    Args:
        one: of which field.
        after: primary key of the last row before; None begins.
        at_once: how many at most.

    Returns:
        ``pk``, the value by the name of the column, and what the context needs.
    """
    rows = one.rows.exclude(**{one.column: None})
    if after is not None:
        rows = rows.filter(pk__gt=after)
    names = list(dict.fromkeys(["pk", one.column, *one.needs]))
    return list(rows.order_by("pk").values(*names)[:at_once])


def every_row(one: SealedField) -> Iterator[dict[str, Any]]:
    """All rows that hold a value, page by page, so that no transaction stays open."""
    after: Any = None
    while page := rows_of(one, after=after):
        yield from page
        after = page[-1]["pk"]
