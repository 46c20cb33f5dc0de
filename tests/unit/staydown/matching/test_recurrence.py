from __future__ import annotations

from PIL import Image

from natural_photos import cropped, framed, natural_image, saved, viewed
from staydown.matching.agreement import agree
from staydown.matching.judging import appearance_of, judge
from staydown.matching.recurrence import OTHERS, Compared, Recurrence, is_alike
from staydown.matching.scoring import DEFAULT_MIN_SCORE
from staydown.matching.views import View


def compared(query: View, *entries: Image.Image) -> list[Compared]:
    out = []
    for image in entries:
        agreement = agree(query, viewed(image))
        assert agreement is not None
        out.append(Compared(agreement, appearance_of(query, agreement)))
    return out


def scores(query: View, found: list[Compared]) -> list[float]:
    recurrence = Recurrence(found)
    return [
        judge(query, c.agreement.entry, c.agreement, muted=recurrence.muted(k)).score
        for k, c in enumerate(found)
    ]


def test_a_frame_on_several_other_pictures_does_not_make_a_match() -> None:
    query = viewed(framed(natural_image(1)))
    entries = [framed(natural_image(seed)) for seed in range(2, 2 + OTHERS + 2)]

    assert max(scores(query, compared(query, *entries))) < DEFAULT_MIN_SCORE


def test_the_same_picture_in_the_same_frame_still_matches() -> None:
    image = framed(natural_image(1))
    query = viewed(saved(cropped(image, 0.06), 60))
    entries = [image, *(framed(natural_image(seed)) for seed in range(2, 2 + OTHERS + 2))]

    found = scores(query, compared(query, *entries))

    assert found[0] >= DEFAULT_MIN_SCORE
    assert max(found[1:]) < DEFAULT_MIN_SCORE


def test_copies_of_one_picture_do_not_mute_each_other() -> None:
    image = natural_image(7)
    query = viewed(saved(cropped(image, 0.3), 50))
    entries = [image, saved(image, 30), cropped(image, 0.05), image.resize((300, 225))]

    assert min(scores(query, compared(query, *entries))) >= DEFAULT_MIN_SCORE


def test_copies_do_not_mute_each_other_although_the_upload_is_covered_in_part() -> None:
    image = natural_image(7)
    covered = image.copy()
    covered.paste(natural_image(57).crop((0, 0, 480, 130)), (0, 0))
    query = viewed(saved(covered, 70))
    entries = [image, saved(image, 30), saved(image, 60), image.resize((300, 225))]
    found = compared(query, *entries)
    assert not is_alike(found[0].appearance)

    assert not any(Recurrence(found).muted(k).any() for k in range(4))


def test_nothing_is_muted_when_only_one_entry_agrees() -> None:
    image = natural_image(8)
    query = viewed(saved(image))

    assert not Recurrence(compared(query, image)).muted(0).any()


def test_no_agreements_need_no_muting() -> None:
    assert Recurrence([]) is not None


def test_pictures_are_alike_only_where_the_maps_could_have_disagreed() -> None:
    image, other = natural_image(9), natural_image(10)
    query = viewed(framed(image))

    same, framed_other = compared(query, framed(image), framed(other))

    assert is_alike(same.appearance)
    assert not is_alike(framed_other.appearance)
    assert not is_alike(None)
