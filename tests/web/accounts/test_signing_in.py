"""Coming in: name and password, growing pauses, and nobody without a second factor."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client, RequestFactory
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from staydown_web.accounts.models import SignInCount, User
from staydown_web.accounts.services import check_password, renew_backup_codes, sign_in_wait_s
from staydown_web.base.errors import RateLimitedError
from staydown_web.config import settings as of_the_service

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"  # as the shared fixtures set it


def code_of(device: TOTPDevice, *, steps: int = 0) -> str:
    """The code that an app shows, now or some steps from now."""
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits)
    totp.time = time.time() + steps * device.step
    return f"{totp.token():06d}"


def sign_in(client: Client, name: str = "rita", password: str = PASSWORD, **extra):
    return client.post(reverse("accounts:login"), {"name": name, "password": password}, **extra)


def test_a_password_alone_opens_nothing(client, reviewer) -> None:
    answer = sign_in(client)
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("accounts:second_factor"))
    queue = client.get(reverse("review:queue"))
    assert queue.status_code == 302
    assert queue.url.startswith(reverse("accounts:login"))


def test_the_code_of_the_app_lets_in_and_only_once(client, reviewer) -> None:
    sign_in(client)
    device = TOTPDevice.objects.get(user=reviewer)
    code = code_of(device)
    answer = client.post(reverse("accounts:second_factor"), {"code": code})
    assert answer.url == reverse("setup:home")
    assert client.get(reverse("review:queue")).status_code == 200

    other = Client()
    sign_in(other)
    again = other.post(reverse("accounts:second_factor"), {"code": code})
    assert again.status_code == 200
    assert b"does not fit" in again.content


def test_a_right_code_right_after_a_wrong_one_hears_how_long_to_wait(client, reviewer) -> None:
    sign_in(client)
    device = TOTPDevice.objects.get(user=reviewer)
    TOTPDevice.objects.update(throttling_failure_count=4)  # and with the next one: 16 seconds
    wrong = client.post(reverse("accounts:second_factor"), {"code": "000000"}).content.decode()
    assert "Please wait 16 seconds" in wrong
    counted = TOTPDevice.objects.get().throttling_failure_count

    early = client.post(reverse("accounts:second_factor"), {"code": code_of(device)})

    assert "Please wait 16 seconds" in early.content.decode()
    assert "does not fit" not in early.content.decode()
    assert TOTPDevice.objects.get().throttling_failure_count == counted
    ago = timedelta(seconds=17)
    TOTPDevice.objects.update(
        throttling_failure_timestamp=TOTPDevice.objects.get().throttling_failure_timestamp - ago
    )
    late = client.post(reverse("accounts:second_factor"), {"code": code_of(device)})
    assert late.url == reverse("setup:home")


def test_a_pause_of_spare_codes_is_told_too(client, reviewer, now) -> None:
    spare = renew_backup_codes(user=reviewer, now=now)[0]
    sign_in(client)
    for _ in range(2):
        client.post(reverse("accounts:second_factor"), {"code": "wrong-codes"})

    early = client.post(reverse("accounts:second_factor"), {"code": spare})

    assert "Please wait 1 second," in early.content.decode()


def test_a_wrong_code_lets_nobody_in(client, reviewer) -> None:
    sign_in(client)
    answer = client.post(reverse("accounts:second_factor"), {"code": "000000"})
    assert b"does not fit" in answer.content
    assert client.get(reverse("review:queue")).status_code == 302


def test_a_spare_code_lets_in_once(client, reviewer, now) -> None:
    codes = renew_backup_codes(user=reviewer, now=now)
    sign_in(client)
    typed = codes[0].upper().replace("-", " ")
    assert client.post(reverse("accounts:second_factor"), {"code": typed}).status_code == 302
    assert client.get(reverse("review:queue")).status_code == 200

    other = Client()
    sign_in(other)
    assert other.post(reverse("accounts:second_factor"), {"code": codes[0]}).status_code == 200


def test_spare_codes_are_not_readable_in_the_database(reviewer, now) -> None:
    from django_otp.plugins.otp_static.models import StaticToken

    codes = renew_backup_codes(user=reviewer, now=now)
    stored = set(StaticToken.objects.values_list("token", flat=True))
    assert len(stored) == 10
    assert not stored & set(codes) | stored & {c.replace("-", "") for c in codes}


def test_the_password_alone_does_not_replace_a_second_factor(client, reviewer) -> None:
    sign_in(client)
    answer = client.get(reverse("accounts:set_up_factor"))
    assert answer.status_code == 302
    assert answer.url == reverse("accounts:second_factor")
    client.post(reverse("accounts:set_up_factor"), {"code": "123456"})
    assert TOTPDevice.objects.filter(user=reviewer, confirmed=False).count() == 0


def test_whoever_has_no_second_factor_is_led_to_set_it_up(client, user_named) -> None:
    user = user_named("nora")
    TOTPDevice.objects.filter(user=user).delete()
    sign_in(client, "nora")
    answer = client.get(reverse("accounts:second_factor"))
    assert answer.url == reverse("accounts:set_up_factor")
    page = client.get(answer.url)
    device = TOTPDevice.objects.get(user=user, confirmed=False)
    assert b"<svg" in page.content
    assert b"style=" not in page.content
    done = client.post(answer.url, {"code": code_of(device)})
    assert done.content.count(b"<code>") >= 10
    assert client.get(reverse("review:queue")).status_code == 200


def test_unknown_names_and_wrong_passwords_get_the_same_answer(client, reviewer) -> None:
    wrong = sign_in(client, "rita", "not the password at all")
    unknown = sign_in(client, "nobody", "not the password at all")
    assert wrong.status_code == unknown.status_code == 200

    def without_what_was_typed(page: bytes, name: bytes) -> bytes:
        import re

        plain = page.replace(b'value="' + name + b'"', b"")
        return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]+"', b"", plain)

    assert without_what_was_typed(wrong.content, b"rita") == without_what_was_typed(
        unknown.content, b"nobody"
    )


def test_pauses_grow_for_known_and_unknown_names_alike(client, reviewer) -> None:
    for name in ("rita", "nobody"):
        for _ in range(5):
            assert sign_in(client, name, "wrong").status_code == 200
        # During a pause the right password is not looked at either.
        assert sign_in(client, name).status_code == 429


def test_each_pause_is_longer_than_the_one_before(reviewer, now) -> None:
    request, waits = RequestFactory().post("/"), []
    for _ in range(14):
        check_password(request=request, name="rita", password="x", address="192.0.2.1", now=now)
        waits.append(sign_in_wait_s(name="rita", address="192.0.2.1", now=now))
        now += timedelta(seconds=waits[-1])
    assert waits[:4] == [0, 0, 0, 0]
    assert waits[4:] == sorted(waits[4:])
    assert waits[-1] <= 15 * 60 + 1


def test_a_good_sign_in_ends_the_pauses_of_its_name(reviewer, now) -> None:
    request = RequestFactory().post("/")
    for _ in range(3):
        check_password(request=request, name="rita", password="x", address="192.0.2.1", now=now)
    assert check_password(
        request=request, name="Rita ", password=PASSWORD, address="192.0.2.1", now=now
    )
    assert SignInCount.objects.filter(failures__gt=0).count() == 1, "the address stays counted"


def test_a_stranger_cannot_soon_lock_a_colleague_out(reviewer, now) -> None:
    request = RequestFactory().post("/")
    for _ in range(5):
        check_password(request=request, name="rita", password="x", address="192.0.2.1", now=now)
    with pytest.raises(RateLimitedError):
        check_password(request=request, name="rita", password="x", address="192.0.2.1", now=now)
    assert check_password(
        request=request, name="rita", password=PASSWORD, address="198.51.100.7", now=now
    )


def test_disabled_colleagues_are_out_at_once(reviewer_client, reviewer) -> None:
    assert reviewer_client.get(reverse("review:queue")).status_code == 200
    User.objects.filter(pk=reviewer.pk).update(is_active=False)
    assert reviewer_client.get(reverse("review:queue")).status_code == 302


def test_passwords_are_kept_as_argon2_at_its_full_cost(user_named, settings) -> None:
    settings.PASSWORD_HASHERS = of_the_service.PASSWORD_HASHERS
    digest = user_named("ada").password
    full = Argon2PasswordHasher()
    cost = f"m={full.memory_cost},t={full.time_cost},p={full.parallelism}"
    assert digest.startswith("argon2$argon2id$")
    assert cost in digest
    assert full.memory_cost >= 64 * 1024


def test_signing_in_leads_to_no_other_site(client, reviewer) -> None:
    page = client.get(reverse("accounts:login"), {"next": "https://elsewhere.example/"})
    assert b"elsewhere" not in page.content


def test_signing_out_ends_the_session(reviewer_client) -> None:
    assert reviewer_client.get(reverse("accounts:logout")).status_code == 405
    reviewer_client.post(reverse("accounts:logout"))
    assert reviewer_client.get(reverse("review:queue")).status_code == 302


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/staff/care/", "/staff/care/"),
        ("https://elsewhere.example/", "/staff/"),
        ("//elsewhere.example/", "/staff/"),
        ("", "/staff/"),
    ],
)
def test_setting_it_up_leads_on_to_where_one_wanted_to_go(
    client, user_named, wanted, leads_to
) -> None:
    user = user_named("nora")
    TOTPDevice.objects.filter(user=user).delete()
    sign_in(client, "nora")
    answer = client.get(reverse("accounts:second_factor"), {"next": wanted})
    page = client.get(answer.url).text
    shown = re.search(r'name="next" value="([^"]*)"', page)
    device = TOTPDevice.objects.get(user=user, confirmed=False)
    fields = {"code": code_of(device), "next": shown[1] if shown else ""}
    done = client.post(reverse("accounts:set_up_factor"), fields).text
    assert f'<a class="btn main" href="{leads_to}">I have kept them</a>' in done


def test_what_does_not_fit_keeps_where_one_wanted_to_go(client, user_named) -> None:
    user = user_named("nora")
    TOTPDevice.objects.filter(user=user).delete()
    sign_in(client, "nora")
    fields = {"code": "000000", "next": "/staff/care/"}
    page = client.post(reverse("accounts:set_up_factor"), fields).text
    assert 'name="next" value="/staff/care/"' in page
