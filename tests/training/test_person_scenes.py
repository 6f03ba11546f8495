"""What the person detector is shown: who is where must be true of the pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from pose.roi import Roi, letterbox
from tests.training import people
from training.data import NONE
from training.dataset import Dataset, Picture
from training.persons import scenes
from training.persons.habits import points_of
from training.persons.scenes import Framing, Scenes

PX = 1.5
"""Of the input: a mark's middle is known to a pixel, which may be larger than the picture's."""
SIZE = (320, 240)
RED, GREEN = (255, 0, 0), (0, 255, 0)


def marked(path: Path, necks: list[tuple[float, float]], colour: tuple[int, int, int] = RED) -> Picture:
    """A grey picture with a mark of 17 px on each neck."""
    image = np.full((SIZE[1], SIZE[0], 3), 128, np.uint8)
    for x, y in necks:
        image[round(y) - 8 : round(y) + 9, round(x) - 8 : round(x) + 9] = colour
    return people.write(image, path, *(people.person(neck, 30.0, number=k) for k, neck in enumerate(necks)))


def middle(levels: npt.NDArray[np.float32], colour: tuple[int, int, int]) -> npt.NDArray[np.float64]:
    """The middle of a mark in the input, px."""
    like = np.abs(levels - np.array(colour)).sum(2) < 150
    assert like.any()
    return np.argwhere(like).mean(0)[::-1]


@pytest.fixture
def one(tmp_path: Path) -> Scenes:
    return Scenes([Dataset(tmp_path / "a.json", (marked(tmp_path / "a.png", [(150, 80)]),))], seed=3)


@pytest.mark.parametrize("framing", [Framing(whole=1), Framing(whole=0, pair=0, band=0, radius=(0.2, 0.4))])
def test_points_are_where_the_pixels_are(one: Scenes, framing: Framing) -> None:
    one.framing, one.camera = framing, NONE
    mirrored = set()
    for turn in range(12):
        scene = one.scene("labelled", 0, turn)
        assert scene.taught.tolist() == [True]
        assert middle(scene.levels, RED) == pytest.approx(scene.points[0, 0], abs=PX)
        mirrored.add(bool(scene.points[0, 0, 0] > 112) if framing.whole else turn)
    assert len(mirrored) > 1


def test_a_pair_shows_both_and_says_where(tmp_path: Path) -> None:
    pictures = (
        marked(tmp_path / "a.png", [(150, 80)], RED),
        replace(marked(tmp_path / "b.png", [(90, 100)], GREEN), id=2),
    )
    both = Scenes([Dataset(tmp_path / "a.json", pictures)], seed=5)
    both.framing, both.camera = Framing(whole=0, pair=1, radius=(0.2, 0.35), turn_rad=0, lying=0), NONE
    seen = set()
    for turn in range(10):
        scene = both.scene("labelled", 0, turn)
        assert len(scene.points) == 2
        colours = []
        for points in scene.points:
            x, y = points[0].astype(int)
            colours.append(tuple((scene.levels[y, x] > 200).tolist()))
        seen.add(tuple(sorted(colours)))
        assert (True, False, False) in colours
    assert len(seen) == 2  # somebody of the other picture, or of the same once more


def test_a_picture_is_the_same_for_the_same_turn_and_another_for_another(one: Scenes) -> None:
    first, again, other = (one.scene("labelled", 0, turn) for turn in (1, 1, 2))
    assert np.array_equal(first.seen, again.seen)
    assert not np.array_equal(first.seen, other.seen)


def test_bars_hide_people() -> None:
    levels = np.full((224, 224, 3), 200, np.float32)
    points = np.full((2, 5, 2), 112.0)
    points[1, 0] = [112, 3]
    told = set()
    for seed in range(8):
        shown, _, taught = scenes.banded(levels, points, np.array([True, True]), np.random.default_rng(seed))
        assert 0.5 < (shown > 0).mean() < 0.85
        assert taught[0]
        assert taught[1] == (shown[3, 112, 0] > 0)
        told.add(bool(taught[1]))
    assert told == {True, False}


def test_whose_neck_is_outside_need_not_be_found(tmp_path: Path) -> None:
    picture = marked(tmp_path / "a.png", [(150, 80)])
    image = np.zeros((240, 320, 3), np.uint8)
    for roi, expected in ((letterbox(SIZE), True), (Roi(300, 120, 100, 100, 0), False)):
        _, points, taught = scenes.placed(image, picture, roi, "black")
        assert points.shape == (1, 5, 2)
        assert taught.tolist() == [expected]
    beyond = replace(picture, people=(people.person((150, -5)),))
    assert scenes.placed(image, beyond, letterbox(SIZE), "black")[2].tolist() == [False]


def test_turned_regions_turn_points(tmp_path: Path) -> None:
    picture = marked(tmp_path / "a.png", [(150, 80)])
    from training.pipeline import pictures

    roi = Roi(160, 100, 200, 200, 0.6)
    levels, points, _ = scenes.placed(pictures.read(picture.path), picture, roi, "edge")
    assert middle(levels, RED) == pytest.approx(points[0, 0], abs=PX)
    lengths = [np.linalg.norm(p[1] - p[0]) for p in (points[0], points_of(picture.people[0]))]  # type: ignore[index]
    assert lengths[0] == pytest.approx(lengths[1] * 224 / 200)


def test_pictures_with_somebody_unknown_are_left_out_and_kinds_are_told(tmp_path: Path) -> None:
    whole = marked(tmp_path / "a.png", [(150, 80)])
    unknown = replace(whole.people[0], landmarks=np.full((33, 3), np.nan))
    half = replace(whole, people=(whole.people[0], unknown))
    photos = [whole.path, whole.path]
    some = Scenes([Dataset(tmp_path / "a.json", (whole, half))], photos, [whole.path], seed=1)
    assert [some.count(kind) for kind in scenes.KINDS] == [1, 2, 1]
    assert some.scene("labelled", 0).complete
    assert not some.scene("photo", 1).complete
    nobody = some.scene("negative", 0)
    assert nobody.complete
    assert nobody.points.shape == (0, 5, 2)
