"""Videos in Chromium: the same timeline as the library makes, byte for byte."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest

import staydown
from browser_page import Maker, make_in_page
from clips import encode, flat, sound, still, travel
from media_files import CLIP
from staydown.types import Fingerprint
from staydown.types.timeline import Timeline

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FRAMES = travel(1, 110, width=320, height=240, speed=3)
CUT = travel(2, 60, width=320, height=240) + travel(5, 60, width=320, height=240, speed=6)
LAYERS = (
    "ts_number_layers=2:ts_target_bitrate=400,800:ts_rate_decimator=2,1:ts_periodicity=2:"
    "ts_layer_id=0,1:ts_layering_mode=2"
)


def special(
    *,
    pixels: str = "yuv420p",
    full: bool = False,
    aspect: Fraction | None = None,
    options: dict[str, str] | None = None,
) -> bytes:
    """H.264 in MP4 of an uncommon kind."""
    out = io.BytesIO()
    with av.open(out, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=30, options=options or {})
        stream.height, stream.width = FRAMES[0].shape
        stream.pix_fmt = pixels
        if full:
            stream.codec_context.color_range = 2
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        for luma in FRAMES[:60]:
            frame = av.VideoFrame.from_ndarray(luma, format="gray").reformat(format=pixels)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()


def vp(codec: str, form: str = "webm", **options: str) -> bytes:
    return encode(FRAMES, fps=30, codec=codec, form=form, options={"b:v": "700k", **options})


SVT = {"preset": "10", "svtav1-params": "rc=0"}
CLIPS: dict[str, Callable[[], bytes]] = {
    "h264 mp4": lambda: encode(FRAMES, fps=30),
    "h264 mov": lambda: encode(FRAMES, fps=30, form="mov"),
    "h264 mkv": lambda: encode(FRAMES, fps=30, form="matroska"),
    "h264 ts": lambda: encode(FRAMES, fps=30, form="mpegts"),
    "h264 fragments": lambda: encode(
        FRAMES, fps=30, options={"movflags": "frag_keyframe+empty_moov"}
    ),
    "h264 cut, keyframes": lambda: encode(CUT, fps=30, options={"g": "48"}),
    "h264 dense keyframes": lambda: encode(FRAMES, fps=30, options={"g": "3"}),
    "h264 only keyframes": lambda: encode(FRAMES, fps=30, options={"g": "1"}),
    "h264 no b-frames": lambda: encode(FRAMES, fps=25, options={"bf": "0"}),
    "h264 open groups mp4": lambda: encode(
        FRAMES, fps=30, options={"x264-params": "open-gop=1:keyint=20:bframes=3"}
    ),
    "h264 open groups ts": lambda: encode(
        FRAMES,
        fps=30,
        form="mpegts",
        options={"x264-params": "open-gop=1:keyint=20:bframes=3"},
    ),
    "h264 turned 90": lambda: encode(FRAMES[:50], fps=30, rotation=90),
    "h264 turned 180": lambda: encode(FRAMES[:50], fps=30, rotation=180),
    "h264 turned 270": lambda: encode(FRAMES[:50], fps=30, rotation=-90),
    "h264 uneven times": lambda: encode(FRAMES, ticks=list(accumulate([33, 33, 50, 17, 120] * 22))),
    "h264 uneven times mkv": lambda: encode(
        FRAMES, ticks=list(accumulate([33, 33, 50, 17, 120] * 22)), form="matroska"
    ),
    "h264 long group mkv": lambda: encode(
        CUT, fps=20, form="matroska", options={"g": "250", "bf": "3"}
    ),
    "h264 odd width": lambda: encode([f[:, :318] for f in FRAMES[:50]], fps=24),
    "h264 two frames a second": lambda: encode(FRAMES[:16], fps=2),
    "h264 one frame": lambda: encode(FRAMES[:1], fps=30),
    "h264 still": lambda: encode(still(3, 60), fps=10),
    "h264 blank": lambda: encode(flat(90, 30), fps=10),
    "h264 full range": lambda: special(full=True),
    "h264 4:4:4": lambda: special(pixels="yuv444p"),
    "h264 4:2:2": lambda: special(pixels="yuv422p"),
    "h264 interlaced": lambda: special(options={"flags": "+ildct+ilme", "x264-params": "tff=1"}),
    "vp8": lambda: vp("libvpx"),
    "vp8 alternate references": lambda: vp(
        "libvpx", **{"auto-alt-ref": "1", "lag-in-frames": "16"}
    ),
    "vp8 layers in time": lambda: vp("libvpx", deadline="realtime", **{"ts-parameters": LAYERS}),
    "vp8 mkv": lambda: vp("libvpx", "matroska"),
    "vp9": lambda: vp("libvpx-vp9", **{"cpu-used": "8"}),
    "vp9 mkv": lambda: vp("libvpx-vp9", "matroska", **{"cpu-used": "8"}),
    "vp9 turned 90": lambda: encode(
        FRAMES[:50],
        fps=30,
        codec="libvpx-vp9",
        rotation=90,
        options={"b:v": "700k", "cpu-used": "8"},
    ),
    "vp9 mp4": lambda: vp("libvpx-vp9", "mp4", **{"cpu-used": "8"}),
    "av1 mp4": lambda: encode(FRAMES, fps=30, codec="libsvtav1", options=SVT),
    "av1 turned 270": lambda: encode(
        FRAMES[:50], fps=30, codec="libsvtav1", rotation=-90, options=SVT
    ),
    "av1 webm": lambda: encode(FRAMES, fps=30, codec="libsvtav1", form="webm", options=SVT),
    "av1 mkv": lambda: encode(FRAMES, fps=30, codec="libsvtav1", form="matroska", options=SVT),
    "shipped clip": CLIP.read_bytes,
}
NEAR: dict[str, Callable[[], bytes]] = {
    "wide pixels": lambda: special(aspect=Fraction(4, 3)),
    "tall pixels": lambda: special(aspect=Fraction(3, 4)),
    "10 bits": lambda: special(pixels="yuv420p10le"),
}
"""swscale dithers 10 bits and scales oblong pixels in its own way: points differ, pdq hardly."""


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {name: make() for name, make in (CLIPS | NEAR).items()}


@pytest.fixture(scope="module")
def made(browser: Browser, address: str, files: dict[str, bytes]) -> dict[str, Any]:
    with Maker(browser, address) as page:
        outcome = page.open().make(files)
        assert page.errors == []
        assert page.violations() == []
        return outcome


def timeline(fingerprint: Fingerprint) -> Timeline:
    found = fingerprint.timeline
    assert found is not None
    return found


@pytest.mark.parametrize("name", CLIPS)
def test_a_video_gives_the_fingerprint_that_the_library_makes(
    made: dict[str, Any], files: dict[str, bytes], name: str
) -> None:
    wanted = staydown.fingerprint(files[name], isolated=False)

    assert made[name].get("code") is None
    assert made[name]["fingerprint"] == wanted.to_dict()
    assert made[name]["notes"] == []


@pytest.mark.parametrize("name", NEAR)
def test_uncommon_samples_give_the_same_frames_and_nearly_the_same_bits(
    made: dict[str, Any], files: dict[str, bytes], name: str
) -> None:
    wanted = timeline(staydown.fingerprint(files[name], isolated=False))

    got = timeline(Fingerprint.from_dict(made[name]["fingerprint"]))

    assert got.times_ms.tolist() == wanted.times_ms.tolist()
    assert np.bitwise_count(got.hashes ^ wanted.hashes).sum(axis=1).max() <= 2
    assert [frame for frame, _ in got.windows] == [frame for frame, _ in wanted.windows]


AS_COLOURS = """const { allocationSize, copyTo } = VideoFrame.prototype;
Object.defineProperty(VideoFrame.prototype, 'format', { get: () => format });
const frames = VideoFrame.prototype;
frames.allocationSize = function () { return allocationSize.call(this, { format }); };
frames.copyTo = function (buffer) { return copyTo.call(this, buffer, { format }); };"""
"""Firefox has no other frames than BGRX."""

OTHERWISE: dict[str, tuple[str, str]] = {
    "of no known kind": (
        "shipped clip",
        "Object.defineProperty(VideoFrame.prototype, 'format', { get: () => null });",
    ),
    "that cannot be copied": (
        "shipped clip",
        "VideoFrame.prototype.copyTo = async () => { throw new TypeError('no data'); };",
    ),
    "of which a part is handed out": (
        "wide pixels",
        """const whole = Object.getOwnPropertyDescriptor(VideoFrame.prototype, 'visibleRect').get;
        Object.defineProperty(VideoFrame.prototype, 'visibleRect', { get() {
          const { x, y, width, height } = whole.call(this);
          return new DOMRect(x, y, width, height * 3 / 4);
        } });""",
    ),
}
"""Frames as WebKitGTK gives them: 10 bits, 4:2:2, oblong pixels."""


@pytest.mark.parametrize("form", ["BGRX", "RGBA"])
@pytest.mark.parametrize("clip", ["shipped clip", "h264 turned 90", "h264 full range"])
def test_frames_that_a_browser_hands_out_as_colours_give_nearly_the_same_bits(
    browser: Browser, address: str, clip: str, form: str
) -> None:
    data = CLIPS[clip]()
    wanted = timeline(staydown.fingerprint(data, isolated=False))

    got = make_in_page(browser, address, data, f"const format = '{form}'; {AS_COLOURS}")

    assert got["notes"] == []
    made = timeline(Fingerprint.from_dict(got["fingerprint"]))
    assert made.times_ms.tolist() == wanted.times_ms.tolist()
    assert np.bitwise_count(made.hashes ^ wanted.hashes).sum(axis=1).max() <= 2


@pytest.mark.parametrize("kind", OTHERWISE)
def test_frames_that_cannot_be_read_send_the_video_through_the_player(
    browser: Browser, address: str, kind: str
) -> None:
    clip, change = OTHERWISE[kind]
    data = (CLIPS | NEAR)[clip]()
    matcher = staydown.Matcher()
    matcher.add("clip", staydown.fingerprint(data, isolated=False))

    got = make_in_page(browser, address, data, change)

    assert got["notes"] == ["seeked"]
    fingerprint = Fingerprint.from_dict(got["fingerprint"])
    (match,) = matcher.match(Fingerprint(kind=fingerprint.kind, signals=fingerprint.signals[2:]))
    assert match.score > 0.98


def test_seeking_in_a_player_gives_a_fingerprint_that_matches(
    browser: Browser, address: str
) -> None:
    data = CLIP.read_bytes()
    matcher = staydown.Matcher()
    matcher.add("clip", staydown.fingerprint(data, isolated=False))

    with Maker(browser, address) as page:
        got = page.open("?seek").make({"a.mp4": data})["a.mp4"]
        assert page.violations() == []

    assert got["notes"] == ["seeked"]
    fingerprint = Fingerprint.from_dict(got["fingerprint"])
    assert [signal.value for signal in fingerprint.signals[:2]] == [
        signal.value for signal in staydown.fingerprint(data, isolated=False).signals[:2]
    ]
    (match,) = matcher.match(fingerprint)
    assert match.score > 0.99


def test_a_frame_that_is_found_and_not_painted_yet_is_waited_for(
    browser: Browser, address: str
) -> None:
    with Maker(browser, address) as page:
        page.open("?seek").page.evaluate(
            """() => {
              const make = window.createImageBitmap;
              let calls = 0;
              window.createImageBitmap = async (source, options) => {
                calls += 1;
                if (calls % 3) throw new DOMException('no picture yet', 'InvalidStateError');
                return make.call(window, source, options);
              };
            }"""
        )
        got = page.make({"a.mp4": CLIP.read_bytes()})["a.mp4"]

    assert got.get("code") is None
    assert got["notes"] == ["seeked"]


def test_a_player_that_finds_nothing_in_time_does_not_make_the_file_damaged(
    browser: Browser, address: str
) -> None:
    with Maker(browser, address) as page:
        page.open("?seek").page.evaluate(
            """() => {
              const { addEventListener } = EventTarget.prototype;
              HTMLVideoElement.prototype.addEventListener = function (type, ...rest) {
                if (type !== 'seeked') addEventListener.call(this, type, ...rest);
              };
              const wait = window.setTimeout;
              window.setTimeout = (then, ms) => wait(then, Math.min(ms, 1000));
            }"""
        )
        got = page.make({"a.mp4": CLIP.read_bytes()})["a.mp4"]

    assert got["code"] == "decode_timeout"


def test_a_turned_video_is_upright_in_the_player_too(browser: Browser, address: str) -> None:
    data = encode(FRAMES[:60], fps=30, rotation=90)
    wanted = timeline(staydown.fingerprint(data, isolated=False))

    with Maker(browser, address) as page:
        got = page.open("?seek").make({"a.mp4": data})["a.mp4"]

    first = timeline(Fingerprint.from_dict(got["fingerprint"])).hashes[0]
    assert np.bitwise_count(first ^ wanted.hashes[0]).sum() <= 20


def test_a_video_that_is_cut_off_gives_what_is_there(maker: Maker) -> None:
    data = encode(FRAMES, fps=30, form="mpegts", options={"g": "15"})
    whole = timeline(staydown.fingerprint(data, isolated=False))

    got = maker.make({"a.ts": data[: len(data) * 2 // 3]})["a.ts"]

    part = timeline(Fingerprint.from_dict(got["fingerprint"]))
    assert 0 < len(part) < len(whole)
    assert np.array_equal(part.hashes[:3], whole.hashes[:3])


def prores() -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format="mov") as container:
        stream = container.add_stream("prores_ks", rate=10)
        stream.height, stream.width = FRAMES[0].shape
        stream.pix_fmt = "yuv422p10le"
        for luma in FRAMES[:8]:
            frame = av.VideoFrame.from_ndarray(luma, format="gray")
            container.mux(stream.encode(frame.reformat(format=stream.pix_fmt)))
        container.mux(stream.encode())
    return out.getvalue()


UNREAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "hevc": (lambda: encode(FRAMES[:8], codec="libx265", options={"x265-params": "log-level=0"}),
             "unsupported_video"),
    "prores": (prores, "unsupported_video"),
    "avi": (lambda: encode(FRAMES[:8], codec="mpeg4", form="avi"), "unsupported_video"),
    "flv": (lambda: encode(FRAMES[:8], form="flv"), "unsupported_video"),
    "mpeg2 ts": (lambda: encode(FRAMES[:8], codec="mpeg2video", form="mpegts"),
                 "unsupported_video"),
    "mp4 of sound": (lambda: sound(form="mp4", codec="aac"), "no_picture"),
    "half a header": (lambda: encode(FRAMES[:8])[:40], "unsupported_video"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREAD)
def test_what_chromium_cannot_read_is_named_by_a_code(maker: Maker, name: str) -> None:
    make, code = UNREAD[name]

    assert maker.make({"a.mp4": make()})["a.mp4"]["code"] == code
