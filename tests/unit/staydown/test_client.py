"""``staydown.client``: the same names; a clear error where httpx is missing."""

from __future__ import annotations

import subprocess
import sys

import staydown.client
import staydown_client


def test_it_has_every_name_of_the_client() -> None:
    for name in staydown_client.__all__:
        assert getattr(staydown.client, name) is getattr(staydown_client, name)


def test_without_httpx_it_says_what_to_install() -> None:
    code = """
import sys
sys.modules["httpx"] = None
import staydown
try:
    import staydown.client
except staydown.StaydownError as error:
    print(error.code, error)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("config_error ")
    assert "pip install 'staydown[client]'" in ran.stdout
