"""The pages of local copies."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from staydown_client.edge.keys import EdgeKey
from staydown_web.accounts.models import ApiKey, Platform, User
from staydown_web.banks.models import Bank
from staydown_web.replicas.models import Replica

pytestmark = pytest.mark.django_db


def form(platform: Platform, bank: Bank, key: EdgeKey, **more: Any) -> dict[str, Any]:
    return {
        "name": "Upload servers",
        "platform": str(platform.pk),
        "banks": [str(bank.pk)],
        "public_key": f" {key.public[:32].upper()} {key.public[32:]} ",
        "days": "90",
        "stale_hours": "24",
        "reason": "Agreed with the platform in writing.",
        **more,
    }


def test_from_asking_to_the_key_and_to_its_end(
    platform: Platform,
    bank: Bank,
    key: EdgeKey,
    people: tuple[User, ...],
    client_of: Callable[..., Client],
) -> None:
    asker, first, second = (client_of(user) for user in people)
    assert "No local copy yet" in asker.get("/staff/replicas/").content.decode()
    sent = asker.post("/staff/replicas/new/", form(platform, bank, key))
    assert sent.status_code == 302
    replica = Replica.objects.get()
    assert replica.public_key == key.public
    page = f"/staff/replicas/{replica.pk}/"

    shown = first.get("/staff/approvals/").content.decode()
    assert "Let a program keep a copy of banks" in shown
    assert "For Forum Example: Reported" in shown
    assert "For 90 days, and for 24 hours without a word from here" in shown
    first.post(f"/staff/approvals/{replica.first_approval_id}/", {"do": "grant"})
    twice = first.post(f"/staff/approvals/{replica.second_approval_id}/", {"do": "grant"})
    assert twice.status_code == 403
    assert "1 of two people granted it" in asker.get(page).content.decode()
    second.post(f"/staff/approvals/{replica.second_approval_id}/", {"do": "grant"})

    begun = asker.post(f"{page}start/").content.decode()
    assert "The key of this program" in begun
    raw = begun.partition("sd_")[2].partition("<")[0]
    assert len(raw) > 30
    assert raw not in asker.get(page).content.decode()
    (made,) = ApiKey.objects.all()
    assert made.scopes == ["replica"]
    sealed = Client().get(
        "/api/v1/replica/agreement", headers={"Authorization": f"Bearer sd_{raw}"}
    )
    assert (sealed.status_code, sealed["Content-Type"]) == (200, "application/octet-stream")

    assert second.post(f"{page}end/").status_code == 302
    assert "Ended" in asker.get(page).content.decode()
    gone = Client().get("/api/v1/replica/agreement", headers={"Authorization": f"Bearer sd_{raw}"})
    assert (gone.status_code, gone.json()["code"]) == (403, "replica_ended")


def test_a_form_that_is_not_whole_comes_back_with_what_was_typed(
    platform: Platform, bank: Bank, key: EdgeKey, lead_client: Client
) -> None:
    for wrong in ({"public_key": "abc"}, {"days": "9999"}, {"banks": []}, {"reason": ""}):
        sent = lead_client.post("/staff/replicas/new/", form(platform, bank, key, **wrong))
        assert sent.status_code == 400
        assert "Upload servers" in sent.content.decode()
    assert not Replica.objects.exists()


def test_reviewers_have_no_business_here(reviewer_client: Client) -> None:
    assert reviewer_client.get("/staff/replicas/").status_code == 403
