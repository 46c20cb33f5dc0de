"""docs/client.md says what the client does."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from checked_service import OTHER, CheckedService, saved_again
from staydown_client import errors
from staydown_client.errors import ClientError
from staydown_client.uploads import Rules

PAGE = (Path(__file__).parents[3] / "docs" / "client.md").read_text()


def test_the_example_prints_what_the_page_says(service: CheckedService, tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    (printed,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    code = code.replace("http://127.0.0.1:8000", service.address)
    code = code.replace("sd_KEY", service.upload_key)
    (tmp_path / "garden.jpg").write_bytes(OTHER.read_bytes())
    (tmp_path / "copy.jpg").write_bytes(saved_again())
    (tmp_path / "notes.txt").write_text("no picture")
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == printed


def test_every_code_that_begins_in_the_client_is_explained() -> None:
    rows = dict(re.findall(r"(?m)^\| `(\w+)` \| (yes|no) \|", PAGE))
    kinds = [v for v in vars(errors).values() if isinstance(v, type) and issubclass(v, ClientError)]
    assert rows == {k.code: "yes" if k.retryable else "no" for k in kinds if "code" in vars(k)}


def test_every_choice_is_explained() -> None:
    listed = PAGE.partition("| choice | values |")[2].partition("\n\n")[0]
    named = set(re.findall(r"`(\w+)`", "".join(re.findall(r"(?m)^\| ([^|]+) \|", listed))))
    assert named == {field.name for field in fields(Rules)}
