"""The how-to for clients of HMA, each block as a reader would type it, before a real service."""

from __future__ import annotations

from pathlib import Path

import httpx

from checked_service import OTHER, checked_service, saved_again
from howto_pages import PAGES, run_steps, steps_of


def test_a_client_of_hma_is_connected(tmp_path: Path) -> None:
    uploads = tmp_path / "uploads"
    uploads.mkdir()
    (uploads / "garden.jpg").write_bytes(OTHER.read_bytes())
    (uploads / "copy.jpg").write_bytes(saved_again())
    (tmp_path / "service").mkdir()
    with checked_service(tmp_path / "service", STAYDOWN_HMA_KEYLESS="1") as service:
        replaced = {"http://127.0.0.1:8000": service.address}
        steps = steps_of(PAGES / "hma-clients.md", tmp_path, replaced)
        assert sum(step.printed is not None for step in steps) == 3
        run_steps(steps, tmp_path, STAYDOWN_HOME=str(service.served.home))

        with httpx.Client(base_url=service.address) as keyless:
            # Two slashes: a client that was given an address with a slash at its end.
            assert keyless.get(f"{service.address}//c/banks").json() == []
            assert keyless.post("/c/banks", json={"name": "OLD"}).status_code == 201
            assert [bank["name"] for bank in keyless.get("/c/banks").json()] == ["OLD"]
            files = {"photo": (uploads / "copy.jpg").read_bytes()}
            assert keyless.post("/m/lookup", files=files).json() == {"pdq": {}}
        browser = {"Sec-Fetch-Site": "cross-site"}
        assert httpx.get(f"{service.address}/c/banks", headers=browser).status_code == 401
