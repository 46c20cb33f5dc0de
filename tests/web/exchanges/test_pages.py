"""The pages of lists: what each role can do with them, and what they say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from staydown_web.accounts.models import Approval, User
from staydown_web.accounts.services import Caller
from staydown_web.audit.models import Event
from staydown_web.banks.models import Bank, Entry
from staydown_web.banks.services import confirm_entries, match_entries, take_in_entries
from staydown_web.exchanges.models import Contributed, Doubt, DryRun, Exchange, Outgoing, Received
from staydown_web.exchanges.partners.wire import Kind
from staydown_web.exchanges.selectors import exchanges, exchanges_left, secrets_of
from staydown_web.exchanges.selectors.trials import share_of, tried_by
from staydown_web.exchanges.services import carry_out_granted, finish_leaving
from staydown_web.exchanges.services.trying import ask_dry_run, run_dry_runs
from staydown_web.screening.models import Keeping, KeptUpload
from staydown_web.screening.services import check, flush_recorder, keep_uploads
from staydown_web.screening.services.keeping import Keeper

from .conftest import WrittenPartner, photo, record

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("segments")]
ADD = {
    "name": "StopNCII",
    "set_address": "http://127.0.0.1:8130/v1",
    "set_subscription_key": "first-secret",
    "set_fetch_key": "second-secret",
}


def address(name: str, exchange: Exchange | None = None, *more: str) -> str:
    return reverse(f"exchanges:{name}", args=[exchange.pk, *more] if exchange else [])


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


class TestAdd:
    def test_a_list_is_added_off_and_its_connection_is_tried(self, admin_client):
        answer = admin_client.post(reverse("exchanges:add", args=["stopncii"]), ADD)
        made = Exchange.objects.get()
        assert (made.name, made.state, made.bank.is_active) == ("StopNCII", "off", False)
        # Nothing listens there: the page says what is wrong, and what can be done.
        assert answer.status_code == 400
        assert escape("The partner could not be reached, or asks to wait.") in text(answer)

    def test_secrets_are_sealed_and_on_no_page(self, admin_client):
        admin_client.post(reverse("exchanges:add", args=["stopncii"]), ADD)
        made = Exchange.objects.get()
        assert secrets_of(made)["fetch_key"] == "second-secret"
        for name in ("detail", "settings"):
            assert "-secret" not in text(admin_client.get(address(name, made)))
        assert "secret" not in str(list(Event.objects.values_list("facts", flat=True))).replace(
            "'secrets'", ""
        )

    def test_what_is_missing_is_said_at_its_field(self, admin_client):
        answer = admin_client.post(reverse("exchanges:add", args=["stopncii"]), {"name": "x"})
        assert answer.status_code == 400
        assert "set_fetch_key" in answer.context["form"].errors
        assert not Exchange.objects.exists()

    def test_a_name_that_is_taken_is_said_at_the_name(self, admin_client, off):
        answer = admin_client.post(
            reverse("exchanges:add", args=["stopncii"]), ADD | {"name": off.name}
        )
        assert list(answer.context["form"].errors) == ["name"]

    def test_another_kind_is_not_found(self, admin_client):
        assert admin_client.get(reverse("exchanges:add", args=["other"])).status_code == 404

    def test_every_kind_can_be_chosen_and_shows_its_form(self, admin_client):
        kinds = admin_client.get(reverse("exchanges:kinds")).context["kinds"]
        assert [kind["value"] for kind in kinds] == Kind.values
        for kind in kinds:
            assert (
                admin_client.get(reverse("exchanges:add", args=[kind["value"]])).status_code == 200
            )


class TestStates:
    def test_off_trial_and_back(self, admin_client, off):
        admin_client.post(address("change", off), {"do": "trial"})
        off.refresh_from_db()
        assert off.state == "trial"
        admin_client.post(address("change", off), {"do": "off"})
        off.refresh_from_db()
        assert off.state == "off"

    def test_on_takes_two_people_and_the_second_reads_what_is_asked(
        self, admin_client, lead_client, exchange, now
    ):
        Exchange.objects.update(fetched_at=now)
        admin_client.post(address("ask", exchange, "on"), {"reason": "Tried for a week."})
        exchange.refresh_from_db()
        assert exchange.state == "trial"
        page = text(lead_client.get(reverse("review:approvals")))
        assert escape("Switch the list “A list” on") in page
        assert "The same picture or video: Block it" in page
        assert "An entry that nobody has confirmed never does more than hold." in page
        assert "Tried for a week." in page
        approval = Approval.objects.get()
        lead_client.post(reverse("review:answer_approval", args=[approval.pk]), {"do": "grant"})
        carry_out_granted(approval.asked_at + timedelta(seconds=1))
        exchange.refresh_from_db()
        assert exchange.state == "on"
        assert "The list is on" in text(admin_client.get(address("detail", exchange)))

    def test_the_page_says_who_has_asked(self, admin_client, exchange, now):
        Exchange.objects.update(fetched_at=now)
        admin_client.post(address("ask", exchange, "on"), {"reason": "Tried."})
        page = text(admin_client.get(address("detail", exchange)))
        assert "R-adam has asked to switch it on." in page
        assert "Ask to switch it on" not in page

    def test_on_without_a_dry_run_is_warned_of(self, admin_client, exchange):
        assert "No dry run has been made." in text(admin_client.get(address("ask", exchange, "on")))

    @pytest.mark.parametrize("what", ["trust", "contribution"])
    def test_trust_and_giving_are_asked_for_in_words(
        self, admin_client, lead_client, exchange, what
    ):
        assert admin_client.get(address("ask", exchange, what)).status_code == 200
        admin_client.post(address("ask", exchange, what), {"reason": "An agreement."})
        assert "A list" in text(lead_client.get(reverse("review:approvals")))
        assert Approval.objects.get().what == f"exchange_{what}"

    def test_nothing_else_can_be_asked_for(self, admin_client, exchange):
        assert admin_client.get(address("ask", exchange, "other")).status_code == 404

    def test_a_lead_may_look_and_not_change(self, lead_client, exchange):
        page = text(lead_client.get(address("detail", exchange)))
        assert "What it would have held" in page
        assert "Switch it off" not in page
        assert "Leave this exchange" not in page
        assert lead_client.post(address("change", exchange), {"do": "off"}).status_code == 403


class TestSettings:
    def test_policy_pace_and_feedback_are_kept(self, admin_client, off):
        rules = {
            "do": "rules",
            "on_identical": "hold",
            "on_same": "log",
            "on_part": "log",
            "on_altered": "log",
            "every_s": "3600",
            "tells": ["seen", "disputed"],
        }
        answer = admin_client.post(address("settings", off), rules)
        assert answer.status_code == 302
        off.refresh_from_db()
        assert (off.policy["on_same"], off.every_s, off.tells) == (
            "log",
            3600,
            ["disputed", "seen"],
        )

    @pytest.mark.parametrize("does", ["connection", "rules"])
    def test_whichever_button_is_pressed_nothing_that_was_typed_is_lost(
        self, admin_client, off, does
    ):
        form = {
            "do": does,
            "set_address": "http://127.0.0.1:8131/v1",
            "every_s": "3600",
            "tells": ["seen"],
        } | {f"on_{kind}": "log" for kind in ("identical", "same", "part", "altered")}
        admin_client.post(address("settings", off), form)
        off.refresh_from_db()
        assert (off.config["address"], off.every_s) == ("http://127.0.0.1:8131/v1", 3600)
        assert (off.tells, off.policy["on_same"]) == (["seen"], "log")

    def test_empty_secrets_stay(self, admin_client, off):
        form = {"do": "connection", "set_address": "http://127.0.0.1:8131/v1"}
        admin_client.post(address("settings", off), form)
        off.refresh_from_db()
        assert off.config["address"] == "http://127.0.0.1:8131/v1"
        assert secrets_of(off)["fetch_key"] == "f"

    def test_what_is_on_shows_where_its_policy_is_asked_for(self, admin_client, exchange):
        Exchange.objects.update(state="on")
        page = text(admin_client.get(address("settings", exchange)))
        assert reverse("review:policy", args=[exchange.bank.slug]) in page
        assert 'name="on_same"' not in page

    def test_a_pace_from_elsewhere_is_not_lost(self, admin_client, off):
        Exchange.objects.update(every_s=1234)
        page = text(admin_client.get(address("settings", off)))
        assert 'value="1234" selected' in page


class TestTrouble:
    @pytest.mark.parametrize(
        ("code", "says"),
        [
            ("exchange_auth", "The partner refuses the credentials."),
            ("exchange_payload", "could not be understood"),
            ("exchange_unavailable", "could not be reached"),
            ("address_refused", "never goes to an address of this kind"),
            ("something_new", "It could not be done."),
        ],
    )
    def test_an_error_is_said_in_words_with_its_code(self, admin_client, exchange, code, says):
        Exchange.objects.update(error_code=code, failures=2, is_stopped=code == "exchange_auth")
        page = text(admin_client.get(address("detail", exchange)))
        assert says in page
        assert code in page
        stands = "Stands still" if code == "exchange_auth" else "Failed 2 times in a row"
        assert stands in text(admin_client.get(reverse("exchanges:list")))


def test_a_trial_counts_what_it_notes(
    lead_client, fetched, exchange, partner, platform, key_for, now
):
    partner.add(record("a"))
    fetched()
    key, _ = key_for(platform, "check")
    caller = Caller(platform.pk, key.pk, frozenset(key.scopes))
    for ref in ("1", "2"):
        assert check(caller=caller, fingerprint=photo("a"), content_ref=ref, now=now).verdict == (
            "clear"
        )
    flush_recorder()
    assert lead_client.get(address("detail", exchange)).context["matched"] == 2


class TestTold:
    def test_what_was_given_up_is_shown_and_sent_again(
        self, admin_client, fetched, exchange, partner, now
    ):
        partner.add(record("a"))
        fetched()
        entry = Entry.objects.get()
        Outgoing.objects.create(
            exchange=exchange,
            entry=entry,
            what="seen",
            cause=1,
            state="dead",
            tries=9,
            error_code="exchange_unavailable",
            next_try_at=now,
            made_at=now,
        )
        page = text(admin_client.get(address("told", exchange) + "?tab=dead"))
        assert "A copy came up here" in page
        assert "could not be reached" in page
        answer = admin_client.post(address("replay", exchange), follow=True)
        assert "1 message is sent again." in text(answer)
        assert Outgoing.objects.get().state == "due"

    def test_an_odd_tab_shows_all(self, lead_client, exchange):
        answer = lead_client.get(address("told", exchange) + "?tab=x&page=-1")
        assert (answer.status_code, answer.context["tab"]) == (200, "all")


class TestLeaving:
    def test_the_page_says_what_happens_and_wants_the_name(self, admin_client, exchange):
        page = text(admin_client.get(address("leave", exchange)))
        assert "The credentials are destroyed." in page
        answer = admin_client.post(address("leave", exchange), {"name": "another"})
        assert answer.status_code == 400
        assert exchanges() == [exchange]

    def test_all_its_entries_go_and_what_notices_reported_stays(
        self, admin_client, fetched, exchange, partner: WrittenPartner, bank: Bank, now
    ):
        partner.add(record("a"), record("b"))
        fetched()
        take_in_entries(
            bank=bank,
            raws=[photo("a").to_bytes()],
            origin=Entry.Origin.NOTICE,
            actor="system",
            now=now,
        )
        admin_client.post(address("leave", exchange), {"name": "A list"})
        assert exchanges() == []
        ((left, living),) = exchanges_left()
        assert (left.secrets_box, left.config, left.bank.is_active, living) == (None, {}, False, 2)
        assert "2 entries are still to be withdrawn" in text(
            admin_client.get(reverse("exchanges:list"))
        )
        assert admin_client.get(address("detail", exchange)).status_code == 404
        while finish_leaving(now=now):
            pass
        assert not Exchange.objects.exists()
        assert not Received.objects.exists()
        assert [e.bank_id for e in Entry.objects.exclude(state="withdrawn")] == [bank.pk]
        assert not match_entries(photo("b"))
        assert len(match_entries(photo("a"))) == 1
        told = Event.objects.filter(subject=f"exchange:{exchange.pk}")
        assert list(told.order_by("seq").values_list("what", flat=True))[-2:] == [
            "exchange_left",
            "exchange_forgotten",
        ]

    def test_what_we_gave_is_taken_back_first(self, admin_client, fetched, exchange, partner, now):
        partner.add(record("a"))
        fetched()
        Contributed.objects.create(
            exchange=exchange, entry=Entry.objects.get(), state="given", made_at=now
        )
        page = text(admin_client.get(address("leave", exchange)))
        assert "Take them back first" in page
        answer = admin_client.post(address("leave", exchange), {"name": "A list"})
        assert answer.status_code == 409
        assert exchanges() == [exchange]


@pytest.fixture
def kept(platform: Any, now: Any) -> Any:
    """``kept(photo, …)`` keeps clear uploads of the platform, a day ago."""
    keep_uploads(platform=platform, days=14, per_day=1000, actor="system", now=now)
    keeper = Keeper(seed=3)

    def keep(*fingerprints: Any, days: int = 1) -> None:
        at = now - timedelta(days=days)
        for fingerprint in fingerprints:
            keeper.offer(platform.pk, fingerprint, at)
        keeper.flush(now=at)

    return keep


class TestTrial:
    def test_without_kept_uploads_it_says_how_to_get_some(self, lead_client, exchange):
        page = text(lead_client.get(address("trial", exchange)))
        assert "There is nothing to try it on." in page
        assert reverse("exchanges:uploads") in page

    def test_the_page_counts_what_would_be_held(
        self, lead_client, fetched, exchange, partner, kept, now
    ):
        partner.add(record("a"), record("b"))
        fetched()
        kept(*[photo("a")] * 8, *(photo(n) for n in range(92)))
        ask_dry_run(exchange=exchange, days=14, actor="system", now=now)
        while run_dry_runs(now=now):
            pass
        page = text(lead_client.get(address("trial", exchange)))
        assert "of 100: 8 held, 0 blocked; 0 more only noted" in page
        assert "4 to 15" in page
        assert "matches much" in page
        assert "100%" in page
        assert "100 of 100 uploads were looked at" in page

    def test_a_lead_asks_for_one_and_the_worker_does_it(
        self, lead_client, fetched, exchange, partner, kept, now
    ):
        partner.add(record("a"))
        fetched()
        kept(photo("a"), days=0)
        run = ask_dry_run(exchange=exchange, days=1, actor="system", now=now)
        assert "0 of 1 uploads looked at." in text(lead_client.get(address("trial", exchange)))
        assert run_dry_runs(now=now) == 1
        run.refresh_from_db()
        assert run.state == "done"

    def test_a_post_asks_and_twice_is_refused(self, lead_client, exchange, kept, platform):
        KeptDayNow.keep(platform)
        assert lead_client.post(address("trial", exchange), {"days": "14"}).status_code == 302
        assert DryRun.objects.get().state == "waiting"
        assert lead_client.post(address("trial", exchange), {"days": "14"}).status_code == 409

    def test_a_failed_run_says_why(self, lead_client, exchange, kept, now):
        kept(photo("a"))
        KeptUpload.objects.update(box=b"\x01" * 40)
        ask_dry_run(exchange=exchange, days=14, actor="system", now=now)
        while run_dry_runs(now=now):
            pass
        assert "could not be opened" in text(lead_client.get(address("trial", exchange)))

    def test_an_entry_that_matches_much_is_muted_and_the_next_run_shows_it(
        self, lead_client, fetched, exchange, partner, kept, now
    ):
        partner.add(record("a"))
        fetched()
        kept(photo("a"))
        entry = Entry.objects.get()
        lead_client.post(address("mute", exchange), {"entry": str(entry.pk)})
        entry.refresh_from_db()
        assert entry.state == "disputed"
        ask_dry_run(exchange=exchange, days=14, actor="system", now=now)
        while run_dry_runs(now=now):
            pass
        run = DryRun.objects.get()
        assert (tried_by(run).held, tried_by(run).logged) == (0, 1)
        again = lead_client.post(address("mute", exchange), {"entry": str(entry.pk)})
        assert again.status_code == 409

    def test_a_confirmed_entry_is_muted_by_two_people(
        self, lead_client, fetched, exchange, partner, kept, now, admin_client
    ):
        partner.add(record("a"))
        fetched()
        entry = Entry.objects.get()
        confirm_entries(entry_ids=[entry.pk], actor="system", now=now)
        kept(photo("a"))
        ask_dry_run(exchange=exchange, days=14, actor="system", now=now)
        while run_dry_runs(now=now):
            pass
        assert "Ask to mute" in text(lead_client.get(address("trial", exchange)))
        said = lead_client.post(address("mute", exchange), {"entry": str(entry.pk)}, follow=True)
        assert "A second person can now grant it, under Approvals." in text(said)
        entry.refresh_from_db()
        assert entry.state == "confirmed"
        again = lead_client.post(address("mute", exchange), {"entry": str(entry.pk)})
        assert again.status_code == 409
        answer = reverse("review:answer_approval", args=[Approval.objects.get().pk])
        admin_client.post(answer, {"do": "grant"})
        entry.refresh_from_db()
        assert entry.state == "disputed"
        assert entry.confirmed_at is not None

    @pytest.mark.parametrize("entry", ["", "x", "00000000-0000-0000-0000-000000000000"])
    def test_no_entry_of_another_bank_is_muted_from_here(self, lead_client, exchange, entry):
        assert lead_client.post(address("mute", exchange), {"entry": entry}).status_code == 404


class KeptDayNow:
    """Uploads kept on the day on which the views read their clock."""

    @staticmethod
    def keep(platform: Any) -> None:
        from staydown_web.base.clock import utc_now

        keeper, now = Keeper(seed=1), utc_now()
        keep_uploads(platform=platform, days=14, per_day=1000, actor="system", now=now)
        keeper.offer(platform.pk, photo("a"), now)
        keeper.flush(now=now)


class TestShares:
    def test_none_of_many_still_has_a_most(self):
        share = share_of(0, 1000)
        assert share.least == 0
        assert 0.003 < share.most < 0.005

    def test_the_range_holds_the_share_and_narrows(self):
        few, many = share_of(5, 50), share_of(500, 5000)
        assert few.least < 0.1 < few.most
        assert few.least < many.least < 0.1 < many.most < few.most

    def test_nothing_looked_at_says_nothing(self):
        assert (share_of(0, 0).least, share_of(0, 0).most) == (0.0, 1.0)


class TestUploads:
    def test_it_is_off_and_says_what_would_be_kept(self, admin_client, platform):
        page = text(admin_client.get(reverse("exchanges:uploads")))
        assert "It is off unless you switch it on." in page
        assert "the hour of the upload" in page
        assert not Keeping.objects.exists()

    def test_an_administrator_switches_it_on_and_off(self, admin_client, platform):
        where = reverse("exchanges:change_uploads", args=[platform.pk])
        form = {"do": "keep", f"{platform.pk}-days": "3", f"{platform.pk}-per_day": "500"}
        admin_client.post(where, form)
        kept = Keeping.objects.get()
        assert (kept.days, kept.per_day) == (3, 500)
        answer = admin_client.post(where, {"do": "stop"}, follow=True)
        assert "What was kept is deleted." in text(answer)
        assert not Keeping.objects.exists()

    @pytest.mark.parametrize(("days", "per_day"), [("15", "500"), ("0", "500"), ("3", "1")])
    def test_more_than_two_weeks_are_refused(self, admin_client, platform, days, per_day):
        where = reverse("exchanges:change_uploads", args=[platform.pk])
        form = {"do": "keep", f"{platform.pk}-days": days, f"{platform.pk}-per_day": per_day}
        assert admin_client.post(where, form).status_code == 400
        assert not Keeping.objects.exists()

    def test_a_lead_may_look_alone(self, lead_client: Client, platform, lead: User):
        page = text(lead_client.get(reverse("exchanges:uploads")))
        assert "An administrator can switch it on." in page
        where = reverse("exchanges:change_uploads", args=[platform.pk])
        assert lead_client.post(where, {"do": "stop"}).status_code == 403


def test_what_a_partner_doubts_is_listed_for_a_lead_who_looks(
    lead_client, reviewer_client, exchange, lead, now
):
    raws = [photo("a").to_bytes()]
    taken = take_in_entries(
        bank=exchange.bank, raws=raws, origin=Entry.Origin.EXCHANGE, actor="system", now=now
    )
    entry_id = taken[0].entry_id
    confirm_entries(entry_ids=[entry_id], actor=f"user:{lead.pk}", now=now)
    assert "Entries that partners doubt" not in text(lead_client.get(address("list")))
    doubt = Doubt.objects.create(exchange=exchange, entry_id=entry_id, at=now)
    page = text(lead_client.get(address("list")))
    assert "Entries that partners doubt" in page
    assert reverse("review:entry", args=[entry_id]) in page
    where = reverse("exchanges:look", args=[doubt.pk])
    assert reviewer_client.post(where).status_code == 403
    assert lead_client.post(where).status_code == 302
    page = text(lead_client.get(address("list")))
    assert "Noted. The entry stays as it is." in page
    assert "Entries that partners doubt" not in page
    assert lead_client.post(where).status_code == 409
