"""Trusted flaggers: entered by an administrator, known by a code, and their notices come first."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from staydown_web.accounts.models import Flagger, Team, User
from staydown_web.accounts.selectors import flagger_of_code, flagger_of_team
from staydown_web.accounts.services import add_flagger, end_flagger, renew_code
from staydown_web.audit.models import Event
from staydown_web.base.errors import FieldsError, RecordConflictError

pytestmark = pytest.mark.django_db
COORDINATOR = "Digital Services Coordinator of Freedonia, 3 May 2026"


@pytest.fixture
def watch(admin: User, now: datetime) -> tuple[Flagger, str]:
    """A trusted flagger and its code."""
    made = add_flagger(name="Watch", awarded_by=COORDINATOR, team=None, actor=admin, now=now)
    return made.flagger, made.code


def test_a_flagger_is_known_by_its_code_and_the_code_is_not_kept(
    watch: tuple[Flagger, str],
) -> None:
    flagger, code = watch
    assert flagger_of_code(f" {code} ") == flagger
    assert code not in str(Flagger.objects.values().get())
    assert flagger_of_code("") is None
    assert flagger_of_code(code[:-1]) is None


def test_a_new_code_ends_the_old_one(
    watch: tuple[Flagger, str], admin: User, now: datetime
) -> None:
    flagger, code = watch
    renewed = renew_code(flagger_id=flagger.pk, actor=admin, now=now)
    assert flagger_of_code(code) is None
    assert flagger_of_code(renewed.code) == flagger


def test_an_ended_status_opens_nothing(
    watch: tuple[Flagger, str], admin: User, now: datetime
) -> None:
    flagger, code = watch
    end_flagger(flagger_id=flagger.pk, actor=admin, now=now)
    assert flagger_of_code(code) is None
    for again in (end_flagger, renew_code):
        with pytest.raises(RecordConflictError):
            again(flagger_id=flagger.pk, actor=admin, now=now)
    kinds = list(Event.objects.order_by("seq").values_list("what", flat=True))
    assert kinds == ["flagger_added", "flagger_ended"]


def test_a_helpline_that_is_one_needs_no_code(admin: User, now: datetime) -> None:
    team = Team.objects.create(name="Line", made_at=now)
    made = add_flagger(name="Line", awarded_by=COORDINATOR, team=team, actor=admin, now=now)
    assert flagger_of_team(team) == made.flagger
    assert flagger_of_team(None) is None


@pytest.mark.parametrize(("name", "by", "field"), [("", "x", "name"), ("x", " ", "awarded_by")])
def test_name_and_authority_are_asked_for(
    admin: User, now: datetime, name: str, by: str, field: str
) -> None:
    with pytest.raises(FieldsError) as caught:
        add_flagger(name=name, awarded_by=by, team=None, actor=admin, now=now)
    assert set(caught.value.fields) == {field}


def test_the_page_shows_the_code_once(admin_client: Client, db: None) -> None:
    typed = {"name": "Watch", "awarded_by": COORDINATOR}
    page = admin_client.post("/staff/flaggers/", typed).content.decode()
    assert "tf_" in page
    assert "tf_" not in admin_client.get("/staff/flaggers/").content.decode()
    again = admin_client.post("/staff/flaggers/", typed)
    assert (again.status_code, "entered already" in again.content.decode()) == (400, True)


def test_the_page_renews_and_ends(
    admin_client: Client, lead_client: Client, watch: tuple[Flagger, str]
) -> None:
    address = f"/staff/flaggers/{watch[0].pk}/"
    assert lead_client.post(address, {"do": "end"}).status_code == 403
    assert "tf_" in admin_client.post(address, {"do": "renew"}).content.decode()
    assert admin_client.post(address, {"do": "end"}).status_code == 302
    assert Flagger.objects.get().ended_at is not None


def test_whose_status_ended_can_be_given_it_again(
    watch: tuple[Flagger, str], admin: User, now: datetime
) -> None:
    flagger, code = watch
    end_flagger(flagger_id=flagger.pk, actor=admin, now=now)
    anew = "Digital Services Coordinator of Freedonia, 4 June 2027"
    made = add_flagger(name="Watch", awarded_by=anew, team=None, actor=admin, now=now)
    assert (made.flagger.pk, made.flagger.awarded_by) == (flagger.pk, anew)
    assert flagger_of_code(made.code) == flagger
    assert flagger_of_code(code) is None, "the old code stays dead"
    with pytest.raises(FieldsError):
        add_flagger(name="Watch", awarded_by=anew, team=None, actor=admin, now=now)


def test_an_empty_form_says_what_to_write(admin_client: Client, db: None) -> None:
    page = admin_client.post("/staff/flaggers/", {"name": "", "awarded_by": " "})
    assert page.status_code == 400
    assert "Write the name of the organisation." in page.text
    assert "Write which authority gave the status." in page.text
    assert "This field is required." not in page.text
    assert not Flagger.objects.exists()
