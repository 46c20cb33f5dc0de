"""The page of hooks in a real browser: no barrier, nothing sideways, light and dark."""

from __future__ import annotations

import pytest
from django.urls import reverse

from barriers import LOOKS
from kept_pictures import keep
from service_steps import check_page

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_page_of_hooks_has_no_barrier(
    browser, live_server, client_of, admin, make_hook, send, width: int, scheme: str
) -> None:
    _, secret = make_hook("pict-rs", on_failure="open", name="pict-rs of the forum")
    make_hook("chat", on_failure="closed", takes_private=True, name="rooms")
    send("pict-rs", secret, b"words")
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    key = client_of(admin).session.session_key
    context.add_cookies([{"name": "session", "value": key, "url": live_server.url}])
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    assert page.goto(live_server.url + reverse("hooks:hooks")).status == 200
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    check_page(page)
    keep(page, "hooks")
    page.fill("#id_name", "uploads")
    page.select_option("#id_kind", "webhook")
    page.get_by_label("Closed: it is refused").check()
    page.get_by_label("Refuse it").check()
    page.get_by_role("button", name="Make the hook").click()
    page.get_by_text("The hook “uploads”").wait_for()
    check_page(page)
    keep(page, "hooks-made")
    context.close()
    assert wrong == []
