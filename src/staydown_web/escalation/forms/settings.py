"""Who writes: what an administrator fills in before anything can leave."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from staydown_web.escalation.models import Sender
from staydown_web.escalation.selectors.secrets import NAMES
from staydown_web.escalation.services.ladders import ladders
from staydown_web.escalation.services.sender import FIELDS

_PLAIN = {"autocomplete": "off", "spellcheck": "false"}
SECRETS = {
    "imap_password": _("Password of the mailbox"),
    "inbound_secret": _("Secret for mail that your mail server hands over"),
    "cloudflare_account": _("Cloudflare: account"),
    "cloudflare_token": _("Cloudflare: token"),
    "aws_key": _("Amazon: access key"),
    "aws_secret": _("Amazon: secret key"),
}


def _text(label: Any, help_text: Any = "", **more: Any) -> forms.CharField:
    widget = forms.TextInput(attrs=_PLAIN)
    return forms.CharField(label=label, help_text=help_text, required=False, widget=widget, **more)


def _email(label: Any, help_text: Any = "") -> forms.EmailField:
    widget = forms.EmailInput(attrs=_PLAIN)
    return forms.EmailField(label=label, help_text=help_text, required=False, widget=widget)


class SenderForm(forms.Form):
    """The sender; secrets are written and never shown.

    Args:
        secrets_set: names of the secrets that are stored.
    """

    org = _text(_("Organisation"), _("In its name reports leave. Never in the person's."))
    contact_name = _text(_("Who can be asked"), _("A desk or a function, such as Reports desk."))
    contact_email = _email(_("Its e-mail address"), _("It stands in each report."))
    domain = _text(_("Your domain"), _("Such as helpline.example."))
    appeal_email = _email(
        _("Address for appeals"), _("Where a site or a provider writes that a report is wrong.")
    )
    postal = _text(_("Postal address"), _("Some services ask for one. It may stay empty."))
    reply_address = _email(
        _("Mailbox for answers"),
        _("Each report gets an address of its own in it: name+token@domain."),
    )
    imap_host = _text(_("Its IMAP server"), _("Only by TLS. Messages are read, never changed."))
    imap_port = forms.IntegerField(
        label=_("Port"), min_value=1, max_value=65_535, required=False, initial=993
    )
    imap_user = _text(_("Its user name"))
    ladder = forms.ChoiceField(label=_("Order in which services are told"), required=False)

    def __init__(self, *args: Any, secrets_set: frozenset[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = (get_language() or "en")[:2]
        self.fields["ladder"].choices = [  # type: ignore[attr-defined]
            (one.id, one.titles.get(language, one.titles["en"])) for one in ladders().values()
        ]
        for name in NAMES:
            is_set = name in secrets_set
            widget = forms.PasswordInput(attrs={"autocomplete": "new-password"})
            kept = _("Leave it empty to keep the one in use.")
            self.fields[name] = forms.CharField(
                label=SECRETS[name],
                help_text=kept if is_set else "",
                max_length=4096,
                required=False,
                widget=widget,
            )
        choices = [(name, SECRETS[name]) for name in NAMES if name in secrets_set]
        self.fields["forget"] = forms.MultipleChoiceField(
            label=_("Delete what is stored"),
            choices=choices,
            required=False,
            widget=forms.CheckboxSelectMultiple,
        )
        self.has_secrets = bool(choices)

    @property
    def values(self) -> dict[str, Any]:
        """What is no secret, as ``change_sender`` takes it."""
        good = {name: self.cleaned_data[name] for name in FIELDS if name in self.cleaned_data}
        good["imap_port"] = good.get("imap_port") or 993
        good["ladder"] = good.get("ladder") or "default"
        return good

    @property
    def secrets(self) -> dict[str, str]:
        """Secrets that were entered; empty ones are to be deleted."""
        given = {name: str(self.cleaned_data.get(name) or "") for name in NAMES}
        entered = {name: value for name, value in given.items() if value}
        return {**dict.fromkeys(self.cleaned_data.get("forget", ()), ""), **entered}

    def add_wrong(self, wrong: dict[str, str]) -> None:
        """Put errors where they belong."""
        for name, remedy in wrong.items():
            self.add_error(name if name in self.fields else None, remedy)


def initial_of(row: Sender | None) -> dict[str, Any]:
    """What the form shows of what is stored."""
    kept = row or Sender()  # its defaults, such as the ladder, where nothing is stored
    return {name: getattr(kept, name) for name in FIELDS}
