"""Static files are named by their content, and modules still find each other."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings

from staydown_web.config.static_files import (
    KEEP_EARLIER_S,
    STAMP,
    collect_static,
    digest_of_sources,
)

IMPORT = re.compile(r"""(?m)^\s*(?:import|export)\b[^'"`;]*?\bfrom\s*['"]([^'"]+)['"]""")
BARE = re.compile(r"""(?m)^\s*import\s*['"]([^'"]+)['"]""")
HASHED = re.compile(r"\.[0-9a-f]{12}\.m?js$")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("static")
    storage = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "staydown_web.base.static.ModuleStaticStorage"},
    }
    with override_settings(STATIC_ROOT=root, STORAGES=storage):
        assert collect_static()
        assert not collect_static(), "a second time there is nothing to do"
    return root


def test_every_import_of_a_collected_module_resolves_to_a_file_named_by_its_content(
    collected: Path,
) -> None:
    modules = [path for path in (collected / "js").rglob("*.js") if HASHED.search(path.name)]
    assert len(modules) > 5
    imports = 0
    for module in modules:
        text = module.read_text()
        for target in IMPORT.findall(text) + BARE.findall(text):
            if not target.startswith("."):
                continue
            imports += 1
            assert (module.parent / target).resolve().is_file(), f"{module.name} imports {target}"
            assert HASHED.search(target), f"{module.name} imports {target} by its plain name"
    assert imports > 10


def test_every_source_has_a_name_by_its_content(collected: Path) -> None:
    names = json.loads((collected / "staticfiles.json").read_text())["paths"]
    assert names["staydown.css"] != "staydown.css"
    assert all((collected / hashed).is_file() for hashed in names.values())


def test_nothing_of_another_package_is_served(collected: Path) -> None:
    shipped = {path.name for path in collected.iterdir()}
    assert not {"admin", "django_otp", "otp_totp", "ninja"} & shipped


def test_a_changed_source_changes_the_digest(tmp_path: Path) -> None:
    file = tmp_path / "a.js"
    file.write_text("one")
    before = digest_of_sources([tmp_path], version="1")
    assert before == digest_of_sources([tmp_path], version="1")
    file.write_text("two")
    assert before != digest_of_sources([tmp_path], version="1")
    assert digest_of_sources([tmp_path], version="1") != digest_of_sources([tmp_path], version="2")


def test_what_is_named_by_its_content_stays_a_month_and_no_other_file_of_an_earlier_version(
    tmp_path: Path,
) -> None:
    earlier = {name: tmp_path / name for name in ("js/old.js", "js/old.0a1b2c3d4e5f.js")}
    earlier["aged"] = tmp_path / "aged.0a1b2c3d4e5f.css"
    for path in earlier.values():
        path.parent.mkdir(exist_ok=True)
        path.write_text("old")
    os.utime(earlier["aged"], (time.time(), time.time() - KEEP_EARLIER_S - 60))
    (tmp_path / STAMP).write_text("of another version")
    with override_settings(STATIC_ROOT=tmp_path):
        assert collect_static()
    assert {name: path.exists() for name, path in earlier.items()} == {
        "js/old.js": False,
        "js/old.0a1b2c3d4e5f.js": True,
        "aged": False,
    }
    assert not list(tmp_path.glob(".new-*"))


def test_an_earlier_file_is_replaced_whatever_its_date(tmp_path: Path) -> None:
    (tmp_path / "staydown.css").write_text("of tomorrow")
    os.utime(tmp_path / "staydown.css", (time.time(), time.time() + 86_400))
    with override_settings(STATIC_ROOT=tmp_path):
        assert collect_static()
    assert (tmp_path / "staydown.css").read_text() != "of tomorrow"


def test_modules_that_name_each_other_s_types_in_comments_still_get_lasting_names(
    tmp_path: Path,
) -> None:
    source, root = tmp_path / "source", tmp_path / "static"
    source.mkdir()
    (source / "a.js").write_text(
        "import { b } from './b.js';\n/** @type {import('./b.js').B} */\nexport const a = b;\n"
    )
    (source / "b.js").write_text("/** @type {import('./a.js').A} */\nexport const b = 1;\n")
    storage = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "staydown_web.base.static.ModuleStaticStorage"},
    }
    with override_settings(STATIC_ROOT=root, STATICFILES_DIRS=[source], STORAGES=storage):
        collect_static()
    [module] = [path for path in root.glob("a.*.js") if HASHED.search(path.name)]
    [target] = IMPORT.findall(module.read_text())
    assert (root / target).is_file()
    assert HASHED.search(target)
