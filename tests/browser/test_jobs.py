"""Work on the page: offline, in turn, with progress, stopped, refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import staydown
from browser_page import Maker
from clips import encode, travel
from encoded import STILLS, animation
from media_files import CLIP, PHOTOS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PHOTO = PHOTOS[0].read_bytes()


def long_clip(seconds: int = 40) -> bytes:
    frames = travel(3, seconds * 15, width=480, height=320, speed=1)
    return encode(frames, fps=15, options={"preset": "ultrafast"})


def test_nothing_is_asked_for_after_loading_and_the_first_use_works_offline(maker: Maker) -> None:
    maker.context.set_offline(True)
    before = len(maker.requests)

    made = maker.make(
        {"a.jpg": PHOTO, "a.mp4": CLIP.read_bytes(), "a.heic": STILLS["heif"],
         "a.gif": animation("GIF"), "a.avi": encode(travel(1, 8), codec="mpeg4", form="avi")}
    )  # fmt: skip

    assert [made[name].get("code") for name in ("a.jpg", "a.mp4", "a.heic", "a.gif")] == [None] * 4
    assert made["a.avi"]["code"] == "unsupported_video"
    assert made["a.jpg"]["fingerprint"] == staydown.fingerprint(PHOTO).to_dict()
    asked = [url for url in maker.requests[before:] if not url.startswith("blob:")]
    assert asked == []


def test_everything_comes_from_the_pages_own_origin_and_breaks_no_rule(maker: Maker) -> None:
    maker.make({"a.jpg": PHOTO, "a.mp4": CLIP.read_bytes()})

    others = [
        url for url in maker.requests if not url.startswith((maker.address, "blob:", "data:"))
    ]
    assert others == []
    assert maker.violations() == []
    assert maker.errors == []


def test_the_same_file_gives_the_same_answer_whatever_runs_beside_it(
    browser: Browser, address: str
) -> None:
    files = {f"{number}.jpg": PHOTO for number in range(5)} | {"clip.mp4": CLIP.read_bytes()}

    with Maker(browser, address) as page:
        together = page.open("?workers=2").make(files)
    with Maker(browser, address) as page:
        alone = page.open("?workers=1").make(files)

    assert {name: one["fingerprint"] for name, one in together.items()} == {
        name: one["fingerprint"] for name, one in alone.items()
    }


def test_progress_rises_and_says_how_long_it_will_take(maker: Maker) -> None:
    progress = maker.make({"a.mp4": long_clip()})["a.mp4"]["progress"]

    fractions = [step["fraction"] for step in progress]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert len(fractions) > 20
    told = [step["secondsLeft"] for step in progress if step["secondsLeft"] is not None]
    assert all(seconds >= 1 for seconds in told)


STOP = """async () => {
  const { maker, files } = window.tested;
  const [long, short] = files();
  let began;
  const first = new Promise((resolve) => { began = resolve; });
  const jobs = [long, long, long, short].map((file, i) =>
    maker.add(file, { onProgress: ({ fraction }) => { if (i === 0 && fraction > 0) began(); } }));
  const outcomes = jobs.map((job) => job.done.then(() => 'made', (error) => error.code));
  await first;
  jobs[0].cancel();
  jobs[1].cancel();
  jobs[2].cancel();
  const now = await Promise.race([outcomes[0], Promise.resolve('later')]);
  return [now, ...(await Promise.all(outcomes))];
}"""


def test_a_stopped_file_ends_at_once_and_the_next_one_goes_on(maker: Maker) -> None:
    maker.choose({"long.mp4": long_clip(), "short.jpg": PHOTO})

    now, *outcomes = maker.page.evaluate(STOP)

    assert now in ("cancelled", "later")
    assert outcomes == ["cancelled", "cancelled", "cancelled", "made"]


def test_stopping_twice_or_too_late_changes_nothing(maker: Maker) -> None:
    maker.choose({"a.jpg": PHOTO})

    outcome = maker.page.evaluate(
        """async () => {
          const job = window.tested.maker.add(window.tested.files()[0]);
          const { fingerprint } = await job.done;
          job.cancel();
          job.cancel();
          const same = (await job.done).fingerprint === fingerprint;
          return [same, (await window.tested.makeAll()).length];
        }"""
    )

    assert outcome == [True, 1]


def test_a_worker_that_hangs_is_replaced_once_its_file_is_stopped(maker: Maker) -> None:
    maker.choose({"hangs.jpg": PHOTO, "next.jpg": PHOTO})

    outcomes = maker.page.evaluate(
        """async () => {
          const { Fingerprinter } = await import('/js/src/fingerprint/client.js');
          const one = new Fingerprinter({ workerUrl: '/hanging.js', workers: 1, patienceMs: 100 });
          await one.ready;
          const jobs = window.tested.files().map((file) => one.add(file));
          const outcomes = jobs.map((job) => job.done.then(() => 'made', (error) => error.code));
          setTimeout(jobs[0].cancel, 50);
          return Promise.all(outcomes);
        }"""
    )

    assert outcomes == ["cancelled", "made"]


def test_a_closed_maker_stops_what_is_open(maker: Maker) -> None:
    maker.choose({"long.mp4": long_clip(10)})

    code = maker.page.evaluate(
        """async () => {
          const job = window.tested.maker.add(window.tested.files()[0]);
          window.tested.maker.close();
          return job.done.then(() => 'made', (error) => error.code);
        }"""
    )

    assert code == "cancelled"


BROKEN: dict[str, tuple[bytes, str]] = {
    "not a picture": (b"This is a letter, not a picture." * 20, "unsupported_format"),
    "nothing in it": (b"", "empty_file"),
    "jpeg of which nothing is there": (PHOTO[:400], "decode_error"),
    "png header alone": (b"\x89PNG\r\n\x1a\n", "decode_error"),
    "webp cut off": (STILLS["webp"][:60], "decode_error"),
    "heic cut off": (STILLS["heif"][: len(STILLS["heif"]) // 2], "decode_error"),
    "heic brand alone": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "decode_error"),
    "tiff": (STILLS["tiff"], "unsupported_photo"),
    "gif cut off": (animation("GIF")[:30], "decode_error"),
    "png of 30,000 x 30,000": (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x75\x30\0\0\x75\x30\x08\x02\0\0\0", "content_too_large"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def refused(browser: Browser, address: str) -> dict[str, Any]:
    files = {name: data for name, (data, _) in BROKEN.items()}
    with Maker(browser, address) as page:
        outcome = page.open("?workers=1").make(files | {"good.jpg": PHOTO})
        assert outcome["good.jpg"].get("code") is None
        return outcome


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_read_is_named_by_a_code_and_stops_nothing(
    refused: dict[str, Any], name: str
) -> None:
    assert refused[name]["code"] == BROKEN[name][1]


def test_messages_hold_no_hash_and_no_name(refused: dict[str, Any]) -> None:
    for name in BROKEN:
        assert name not in refused[name]["error"]
        assert not any(len(word) >= 32 for word in refused[name]["error"].split())


def test_a_worker_of_another_origin_is_refused(maker: Maker) -> None:
    code = maker.page.evaluate(
        """async () => {
          const { Fingerprinter } = await import('/js/src/fingerprint/client.js');
          try {
            new Fingerprinter({ workerUrl: 'https://example.org/worker.js' });
          } catch (error) {
            return error.code;
          }
          return 'taken';
        }"""
    )

    assert code == "worker_failed"


def test_a_worker_that_does_not_load_fails_its_files(maker: Maker) -> None:
    maker.choose({"a.jpg": PHOTO})

    codes = maker.page.evaluate(
        """async () => {
          const { Fingerprinter } = await import('/js/src/fingerprint/client.js');
          const lost = new Fingerprinter({ workerUrl: '/js/src/fingerprint/no_such_worker.js' });
          const early = lost.add(window.tested.files()[0]).done.catch((error) => error.code);
          const ready = await lost.ready.then(() => 'ready', (error) => error.code);
          const late = await lost.add(window.tested.files()[0]).done.catch((error) => error.code);
          return [ready, await early, late];
        }"""
    )

    assert codes == ["worker_failed"] * 3
