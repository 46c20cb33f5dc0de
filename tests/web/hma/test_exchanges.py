"""Exchanges by HMA's calls: made again, what is hidden from whom, and secrets."""

from __future__ import annotations

import pytest

from staydown_web.exchanges.models import Exchange

CAT = "62c9789627838f69f23cf98c29e37836d61c87c31c59587c4b49a783f496725c"
SECRET = "a-secret-that-is-not-said-again"
API = "/c/exchanges/api/fb_threatexchange"
pytestmark = pytest.mark.django_db(transaction=True)


def made(name: str = "GROUP", **more: object) -> dict[str, object]:
    settings = {"privacy_group": 123, "enabled": False}
    return {"bank": name, "api": "fb_threatexchange", "api_json": settings, **more}


class TestMadeAgain:
    def test_a_name_is_free_as_soon_as_its_exchange_is_deleted(self, hma):
        """The entries of the one that was left are withdrawn later, by the worker."""
        for number in range(3):
            credentials = {"api_token": f"{number}|a"} if number < 2 else None
            answer = hma.post("/c/exchanges", json=made(credential_json=credentials))
            assert answer.status_code == 201, answer.text
            shown = hma.get("/c/exchange/GROUP").json()
            assert shown["name"] == "GROUP"
            assert shown["credential_status"]["has_credentials"] == (number < 2)
            assert hma.get("/c/exchanges").json() == ["GROUP"]
            assert hma.delete("/c/exchange/GROUP").status_code == 200
            assert hma.get("/c/exchange/GROUP").status_code == 404
        assert set(Exchange.objects.values_list("name", flat=True)) == {
            "GROUP",
            "GROUP_2",
            "GROUP_3",
        }

    def test_a_name_that_is_in_use_is_refused_all_the_same(self, hma):
        assert hma.post("/c/exchanges", json=made()).status_code == 201
        assert hma.post("/c/exchanges", json=made()).status_code == 403
        assert Exchange.objects.count() == 1


class TestWithoutTheScope:
    """Coop asks of each bank whether it is an exchange before it renames or deletes it."""

    def test_a_bank_is_no_exchange(self, hma, client_with):
        client = client_with("banks:read", "banks:write")
        client.post("/c/banks", json={"name": "OURS"})
        answer = client.get("/c/exchange/OURS")
        assert answer.status_code == 404
        assert answer.json() == {"message": "Exchange 'OURS' not found"}
        assert client.delete("/c/exchange/OURS").status_code == 200
        assert client.get("/c/bank/OURS").status_code == 200

    def test_an_exchange_is_neither_shown_nor_left(self, hma, client_with):
        hma.post("/c/exchanges", json=made())
        client = client_with("banks:read", "banks:write")
        for method in ("GET", "DELETE", "PUT"):
            answer = client.request(method, "/c/exchange/GROUP", json={"enabled": True})
            assert answer.status_code == 403, method
            assert "scope exchanges" in answer.json()["message"]
        assert hma.get("/c/exchange/GROUP").json()["enabled"] is False

    def test_without_a_key_there_are_no_exchanges(self, hma, keyless):
        hma.post("/c/exchanges", json=made())
        hidden, missing = (keyless.get(f"/c/exchange/{name}") for name in ("GROUP", "NO_SUCH"))
        assert (hidden.status_code, missing.status_code) == (404, 404)
        assert keyless.delete("/c/exchange/GROUP").status_code == 200  # as of one not there
        assert keyless.put("/c/exchange/GROUP", json={"enabled": True}).status_code == 403
        assert hma.get("/c/exchange/GROUP").status_code == 200


class TestCredentialsThatCannotBe:
    @pytest.mark.parametrize(
        "given",
        [
            {"api_token": SECRET, "unexpected": SECRET},
            {SECRET: SECRET},
            {SECRET: ""},
            {"api_token": [SECRET]},
            {"api_token": "", "region": SECRET},
            {"api_token": SECRET + "\0"},
            {"api_token": SECRET * 1000},
            SECRET,
            [SECRET],
        ],
    )
    def test_nothing_of_them_is_said_again_and_nothing_is_kept(self, hma, given):
        hma.post("/c/exchanges", json=made())
        for path, body in (
            ("/c/exchanges", made("OTHER", credential_json=given)),
            ("/c/exchange/GROUP/credentials", {"credential_json": given}),
            (API, {"credential_json": given}),
        ):
            answer = hma.post(path, json=body)
            assert answer.status_code == 400, path
            assert SECRET not in answer.text, path
        assert hma.get("/c/exchange/OTHER").status_code == 404
        assert hma.get("/c/exchange/GROUP/credentials").json()["has_credentials"] is False
        assert hma.get(API).json()["has_set_authentification"] is False


def test_the_contents_of_a_deleted_bank_do_not_count_any_more(hma):
    """The worker withdraws its entries later."""
    for name in ("OURS", "OTHER"):
        hma.post("/c/banks", json={"name": name})
        hma.post(f"/c/bank/{name}/signal", json={"pdq": CAT})
    assert hma.get("/m/index/status").json()["pdq"]["size"] == 2
    hma.delete("/c/bank/OURS")
    assert hma.get("/m/index/status").json()["pdq"]["size"] == 1
