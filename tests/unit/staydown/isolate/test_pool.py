from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import staydown
from encoded import MOVING, STILLS, encode, scene
from media_files import CLIP, PHOTOS
from staydown.errors import (
    ConfigError,
    ContentTooLargeError,
    DecodeError,
    DecodeTimeoutError,
    InputError,
    SourceError,
    StaydownError,
    UnsupportedFormatError,
)
from staydown.isolate import Limits, Pool, preview
from staydown.types import ContentKind, Fingerprint, SignalType


@cache
def flat() -> bytes:
    """A picture of one colour, large when it is opened."""
    return encode(Image.new("RGB", (9000, 9000)), "PNG")


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    """Two processes for all tests of this file."""
    with Pool(workers=2) as made:
        yield made


@pytest.mark.parametrize("name", [*STILLS])
@pytest.mark.parametrize("mode", ["banking", "screening"])
def test_isolated_and_in_process_give_the_same_bits(pool: Pool, name: str, mode: str) -> None:
    inside = staydown.fingerprint(STILLS[name], mode=mode, isolated=False)
    assert pool.fingerprint(STILLS[name], mode=mode) == inside
    assert inside.kind is ContentKind.PHOTO
    assert [s.type for s in inside.signals] == ["sha256", "md5", "pdq", "windows/1"]


@pytest.mark.parametrize("name", [*MOVING])
def test_moving_pictures_are_videos(pool: Pool, name: str) -> None:
    made = pool.fingerprint(MOVING[name])
    assert made == staydown.fingerprint(MOVING[name], isolated=False)
    assert made.kind is ContentKind.VIDEO
    assert made.timeline is not None
    assert len(made.timeline) >= 1


def test_clip_is_a_video(pool: Pool) -> None:
    made = pool.fingerprint(CLIP)
    assert made == staydown.fingerprint(CLIP, isolated=False)
    assert [s.type for s in made.signals] == ["sha256", "md5", "timeline/1"]


def test_path_bytes_and_file_give_the_same(pool: Pool) -> None:
    photo = PHOTOS[0]
    wanted = pool.fingerprint(photo)
    with photo.open("rb") as file:
        assert pool.fingerprint(file) == wanted
    assert pool.fingerprint(photo.read_bytes()) == wanted
    assert pool.fingerprint(str(photo)) == wanted
    with photo.open("rb") as file:
        assert staydown.fingerprint(file, isolated=False) == wanted


def test_only_the_signals_that_were_asked_for(pool: Pool) -> None:
    made = pool.fingerprint(STILLS["png"], signals=("pdq",))
    assert [s.type for s in made.signals] == ["pdq"]
    assert pool.fingerprint(CLIP, signals=("sha256", "pdq")).signals[0].type is SignalType.SHA256
    assert pool.fingerprint(STILLS["png"], signals=["timeline/1"]).signals == ()


@pytest.mark.parametrize("types", [("sha256",), ("md5", "pdq"), None])
def test_what_is_no_media_has_no_fingerprint_whatever_is_asked_of_it(
    pool: Pool, types: tuple[str, ...] | None
) -> None:
    for data in (b"hello\n", b"A long text of letters and words.\n" * 500, bytes(range(256)) * 64):
        with pytest.raises(UnsupportedFormatError):
            pool.fingerprint(data, signals=types)


def test_screening_stays_within_ten_bits(pool: Pool) -> None:
    for photo in PHOTOS:
        exact = pool.fingerprint(photo, signals=["pdq"]).signals[0]
        quick = pool.fingerprint(photo, signals=["pdq"], mode="screening").signals[0]
        assert (int(exact.value, 16) ^ int(quick.value, 16)).bit_count() <= 10


def test_results_come_in_the_order_of_the_sources(pool: Pool) -> None:
    sources = [PHOTOS[0], b"no picture", "/nowhere/x.png", STILLS["gif"], STILLS["bmp"]] * 3
    sources.append(io.BytesIO(STILLS["png"]))
    out = list(pool.fingerprints(sources))
    assert [source for source, _ in out] == sources
    kinds = [type(outcome) for _, outcome in out]
    one_round = [Fingerprint, UnsupportedFormatError, SourceError, Fingerprint, Fingerprint]
    assert kinds == [*one_round, *one_round, *one_round, Fingerprint]


def test_sources_are_taken_as_they_are_needed(pool: Pool) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield STILLS["png"]

    outcomes = pool.fingerprints(endless())
    for _ in range(5):
        assert isinstance(next(outcomes)[1], Fingerprint)
    assert taken < 20


def test_time_limit_costs_one_file(pool: Pool) -> None:
    with pytest.raises(DecodeTimeoutError, match=r"upload 9: took longer"):
        pool.fingerprint(flat(), limits=Limits(wall_s=0.05), name="upload 9")
    with pytest.raises(DecodeTimeoutError, match="processor time"):
        pool.fingerprint(flat() * 1, limits=Limits(cpu_s=1e-9, wall_s=100), mode="banking")
    assert pool.fingerprint(STILLS["png"])


def test_memory_limit_costs_one_file(pool: Pool) -> None:
    with pytest.raises(ContentTooLargeError, match="more memory"):
        pool.fingerprint(flat(), limits=Limits(memory_bytes=50 << 20))
    assert pool.fingerprint(STILLS["png"])


def test_killed_children_are_replaced(pool: Pool) -> None:
    assert pool.fingerprint(STILLS["png"])
    for pid in pool.child_pids():
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert pool.fingerprint(STILLS["png"])


def test_threads_may_share_a_pool(pool: Pool) -> None:
    made: list[Fingerprint] = []
    work = [
        threading.Thread(target=lambda: made.append(pool.fingerprint(STILLS["jpeg"])))
        for _ in range(12)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join(60)
    assert len(made) == 12
    assert len(set(made)) == 1


def test_wrong_requests_are_refused_before_any_work(pool: Pool) -> None:
    with pytest.raises(InputError):
        pool.fingerprint(STILLS["png"], signals=["phash"])
    with pytest.raises(InputError):
        pool.fingerprints([], mode="turbo")
    with pytest.raises(ConfigError):
        Pool(workers=0)


def test_closed_pool_says_so() -> None:
    closed = Pool(workers=1)
    assert closed.fingerprint(STILLS["png"])
    pids = closed.child_pids()
    closed.close()
    closed.close()
    with pytest.raises(ConfigError, match="closed"):
        closed.fingerprint(STILLS["png"])
    for pid in pids:
        with pytest.raises(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def test_closing_ends_work_under_way() -> None:
    busy = Pool(workers=1)
    errors: list[StaydownError] = []

    def work() -> None:
        for _, outcome in busy.fingerprints([flat()] * 4):
            if isinstance(outcome, StaydownError):
                errors.append(outcome)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while not busy.child_pids():
        pass
    busy.close()
    thread.join(30)
    assert not thread.is_alive()
    assert errors
    assert all("closed" in str(error) for error in errors)


@pytest.mark.parametrize("sharp", [False, True])
def test_previews_are_small_pngs(pool: Pool, sharp: bool) -> None:
    for source in (PHOTOS[0], CLIP, MOVING["gif"], STILLS["cmyk jpeg"]):
        png = pool.preview(source, sharp=sharp)
        assert png == preview(source, sharp=sharp, isolated=False)
        with Image.open(io.BytesIO(png)) as image:
            assert max(image.size) <= (240 if sharp else 24)


def test_preview_of_no_picture_names_the_file(pool: Pool) -> None:
    with pytest.raises(DecodeError, match=r"x\.bin: "):
        pool.preview(b"no picture", name="x.bin")
    with pytest.raises(DecodeError, match=r"x\.bin: "):
        preview(b"no picture", name="x.bin", isolated=False)


def run_script(text: str, folder: Path) -> str:
    script = folder / "script.py"
    script.write_text(text)
    run = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False
    )
    assert run.stderr == ""
    assert run.returncode == 0
    return run.stdout


def test_three_line_script_needs_no_main_guard(tmp_path: Path) -> None:
    out = run_script(
        f"import staydown\nfp = staydown.fingerprint({str(PHOTOS[0])!r})\nprint(fp.kind)\n",
        tmp_path,
    )
    assert out == "photo\n"


def test_package_is_found_through_the_search_path_of_the_parent(tmp_path: Path) -> None:
    home = str(Path(staydown.__file__).parent.parent)
    packages = [p for p in sys.path if "site-packages" in p]
    picture = tmp_path / "a.png"
    picture.write_bytes(STILLS["png"])
    code = (
        f"import sys; sys.path[:0] = [{home!r}, *{packages!r}]\n"
        f"import staydown; print(len(staydown.fingerprint({str(picture)!r}).signals))"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (run.stdout, run.stderr) == ("4\n", "")


def test_forked_process_gets_children_of_its_own(tmp_path: Path) -> None:
    out = run_script(
        "import os, staydown\n"
        "from staydown.isolate import Pool\n"
        f"photo = {str(PHOTOS[0])!r}\n"
        "pool = Pool(workers=1)\n"
        "a = pool.fingerprint(photo), staydown.fingerprint(photo)\n"
        "if os.fork() == 0:\n"
        "    b = pool.fingerprint(photo), staydown.fingerprint(photo)\n"
        "    pool.close()\n"
        "    os._exit(0 if a == b else 3)\n"
        "code = os.waitstatus_to_exitcode(os.wait()[1])\n"
        "print(code, a == (pool.fingerprint(photo), staydown.fingerprint(photo)))\n",
        tmp_path,
    )
    assert out == "0 True\n"


def test_daemonic_process_may_use_it(tmp_path: Path) -> None:
    out = run_script(
        "import multiprocessing, staydown\n"
        f"photo = {str(PHOTOS[0])!r}\n"
        "def work(): print(staydown.fingerprint(photo).kind, flush=True)\n"
        "child = multiprocessing.get_context('fork').Process(target=work, daemon=True)\n"
        "child.start(); child.join()\n",
        tmp_path,
    )
    assert out == "photo\n"


def test_no_process_is_left_when_the_script_ends(tmp_path: Path) -> None:
    out = run_script(
        "import staydown\nfrom staydown.isolate import Pool\n"
        f"pool = Pool(workers=2)\nlist(pool.fingerprints([{str(PHOTOS[0])!r}] * 8))\n"
        "print(*pool.child_pids())\n",
        tmp_path,
    )
    assert out.strip()
    for pid in out.split():
        assert not Path(f"/proc/{pid}").exists()


def test_interrupt_of_the_terminal_does_not_reach_the_children(pool: Pool) -> None:
    assert pool.fingerprint(STILLS["png"])
    assert all(os.getpgid(pid) != os.getpgid(0) for pid in pool.child_pids())


def test_noise_picture_survives_every_mode(pool: Pool) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3, 700), dtype=np.uint8)
    assert pool.fingerprint(encode(Image.fromarray(noise), "PNG"))
    assert pool.fingerprint(encode(scene(1, 1), "BMP"))
