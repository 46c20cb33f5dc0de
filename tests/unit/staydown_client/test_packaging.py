"""The client by itself: built, unpacked beside httpx alone, and working."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HTTPX = ("httpx", "httpcore", "h11", "anyio", "idna", "certifi", "typing_extensions")
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OWN = tomllib.loads((ROOT / "packaging" / "client" / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(made)]
    subprocess.run(command, cwd=ROOT / "packaging" / "client", check=True, capture_output=True)
    (found,) = made.glob("*.whl")
    return found


def installed_alone(wheel: Path, folder: Path, *packages: str) -> Path:
    """A folder with the wheel's files and these packages, and nothing else."""
    zipfile.ZipFile(wheel).extractall(folder)
    for name in packages:
        for path in metadata.files(name) or ():
            top = path.parts[0]
            if top.endswith((".dist-info", "..")) or (folder / top).exists():
                continue
            (folder / top).symlink_to(Path(str(metadata.distribution(name).locate_file(top))))
    return folder


def run_alone(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        # Without the packages of this environment.
        [sys.executable, "-S", "-P", "-W", "error", "-c", code],
        env={"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_works_with_httpx_alone(wheel: Path, tmp_path: Path) -> None:
    folder = installed_alone(wheel, tmp_path, *HTTPX)
    code = """
import importlib.util, staydown_client
for name in ("staydown", "numpy", "django", "multipart", "PIL"):
    assert importlib.util.find_spec(name) is None, name
try:
    staydown_client.Client("http://127.0.0.1:1", "sd_key", retries=0).check(b"data")
except staydown_client.UnreachableError as error:
    print(error.code)
"""
    ran = run_alone(folder, code)
    assert (ran.stdout, ran.returncode) == ("service_unreachable\n", 0), ran.stderr
    assert (folder / "staydown_client" / "py.typed").exists()


def test_uploads_say_which_package_is_missing(wheel: Path, tmp_path: Path) -> None:
    code = """
from staydown_client import Client, SettingError
from staydown_client.uploads import Rules
from staydown_client.wsgi import UploadCheck
try:
    UploadCheck(None, client=Client("http://127.0.0.1:1", "k"), rules=Rules(on_unreachable="open"))
    print("made")
except SettingError as error:
    print(error)
"""
    ran = run_alone(installed_alone(wheel, tmp_path / "a", *HTTPX), code)
    assert "pip install 'multipart>=2'" in ran.stdout, ran.stderr
    namesake = installed_alone(wheel, tmp_path / "b", *HTTPX, "multipart", "python-multipart")
    assert run_alone(namesake, code).stdout == "made\n"


def test_the_namesake_alone_is_not_taken_for_it(wheel: Path, tmp_path: Path) -> None:
    folder = installed_alone(wheel, tmp_path, *HTTPX)
    package = Path(str(metadata.distribution("python-multipart").locate_file("python_multipart")))
    for path in (package, package.parent / "multipart"):
        (folder / path.name).symlink_to(path)
    code = "from staydown_client.uploads.forms import PushMultipartParser as p; print(p)"
    ran = run_alone(folder, "import warnings; warnings.simplefilter('ignore'); " + code)
    assert ran.stdout == "None\n", ran.stderr


def test_both_packagings_say_the_same(wheel: Path) -> None:
    extras = SETTINGS["optional-dependencies"]
    assert OWN["dependencies"] == extras["client"]
    assert {*OWN["dependencies"], *OWN["optional-dependencies"]["uploads"]} == {*extras["uploads"]}
    for name in ("version", "requires-python", "license"):
        assert OWN[name] == SETTINGS[name]
    with zipfile.ZipFile(wheel) as opened:
        (name,) = [n for n in opened.namelist() if n.endswith("/METADATA")]
        said = Parser().parsestr(opened.read(name).decode())
    assert said["Name"] == "staydown-client"
    assert said.get_all("Requires-Dist") == ["httpx>=0.28", "multipart>=2; extra == 'uploads'"]
