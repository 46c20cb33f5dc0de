"""Home pages and files of sites: markup of money and ads, ads.txt, sellers.json, troubles."""

from __future__ import annotations

from typing import Any

from little_internet.scenarios.hosting import ORDINARY
from little_internet.scenarios.ordinary import ADDRESS, HOME, HOST, World, ordinary
from little_internet.scenarios.telling import Edge, told
from little_internet.web import (
    Answer,
    Page,
    bomb,
    huge,
    json_answer,
    later,
    many_headers,
    plain,
    redirect,
)

ADLANE = "adlane.little"
ADLANE_EDGE = Edge("ads", "domain:adlane.little", contact="policy@adlane.little")
LESS_SURE = Edge("ads", "domain:adlane.little", "likely", "policy@adlane.little")
USUAL = Edge("ads", "domain:adlane.little", "likely", "abuse@adlane.little")
STRIPE = "https://support.stripe.com/contact"
PAYPAL = "https://www.paypal.com/us/cshelp/contact-us"
GOOGLE = "https://support.google.com/adsense/contact/violation_report"
NO_SELLERS = (("sellers_json", "address_unreachable"),)
NO_PAGE = (("page", "address_unreachable"),)
REFUSED = (("page", "address_refused"),)


def with_home(page: Answer | str) -> World:
    return ordinary(home=page)


def within(markup: str) -> str:
    """The ordinary page with more in it."""
    return HOME.replace("</main>", f"{markup}</main>")


# Money


@told(edges=(*ORDINARY, Edge("payment", "list:stripe", "sure", STRIPE)))
def a_card_form_of_stripe() -> World:
    return with_home(
        within(
            '<form id="pay"><script src="https://js.stripe.com/v3/"></script>'
            "<script>var s = Stripe('pk_live_0123456789abcdefghijklmn');</script></form>"
        )
    )


@told(edges=(*ORDINARY, Edge("payment", "list:paypal", "sure", PAYPAL)))
def a_button_of_paypal() -> World:
    return with_home(
        within(
            '<script src="https://www.paypal.com/sdk/js?client-id=AaBbCcDdEeFfGg0123456789'
            'AaBbCcDdEeFfGg0123456789&amp;currency=EUR"></script>'
        )
    )


@told(edges=(*ORDINARY, Edge("payment", "list:ccbill", "sure", "abuse@ccbill.com")))
def a_link_to_a_join_form_of_ccbill() -> World:
    return with_home(
        within(
            '<form action="https://api.ccbill.com/wap-frontflex/flexforms/'
            '0a1b2c3d-0000-4000-8000-000000000000?clientAccnum=912345&amp;clientSubacc=0000"></form>'
        )
    )


@told(edges=ORDINARY)
def a_page_that_only_speaks_of_payment() -> World:
    return with_home(within("<p>We take Stripe and PayPal: js.stripe.com, www.paypal.com</p>"))


@told(edges=ORDINARY)
def a_payment_script_in_a_comment() -> World:
    return with_home(within('<!-- <script src="https://js.stripe.com/v3/"></script> -->'))


@told(edges=ORDINARY)
def a_name_that_only_looks_like_a_payment_service() -> World:
    return with_home(
        within(
            '<script src="https://js.stripe.com.evil.little/v3/"></script>'
            '<script src="https://notpaypal.com/sdk/js"></script>'
        )
    )


@told(
    edges=(*ORDINARY, Edge("payment", "list:stripe", "likely", STRIPE)),
    pages=(f"https://{HOST}/v/8831",),
)
def a_card_form_on_a_reported_page_alone() -> World:
    world = ordinary()
    world.at(HOST)["/v/8831"] = Answer(within('<script src="https://js.stripe.com/v3/"></script>'))
    return world


# Ads


@told(edges=(*ORDINARY, Edge("ads", "list:google-ads", "sure", GOOGLE)))
def ads_of_google_in_the_page() -> World:
    return with_home(
        within(
            '<script async src="https://pagead2.googlesyndication.com/pagead/js/adsbygoogle.js'
            '?client=ca-pub-1234567890123456"></script>'
            '<ins class="adsbygoogle" data-ad-client="ca-pub-1234567890123456"></ins>'
        )
    )


@told(edges=(*ORDINARY, Edge("ads", "list:exoclick", "sure", "abuse@exoclick.com")))
def ads_of_exoclick_in_the_page() -> World:
    return with_home(
        within(
            '<script src="https://a.magsrv.com/ad-provider.js"></script>'
            '<ins class="eas6a97888e2" data-zoneid="5123456"></ins>'
        )
    )


def with_ads_txt(page: Page, sellers: Page | None = None) -> World:
    """An ads.txt, and the sellers.json of the ad system in it."""
    world = ordinary()
    world.at(HOST)["/ads.txt"] = page
    world.stands(ADLANE, "203.0.113.50", pages={})
    if sellers is not None:
        world.at(ADLANE)["/sellers.json"] = sellers
    return world


def sellers(*rows: dict[str, Any], contact: str = "policy@adlane.little") -> Answer:
    found: dict[str, Any] = {"version": "1.0", "sellers": list(rows)}
    return json_answer(found | ({"contact_email": contact} if contact else {}))


SELLER = {
    "seller_id": "pub-77",
    "name": "Pics Media",
    "domain": HOST,
    "seller_type": "PUBLISHER",
    "is_confidential": 0,
}
DIRECT = plain("# ads\nadlane.little, pub-77, DIRECT, f08c47fec0942fa0\n")


@told(edges=(*ORDINARY, ADLANE_EDGE))
def an_ads_txt_that_the_ad_system_confirms() -> World:
    return with_ads_txt(DIRECT, sellers(SELLER))


@told(edges=(*ORDINARY, LESS_SURE), lacks=("Secret Media", "secret.little"))
def a_seller_who_is_confidential() -> World:
    hidden = {**SELLER, "name": "Secret Media", "domain": "secret.little", "is_confidential": 1}
    return with_ads_txt(DIRECT, sellers(hidden))


@told(edges=(*ORDINARY, LESS_SURE))
def an_ads_txt_whose_seller_nobody_knows() -> World:
    return with_ads_txt(DIRECT, sellers())


@told(edges=(*ORDINARY, USUAL))
def an_ad_system_without_a_list() -> World:
    return with_ads_txt(DIRECT)


@told(
    edges=(
        *ORDINARY,
        Edge(
            "ads",
            "domain:adlane.little",
            contact="abuse@adlane.little",
            refused=(("ads@example.com", "placeholder"),),
        ),
    )
)
def an_ad_system_with_a_placeholder() -> World:
    return with_ads_txt(DIRECT, sellers(SELLER, contact="ads@example.com"))


@told(edges=(*ORDINARY, ADLANE_EDGE))
def an_ads_txt_with_odd_lines() -> World:
    text = (
        "\ufeffcontact=ads@pics.little\r\n\r\n  ADLANE.little ,pub-77 , direct ;ext=1 # x\r"
        "not a line\n,,,\nadlane.little,,DIRECT\nsubdomain=img.pics.little\nx.little, 1, MAYBE\n"
    )
    return with_ads_txt(plain(text), sellers(SELLER))


@told(edges=ORDINARY, lacks=("placeholder",))
def an_ads_txt_that_sells_nothing() -> World:
    return with_ads_txt(plain("placeholder.example.com, placeholder, DIRECT, placeholder\n"))


@told(edges=ORDINARY)
def a_page_in_place_of_an_ads_txt() -> World:
    return with_ads_txt(Answer(HOME))


@told(edges=ORDINARY)
def a_page_in_place_of_an_ads_txt_that_says_it_is_text() -> World:
    return with_ads_txt(plain(f"{HOME}\nadlane.little, pub-77, DIRECT\n"))


@told(edges=ORDINARY)
def a_picture_in_place_of_an_ads_txt() -> World:
    return with_ads_txt(Answer(b"\x89PNG\r\n", content_type="image/png"))


@told(edges=ORDINARY)
def an_ads_txt_without_end() -> World:
    return with_ads_txt(huge(30_000_000, content_type="text/plain"))


@told(edges=ORDINARY, troubles=(("ads_txt", "address_refused"),))
def an_ads_txt_that_leads_inside() -> World:
    return with_ads_txt(redirect("http://127.0.0.1/ads.txt"))


@told(edges=(*ORDINARY, USUAL), troubles=(("sellers_json", "address_refused"),))
def a_list_of_sellers_that_leads_inside() -> World:
    return with_ads_txt(DIRECT, redirect("https://10.0.0.1/sellers.json"))


@told(
    edges=(*ORDINARY, Edge("ads", "domain:inner.little", "likely", "abuse@inner.little")),
    troubles=(("sellers_json", "address_refused"),),
)
def an_ad_system_whose_name_leads_inside() -> World:
    world = with_ads_txt(plain("inner.little, pub-77, DIRECT\nlocalhost, 1, DIRECT\n"))
    world.names["inner.little"] = {"A": ["127.0.0.1"]}
    world.names["localhost"] = {"A": ["127.0.0.1"]}
    return world


@told(edges=(*ORDINARY, USUAL), troubles=NO_SELLERS)
def a_list_of_sellers_that_breaks_off() -> World:
    return with_ads_txt(DIRECT, Answer(b'{"sellers": [', content_type="application/json"))


@told(edges=(*ORDINARY, USUAL), troubles=NO_SELLERS)
def a_list_of_sellers_without_end() -> World:
    return with_ads_txt(DIRECT, huge(80_000_000, content_type="application/json"))


@told(edges=(*ORDINARY, USUAL), troubles=NO_SELLERS)
def a_list_of_sellers_that_is_packed() -> World:
    packed = bomb(10_000_000)
    return with_ads_txt(
        DIRECT, Answer(packed.body, content_type="application/json", headers=packed.headers)
    )


@told(
    edges=(
        *ORDINARY,
        *(Edge("ads", f"domain:ads{n}.little", "guess", f"abuse@ads{n}.little") for n in range(5)),
    )
)
def three_thousand_lines_of_resellers() -> World:
    rows = "\n".join(f"ads{n}.little, {n}, RESELLER" for n in range(3_000))
    return with_ads_txt(plain(rows))


@told(edges=(*ORDINARY, USUAL), troubles=(("sellers_json", "rate_limited"),))
def an_ad_system_that_wants_fewer_requests() -> World:
    return with_ads_txt(DIRECT, later("60"))


# The page itself


@told(edges=ORDINARY, troubles=(("page", "robots"),))
def a_site_that_asks_programs_to_stay_away() -> World:
    world = with_home(within('<script src="https://js.stripe.com/v3/"></script>'))
    world.at(HOST)["/robots.txt"] = plain("User-agent: *\nDisallow: /\n")
    return world


@told(edges=ORDINARY, troubles=NO_PAGE, down=(ADDRESS,))
def a_site_that_is_down() -> World:
    return ordinary()


@told(edges=ORDINARY, troubles=(("page", "no_page"),))
def a_home_page_that_is_a_picture() -> World:
    return with_home(Answer(b"\xff\xd8\xff" * 1_000, content_type="image/jpeg"))


@told(edges=ORDINARY)
def a_home_page_without_end() -> World:
    return with_home(huge(80_000_000))


@told(edges=ORDINARY, troubles=(("page", "no_page"),))
def a_home_page_that_is_packed() -> World:
    return with_home(bomb(30_000_000))


@told(edges=ORDINARY, troubles=NO_PAGE)
def a_home_page_with_a_header_bomb() -> World:
    return with_home(many_headers())


@told(edges=ORDINARY, troubles=(("page", "status_403"),))
def a_home_page_that_is_closed() -> World:
    return with_home(Answer("no", 403))


@told(edges=ORDINARY, troubles=(("page", "status_451"),))
def a_home_page_closed_for_reasons_of_law() -> World:
    return with_home(Answer("not in your country", 451))


@told(edges=ORDINARY, troubles=REFUSED)
def a_home_page_that_leads_inside() -> World:
    return with_home(redirect("http://169.254.169.254/latest/meta-data/"))


@told(edges=ORDINARY, troubles=REFUSED)
def a_home_page_that_leads_to_another_port() -> World:
    return with_home(redirect(f"https://{HOST}:8443/"))


@told(edges=ORDINARY, troubles=REFUSED)
def a_home_page_that_leads_in_circles() -> World:
    return with_home(redirect("/"))


@told(edges=ORDINARY)
def a_home_page_that_leads_to_its_www_name() -> World:
    world = with_home(redirect(f"https://www.{HOST}/"))
    world.stands(f"www.{HOST}", "192.0.2.41", pages={"/": Answer(HOME)})
    return world


@told(edges=ORDINARY, lacks=("list:stripe",), troubles=(("page", "moved_away"),))
def a_home_page_that_leads_to_another_site() -> World:
    world = with_home(redirect("https://elsewhere.little/"))
    world.stands("elsewhere.little", "203.0.113.60", pages={})
    paid = within('<script src="https://js.stripe.com/v3/"></script>')
    world.at("elsewhere.little")["/"] = Answer(paid)
    return world


@told(edges=ORDINARY, run_out=(HOST,))
def a_certificate_that_has_run_out() -> World:
    return ordinary()


@told(edges=ORDINARY, misnamed=(HOST,))
def a_certificate_of_another() -> World:
    return ordinary()


@told(edges=ORDINARY)
def markup_that_is_broken_and_deep() -> World:
    return with_home("<div>" * 20_000 + "<script src='http://[::1" + "<a href='javascript:x'>" * 50)


@told(edges=ORDINARY, troubles=REFUSED, pages=(f"https://{HOST}/v/1",))
def reported_pages_that_lead_inside() -> World:
    world = ordinary()
    world.at(HOST)["/v/1"] = redirect("http://10.0.0.1/")
    return world


@told(edges=ORDINARY)
def a_character_set_that_is_none() -> World:
    return with_home(Answer(HOME, content_type="text/html; charset=idna"))
