"""An address that is not there is answered with a page of ours."""

from __future__ import annotations

import pytest
from django.test import Client


@pytest.mark.django_db
def test_an_unknown_address_is_a_calm_page() -> None:
    answer = Client().get("/nothing-here/")
    assert answer.status_code == 404
    assert b"staydown.css" in answer.content
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
