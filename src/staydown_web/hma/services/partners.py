"""What HMA calls the settings of each kind of partner, and what we call them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from staydown_web.base.errors import HmaRefusedError
from staydown_web.exchanges.partners.wire import Kind

_KEEPS_TO_ITSELF = frozenset({"name", "api", "enabled"})
"""Fields of every exchange, which are no settings of a kind."""
_LONGEST: Final = 4096
"""Characters of one setting or credential."""
_ENVIRONMENTS: Final = (
    "https://report.cybertip.org/hashsharing",
    "https://report.cybertip.org/exploitative-hashsharing",
    "https://lesp.ncmec.org/csam-hashsharing",
    "https://hashsharing.ncmec.org/npo",
    "https://hashsharing.ncmec.org/exploitative",
    "https://exttest.cybertip.org/hashsharing",
    "https://hashsharing-test.ncmec.org/npo",
    "https://hashsharing-test.ncmec.org/exploitative",
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a kind of partner.

    Attributes:
        name: HMA's name.
        ours: our name of it; of credentials, a name that our kinds keep in the settings too.
        help: what it is.
        type: string or number, as HMA's forms have it.
        is_required: whether it must be there.
        choices: what is offered; empty for anything.
        is_address: whether it goes to the settings, although HMA counts it as a credential.
    """

    name: str
    ours: str
    help: str
    type: str = "string"
    is_required: bool = True
    choices: tuple[str, ...] = ()
    is_address: bool = False

    def described(self) -> dict[str, Any]:
        """As HMA describes it to programs that build forms."""
        return {
            "name": self.name,
            "type": "enum" if self.choices else self.type,
            "required": self.is_required,
            "default": None,
            "help": self.help,
            "choices": list(self.choices) or None,
        }


@dataclass(frozen=True, slots=True)
class Api:
    """A kind of partner under HMA's name.

    Attributes:
        kind: ours.
        config: settings.
        credentials: credentials.
    """

    kind: Kind
    config: tuple[Setting, ...]
    credentials: tuple[Setting, ...]

    def schema(self) -> dict[str, Any]:
        """What a program needs to build a form."""
        return {
            "config_schema": {"fields": [s.described() for s in self.config]},
            "credentials_schema": {"fields": [s.described() for s in self.credentials]},
        }

    def config_of(self, given: Mapping[str, Any]) -> dict[str, str]:
        """Settings by our names.

        Raises:
            HmaRefusedError: one is missing, unknown, too long or no text.
        """
        named = {k: v for k, v in given.items() if k not in _KEEPS_TO_ITSELF}
        return _translated(self.config, named, "Failed to parse `api_json` - ")

    def secrets_of(self, given: Any) -> tuple[dict[str, str], dict[str, str]]:
        """Credentials by our names, and what of them belongs to our settings.

        Raises:
            HmaRefusedError: one is missing, unknown, too long or no text.
        """
        if not isinstance(given, dict):
            raise HmaRefusedError("credential_json must be a json object")
        names = [s.name for s in self.credentials]
        # What was sent is not named: a secret that stands where a name belongs would be shown.
        if not set(given) <= set(names):
            raise HmaRefusedError(f"Invalid credentials - the fields are {', '.join(names)}")
        made = _translated(self.credentials, given, "Invalid credentials - ")
        addresses = {s.ours for s in self.credentials if s.is_address}
        return (
            {name: value for name, value in made.items() if name not in addresses},
            {name: value for name, value in made.items() if name in addresses},
        )

    def shown_config(self, config: Mapping[str, str]) -> dict[str, Any]:
        """Settings by HMA's names."""
        shown: dict[str, Any] = {}
        for setting in self.config:
            value = config.get(setting.ours, "")
            is_number = setting.type == "number" and value.isascii() and value.isdigit()
            shown[setting.name] = int(value) if is_number else value
        return shown


APIS: Final[dict[str, Api]] = {
    "fb_threatexchange": Api(
        Kind.THREATEXCHANGE,
        (Setting("privacy_group", "privacy_group", "Number of the privacy group", "number"),),
        (Setting("api_token", "token", "Access token of the app"),),
    ),
    "ncmec": Api(
        Kind.NCMEC,
        (Setting("environment", "address", "Which database to read", choices=_ENVIRONMENTS),),
        (Setting("user", "user", "User name"), Setting("password", "password", "Password")),
    ),
    "stop_ncii": Api(
        Kind.STOPNCII,
        (),
        (
            Setting("fetch_function_key", "fetch_key", "Key for FetchHashes"),
            Setting("subscription_key", "subscription_key", "Subscription key"),
            Setting(
                "base_url_override",
                "address",
                "Another address of the interface",
                is_required=False,
                is_address=True,
            ),
        ),
    ),
    "tat": Api(
        Kind.TAT,
        (),
        (Setting("username", "user", "User name"), Setting("password", "password", "Password")),
    ),
}
"""HMA's name of a kind of partner -> what it needs. Lists in files have no name there."""
OTHER_API = "list"
"""What an exchange of a kind is called that HMA does not have."""


def api_name_of(kind: str) -> str:
    """HMA's name of one of our kinds."""
    return next((name for name, api in APIS.items() if api.kind == kind), OTHER_API)


def _translated(
    settings: tuple[Setting, ...], given: Mapping[str, Any], begin: str
) -> dict[str, str]:
    unknown = set(given) - {s.name for s in settings}
    # A filter that we do not have must not be dropped in silence; an empty one filters nothing.
    if any(given[name] not in (None, [], {}, "") for name in unknown):
        raise HmaRefusedError(f"{begin}there is no field {min(unknown)}")
    made: dict[str, str] = {}
    for setting in settings:
        value = given.get(setting.name)
        if value is None or value == "":
            if setting.is_required:
                raise HmaRefusedError(f"{begin}the field {setting.name} is missing")
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise HmaRefusedError(f"{begin}the field {setting.name} is of the wrong type")
        made[setting.ours] = str(value)
        if len(made[setting.ours]) > _LONGEST:
            raise HmaRefusedError(f"{begin}the field {setting.name} is too long")
    return made
