from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from command_runs import Run
from staydown.cli import checks, doctor
from staydown.cli.checks import Health
from staydown.cli.statuses import ExitStatus
from staydown.errors import ConfigError

SETTINGS = Path(__file__).parents[4] / "pyproject.toml"


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Where no service is set up."""
    monkeypatch.setenv("STAYDOWN_HOME", str(tmp_path / "no-service"))
    return Run(capsys)


def test_everything_is_looked_at(run: Run, tmp_path: Path) -> None:
    bank = tmp_path / "a.sdb"
    run("bank", "create", bank)
    rows = run.json("doctor", bank)
    names = ["python", "packages", "kernel", "match", "sandbox", "cache", "memory", "service"]
    assert [row["check"] for row in rows] == [*names, "bank file"]
    assert {row["health"] for row in rows} <= {"ok", "warning"}
    assert rows[-1]["detail"] == f"{bank}: 0 entries"


def test_a_bank_file_that_does_not_open_ends_in_7(run: Run, tmp_path: Path) -> None:
    lines = run("doctor", tmp_path / "gone.sdb", status=ExitStatus.CONFIG)
    assert lines[-1].startswith("broken   bank file  [snapshot_missing] ")
    assert "1 of 9 checks failed" in run.err


@pytest.mark.parametrize(
    ("healths", "said"),
    [
        ([Health.OK, Health.OK], "Everything works."),
        ([Health.OK, Health.WARNING], "It works, with 1 warning: see above."),
        ([Health.WARNING, Health.WARNING], "It works, with 2 warnings: see above."),
        ([Health.BROKEN, Health.OK], "1 of 2 checks failed."),
        ([Health.BROKEN, Health.WARNING], "1 of 2 checks failed, 1 warning."),
    ],
)
def test_the_last_line_counts_what_failed_and_what_warned(healths: list[Health], said: str) -> None:
    found = [checks.Check("one", health, "") for health in healths]
    assert doctor.headline(found) == said


def test_without_the_service_s_extra_only_the_library_is_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("staydown.cli.doctor.find_spec", lambda name: None)
    assert list(doctor.service_checks()) == []


def test_every_dependency_is_looked_at() -> None:
    wanted = tomllib.loads(SETTINGS.read_text())["project"]["dependencies"]
    assert {re.split(r"[><=]", name)[0] for name in wanted} == set(checks.PACKAGES)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "PACKAGES", ("numpy", "no-such-package"))
    found = checks.packages_check()
    assert found.health is Health.BROKEN
    assert found.detail.startswith("cannot load no-such-package. ")


def test_a_kernel_with_another_answer_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.kernel_check().health is Health.OK
    monkeypatch.setattr(checks, "PDQ_VECTOR", "00" * 32)
    assert checks.kernel_check().health is Health.BROKEN


def test_a_search_that_finds_nothing_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    assert checks.match_check().health is Health.OK
    monkeypatch.setattr("staydown.matching.Matcher.match", lambda *_: [])
    assert checks.match_check().health is Health.BROKEN


def test_a_sandbox_that_does_not_hold_is_a_warning_and_one_that_fails_is_broken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from staydown.isolate import SandboxReport

    def weak() -> SandboxReport:
        return SandboxReport(True, True, False, True, True, True, True, True, False, 1)

    monkeypatch.setattr("staydown.isolate.sandbox_report", weak)
    found = checks.sandbox_check()
    assert found.health is Health.WARNING
    assert "network_cut, extra_descriptors" in found.detail

    def none() -> SandboxReport:
        raise ConfigError("no child starts")

    monkeypatch.setattr("staydown.isolate.sandbox_report", none)
    assert checks.sandbox_check().health is Health.BROKEN


def test_a_cache_that_cannot_be_written_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    assert checks.cache_check().health is Health.OK
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "gone"))
    assert checks.cache_check().health is Health.WARNING


def test_little_memory_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "LOW_MEMORY_BYTES", 1 << 60)
    assert checks.memory_check().health is Health.WARNING
