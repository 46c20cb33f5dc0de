"""One look at the platform's copy: made by the server, counted, never stored."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.urls import reverse
from PIL import Image

from review_scene import MEDIA, edited, make_copy
from staydown_web.audit.models import Event
from staydown_web.review.models import Exposure
from staydown_web.review.services.previews import SIDE, make_preview

pytestmark = pytest.mark.django_db


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def look(client, task, level: str, **query):
    answer = client.get(reverse("review:preview", args=[task.number, level]), query)
    if answer.streaming:  # as a browser that waits for it
        answer.picture = answer.getvalue()
    return answer


def detail(data: bytes) -> float:
    """How much neighbouring pixels differ: what blur takes away."""
    grey = np.asarray(opened(data), dtype=float)
    return float(np.abs(np.diff(grey, axis=1)).mean())


@pytest.mark.parametrize("level", Exposure.Level.values)
def test_every_step_is_a_small_grey_picture_of_one_size(reviewer_client, noticed, level) -> None:
    _case, task = noticed()
    answer = look(reviewer_client, task, level)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/png"
    assert "no-store" in answer["Cache-Control"]
    picture = opened(answer.picture)
    assert int(answer["Content-Length"]) == len(answer.picture)
    assert (picture.mode, max(picture.size)) == ("L", SIDE)


def test_each_step_shows_more_than_the_one_before(noticed) -> None:
    _case, task = noticed()
    copy = task.copies.get()
    shown = [detail(make_preview(copy=copy, level=level)) for level in Exposure.Level]
    assert shown[0] < shown[1] / 2
    assert shown[1] < shown[2] / 1.5


def test_clear_is_the_copy_itself_in_grey(noticed, site) -> None:
    _case, task = noticed()
    made = opened(make_preview(copy=task.copies.get(), level=Exposure.Level.CLEAR))
    wanted = opened(edited("pagoda.jpg", "altered")).convert("L").resize(made.size)
    off = np.abs(np.asarray(made, float) - np.asarray(wanted, float)).mean()
    assert off < 4


def test_every_look_is_an_event_and_only_clear_counts(
    reviewer_client, reviewer, noticed, today
) -> None:
    from staydown_web.review.selectors.care import care_of

    _case, task = noticed()
    for level in Exposure.Level.values:
        look(reviewer_client, task, level)
    assert Event.objects.filter(what="preview_opened").count() == 3
    assert care_of(reviewer, today).opened == 1


def test_over_the_limit_one_more_yes_is_asked(reviewer_client, reviewer, noticed) -> None:
    _case, task = noticed()
    reviewer.exposure_limit = 1
    reviewer.save()
    assert look(reviewer_client, task, "clear").status_code == 200
    assert look(reviewer_client, task, "clear").status_code == 403
    assert look(reviewer_client, task, "shapes").status_code == 200
    assert Exposure.objects.filter(level="clear").count() == 1
    page = reviewer_client.get(reverse("review:task", args=[task.number]), {"show": "clear"})
    assert b"You have reached the limit you chose" in page.content
    assert b"<img" not in page.content
    assert look(reviewer_client, task, "clear", anyway="1").status_code == 200


def test_without_scripts_a_step_is_a_page(reviewer_client, noticed) -> None:
    _case, task = noticed()
    address = reverse("review:task", args=[task.number])
    page = reviewer_client.get(address, {"show": "shapes"}).content.decode()
    assert reverse("review:preview", args=[task.number, "shapes"]) in page
    assert "/preview/clear/" not in page


def test_nothing_of_a_preview_is_written(reviewer_client, noticed, site) -> None:
    _case, task = noticed()
    before = {path for path in Path(settings.STAYDOWN_HOME).rglob("*") if path.is_file()}
    look(reviewer_client, task, "clear")
    after = {path for path in Path(settings.STAYDOWN_HOME).rglob("*") if path.is_file()}
    assert not {path for path in after - before if "sqlite" not in path.name}


def test_only_the_media_origins_of_the_platform_are_fetched(
    reviewer_client, noticed, platform, site
) -> None:
    _case, task = noticed()
    platform.media_origins = ["http://127.0.0.1:9"]
    platform.save()
    asked = len(site.asked)
    assert look(reviewer_client, task, "shapes").status_code >= 400
    assert len(site.asked) == asked
    assert not Exposure.objects.exists(), "what was not shown is not counted"


def test_a_copy_that_is_gone_is_not_counted(reviewer_client, noticed, site) -> None:
    _case, task = noticed()
    site.files.clear()
    assert look(reviewer_client, task, "clear").status_code == 503
    assert not Exposure.objects.exists()


def test_a_file_that_is_no_picture_is_an_error_and_no_crash(reviewer_client, noticed, site) -> None:
    _case, task = noticed()
    for name in list(site.files):
        site.files[name] = b"\xff\xd8 not a picture"
    assert look(reviewer_client, task, "clear").status_code in {415, 422}


def test_a_preview_is_no_page_of_its_own(reviewer_client, noticed) -> None:
    _case, task = noticed()
    address = reverse("review:preview", args=[task.number, "clear"])
    assert reviewer_client.get(address, headers={"Sec-Fetch-Dest": "document"}).status_code == 403
    assert not Exposure.objects.exists()


def test_an_unknown_step_is_not_found(reviewer_client, noticed, upload) -> None:
    _case, task = noticed()
    assert look(reviewer_client, task, "colour").status_code == 404
    assert look(reviewer_client, upload, "shapes").status_code == 404


def test_strangers_see_no_preview(client, noticed) -> None:
    _case, task = noticed()
    assert look(client, task, "shapes").status_code == 302


def test_a_video_shows_the_frame_of_its_match(platform, site, entry, today) -> None:
    url = site.put("pan.mp4", (MEDIA / "pan.mp4").read_bytes())
    copy = make_copy(platform, entry, today, url=url, content_kind="video")
    first = make_preview(copy=copy, level=Exposure.Level.CLEAR, at_ms=0)
    later = make_preview(copy=copy, level=Exposure.Level.CLEAR, at_ms=2500)
    assert opened(first).mode == opened(later).mode == "L"
    assert first != later


def test_a_picture_that_nobody_waited_for_is_neither_counted_nor_sent(
    reviewer_client, noticed
) -> None:
    _case, task = noticed()
    answer = reviewer_client.get(reverse("review:preview", args=[task.number, "clear"]))
    parts = iter(answer.streaming_content)
    assert next(parts) == b"\x89PNG\r\n\x1a\n", "no pixel of it"
    assert not Exposure.objects.exists()
    assert not Event.objects.filter(what="preview_opened").exists()


def test_a_picture_is_counted_before_its_pixels_are_sent(reviewer_client, noticed) -> None:
    _case, task = noticed()
    answer = reviewer_client.get(reverse("review:preview", args=[task.number, "clear"]))
    parts = iter(answer.streaming_content)
    next(parts)
    assert not Exposure.objects.exists()
    assert len(next(parts)) > 100
    assert Exposure.objects.get().level == "clear"
