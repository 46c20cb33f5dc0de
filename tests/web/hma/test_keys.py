"""Who may make which call: keys in every form a client can send, scopes, and the keyless mode."""

from __future__ import annotations

import base64

import pytest
from django.test import Client

from staydown.errors import ConfigError
from staydown.types import ContentKind, Fingerprint, Signal, SignalType
from staydown_web.accounts.services import revoke_api_key
from staydown_web.accounts.services.keys import forget_keys
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import add_entry
from staydown_web.config.environment import read_environment
from staydown_web.hma.models import HmaBank, HmaContent
from staydown_web.hma.services.callers import is_keyless
from web.hma import pictures

CAT = "62c9789627838f69f23cf98c29e37836d61c87c31c59587c4b49a783f496725c"
LOGO = "c186f9619659658c4b6916daf934496985f4259c72c39676ab9edb631c3c349c"
LOOKUP = f"/m/lookup?signal_type=pdq&signal={CAT}"
RAW = f"/m/raw_lookup?signal_type=pdq&signal={CAT}"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reported(bank: Bank, now) -> Entry:
    """What a person reported."""
    made = Fingerprint(ContentKind.PHOTO, (Signal(SignalType.PDQ, CAT, 100),))
    return add_entry(
        bank=bank, fingerprint=made, origin=Entry.Origin.NOTICE, actor="person", now=now
    ).entry


class TestForms:
    def test_a_key_travels_as_bearer_as_basic_or_in_a_header_of_its_own(
        self, client_with, platform, key_for
    ):
        _, key = key_for(platform, "check")
        basic = base64.b64encode(f"any:{key}".encode()).decode()
        name_alone = base64.b64encode(f"{key}:".encode()).decode()
        for headers in (
            {"Authorization": f"Bearer {key}"},
            {"Authorization": f"bearer  {key}"},
            {"Authorization": f"Basic {basic}"},
            {"Authorization": f"Basic {name_alone}"},
            {"X-API-Key": key},
        ):
            assert client_with(**headers).get(LOOKUP).status_code == 200, headers

    def test_a_key_can_stand_in_the_address(self, address, platform, key_for, client_with):
        _, key = key_for(platform, "check")
        host = address.removeprefix("http://")
        assert client_with().get(f"http://hma:{key}@{host}{LOOKUP}").status_code == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"Authorization": "Bearer nonsense"},
            {"Authorization": "Bearer"},
            {"Authorization": "Basic %%%"},
            {"Authorization": "Basic " + base64.b64encode(b"\xff\xfe").decode()},
            {"Authorization": "Digest x"},
            {"X-API-Key": "nonsense"},
        ],
    )
    def test_without_a_good_key_nothing_is_answered(self, client_with, headers):
        answer = client_with(**headers).get(LOOKUP)
        assert answer.status_code == 401
        assert set(answer.json()) == {"message"}
        assert answer.headers["Staydown-Code"] in {"key_missing", "key_unknown"}
        assert "Bearer" in answer.headers["WWW-Authenticate"]

    def test_a_revoked_key_is_refused(self, client_with, platform, key_for, now):
        key, raw = key_for(platform, "check")
        client = client_with(Authorization=f"Bearer {raw}")
        assert client.get(LOOKUP).status_code == 200
        revoke_api_key(key_id=key.pk, actor="system", now=now)
        forget_keys()
        assert client.get(LOOKUP).status_code == 401

    def test_a_key_that_calls_too_often_is_told_when_to_come_back(
        self, client_with, platform, key_for
    ):
        _, raw = key_for(platform, "check", per_minute=1)
        client = client_with(Authorization=f"Bearer {raw}")
        answers = [client.get(LOOKUP) for _ in range(2)]
        assert [a.status_code for a in answers] == [200, 429]
        assert int(answers[1].headers["Retry-After"]) > 0


CALLS = [
    ("GET", "/h/hash", {"check"}),
    ("POST", "/h/hash", {"check"}),
    ("GET", LOOKUP, {"check"}),
    ("POST", "/m/lookup", {"check"}),
    ("GET", RAW, {"match:detail"}),
    ("POST", "/m/compare", {"match:detail"}),
    ("GET", "/m/index/status", {"check", "banks:read", "banks:write"}),
    ("GET", "/c/banks", {"banks:read"}),
    ("POST", "/c/banks", {"banks:write"}),
    ("GET", "/c/bank/A", {"banks:read"}),
    ("PUT", "/c/bank/A", {"banks:write"}),
    ("DELETE", "/c/bank/A", {"banks:write"}),
    ("POST", "/c/bank/A/content", {"banks:write"}),
    ("POST", "/c/bank/A/signal", {"banks:write"}),
    ("GET", "/c/bank/A/content/1", {"banks:read"}),
    ("PUT", "/c/bank/A/content/1", {"banks:write"}),
    ("DELETE", "/c/bank/A/content/1", {"banks:write"}),
    ("GET", "/c/signal_type", {"check", "banks:read", "banks:write"}),
    ("GET", "/c/signal_type/index", {"check", "banks:read", "banks:write"}),
    ("PUT", "/c/signal_type/pdq", {"banks:write"}),
    ("GET", "/c/content_type", {"check", "banks:read", "banks:write"}),
    ("GET", "/c/exchanges", {"exchanges"}),
    ("POST", "/c/exchanges", {"exchanges"}),
    ("GET", "/c/exchanges/apis", {"exchanges"}),
    ("GET", "/c/exchanges/api/ncmec", {"exchanges"}),
    ("POST", "/c/exchanges/api/ncmec", {"exchanges"}),
    ("GET", "/c/exchanges/api/ncmec/schema", {"exchanges"}),
    ("GET", "/c/exchange/A", {"exchanges", "banks:read"}),
    ("PUT", "/c/exchange/A", {"exchanges"}),
    ("DELETE", "/c/exchange/A", {"exchanges", "banks:write"}),
    ("GET", "/c/exchange/A/status", {"exchanges"}),
    ("GET", "/c/exchange/A/credentials", {"exchanges"}),
    ("POST", "/c/exchange/A/credentials", {"exchanges"}),
]
SCOPES = ("check", "match:detail", "banks:read", "banks:write", "exchanges", "hits", "library")


def test_the_answers_are_the_same_with_all_layers_of_pages_around(platform, key_for):
    _, key = key_for(platform, "check", "banks:read")
    client = Client(headers={"Authorization": f"Bearer {key}"})
    missing = client.get("/c/bank/NONE")
    assert (missing.status_code, missing.json()) == (404, {"message": "bank 'NONE' not found"})
    refused = client.post("/c/banks", {"name": "A"}, content_type="application/json")
    assert refused.status_code == 403
    assert set(refused.json()) == {"message"}
    assert Client().get("/c/banks").json()["message"].startswith("no API key")


def test_every_call_takes_a_key_of_its_own_scope_and_no_other(client_with):
    clients = {scope: client_with(scope) for scope in SCOPES} | {"": client_with()}
    wrong = []
    for method, path, scopes in CALLS:
        for scope, client in clients.items():
            status = client.request(method, path).status_code
            want = 401 if not scope else 403
            is_right = status not in {401, 403} if scope in scopes else status == want
            if not is_right:
                wrong.append((method, path, scope, status))
    assert not wrong


class TestDetails:
    def test_a_lookup_hides_distances_from_keys_without_the_scope(self, client_with, reported):
        full = client_with("check", "match:detail").get(LOOKUP).json()
        bare = client_with("check").get(LOOKUP).json()
        ((number, distance),) = [tuple(row.values()) for row in full["REPORTED"]]
        assert distance == "0"
        assert bare == {"REPORTED": [{"bank_content_id": number, "distance": "-"}]}

    def test_what_was_reported_is_found_and_its_hash_is_not_shown(self, hma, reported):
        number = hma.get(RAW).json()["matches"][0]
        assert hma.get("/c/banks").json() == [{"name": "REPORTED", "matching_enabled_ratio": 1.0}]
        shown = hma.get(f"/c/bank/REPORTED/content/{number}?include_signals=true").json()
        assert shown["id"] == number
        assert CAT not in str(shown)

    def test_what_was_reported_is_not_changed_by_a_program(self, hma, reported):
        number = hma.get(RAW).json()["matches"][0]
        content = f"/c/bank/REPORTED/content/{number}"
        for answer in (
            hma.delete("/c/bank/REPORTED"),
            hma.put("/c/bank/REPORTED", json={"enabled": False}),
            hma.put("/c/bank/REPORTED", json={"name": "MINE"}),
            hma.post("/c/bank/REPORTED/signal", json={"pdq": LOGO}),
            hma.post("/c/bank/REPORTED/content", files={"photo": pictures.BRIDGE}),
            hma.put(content, json={"disable_until_ts": 0}),
            hma.delete(content),
        ):
            assert answer.status_code == 403, answer.request.url
        assert "REPORTED" in hma.get(LOOKUP).json()
        assert Entry.objects.get(pk=reported.pk).state == Entry.State.SEED
        assert Entry.objects.count() == 1


class TestKeyless:
    def test_is_off_without_the_setting(self, client_with):
        assert client_with().get(LOOKUP).status_code == 401

    def test_a_client_makes_and_uses_banks_of_its_own(self, keyless):
        assert keyless.get("/c/banks").json() == []
        assert keyless.post("/c/banks", json={"name": "OLD"}).status_code == 201
        number = keyless.post("/c/bank/OLD/signal", json={"pdq": CAT}).json()["id"]
        assert keyless.get(LOOKUP).json() == {"OLD": [{"bank_content_id": number, "distance": "0"}]}
        assert keyless.get(RAW).json() == {"matches": [number]}
        assert keyless.get("/m/index/status").json()["pdq"]["size"] == 1
        assert HmaBank.objects.get().is_sensitive is False
        assert keyless.delete(f"/c/bank/OLD/content/{number}").json() == {"deleted": 1}
        assert keyless.delete("/c/bank/OLD").status_code == 200

    def test_what_it_adds_is_a_seed_which_never_blocks(self, keyless):
        keyless.post("/c/banks", json={"name": "OLD"})
        keyless.post("/c/bank/OLD/signal", json={"pdq": CAT})
        assert Entry.objects.get().state == Entry.State.SEED

    def test_no_bank_of_notices_is_ever_reached(self, keyless, reported):
        assert keyless.get(LOOKUP).json() == {}
        assert keyless.get(RAW).json() == {"matches": []}
        assert keyless.get("/c/banks").json() == []
        assert keyless.get("/c/bank/REPORTED").status_code == 404
        assert keyless.get("/m/index/status").json()["pdq"]["size"] == 0
        assert not HmaContent.objects.exists()

    def test_not_even_by_the_number_that_a_key_has_seen(self, keyless, client_with, reported):
        number = client_with("match:detail").get(RAW).json()["matches"][0]
        assert keyless.get(f"/c/bank/REPORTED/content/{number}").status_code == 404
        assert keyless.get(RAW).json() == {"matches": []}
        assert keyless.get(LOOKUP + "&bypass_coinflip=true").json() == {}

    def test_no_bank_that_a_key_made_is_reached(self, keyless, hma):
        hma.post("/c/banks", json={"name": "SECRET"})
        hma.post("/c/bank/SECRET/signal", json={"pdq": CAT})
        assert keyless.get(LOOKUP).json() == {}
        assert keyless.get("/c/bank/SECRET").status_code == 404
        assert keyless.delete("/c/bank/SECRET").status_code == 200  # as of one that is not there
        assert keyless.post("/c/banks", json={"name": "SECRET"}).status_code == 403
        assert "SECRET" in hma.get(LOOKUP).json()

    @pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via", "Origin"])
    def test_a_proxy_or_a_browser_is_not_this_machine(self, keyless, name):
        assert keyless.get("/c/banks", headers={name: "127.0.0.1"}).status_code == 401

    def test_another_machine_is_not_this_machine(self, keyless):
        answer = Client(REMOTE_ADDR="192.0.2.7").get("/c/banks")
        assert answer.status_code == 401
        assert Client(REMOTE_ADDR="::1").get("/c/banks").status_code == 200
        assert Client(REMOTE_ADDR="nonsense").get("/c/banks").status_code == 401

    def test_a_page_of_another_name_that_leads_here_is_not_this_machine(self, keyless):
        for host, status in (("evil.example", 401), ("localhost", 200), ("127.0.0.1:1", 200)):
            answer = keyless.get("/c/banks", headers={"Host": host})
            assert answer.status_code == status, host

    def test_never_behind_a_proxy(self, settings):
        settings.STAYDOWN_HMA_KEYLESS = True
        assert is_keyless({"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000"})
        values = {"STAYDOWN_BEHIND_PROXY": "1"}
        settings.ENVIRONMENT = read_environment(values)
        assert not is_keyless({"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1:8000"})
        with pytest.raises(ConfigError, match="STAYDOWN_HMA_KEYLESS"):
            read_environment({**values, "STAYDOWN_HMA_KEYLESS": "1"})

    def test_a_wrong_key_is_not_no_key(self, keyless):
        answer = keyless.get("/c/banks", headers={"Authorization": "Bearer nonsense"})
        assert answer.status_code == 401

    def test_exchanges_and_signal_types_take_a_key(self, keyless):
        assert keyless.get("/c/exchanges").status_code == 403
        assert keyless.put("/c/signal_type/pdq", json={"enabled_ratio": 0}).status_code == 403
